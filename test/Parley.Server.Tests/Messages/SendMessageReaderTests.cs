using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Parley.Gateway;
using Parley.Messages;

namespace Parley.Tests.Messages;

/// <summary>The reader of the usual form must never differ from the one that reads every form.</summary>
public sealed class SendMessageReaderTests
{
    private static readonly Guid Conversation = Guid.NewGuid();
    private static readonly Guid Message = Guid.NewGuid();

    [Fact]
    public void Every_text_is_read_as_the_general_reader_reads_it()
    {
        Assert.All(Hostile.NaughtyStrings.All.Where(IsWhole), text =>
        {
            Assert.Equal(General(Usual(text)), Read(Usual(text)));
            Assert.Equal(text, Read(Usual(text))!.Content.Parts[0].Body);
            // Escaped to the last character.
            var escaped = string.Concat(text.Select(unit => $"\\u{(int)unit:x4}"));
            Assert.Equal(text, Read($$"""{"content":{"parts":[{"body":"{{escaped}}","type":"text\/plain"}]}, "message" :"{{Message}}","conversation":"{{Conversation}}"}""")!.Content.Parts[0].Body);
        });

        static bool IsWhole(string text) => JsonText.IsSound(Encoding.UTF8.GetBytes(string.Concat(text.Select(unit => $"\\u{(int)unit:x4}"))));
    }

    [Fact]
    public void Several_parts_are_read_in_their_order()
    {
        var read = Read($$"""{"conversation":"{{Conversation}}","message":"{{Message}}","content":{"parts":[{"type":"text/plain","body":"a"},{"type":"image/png","body":"b"}]} }""");

        Assert.Equal([new MessagePart("text/plain", "a"), new MessagePart("image/png", "b")], read!.Content.Parts);
        Assert.Equal((Conversation, Message), (read.Conversation.Value, read.Message.Value));
    }

    [Fact, Trait("Row", "JS-02"), Trait("Row", "ID-06")]
    public void What_is_taken_is_what_the_general_reader_takes_whatever_was_done_to_the_request()
    {
        string[] scraps =
        [
            "\"", "\\", "\\u0041", "{", "}", "[", "]", ",", ":", "null", "true", "1e9", "0", "{}", "[]", "\"\"", "\"x\":1,", "\"sender\":\"bob\",", "\"body\":\"again\",",
            "\"parts\":[],", $"\"message\":\"{Guid.NewGuid()}\",", "\"type\":\"text/plain\",", " ", "\n", "b\\u006fdy", "Body", "urn:uuid:", "{{", "}}",
        ];
        var edit = from at in Gen.Choose(0, 260) from cut in Gen.Choose(0, 9) from scrap in Gen.Elements(scraps) select (at, cut, scrap);
        var requests = from edits in edit.ListOf() select edits.Take(3).Aggregate(Usual("hi"), Apply);
        var taken = 0;

        Prop.ForAll(Arb.From(requests), json =>
        {
            // As it comes from the gateway: JSON, and sound.
            if (!IsJsonObject(json) || Read(json) is not { } read) return;
            Assert.Equal(General(json), read);
            taken++;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5_000));

        Assert.True(taken > 100, $"only {taken} of the requests were good");
    }

    [Theory, Trait("Row", "JS-02"), Trait("Row", "ID-06")]
    [InlineData("\"extra\":1,")]
    [InlineData("\"sender\":\"mallory\",")]
    [InlineData("\"message\":\"00000000-0000-0000-0000-000000000001\",")]
    [InlineData("\"Content\":null,")]
    public void A_member_too_much_is_left_to_the_general_reader_which_refuses_it(string member)
    {
        foreach (var place in new[] { 1, Usual("hi").IndexOf("\"parts\"", StringComparison.Ordinal), Usual("hi").IndexOf("\"type\"", StringComparison.Ordinal) })
        {
            var json = Usual("hi").Insert(place, member);
            Assert.Null(Read(json));
            Assert.NotNull(Command.Parse(Encoding.UTF8.GetBytes(json), ProtocolJson.Strict.SendMessage).Refusal);
        }
    }

    [Theory, Trait("Row", "JS-02")]
    [InlineData("\"conversation\":\"none\",")]
    [InlineData("\"conversation\":null,")]
    [InlineData("\"message\":\"none\",")]
    [InlineData("\"message\":1,")]
    [InlineData("\"content\":null,")]
    [InlineData("\"content\":{\"parts\":null},")]
    public void A_member_that_cannot_be_read_is_not_made_good_by_a_second_one(string member)
    {
        var json = Usual("hi").Insert(1, member);

        Assert.Null(Read(json));
        Assert.NotNull(Command.Parse(Encoding.UTF8.GetBytes(json), ProtocolJson.Strict.SendMessage).Refusal);
    }

    [Theory, Trait("Row", "JS-02")]
    [InlineData("\"type\":null,")]
    [InlineData("\"type\":1,")]
    [InlineData("\"body\":null,")]
    [InlineData("\"body\":[],")]
    public void A_member_of_a_part_that_cannot_be_read_is_not_made_good_by_a_second_one(string member)
    {
        var json = Usual("hi").Insert(Usual("hi").IndexOf("\"type\"", StringComparison.Ordinal), member);

        Assert.Null(Read(json));
        Assert.NotNull(Command.Parse(Encoding.UTF8.GetBytes(json), ProtocolJson.Strict.SendMessage).Refusal);
    }

    private static string Usual(string text) => JsonSerializer.Serialize(
        new SendMessage(new ConversationId(Conversation), new MessageId(Message), MessageContent.OfText(text)), ProtocolJson.Lenient.SendMessage);

    private static SendMessage? Read(string json) => SendMessageReader.TryRead(Encoding.UTF8.GetBytes(json));

    private static SendMessage? General(string json) => Command.Parse(Encoding.UTF8.GetBytes(json), ProtocolJson.Strict.SendMessage).Value;

    private static string Apply(string text, (int At, int Cut, string Scrap) edit)
    {
        var at = Math.Min(edit.At, text.Length);
        return text.Remove(at, Math.Min(edit.Cut, text.Length - at)).Insert(at, edit.Scrap);
    }

    private static bool IsJsonObject(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = ProtocolJson.MaxDepth });
            return document.RootElement.ValueKind == JsonValueKind.Object && JsonText.IsSound(Encoding.UTF8.GetBytes(json));
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
