using Parley.Delivery;

namespace Parley.Conversations;

/// <summary>The part of a log a page is taken from.</summary>
/// <param name="From">First sequence.</param>
/// <param name="To">Last sequence.</param>
/// <param name="Limit">The most entries.</param>
/// <param name="Direction">From which end.</param>
internal readonly record struct EntryWindow(Sequence From, Sequence To, int Limit, Direction Direction)
{
    /// <summary>What a request asks for; refused when it asks for two things at once, or for too much.</summary>
    public static Outcome<Box> Of(ReadEntries command)
    {
        var limit = command.Limit ?? ReadEntries.MaxLimit;
        if (limit is < 1 or > ReadEntries.MaxLimit) return Refusals.InvalidParams.Because($"$.limit: expected 1 to {ReadEntries.MaxLimit}");
        var end = new Sequence(Sequence.MaxValue);
        switch (command)
        {
            case { After: null, Before: null, From: null, To: null }:
                return new Box(new EntryWindow(new Sequence(1), end, limit, Direction.Backward));
            case { After: { } after, Before: null, From: null, To: null }:
#if PLANTED_BUGS
                Storage.PlantedBugs.SkipAfterPage(ref after);
#endif
                return new Box(new EntryWindow(after.Next, end, limit, Direction.Forward));
            case { After: null, Before: { } before, From: null, To: null }:
                return new Box(new EntryWindow(new Sequence(1), new Sequence(before.Value - 1), limit, Direction.Backward));
            case { After: null, Before: null, From: { } from, To: { } to }:
                if (from.Value < 1 || to < from) return Refusals.InvalidParams.Because("$.from: expected 1 or more, and not beyond $.to");
                if (to.Value - from.Value >= ReadEntries.MaxLimit) return Refusals.TooLarge.Because($"at most {ReadEntries.MaxLimit} entries from $.from to $.to");
                return new Box(new EntryWindow(from, to, limit, Direction.Forward));
            default:
                return Refusals.InvalidParams.Because("give one of after, before, or from with to");
        }
    }

    /// <summary>A window as an outcome's value.</summary>
    internal sealed record Box(EntryWindow Window);
}

/// <summary>Which end of a window counts first.</summary>
internal enum Direction
{
    /// <summary>The oldest.</summary>
    Forward,

    /// <summary>The newest.</summary>
    Backward,
}

/// <summary>Keeps an answer below the size of a frame.</summary>
internal static class ByteBudget
{
    /// <summary>Takes entries up to the limit and the budget, at least one; and whether any was left.</summary>
    public static (List<EncodedEntry> Taken, bool More) Take(IReadOnlyList<EncodedEntry> entries, int limit)
    {
        var fitting = Math.Min(limit, Fitting(entries.Select(entry => entry.Length + 1)));
        return ([.. entries.Take(fitting)], entries.Count > fitting);
    }

    /// <summary>How many of these sizes fit, at least one.</summary>
    public static int Fitting(IEnumerable<int> sizes)
    {
        var (count, bytes) = (0, 0);
        foreach (var size in sizes)
        {
            bytes += size;
            if (count > 0 && bytes > OutboundBounds.MaxEntriesBytes) break;
            count++;
        }

        return count;
    }
}
