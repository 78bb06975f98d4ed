using Parley.Messages;

namespace Parley.Tests.Messages;

/// <summary>What a message may say, at each limit and one past it.</summary>
public sealed class ContentRulesTests
{
    private const string Rune = "\U0001F35C";

    [Fact]
    [Trait("Row", "L09"), Trait("Row", "C7"), Trait("Row", "B20"), Trait("Row", "B31")]
    public void Each_limit_has_its_own_refusal_and_none_below_it()
    {
        AssertGood(Parts(32, index => MessagePart.OfText($"{index}")));
        AssertRefused(Refusals.TooLarge, "$.content.parts: at most 32", Parts(33, index => MessagePart.OfText($"{index}")));
        AssertRefused(Refusals.InvalidParams, "$.content.parts: expected 1 part or more", new MessageContent([]));
        AssertGood(MessageContent.OfText(Repeat(Rune, 8_000)));
        AssertRefused(Refusals.TooLarge, "code points", MessageContent.OfText(Repeat(Rune, 8_001)));
        AssertGood(new MessageContent([new MessagePart("text/markdown", Repeat("x", 4_000)), MessagePart.OfText(Repeat("x", 4_000))]));
        AssertRefused(Refusals.TooLarge, "code points", new MessageContent([new MessagePart("text/markdown", Repeat("x", 4_000)), MessagePart.OfText(Repeat("x", 4_001))]));
        AssertRefused(Refusals.InvalidParams, "at least one character", MessageContent.OfText(""));
        AssertGood(new MessageContent([new MessagePart("application/x-app", Repeat("x", 2_048))]));
        AssertRefused(Refusals.TooLarge, "$.content.parts[0].body: at most 2048 bytes", new MessageContent([new MessagePart("application/x-app", Repeat("x", 2_049))]));
        AssertRefused(Refusals.TooLarge, "at most 2048 bytes", new MessageContent([new MessagePart("application/x-app", Repeat("é", 1_025))]));
    }

    [Theory]
    [InlineData("text/plain", true)]
    [InlineData("application/vnd.acme.thing+json", true)]
    [InlineData("x-acme/anything", true)]
    [InlineData("a/b", true)]
    [InlineData("text", false)]
    [InlineData("/plain", false)]
    [InlineData("text/", false)]
    [InlineData("text/pl ain", false)]
    [InlineData("text/plain; charset=utf-8", false)]
    [InlineData("Text/Plain", false)]
    [InlineData("text/a/b", false)]
    [InlineData("", false)]
    [Trait("Row", "L10")]
    public void Any_type_is_taken_that_is_one(string type, bool good)
    {
        var refusal = Check(new MessageContent([new MessagePart(type, "x")]));
        if (good) Assert.Null(refusal);
        else Assert.StartsWith("$.content.parts[0].type: expected a MIME type", refusal!.Detail!);
    }

    [Fact]
    [Trait("Row", "L10")]
    public void A_type_has_at_most_127_characters()
    {
        AssertGood(new MessageContent([new MessagePart($"a/{Repeat("b", 125)}", "x")]));
        AssertRefused(Refusals.InvalidParams, "at most 127", new MessageContent([new MessagePart($"a/{Repeat("b", 126)}", "x")]));
    }

