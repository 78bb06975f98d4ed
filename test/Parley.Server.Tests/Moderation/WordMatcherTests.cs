using FsCheck;
using FsCheck.Fluent;
using Parley.Moderation;

namespace Parley.Tests.Moderation;

/// <summary>All words in one pass find what looking for each word finds.</summary>
public sealed class WordMatcherTests
{
    /// <summary>Few letters, so that words begin and end each other, and stand in each other.</summary>
    private static readonly Gen<string> Texts = Gen.Elements('a', 'b', 'c', 'é').ListOf().Select(letters => string.Concat(letters));

    private static readonly Gen<(string Word, int List)[]> Words =
        from words in Texts.Where(text => text.Length is > 0 and < 7).ListOf()
        from lists in Gen.Choose(0, 3).ListOf(words.Count)
        select words.Zip(lists).ToArray();

    [Fact, Trait("Row", "A08")]
    public void It_finds_what_looking_for_each_word_finds() =>
        Prop.ForAll(Words.ToArbitrary(), Texts.Select(text => text + text).ToArbitrary(), (words, text) =>
        {
            const ulong masking = 0b0101;
            var spans = new List<(int Start, int End)>();

            var found = WordMatcher.Of(words, masking).Find(text, spans);

            Assert.Equal(words.Where(word => text.Contains(word.Word, StringComparison.Ordinal)).Aggregate(0UL, (lists, word) => lists | 1UL << word.List), found);
            var expected =
                from end in Enumerable.Range(1, text.Length)
                let longest = words.Where(word => (masking & 1UL << word.List) != 0 && text[..end].EndsWith(word.Word, StringComparison.Ordinal)).Select(word => word.Word.Length).DefaultIfEmpty().Max()
                where longest > 0
                select (end - longest, end);
            Assert.Equal(expected, spans);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

    [Fact]
    public void Many_letters_behind_one_are_found_as_few_are()
    {
        var words = Enumerable.Range(0x4E00, 3_000).Select(letter => ($"{(char)0x4E00}{(char)letter}", 0)).ToArray();
        var matcher = WordMatcher.Of(words, 0);

        Assert.All(words, word => Assert.Equal(1UL, matcher.Find(word.Item1, null)));
        Assert.Equal(0UL, matcher.Find("\u4E01\u4E00\u3042", null));
    }

    /// <summary>More nodes and letters than the table has room for.</summary>
    [Fact]
    public void What_is_beyond_the_table_is_found_as_what_is_in_it()
    {
        var random = new Random(7);
        var words = Enumerable.Range(0, 3_000).Select(_ => (Word: string.Create(random.Next(1, 7), random, static (word, chance) =>
        {
            for (var index = 0; index < word.Length; index++) word[index] = (char)('\u4E00' + (chance.Next(4) == 0 ? chance.Next(3_000) : chance.Next(3)));
        }), List: random.Next(4))).ToArray();
        var matcher = WordMatcher.Of(words, 0b0010);
        for (var round = 0; round < 50; round++)
        {
            var text = string.Concat(Enumerable.Range(0, 30).Select(_ => random.Next(3) == 0 ? words[random.Next(words.Length)].Word : $"{(char)('\u4E00' + random.Next(3))}"));
            var spans = new List<(int Start, int End)>();

            Assert.Equal(words.Where(word => text.Contains(word.Word, StringComparison.Ordinal)).Aggregate(0UL, (lists, word) => lists | 1UL << word.List), matcher.Find(text, spans));
            Assert.Equal(
                from end in Enumerable.Range(1, text.Length)
                let longest = words.Where(word => word.List == 1 && text.AsSpan(0, end).EndsWith(word.Word)).Select(word => word.Word.Length).DefaultIfEmpty().Max()
                where longest > 0
                select (end - longest, end),
                spans);
        }
    }

    [Fact]
    public void The_longest_word_that_is_masked_counts_where_a_longer_one_is_not()
    {
        var spans = new List<(int, int)>();

        var found = WordMatcher.Of([("bc", 0), ("abc", 1), ("c", 0)], 0b01).Find("xabcx", spans);

        Assert.Equal(0b11UL, found);
        Assert.Equal([(2, 4)], spans);
    }
}
