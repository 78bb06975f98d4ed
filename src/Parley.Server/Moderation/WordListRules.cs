using System.Buffers;
using System.Text.RegularExpressions;

namespace Parley.Moderation;

/// <summary>What a list of words may be. Pure.</summary>
internal static class WordListRules
{
    private const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.IgnoreCase;

    private static readonly SearchValues<char> InNames = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    /// <summary>The list, compiled; or what is wrong with it, with the member of the request that is.</summary>
    public static Outcome<CompiledList> Compile(string name, WordAction action, IReadOnlyList<string> words, IReadOnlyList<string> patterns)
    {
        if (NameFault(name) is { } fault) return Refusals.InvalidParams.Because($"$.name: {fault}");
        if (words.Count > PutWordList.MaxWords) return Refusals.TooLarge.Because($"$.words: at most {PutWordList.MaxWords}");
        if (patterns.Count > PutWordList.MaxPatterns) return Refusals.TooLarge.Because($"$.patterns: at most {PutWordList.MaxPatterns}");
        if (words.Count + patterns.Count == 0) return Refusals.InvalidParams.Because("$.words: expected 1 or more, or a pattern");
        var folded = new string[words.Count];
        for (var index = 0; index < words.Count; index++)
        {
            if (words[index] is not { } word) return Refusals.InvalidParams.Because($"$.words[{index}]: expected a text");
            if (TextSize.CodePoints(word) > PutWordList.MaxWord) return Refusals.TooLarge.Because($"$.words[{index}]: at most {PutWordList.MaxWord} code points");
            folded[index] = FoldedText.WordOf(word);
            // It would be in every text.
            if (string.IsNullOrWhiteSpace(folded[index])) return Refusals.InvalidParams.Because($"$.words[{index}]: expected a letter, or another sign that is seen");
        }

        var compiled = new Regex[patterns.Count];
        for (var index = 0; index < patterns.Count; index++)
        {
            var outcome = Compile(patterns[index], index);
            if (outcome.Value is not { } pattern) return outcome.Refusal!;
            compiled[index] = pattern;
        }

        return new CompiledList(name, action, folded, compiled);
    }

    /// <summary>What is wrong with a name; null when nothing is.</summary>
    public static string? NameFault(string name) =>
        name.Length is 0 or > PutWordList.MaxName || name.AsSpan().ContainsAnyExcept(InNames) ? $"expected 1 to {PutWordList.MaxName} of a-z, 0-9 and -" : null;

    private static Outcome<Regex> Compile(string? pattern, int index)
    {
        if (pattern is null) return Refusals.InvalidParams.Because($"$.patterns[{index}]: expected a text");
        if (TextSize.CodePoints(pattern) > PutWordList.MaxPattern) return Refusals.TooLarge.Because($"$.patterns[{index}]: at most {PutWordList.MaxPattern} code points");
        try
        {
            var regex = new Regex(pattern, Options, Regex.InfiniteMatchTimeout);
            return regex.IsMatch("") ? Refusals.InvalidParams.Because($"$.patterns[{index}]: it matches nothing at all, and so every text") : regex;
        }
        catch (RegexParseException fault)
        {
            return Refusals.InvalidParams.Because($"$.patterns[{index}]: {fault.Error} at {fault.Offset}");
        }
        catch (NotSupportedException)
        {
            return Refusals.InvalidParams.Because(
                $"$.patterns[{index}]: without backtracking there are no backreferences, no looking around, no atomic groups, no conditions, and no repetitions of more than some thousand");
        }
    }
}

/// <summary>A list as texts are compared with it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Action">What becomes of a message that has one of its words.</param>
/// <param name="Words">Folded.</param>
/// <param name="Patterns">Of folded text, without backtracking: what they cost grows with the text alone.</param>
internal sealed record CompiledList(string Name, WordAction Action, IReadOnlyList<string> Words, IReadOnlyList<Regex> Patterns);