    [Fact]
    [Trait("Row", "A30")]
    public void A_part_has_one_home()
    {
        var url = new Uri("https://files.example.org/a.png");
        AssertGood(new MessageContent([MessagePart.OfUrl("image/png", url, "a.png") with { Size = 17, Width = 3, Height = 4 }]));
        AssertGood(new MessageContent([MessagePart.OfContent("image/png", ContentId.New())]));
        AssertRefused(Refusals.InvalidParams, "expected one of body, content and url", new MessageContent([new MessagePart("image/png")]));
        AssertRefused(Refusals.InvalidParams, "expected one of", new MessageContent([MessagePart.OfUrl("image/png", url) with { Body = "x" }]));
        AssertRefused(Refusals.InvalidParams, "expected one of", new MessageContent([MessagePart.OfUrl("image/png", url) with { Content = ContentId.New() }]));
        foreach (var wrong in new[] { "ftp://files.example.org/a", "javascript:alert(1)", "data:,x", "/a.png", "https://u:p@example.org/", "" })
            AssertRefused(Refusals.InvalidParams, "$.content.parts[0].url", new MessageContent([new MessagePart("image/png") { Url = wrong }]));
        var longest = "https://example.org/";
        AssertGood(new MessageContent([new MessagePart("image/png") { Url = longest.PadRight(2_048, 'x') }]));
        AssertRefused(Refusals.InvalidParams, "at most 2048", new MessageContent([new MessagePart("image/png") { Url = longest.PadRight(2_049, 'x') }]));
    }

    [Fact]
    [Trait("Row", "A25"), Trait("Row", "C8")]
    public void What_is_said_of_a_file_is_within_reason()
    {
        var part = MessagePart.OfUrl("image/png", new Uri("https://files.example.org/a.png"));
        AssertGood(Of(part with { Name = Repeat(Rune, 255), Width = 1_000_000, Height = 1, DurationMs = 0, Size = 0 }));
        AssertGood(Of(part with { Width = 1, Height = 1_000_000, DurationMs = 1L << 40, Size = 1L << 40 }));
        AssertRefused(Refusals.InvalidParams, "[0].durationMs", Of(part with { DurationMs = (1L << 40) + 1 }));
        AssertRefused(Refusals.InvalidParams, "[0].size", Of(part with { Size = (1L << 40) + 1 }));
        AssertRefused(Refusals.InvalidParams, "[0].height", Of(part with { Height = 1_000_001 }));
        AssertRefused(Refusals.InvalidParams, "[0].name", Of(part with { Name = Repeat(Rune, 256) }));
        AssertRefused(Refusals.InvalidParams, "[0].name", Of(part with { Name = "" }));
        AssertRefused(Refusals.InvalidParams, "[0].width", Of(part with { Width = 0 }));
        AssertRefused(Refusals.InvalidParams, "[0].width", Of(part with { Width = 1_000_001 }));
        AssertRefused(Refusals.InvalidParams, "[0].height", Of(part with { Height = -1 }));
        AssertRefused(Refusals.InvalidParams, "[0].durationMs", Of(part with { DurationMs = -1 }));
        AssertRefused(Refusals.InvalidParams, "[0].size", Of(part with { Size = -1 }));
        AssertRefused(Refusals.InvalidParams, "[0].hash", Of(part with { Hash = "00" }));
    }

