using System.Text.Json.Serialization;

namespace Parley;

/// <summary><c>moderation.putList</c>, for the platform: makes a list of words, or replaces it whole. Answers the list.</summary>
/// <remarks>Every node of the server goes by it within five seconds; the one that answers, at once.</remarks>
/// <param name="Name">1 to 64 of <c>a-z 0-9 -</c>.</param>
/// <param name="Action">What becomes of a message that has one of the words.</param>
/// <param name="Words">Found wherever they stand, also inside other words: 1 to 64 code points each, at most 10,000.</param>
/// <param name="Patterns">Regular expressions of .NET without backtracking, at most 100 of up to 512 code points; null for none.</param>
public sealed record PutWordList(string Name, WordAction Action, IReadOnlyList<string> Words, IReadOnlyList<string>? Patterns = null)
{
    /// <summary>The most characters of a name.</summary>
    public const int MaxName = 64;

    /// <summary>The most words of a list.</summary>
    public const int MaxWords = 10_000;

    /// <summary>The most code points of a word.</summary>
    public const int MaxWord = 64;

    /// <summary>The most patterns of a list.</summary>
    public const int MaxPatterns = 100;

    /// <summary>The most code points of a pattern.</summary>
    public const int MaxPattern = 512;

    /// <summary>The most lists of an app.</summary>
    public const int MaxLists = 20;
}

/// <summary><c>moderation.getList</c>, for the platform: asks for a list with all its words.</summary>
/// <param name="Name">Its name.</param>
public sealed record GetWordList(string Name);

/// <summary><c>moderation.lists</c>, for the platform: asks which lists there are.</summary>
public sealed record ListWordLists;

/// <summary><c>moderation.deleteList</c>, for the platform: ends a list. Answers what is left.</summary>
/// <param name="Name">Its name.</param>
public sealed record DeleteWordList(string Name);

/// <summary>A list of words.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Action">What becomes of a message that has one of the words.</param>
/// <param name="Words">As they were given.</param>
/// <param name="Source">Where it is kept.</param>
/// <param name="Patterns">Regular expressions; null for none.</param>
/// <param name="UpdatedAt">When it was put; null for one of the configuration.</param>
public sealed record WordList(
    string Name, WordAction Action, IReadOnlyList<string> Words, WordListSource Source, IReadOnlyList<string>? Patterns = null, DateTimeOffset? UpdatedAt = null);

/// <summary>The lists of an app.</summary>
/// <param name="Lists">In the order of their names.</param>
public sealed record WordLists(IReadOnlyList<WordListSummary> Lists);

/// <summary>A list without its words.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Action">What becomes of a message that has one of the words.</param>
/// <param name="Words">How many.</param>
/// <param name="Patterns">How many.</param>
/// <param name="Source">Where it is kept.</param>
/// <param name="UpdatedAt">When it was put; null for one of the configuration.</param>
public sealed record WordListSummary(string Name, WordAction Action, int Words, int Patterns, WordListSource Source, DateTimeOffset? UpdatedAt = null);

/// <summary>What becomes of a message that has a word of a list.</summary>
[JsonConverter(typeof(WordActionConverter))]
public enum WordAction
{
    /// <summary>It is refused, with <c>filtered</c>.</summary>
    Refuse,

    /// <summary>It is recorded with <c>*</c> in place of each code point of the word.</summary>
    Mask,

    /// <summary>It is recorded as it is, and a report is made of it.</summary>
    Flag,

    /// <summary>One of a newer server.</summary>
    Unknown,
}

/// <summary>Where a list is kept.</summary>
[JsonConverter(typeof(WordListSourceConverter))]
public enum WordListSource
{
    /// <summary>The backend put it.</summary>
    Platform,

    /// <summary>It stands in the server's configuration, and changes only there.</summary>
    Configuration,

    /// <summary>One of a newer server.</summary>
    Unknown,
}
