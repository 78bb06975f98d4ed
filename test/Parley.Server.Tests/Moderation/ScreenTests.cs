using System.Text;
using Parley.Moderation;

namespace Parley.Tests.Moderation;

/// <summary>What becomes of texts that have words of a list.</summary>
public sealed class ScreenTests
{
    [Theory, Trait("Row", "A08"), Trait("Row", "RX-02"), Trait("Row", "B45")]
    [InlineData("a bad day", "a *** day")]
    [InlineData("BAD", "***")]
    [InlineData("unbadly", "un***ly")]
    [InlineData("b\u200Da\u0301d!", "*****!")]
    [InlineData("𝐛𝐚𝐝!", "***!")]
    [InlineData("ｂａｄ", "***")]
    [InlineData("😀bad😀", "😀***😀")]
    [InlineData("badad", "*****")]
    [InlineData("good", "good")]
    public void Words_are_masked_as_long_as_they_were(string text, string masked)
    {
        var screened = Of(WordAction.Mask, ["bad", "adad"]).Check(MessageContent.OfText(text), null);

        Assert.Equal(masked, (screened?.Content ?? MessageContent.OfText(text)).PlainText());
        Assert.Equal(TextSize.CodePoints(text), TextSize.CodePoints(masked));
    }

    [Fact, Trait("Row", "A08")]
    public void Words_are_looked_for_in_texts_names_and_pushes_and_nowhere_else()
    {
        var screen = Of(WordAction.Refuse, ["bad"]);
        var picture = MessagePart.OfUrl("image/png", new Uri("https://example.org/bad.png"), "good.png");

        Assert.Null(screen.Check(new MessageContent([MessagePart.OfText("good"), picture, MessagePart.Of(new CustomEvent("bad", null))], CustomData.Parse("""{"a":"bad"}""")), null));
        Assert.Equal("$.content.parts[1].body", screen.Check(new MessageContent([picture, new MessagePart("text/html", "<b>bad</b>")]), null)!.Refusal!.Detail);
        Assert.Equal("$.content.parts[0].name", screen.Check(new MessageContent([picture with { Name = "Bad.png" }]), null)!.Refusal!.Detail);
        Assert.Equal("$.notification", screen.Check(MessageContent.OfText("good"), new MessageNotification(Title: "bad"))!.Refusal!.Detail);
        var own = new Dictionary<UserId, RecipientNotification> { [new UserId("bob")] = new(Text: "bad") };
        Assert.Equal(Refusals.Filtered, screen.Check(MessageContent.OfText("good"), new MessageNotification(Recipients: own))!.Refusal);
    }

    [Fact, Trait("Row", "A08")]
    public void Names_and_pushes_are_masked_too()
    {
        var own = new Dictionary<UserId, RecipientNotification> { [new UserId("bob")] = new(Text: "bad") };
        var screened = Of(WordAction.Mask, ["bad"]).Check(
            new MessageContent([new MessagePart("image/png", "") { Name = "bad.png" }]), new MessageNotification("bad", "so bad", Recipients: own))!;

        Assert.Equal("***.png", screened.Content.Parts[0].Name);
        Assert.Equal(("***", "so ***", "***"), (screened.Notification!.Title, screened.Notification.Text, screened.Notification.Recipients![new UserId("bob")].Text));
        Assert.Equal("bad", own[new UserId("bob")].Text);
    }

    [Fact, Trait("Row", "A08"), Trait("Row", "B45")]
    public void Each_list_does_what_it_is_for_and_a_refusal_goes_before_all()
    {
        var screen = new Screen([List("refused", WordAction.Refuse, ["never"]), List("masked", WordAction.Mask, ["bad"]), List("flagged", WordAction.Flag, ["odd", "bad"]), List("other", WordAction.Flag, ["rare"])]);

        var odd = screen.Check(MessageContent.OfText("a bad odd day"), null)!;

        Assert.Null(odd.Refusal);
        Assert.Equal("a *** odd day", odd.Content.PlainText());
        Assert.Equal(["flagged"], odd.Flags);
        Assert.Equal(Refusals.Filtered, screen.Check(MessageContent.OfText("never a bad odd day"), null)!.Refusal);
        Assert.Null(screen.Check(MessageContent.OfText("a good day"), null));
    }

    [Fact, Trait("Row", "A08")]
    public void A_title_is_refused_also_for_a_word_that_is_masked_elsewhere()
    {
        Assert.Equal("$.title", Of(WordAction.Mask, ["bad"]).CheckTitle("bad ones", "$.title")!.Detail);
        Assert.Null(Of(WordAction.Flag, ["bad"]).CheckTitle("bad ones", "$.title"));
        Assert.Null(Of(WordAction.Refuse, ["bad"]).CheckTitle(null, "$.title"));
    }

    [Theory, Trait("Row", "RX-01")]
    [InlineData("(a+)+$")]
    [InlineData("(x|x)*y")]
    [InlineData("(a|aa)+$")]
    [InlineData("^(([a-z])+.)+[A-Z]([a-z])+$")]
    public void A_pattern_that_could_run_for_ever_ends(string pattern)
    {
        var screen = new Screen([List("list", WordAction.Refuse, [], pattern)]);

        // With backtracking the first would take longer than the sun has left.
        Assert.Null(screen.Check(MessageContent.OfText(new string('a', 8_000) + "!"), null));
        Assert.Null(screen.Check(MessageContent.OfText(new string('x', 8_000) + "!"), null));
    }

    [Fact, Trait("Row", "RX-01")]
    public void A_word_that_looks_like_a_pattern_is_a_word()
    {
        var screen = Of(WordAction.Refuse, ["(a+)+$", "a.b"]);

        Assert.Null(screen.Check(MessageContent.OfText("aaaa acb"), null));
        Assert.NotNull(screen.Check(MessageContent.OfText("see (a+)+$ there"), null));
        Assert.NotNull(screen.Check(MessageContent.OfText("a.b"), null));
    }

    [Fact, Trait("Row", "RX-01")]
    public void Patterns_see_folded_text_and_mask_the_text_that_was_written()
    {
        var screen = new Screen([List("list", WordAction.Mask, [], @"\bb[aA]d\b", "0[0-9 ]{5,}")]);

        Assert.Equal("*** and unbad, call *******!", screen.Check(MessageContent.OfText("ＢÁD and unbad, call 0 12 34!"), null)!.Content.PlainText());
    }

    [Fact, Trait("Row", "RX-01")]
    public void Ten_thousand_words_and_the_longest_text_are_looked_through()
    {
        var words = Enumerable.Range(0, PutWordList.MaxWords).Select(number => $"word{number:D5}x").ToArray();
        var text = new StringBuilder();
        while (text.Length < MessageContent.MaxCodePoints - 20) text.Append("word0000 ");
        var screen = Of(WordAction.Refuse, words);

        Assert.Null(screen.Check(MessageContent.OfText(text.ToString()), null));
        Assert.NotNull(screen.Check(MessageContent.OfText($"{text}word09999x"), null));
    }

    private static Screen Of(WordAction action, string[] words) => new([List("list", action, words)]);

    private static CompiledList List(string name, WordAction action, string[] words, params string[] patterns) => WordListRules.Compile(name, action, words, patterns).Value!;
}