    [Fact]
    [Trait("Row", "L11"), Trait("Row", "A53"), Trait("Row", "A20"), Trait("Row", "A31"), Trait("Row", "B41"), Trait("Row", "B17")]
    public void Typed_parts_have_their_shape()
    {
        AssertGood(Of(MessagePart.Of(new Location(-90, 180, "The pole", "Nowhere 1"))));
        AssertGood(Of(MessagePart.Of(new Location(90, -180))));
        AssertGood(Of(MessagePart.Of(new Sticker(Repeat(Rune, 64), Repeat("x", 64)))));
        AssertGood(Of(MessagePart.Of(new AppCommand(Repeat(Rune, 64)))));
        AssertGood(Of(MessagePart.Of(new AppCommand("blink", CustomData.Parse("""{"times":3}""")))));
        AssertGood(Of(MessagePart.Of(new CustomEvent(Repeat("x", 32), Values(16)))));
        foreach (var (type, body) in new[]
        {
            (MessagePart.LocationType, """{"latitude":90.000001,"longitude":0}"""), (MessagePart.LocationType, """{"latitude":-90.000001,"longitude":0}"""),
            (MessagePart.LocationType, """{"latitude":0,"longitude":180.000001}"""), (MessagePart.LocationType, """{"latitude":0,"longitude":-180.000001}"""),
            (MessagePart.LocationType, """{"latitude":1}"""), (MessagePart.LocationType, """{"latitude":"1","longitude":2}"""),
            (MessagePart.LocationType, """{"latitude":1,"longitude":2,"color":"red"}"""), (MessagePart.LocationType, "null"), (MessagePart.LocationType, "{"),
            (MessagePart.StickerType, """{"pack":"","id":"1"}"""), (MessagePart.StickerType, """{"pack":"cats"}"""), (MessagePart.StickerType, """{"pack":"cats","id":""}"""),
            (MessagePart.StickerType, $$"""{"pack":"{{Repeat(Rune, 65)}}","id":"1"}"""), (MessagePart.StickerType, $$"""{"pack":"cats","id":"{{Repeat("x", 65)}}"}"""),
            (MessagePart.CommandType, "{}"), (MessagePart.CommandType, $$"""{"action":"{{Repeat(Rune, 65)}}"}"""), (MessagePart.CommandType, """{"action":""}"""),
            (MessagePart.CustomType, $$"""{"event":"{{Repeat("x", 33)}}"}"""), (MessagePart.CustomType, """{"event":"e","values":{"a":1}}"""),
            ("application/vnd.parley.other+json", "{}"),
        })
        {
            AssertRefused(Refusals.InvalidParams, "$.content.parts[0].body", Of(new MessagePart(type, body)));
        }

        AssertRefused(Refusals.InvalidParams, "at most 16 values", Of(MessagePart.Of(new CustomEvent("e", Values(17)))));
    }

    [Fact]
    [Trait("Row", "A06")]
    public void What_the_app_keeps_with_a_message_is_bounded()
    {
        AssertGood(Text with { Ext = CustomData.Parse($$"""{"a":"{{Repeat("x", CustomData.MaxBytes - 8)}}"}""") });
        AssertRefused(Refusals.TooLarge, "$.content.ext: at most 5120", Text with { Ext = CustomData.Parse($$"""{"a":"{{Repeat("x", CustomData.MaxBytes - 7)}}"}""") });
        AssertGood(Text with { Ext = Deep(8) });
        AssertRefused(Refusals.InvalidParams, "$.content.ext: at most 8 levels", Text with { Ext = Deep(9) });
    }

    [Fact]
    public void Fifty_users_are_mentioned_and_not_one_more()
    {
        AssertGood(Text with { Mentions = new Mentions([.. Enumerable.Range(0, 50).Select(number => new UserId($"u{number}"))]) });
        AssertRefused(Refusals.TooLarge, "$.content.mentions.users: at most 50", Text with { Mentions = new Mentions([.. Enumerable.Range(0, 51).Select(number => new UserId($"u{number}"))]) });
        AssertRefused(Refusals.InvalidParams, "each user once", Text with { Mentions = new Mentions([new UserId("bob"), new UserId("bob")]) });
        AssertRefused(Refusals.InvalidParams, "expected users, or all", Text with { Mentions = new Mentions() });
        AssertGood(Text with { Mentions = new Mentions(All: true) });
    }

    [Fact]
    [Trait("Row", "A26"), Trait("Row", "A27"), Trait("Row", "A28")]
    public void An_app_says_which_types_it_takes()
    {
        string[] types = ["text/plain", "image/*"];
        Assert.Null(ContentRules.Check(Text, types));
        Assert.Null(ContentRules.Check(Of(MessagePart.OfContent("image/gif", ContentId.New())), types));
        var refusal = ContentRules.Check(Of(MessagePart.OfContent("video/mp4", ContentId.New())), types);
        Assert.Equal((Refusals.UnsupportedContent, "$.content.parts[0].type: this app takes text/plain, image/*"), (refusal, refusal!.Detail));
        Assert.Equal(Refusals.UnsupportedContent, ContentRules.Check(Of(new MessagePart("images/gif", "x")), types));
    }

