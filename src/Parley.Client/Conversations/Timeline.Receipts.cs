using System.Collections.Immutable;

namespace Parley.Client;

/// <content>How far messages got.</content>
public sealed partial record Timeline
{
    /// <summary>Whether I have read it. What I sent I have read.</summary>
    public bool IsRead(TimelineMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return message.Sender == Me || Own.HasRead(message.Sequence);
    }

    /// <summary>
    /// How far a message got with each of the others in the conversation, its sender left out; null when they are too many to be told, and in rooms. They are those who are in it now: of who came later what was before counts as read.
    /// Who was there when it was sent, and how far it got with him, is <see cref="Receipts.GetAsync(GetReceipts, CancellationToken)"/>.
    /// </summary>
    public ImmutableSortedDictionary<UserId, RecipientState>? RecipientsOf(TimelineMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return Participants?.Values.Where(one => one.User != message.Sender).ToImmutableSortedDictionary(one => one.User, one => one.StateOf(message.Sequence));
    }

    /// <summary>Whether a message reached none, some or all of <see cref="RecipientsOf"/>.</summary>
    public RecipientExtent DeliveryOf(TimelineMessage message) => ExtentOf(message, RecipientState.Delivered);

    /// <summary>Whether none, some or all of <see cref="RecipientsOf"/> have read a message.</summary>
    public RecipientExtent ReadingOf(TimelineMessage message) => ExtentOf(message, RecipientState.Read);

    /// <summary>With which messages it got further than before, among those that both hold, and how. Who came or went is no such change.</summary>
    internal ImmutableList<RecipientsChange> RecipientChangesSince(Timeline before) =>
        RecipientChangesSince(before, Items, message => message.Sequence <= before.Head && message.Sequence >= before.First);

    /// <summary>The same of messages that are held elsewhere.</summary>
    internal ImmutableList<RecipientsChange> RecipientChangesSince(Timeline before, ImmutableList<TimelineItem> items, Func<TimelineMessage, bool> wasHeld)
    {
        if (before.Participants is not { } then || Participants is not { } now || ReferenceEquals(then, now)) return [];
        var moved = now.Values.Where(one => then.TryGetValue(one.User, out var earlier) && !ReferenceEquals(earlier, one) && !one.IsAsFarAs(earlier)).Select(one => (Before: then[one.User], Now: one)).ToArray();
        if (moved.Length == 0) return [];
        var lowest = moved.Min(one => one.Before.ReadUpTo);
        var changes = ImmutableList.CreateBuilder<RecipientsChange>();
        // From the end: what moves is near it.
        for (var index = items.Count - 1; index >= 0 && items[index].To > lowest; index--)
        {
            if (items[index] is not TimelineMessage message || !wasHeld(message)) continue;
            if (!moved.Any(one => one.Now.User != message.Sender && one.Before.StateOf(message.Sequence) != one.Now.StateOf(message.Sequence))) continue;
            changes.Insert(0, new RecipientsChange(message, before.RecipientsOf(message)!, RecipientsOf(message)!));
        }

        return changes.ToImmutable();
    }

    /// <summary>How many recipients a message has, how many of them received it, and how many have read it; nothing where they are not told.</summary>
    internal (int Others, int Received, int Read) CountsOf(TimelineMessage message)
    {
        var (others, received, read) = (0, 0, 0);
        foreach (var one in Participants?.Values ?? [])
        {
            if (one.User == message.Sender) continue;
            others++;
            if (one.HasReceived(message.Sequence)) received++;
            if (one.HasRead(message.Sequence)) read++;
        }

        return (others, received, read);
    }

    /// <summary>Whether messages got as far with everybody as in the other.</summary>
    internal bool IsAsFarAs(Timeline other) => ReferenceEquals(Participants, other.Participants) && Own == other.Own;

    private RecipientExtent ExtentOf(TimelineMessage message, RecipientState state)
    {
        if (RecipientsOf(message) is not { Count: > 0 } recipients) return RecipientExtent.None;
        var count = recipients.Values.Count(one => one >= state);
        return count == 0 ? RecipientExtent.None : count < recipients.Count ? RecipientExtent.Some : RecipientExtent.All;
    }
}

/// <summary>How many of its recipients something is true of.</summary>
public enum RecipientExtent
{
    /// <summary>Of none, or it is not known.</summary>
    None,

    /// <summary>Of some and not of all.</summary>
    Some,

    /// <summary>Of all.</summary>
    All,
}

/// <summary>A message got further with somebody.</summary>
/// <param name="Message">Which one.</param>
/// <param name="Before">How far it had got with each.</param>
/// <param name="Now">How far it got.</param>
public sealed record RecipientsChange(TimelineMessage Message, ImmutableSortedDictionary<UserId, RecipientState> Before, ImmutableSortedDictionary<UserId, RecipientState> Now);
