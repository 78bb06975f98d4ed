using Parley.Delivery;

namespace Parley.Conversations;

/// <summary>What a page passed over, so that no reader takes it for missing.</summary>
internal static class Skips
{
    /// <summary>The ranges that a page of a log covers and does not show; null for none.</summary>
    /// <param name="window">What was asked for.</param>
    /// <param name="entries">What is shown, in sequence.</param>
    /// <param name="head">The newest sequence the reader may read.</param>
    /// <param name="tail">The oldest sequence that is kept.</param>
    /// <param name="more">Whether the page ends before the window does.</param>
    public static IReadOnlyList<SkippedRange>? Of(EntryWindow window, IReadOnlyList<EncodedEntry> entries, Sequence head, Sequence tail, bool more)
    {
        var first = window.From.Value;
        var last = Math.Min(window.To.Value, head.Value);
        if (more && window.Direction == Direction.Forward) last = entries[^1].Sequence.Value;
        if (more && window.Direction == Direction.Backward) first = entries[0].Sequence.Value;
        return Between(first, last, tail, entries);
    }

    /// <summary>The sequences from <paramref name="first"/> to <paramref name="last"/> that are not among the entries: below the tail they expired, and the others are hidden. Null for none.</summary>
    public static IReadOnlyList<SkippedRange>? Between(long first, long last, Sequence tail, IReadOnlyList<EncodedEntry> entries)
    {
        // Nearly always everything is shown.
        if (last - first + 1 <= entries.Count) return null;
        var skipped = new List<SkippedRange>();
        var expected = first;
        if (first < tail.Value)
        {
            expected = Math.Min(tail.Value - 1, last) + 1;
            skipped.Add(new SkippedRange(new Sequence(first), new Sequence(expected - 1), SkippedRange.Expired));
        }

        foreach (var entry in entries)
        {
            if (entry.Sequence.Value > expected) skipped.Add(Hidden(expected, entry.Sequence.Value - 1));
            expected = entry.Sequence.Value + 1;
        }

        if (expected <= last) skipped.Add(Hidden(expected, last));
        return skipped;
    }

    private static SkippedRange Hidden(long from, long to) => new(new Sequence(from), new Sequence(to), SkippedRange.Hidden);
}
