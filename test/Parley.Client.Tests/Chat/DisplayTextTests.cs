using Parley.Chat;

namespace Parley.Client.Tests.Chat;

public sealed class DisplayTextTests
{
    [Theory]
    [InlineData("hello", 5)]
    [InlineData("漢字", 4)]
    [InlineData("🎉", 2)]
    [InlineData("👨‍👩‍👧‍👦", 2)]
    [InlineData("👍🏽", 2)]
    [InlineData("🇩🇪🇫🇷", 4)]
    [InlineData("❤️", 2)]
    [InlineData("e\u0301", 1)]
    [InlineData("", 0)]
    public void Text_is_measured_in_cells(string text, int cells) => Assert.Equal(cells, DisplayText.Width(text));

    [Fact]
    [Trait("Row", "TX-03")]
    public void Nothing_that_a_terminal_would_obey_gets_through()
    {
        var clean = DisplayText.Clean("\u001b[2Jred\u001b[31m\r\nnext\u0007\u009b1A \u202Etxet\u2066\ttab");

        Assert.Equal("␛[2Jred␛[31m\nnext␇1A txet    tab", clean);
        Assert.DoesNotContain(clean, unit => unit != '\n' && char.IsControl(unit));
    }

    [Fact]
    [Trait("Row", "TX-03")]
    public void A_thousand_marks_on_one_character_stay_in_their_cell()
    {
        var clean = DisplayText.Clean("a" + new string('\u0301', 1_000) + "b");

        Assert.True(clean.Length < 50);
        Assert.Equal(2, DisplayText.Width(clean));
    }

    [Fact]
    public void Lines_are_broken_between_words_and_long_words_at_the_edge()
    {
        Assert.Equal(["the quick", "brown fox"], DisplayText.Wrap("the quick brown fox", 10));
        Assert.Equal(["abcdefgh", "ij kl"], DisplayText.Wrap("abcdefghij kl", 8));
        Assert.Equal(["漢字漢", "字"], DisplayText.Wrap("漢字漢字", 7));
        Assert.Equal(["one", "", "two"], DisplayText.Wrap("one\n\ntwo", 10));
        Assert.Equal(["12345", "67890"], DisplayText.Wrap("12345 67890", 5));
    }

    [Fact]
    public void What_is_too_long_ends_with_an_ellipsis_and_never_in_half_a_character()
    {
        Assert.Equal("hel…", DisplayText.Truncate("hello", 4));
        Assert.Equal("漢…", DisplayText.Truncate("漢字字", 4));
        Assert.Equal("hello", DisplayText.Truncate("hello", 5));
        Assert.Equal("", DisplayText.Truncate("hello", 0));
    }
}
