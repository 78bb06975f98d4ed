using System.Globalization;

namespace Parley.Conversations;

/// <summary>What a user read out of order: sequences beyond his cursor, remembered until the cursor reaches them. Pure.</summary>
internal static class ReadAhead
{
    /// <summary>Reads some more.</summary>
    /// <returns>The cursor, moved over what now follows it or no longer fits, and what stays ahead of it, ascending.</returns>
    public static (Sequence ReadUpTo, IReadOnlyList<Sequence> Ahead) Merge(Sequence readUpTo, IEnumerable<Sequence> ahead, IEnumerable<Sequence> read)
    {
        var all = new SortedSet<Sequence>(ahead.Concat(read).Where(sequence => sequence > readUpTo));
        while (all.Count > 0 && (all.Min == readUpTo.Next || all.Count > MarkRead.MaxAhead))
        {
            readUpTo = all.Min;
            all.Remove(readUpTo);
        }

        return (readUpTo, [.. all]);
    }

    /// <summary>As stored: ascending, comma-separated; null for none.</summary>
    public static string? Format(IReadOnlyCollection<Sequence> ahead) => ahead.Count == 0 ? null : string.Join(',', ahead);

    /// <summary>What of the stored is still ahead: the cursor may have passed some of it since.</summary>
    public static IReadOnlyList<Sequence> Parse(string? stored, Sequence readUpTo) =>
        stored is null ? [] : [.. stored.Split(',').Select(text => new Sequence(long.Parse(text, CultureInfo.InvariantCulture))).Where(sequence => sequence > readUpTo)];
}
