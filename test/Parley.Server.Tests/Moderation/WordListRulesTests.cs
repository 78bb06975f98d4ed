using Parley.Moderation;

namespace Parley.Tests.Moderation;

/// <summary>What a list may be: each limit at it and past it.</summary>
public sealed class WordListRulesTests
{
    [Fact]
    public void As_many_words_as_may_be_are_taken_and_no_more()
    {
        Assert.Null(Refused(Words(PutWordList.MaxWords)));
        Assert.Equal(("too_large", "$.words: at most 10000"), Refused(Words(PutWordList.MaxWords + 1)));
    }

    [Fact]
    public void A_word_is_as_long_as_may_be_and_no_longer()
    {
        Assert.Null(Refused([string.Concat(Enumerable.Repeat("😀", PutWordList.MaxWord))]));
        Assert.Equal(("too_large", "$.words[1]: at most 64 code points"), Refused(["a", new string('a', PutWordList.MaxWord + 1)]));
    }

    [Fact]
    public void As_many_patterns_as_may_be_are_taken_and_no_more()
    {
        Assert.Null(Refused([], [.. Words(PutWordList.MaxPatterns)]));
        Assert.Equal(("too_large", "$.patterns: at most 100"), Refused([], Words(PutWordList.MaxPatterns + 1)));
    }

    [Fact]
    public void A_pattern_is_as_long_as_may_be_and_no_longer()
    {
        Assert.Null(Refused([], [new string('a', PutWordList.MaxPattern)]));
        Assert.Equal(("too_large", "$.patterns[0]: at most 512 code points"), Refused([], [new string('a', PutWordList.MaxPattern + 1)]));
    }

    [Theory]
    [InlineData("a", true)]
    [InlineData("a-list-09", true)]
    [InlineData("", false)]
    [InlineData("A", false)]
    [InlineData("a b", false)]
    [InlineData("ä", false)]
    public void A_name_is_of_few_characters(string name, bool good) =>
        Assert.Equal(good, WordListRules.Compile(name, WordAction.Refuse, ["a"], []).Refusal is null);

    [Fact]
    public void A_name_is_as_long_as_may_be_and_no_longer()
    {
        Assert.Null(WordListRules.NameFault(new string('a', PutWordList.MaxName)));
        Assert.NotNull(WordListRules.NameFault(new string('a', PutWordList.MaxName + 1)));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("\u200D\u0301")]
    public void A_word_that_nobody_sees_is_refused(string word) => Assert.Equal("invalid_params", Refused(["a", word])?.Code);

    [Fact]
    public void A_list_of_nothing_is_refused() => Assert.Equal("invalid_params", Refused([])?.Code);

    [Theory, Trait("Row", "RX-01")]
    [InlineData("(", "InsufficientClosingParentheses")]
    [InlineData("[a", "UnterminatedBracket")]
    [InlineData(@"(a)\1", "backreferences")]
    [InlineData("(?=a)b", "looking around")]
    [InlineData("(?<!a)b", "looking around")]
    [InlineData("(?>a+)b", "atomic")]
    [InlineData("((a{900}){900}){900}", "repetitions")]
    [InlineData("a*", "every text")]
    [InlineData("", "every text")]
    public void A_pattern_that_is_none_is_refused_with_the_reason(string pattern, string reason)
    {
        var refusal = Refused([], ["good", pattern]);

        Assert.Equal("invalid_params", refusal?.Code);
        Assert.StartsWith("$.patterns[1]: ", refusal?.Detail, StringComparison.Ordinal);
        Assert.Contains(reason, refusal?.Detail, StringComparison.Ordinal);
    }

    private static string[] Words(int count) => [.. Enumerable.Range(0, count).Select(number => $"w{number}")];

    private static (string Code, string? Detail)? Refused(string[] words, string[]? patterns = null) =>
        WordListRules.Compile("list", WordAction.Refuse, words, patterns ?? []).Refusal is { } refusal ? (refusal.Code, refusal.Detail) : null;
}
