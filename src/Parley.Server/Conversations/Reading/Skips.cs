using Parley.Delivery;

namespace Parley.Conversations;

/// <summary>What a page passed over, so that no reader takes it for missing.</summary>
internal static class Skips
{
    /// <summary>Of the time that a reader may not see.</summary>
    public const string Hidden = "hidden";

    /// <summary>The ranges that a page of a log covers and does not show; null for none.</summary>
    /// <param name="window">What was asked for.</param>
    /// <param name="entries">What is shown, in sequence.</param>
    /// <param name="head">The newest sequence the reader may read.</param>
    /// <param name="tail">The oldest sequence that is kept.</param>
    /// <param name="more">Whether the page ends before the window does.</param>
    public static IReadOnlyList<SkippedRange>? Of(EntryWindow window, IReadOnlyList<EncodedEntry> entries, Sequence head, Sequence tail, bool more)
    {
        var first = Math.Max(window.From.Value, tail.Value);
        var last = Math.Min(window.To.Value, head.Value);
        if (more && window.Direction == Direction.Forward) last = entries[^1].Sequence.Value;
        if (more && window.Direction == Direction.Backward) first = entries[0].Sequence.Value;
        return Between(first, last, entries);
    }

    /// <summary>The sequences from <paramref name="first"/> to <paramref name="last"/> that are not among the entries; null for none.</summary>
    public static IReadOnlyList<SkippedRange>? Between(long first, long last, IReadOnlyList<EncodedEntry> entries)
    {
        // Nearly always everything is shown.
        if (last - first + 1 <= entries.Count) return null;
        var skipped = new List<SkippedRange>();
        var expected = first;
        foreach (var entry in entries)
        {
            if (entry.Sequence.Value > expected) skipped.Add(Range(expected, entry.Sequence.Value - 1));
            expected = entry.Sequence.Value + 1;
        }

        if (expected <= last) skipped.Add(Range(expected, last));
        return skipped;
    }

    private static SkippedRange Range(long from, long to) => new(new Sequence(from), new Sequence(to), Hidden);
}
