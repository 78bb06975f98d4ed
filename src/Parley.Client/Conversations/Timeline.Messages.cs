using System.Collections.Immutable;

namespace Parley.Client;

/// <content>What becomes of messages after they were sent.</content>
public sealed partial record Timeline
{
    /// <summary>The message of this id, if it is held here; null else.</summary>
    public TimelineMessage? Find(MessageId message) => Items.OfType<TimelineMessage>().LastOrDefault(one => one.Message == message);

    /// <summary>Hides from this user what he removed: its places stay, as placeholders.</summary>
    public Timeline Hide(MessagesRemoved removed)
    {
        ArgumentNullException.ThrowIfNull(removed);
        var items = Hidden(Items, removed);
        var removals = removed.Removals ?? Removals;
        if (ReferenceEquals(items, Items)) return removals == Removals ? this : this with { Removals = removals };
        return this with { Items = items, Removals = removals };
    }

    /// <summary>These items, with placeholders for what was removed; the same list where nothing was.</summary>
    internal static ImmutableList<TimelineItem> Hidden(ImmutableList<TimelineItem> items, MessagesRemoved removed)
    {
        var hidden = removed.UpTo is { } upTo
            ? items.TakeWhile(item => item.From <= upTo).OfType<TimelineMessage>().Select(item => item.Sequence).Concat(
                items.TakeWhile(item => item.From <= upTo).OfType<TimelineEvent>().Select(item => item.Sequence))
            : removed.Sequences ?? [];
        var now = items;
        foreach (var sequence in hidden.Order())
        {
            if (IndexOf(now, sequence) is not { } index || now[index] is TimelinePlaceholder) continue;
            now = now.SetItem(index, new TimelinePlaceholder(sequence, sequence, TimelinePlaceholder.Hidden));
        }

        return ReferenceEquals(now, items) ? items : Joined(now);
    }

    /// <summary>These items, with what a message says now that was edited or recalled; the same list where it is not among them.</summary>
    internal static ImmutableList<TimelineItem> Changed(ImmutableList<TimelineItem> items, LogEntry entry)
    {
        Sequence? original = entry.Event switch
        {
            MessageEdited edited => edited.Original,
            MessageRecalled recalled => recalled.Original,
            _ => null,
        };
        return original is { } sequence && IndexOf(items, sequence) is { } index && items[index] is TimelineMessage message ? items.SetItem(index, message.With(entry)) : items;
    }

    /// <summary>A message was edited or recalled. One that is not held is remembered, for a page of before that holds it may be on its way.</summary>
    private Timeline Change(Sequence original, LogEntry entry)
    {
        if (IndexOf(Items, original) is not null)
            return Changed(Items, entry) is var items && ReferenceEquals(items, Items) ? this : this with { Items = items };
        if (original >= First) return this;
        return this with { Changes = Changes.SetItem(original, Changes.TryGetValue(original, out var earlier) && earlier.Event is MessageRecalled ? earlier : entry) };
    }

    private TimelineItem Late(TimelineItem item) =>
        item is TimelineMessage message && Changes.TryGetValue(message.Sequence, out var change) ? message.With(change) : item;

    /// <summary>Where the item is that stands for a sequence; null when none does. They are in order, and without gaps.</summary>
    internal static int? IndexOf(ImmutableList<TimelineItem> items, Sequence sequence)
    {
        var (low, high) = (0, items.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (items[middle].To < sequence) low = middle + 1;
            else if (items[middle].From > sequence) high = middle - 1;
            else return middle;
        }

        return null;
    }

    /// <summary>Placeholders side by side that say the same are one, as a page of the log has them.</summary>
    private static ImmutableList<TimelineItem> Joined(ImmutableList<TimelineItem> items)
    {
        var joined = ImmutableList.CreateBuilder<TimelineItem>();
        foreach (var item in items)
        {
            if (item is TimelinePlaceholder next && joined.Count > 0 && joined[^1] is TimelinePlaceholder last && last.Why == next.Why)
                joined[^1] = last with { To = next.To };
            else
                joined.Add(item);
        }

        return joined.ToImmutable();
    }
}
