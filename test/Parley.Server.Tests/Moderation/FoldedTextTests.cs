using Parley.Moderation;

namespace Parley.Tests.Moderation;

/// <summary>What lists of words take for the same letter.</summary>
public sealed class FoldedTextTests
{
    [Theory, Trait("Row", "RX-02")]
    [InlineData("BadWord", "badword")]
    [InlineData("ｂａｄｗｏｒｄ", "badword")]                      // full width
    [InlineData("b\u200Dad\u200Bw\u2060o\uFEFFr\u00ADd", "badword")]  // joiners, spaces of no width, a soft hyphen
    [InlineData("ba\u0301dwo\u0308\u0332rd", "badword")]           // marks on letters
    [InlineData("bádwörd", "badword")]                             // composed ones
    [InlineData("𝐛𝐚𝐝𝔴𝓸𝕣𝗱", "badword")]                              // mathematical letters
    [InlineData("ⓑⓐⓓⓦⓞⓡⓓ", "badword")]                           // in circles
    [InlineData("bаdwоrd", "badword")]                             // Cyrillic а and о
    [InlineData("bαdwοrd", "badword")]                             // Greek α and ο
    [InlineData("ﬁx", "fix")]
    [InlineData("Straße", "strasse")]
    [InlineData("ΣΊΣΥΦΟΣ", "σiσuφoσ")]                             // ι, ο and υ look like Latin ones
    [InlineData("한국", "한국")]
    [InlineData("\u1112\u1161\u11AB\u1100\u116E\u11A8", "한국")]     // the same in single letters
    [InlineData("か\u3099", "が")]
    [InlineData("ｶﾞ", "ガ")]
    [InlineData("กิน", "กิน")]                                        // vowels are no decoration
    [InlineData("😀", "😀")]
    [InlineData("a\u00A0b", "a b")]
    public void A_text_is_folded(string text, string folded) => Assert.Equal(folded, FoldedText.WordOf(text));

    [Fact, Trait("Row", "RX-02")]
    public void Folding_twice_is_folding_once()
    {
        for (var character = 0; character < 0x110000; character++)
        {
            if (character is >= 0xD800 and <= 0xDFFF) continue;
            var once = FoldedText.WordOf(char.ConvertFromUtf32(character));
            Assert.True(once == FoldedText.WordOf(once), $"U+{character:X}");
        }
    }

    [Theory, Trait("Row", "RX-02")]
    [InlineData("x bad y", 2, 5, 2, 5)]
    [InlineData("é bad y", 2, 5, 2, 5)]
    [InlineData("x b\u200Da\u0301d\u0332 y", 2, 5, 2, 8)]            // with the mark on the last letter
    [InlineData("𝐛𝐚𝐝 y", 0, 3, 0, 6)]
    [InlineData("ﬁx", 1, 3, 0, 2)]                                  // half of a ligature is all of it
    [InlineData("か\u3099は", 0, 1, 0, 2)]
    public void A_place_in_the_folded_text_is_known_in_the_text(string text, int start, int end, int from, int to) =>
        Assert.Equal((from, to), FoldedText.Of(text).SourceOf(start, end));

    [Fact]
    public void A_text_that_grows_is_folded_whole()
    {
        var text = string.Concat(Enumerable.Repeat("\uFDFA", 2_000));

        var length = FoldedText.WordOf("\uFDFA").Length * 2_000;

        var folded = FoldedText.Of(text);

        Assert.Equal(length, folded.Length);
        Assert.Equal((1_999, 2_000), folded.SourceOf(length - 1, length));
    }
}
