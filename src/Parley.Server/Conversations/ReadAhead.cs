using System.Globalization;

namespace Parley.Conversations;

/// <summary>What a user read out of order: sequences beyond his cursor, remembered until the cursor reaches them. Pure.</summary>
internal static class ReadAhead
{
    /// <summary>Reads some more.</summary>
    /// <returns>The cursor, moved over what no longer fits, and what stays ahead of it, ascending.</returns>
    public static (Sequence ReadUpTo, IReadOnlyList<Sequence> Ahead) Merge(Sequence readUpTo, IEnumerable<Sequence> ahead, IEnumerable<Sequence> read)
    {
        var all = new SortedSet<Sequence>(ahead.Concat(read).Where(sequence => sequence > readUpTo)).ToArray();
        var tooMany = Math.Max(0, all.Length - MarkRead.MaxAhead);
        return (tooMany == 0 ? readUpTo : all[tooMany - 1], all[tooMany..]);
    }

    /// <summary>Moves the cursor over what was read ahead of it, until something unread stands between.</summary>
    /// <param name="readUpTo">The cursor.</param>
    /// <param name="ahead">Ascending.</param>
    /// <param name="firstUnread">The first message of somebody else after the cursor that is not read ahead; null for none.</param>
    public static (Sequence ReadUpTo, IReadOnlyList<Sequence> Ahead) Advance(Sequence readUpTo, IReadOnlyList<Sequence> ahead, Sequence? firstUnread)
    {
        var passed = firstUnread is { } first ? ahead.Count(sequence => sequence < first) : ahead.Count;
        return (passed == 0 ? readUpTo : ahead[passed - 1], [.. ahead.Skip(passed)]);
    }

    /// <summary>As stored: ascending, comma-separated; null for none.</summary>
    public static string? Format(IReadOnlyCollection<Sequence> ahead) => ahead.Count == 0 ? null : string.Join(',', ahead);

    /// <summary>What of the stored is still ahead: the cursor may have passed some of it since.</summary>
    public static IReadOnlyList<Sequence> Parse(string? stored, Sequence readUpTo) => stored is null ? [] : Parsed(stored, readUpTo);

    private static Sequence[] Parsed(string stored, Sequence readUpTo) =>
        [.. stored.Split(',').Select(text => new Sequence(long.Parse(text, CultureInfo.InvariantCulture))).Where(sequence => sequence > readUpTo)];
}