    [Fact]
    public void A_content_fits_into_a_frame_with_all_that_is_escaped()
    {
        var part = new MessagePart("application/x-app", Repeat("\u0001", 2_048));

        AssertGood(Parts(9, _ => part));
        AssertRefused(Refusals.TooLarge, "as JSON", Parts(10, _ => part));
    }

    [Fact]
    [Trait("Row", "L14"), Trait("Row", "B24")]
    public void What_a_push_says_is_bounded()
    {
        // Of all and of each the same; data of 1,024 bytes and 8 levels.
        RecipientNotification most = new(Repeat(Rune, 256), Repeat(Rune, 1_024), Repeat("x", 64), Repeat("x", 64), Data(1_024));
        Assert.Null(ContentRules.Check(new MessageNotification(most.Title, most.Text, most.Sound, most.Category, most.Data, One(most))));
        Assert.Null(ContentRules.Check(new MessageNotification(Data: Deep(8), Recipients: One(new(Data: Deep(8))))));
        foreach (var (wrong, why) in new (RecipientNotification, string)[]
        {
            (most with { Title = Repeat(Rune, 257) }, "title: at most 256"), (most with { Text = Repeat(Rune, 1_025) }, "text: at most 1,024"), (most with { Sound = Repeat("x", 65) }, "sound: at most 64"),
            (most with { Category = Repeat("x", 65) }, "category: at most 64"), (most with { Data = Data(1_025) }, "data: at most 1,024 bytes"), (most with { Data = Deep(9) }, "data: at most 1,024 bytes, 8 levels"),
        })
        {
            var refusal = ContentRules.Check(new MessageNotification(wrong.Title, wrong.Text, wrong.Sound, wrong.Category, wrong.Data));
            Assert.Equal(Refusals.InvalidParams, refusal);
            Assert.StartsWith($"$.notification: {why}", refusal!.Detail, StringComparison.Ordinal);
            refusal = ContentRules.Check(new MessageNotification(Recipients: One(wrong)));
            Assert.Equal(Refusals.InvalidParams, refusal);
            Assert.StartsWith($"$.notification.recipients: {why}", refusal!.Detail, StringComparison.Ordinal);
        }

        Assert.Null(ContentRules.Check(new MessageNotification(Recipients: Recipients(100))));
        Assert.Equal(Refusals.TooLarge, ContentRules.Check(new MessageNotification(Recipients: Recipients(101))));

        static CustomData Data(int bytes) => CustomData.Parse($$"""{"a":"{{Repeat("x", bytes - 8)}}"}""");

        static Dictionary<UserId, RecipientNotification> One(RecipientNotification one) => new() { [new UserId("bob")] = one };

        static Dictionary<UserId, RecipientNotification> Recipients(int many) =>
            Enumerable.Range(0, many).ToDictionary(number => new UserId($"u{number}"), _ => new RecipientNotification(Text: "you"));
    }

    private static CustomData Deep(int levels) => CustomData.Parse($"{Repeat("""{"a":""", levels - 1)}{{}}{Repeat("}", levels - 1)}");

    private static MessageContent Text => MessageContent.OfText("hi");

    private static MessageContent Of(MessagePart part) => new([part]);

    private static MessageContent Parts(int count, Func<int, MessagePart> part) => new([.. Enumerable.Range(0, count).Select(part)]);

    private static Dictionary<string, string> Values(int count) => Enumerable.Range(0, count).ToDictionary(number => $"v{number}", _ => "x");

    private static string Repeat(string text, int times) => string.Concat(Enumerable.Repeat(text, times));

    private static Refusal? Check(MessageContent content) => ContentRules.Check(content, []);

    private static void AssertGood(MessageContent content) => Assert.Null(Check(content));

    private static void AssertRefused(Refusal expected, string detail, MessageContent content)
    {
        var refusal = Check(content);
        Assert.Equal(expected, refusal);
        Assert.Contains(detail, refusal!.Detail!, StringComparison.Ordinal);
    }
}
