using System.Collections.Immutable;

namespace Parley.Client;

/// <summary>A part of a conversation's log: what stands between two places, without gaps. Immutable. It never holds more than <see cref="MaxItems"/>: what is too much at one end is let go at the other.</summary>
public sealed record TimelineWindow
{
    private TimelineWindow(UserId me, int maxItems) => (Me, MaxItems) = (me, maxItems);

    /// <summary>Its items, in sequence, from <see cref="First"/> to <see cref="Last"/>.</summary>
    public ImmutableList<TimelineItem> Items { get; private init; } = [];

    /// <summary>The oldest sequence it holds; one past <see cref="Last"/> when it holds none.</summary>
    public Sequence First { get; private init; } = new(1);

    /// <summary>The newest sequence it holds.</summary>
    public Sequence Last { get; private init; }

    /// <summary>The newest sequence that is known to exist.</summary>
    public Sequence Head { get; private init; }

    /// <summary>Whether there is nothing older to load.</summary>
    public bool IsAtStart { get; private init; }

    /// <summary>Whether there is nothing newer to load: what comes is added.</summary>
    public bool IsAtEnd => Last >= Head;

    /// <summary>How many messages of others came since it was at the end, and are not in it.</summary>
    public int NewBelow { get; private init; }

    /// <summary>The most items it holds.</summary>
    public int MaxItems { get; }

    private UserId Me { get; }

    /// <summary>What came at this sequence or later is new as long as it is not in it.</summary>
    private Sequence NewFrom { get; init; } = new(1);

    /// <summary>The newest of a timeline, as many as it holds.</summary>
    internal static TimelineWindow Newest(Timeline timeline, int maxItems)
    {
        var newest = timeline.Newest(maxItems);
        return new TimelineWindow(timeline.Me, maxItems) { Items = newest.Items, First = newest.First, Last = newest.Head, Head = newest.Head, IsAtStart = newest.IsComplete };
    }

    /// <summary>Nothing yet, at a place between two sequences; what comes after is not new before it was at the end.</summary>
    internal TimelineWindow At(Sequence first) =>
        new(Me, MaxItems) { First = first, Last = new Sequence(first.Value - 1), Head = Head, NewFrom = IsAtEnd ? Head.Next : NewFrom, NewBelow = NewBelow, IsAtStart = first.Value <= 1 };

    /// <summary>Where it begins to be read anew: at its end, of which the pages before it follow; at the newest where that is its own end. What is new below is counted as far as it is known.</summary>
    /// <param name="newest">The newest as it is now; it may be of another history.</param>
    internal TimelineWindow Anew(Timeline newest)
    {
        if (IsAtEnd || Last >= newest.Head) return Newest(newest, MaxItems);
        var from = NewFrom > newest.Head ? newest.Head.Next : NewFrom;
        var anew = new TimelineWindow(Me, MaxItems) { First = Last.Next, Last = Last, Head = newest.Head, NewFrom = from };
        var below = newest.Items.Count(item => item.From > Last && anew.IsNew(item));
        return anew with { NewBelow = newest.First <= from ? below : Math.Max(below, NewBelow) };
    }

    /// <summary>Something happened in the conversation.</summary>
    internal TimelineWindow Apply(Happening happening) => happening switch
    {
        Happening.Entry(var entry, _) => Apply(entry),
        Happening.Skipped(_, var range) => Apply(range),
        Happening.Removed(var removed) => Hide(removed),
        _ => this,
    };

    /// <summary>Puts an older page in front. One that does not reach it changes nothing.</summary>
    internal TimelineWindow Prepend(EntriesPage page)
    {
        var older = ItemsOf(page).Where(item => item.From < First).ToList();
        if (older.Count == 0) return page.More ? this : this with { IsAtStart = true };
        if (older[^1].To.Next < First) return this;
        return (this with { Items = Items.InsertRange(0, older), First = older[0].From, IsAtStart = !page.More }).WithoutNewest();
    }

    /// <summary>Puts a newer page behind. One that does not reach it changes nothing.</summary>
    internal TimelineWindow Append(EntriesPage page)
    {
        var newer = ItemsOf(page).Where(item => item.To > Last).ToList();
        var head = page.Head > Head ? page.Head : Head;
        // The head may be a sequence that this user does not see, and no page has.
        if (newer.Count == 0) return page.More || page.Head < Head ? this with { Head = head } : (this with { Head = head, Last = head }).Seen();
        if (newer[0].From > Last.Next) return this;
        return (this with { Items = Items.AddRange(newer), Last = newer[^1].To, Head = head }).Seen().WithoutOldest();
    }

    /// <summary>An entry came. At the end it is added; elsewhere it only counts as new.</summary>
    internal TimelineWindow Apply(LogEntry entry)
    {
        var changed = this with { Items = Timeline.Changed(Items, entry) };
        if (entry.Sequence <= Head) return changed;
        var item = Timeline.ItemOf(entry);
        if (IsAtEnd && entry.Sequence == Last.Next)
            return (changed with { Items = changed.Items.Add(item), Last = entry.Sequence, Head = entry.Sequence }).WithoutOldest();
        var below = NewBelow + (IsNew(item) ? 1 : 0) - (entry.Event is MessageRecalled recalled && recalled.Original > Last && recalled.Original >= NewFrom && NewBelow > 0 ? 1 : 0);
        return changed with { Head = entry.Sequence, NewFrom = IsAtEnd ? Head.Next : NewFrom, NewBelow = below };
    }

    /// <summary>Sequences came that are not shown.</summary>
    internal TimelineWindow Apply(SkippedRange range)
    {
        if (range.To <= Head) return this;
        if (IsAtEnd && range.From <= Last.Next)
            return (this with { Items = Items.Add(new TimelinePlaceholder(Last.Next, range.To, range.Why)), Last = range.To, Head = range.To }).WithoutOldest();
        return this with { Head = range.To, NewFrom = IsAtEnd ? Head.Next : NewFrom };
    }

    /// <summary>The user hid messages from himself.</summary>
    internal TimelineWindow Hide(MessagesRemoved removed) => this with { Items = Timeline.Hidden(Items, removed) };

    private bool IsNew(TimelineItem item) => item is TimelineMessage { IsCounted: true } message && message.Sender != Me && message.Sequence >= NewFrom;

    /// <summary>What was new and is in it now is not new any more.</summary>
    private TimelineWindow Seen()
    {
        if (IsAtEnd) return this with { NewBelow = 0, NewFrom = Head.Next };
        if (Last < NewFrom) return this;
        var seen = Items.Count(IsNew);
        return this with { NewBelow = Math.Max(0, NewBelow - seen), NewFrom = Last.Next };
    }

    private TimelineWindow WithoutOldest() => Items.Count <= MaxItems
        ? this
        : this with { Items = Items.RemoveRange(0, Items.Count - MaxItems), First = Items[^MaxItems].From, IsAtStart = false };

    private TimelineWindow WithoutNewest()
    {
        if (Items.Count <= MaxItems) return this;
        var kept = Items.RemoveRange(MaxItems, Items.Count - MaxItems);
        return this with { Items = kept, Last = kept[^1].To, NewFrom = IsAtEnd ? Head.Next : NewFrom };
    }

    private static IEnumerable<TimelineItem> ItemsOf(EntriesPage page) => page.Entries.Select(Timeline.ItemOf)
        .Concat((page.Skipped ?? []).Select(range => new TimelinePlaceholder(range.From, range.To, range.Why)))
        .OrderBy(item => item.From);
}
