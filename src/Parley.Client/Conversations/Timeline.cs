using System.Collections.Immutable;

namespace Parley.Client;

/// <summary>A conversation as it looks on a screen: an immutable fold of its entries, of everybody's cursors, and of what is on its way.</summary>
/// <remarks>
/// Applying the same entries in any order, any number of times, with gaps filled later, ends in the same timeline; a state from the
/// server and the entries after it end in the same timeline as all entries from the first.
/// </remarks>
public sealed partial record Timeline
{
    private Timeline(ConversationId conversation, UserId me) => (Conversation, Me, Own) = (conversation, me, new TimelineParticipant(me, Permissions.None, default, default));

    /// <summary>Whose log.</summary>
    public ConversationId Conversation { get; }

    /// <summary>Who looks.</summary>
    public UserId Me { get; }

    /// <summary>Its kind; null before anything said so.</summary>
    public ConversationKind? Kind { get; private init; }

    /// <summary>Its title; null for none.</summary>
    public string? Title { get; private init; }

    /// <summary>What newcomers may do; null where nobody told, because I was out.</summary>
    public Permissions? DefaultPermissions { get; private init; }

    /// <summary>Its other settings; null where nobody told, because I was out.</summary>
    public ConversationSettings? Settings { get; private init; }

    /// <summary>Everybody in it; null when they are too many to be told, and in rooms, where people come and go.</summary>
    public ImmutableSortedDictionary<UserId, TimelineParticipant>? Participants { get; private init; }

    /// <summary>How many are in it; null where nobody told, because I was out.</summary>
    public int? ParticipantCount { get; private init; }

    /// <summary>Whether I am out: nothing new comes.</summary>
    public bool HasLeft { get; private init; }

    /// <summary>Whether it was deleted for everybody.</summary>
    public bool IsDeleted { get; private init; }

    /// <summary>
    /// Whether the entries do not tell how it is now: I am in it again after I was told, or shown, only a part. Get its state and begin with <see cref="At"/>; a <see cref="LiveConversation"/> does so by itself.
    /// </summary>
    public bool NeedsState => IsPartial && !HasLeft && !IsDeleted;

    /// <summary>The oldest sequence held here; one past <see cref="Head"/> when nothing is.</summary>
    public Sequence First { get; private init; } = new(1);

    /// <summary>The newest sequence applied.</summary>
    public Sequence Head { get; private init; }

    /// <summary>Whether there is nothing older to load.</summary>
    public bool IsComplete { get; private init; }

    /// <summary>How far I have read.</summary>
    public Sequence ReadUpTo => Own.ReadUpTo;

    /// <summary>What I have read out of order, after <see cref="ReadUpTo"/>.</summary>
    public ImmutableSortedSet<Sequence> ReadAhead => Own.ReadAhead;

    /// <summary>What is on the log, in sequence, from <see cref="First"/> to <see cref="Head"/>.</summary>
    public ImmutableList<TimelineItem> Items { get; private init; } = [];

    /// <summary>What I sent and is not on the log yet, in the order sent.</summary>
    public ImmutableList<OutgoingItem> Outgoing { get; private init; } = [];

    /// <summary>The oldest message of somebody else that I have not read; null for none. It may be older than <see cref="First"/>, and then the first that is held is told.</summary>
    public Sequence? FirstUnread => UnreadMessages().FirstOrDefault()?.Sequence;

    /// <summary>How many messages that are held here I have not read.</summary>
    public int UnreadCount => UnreadMessages().Count();

    /// <summary>Whether something happened that nobody told.</summary>
    private bool IsPartial { get; init; }

    /// <summary>Whether I was not to read when I was told the state: it is newer than the entries that come when I am, and they do not tell how it is.</summary>
    private bool IsBlind { get; init; }

    /// <summary>What the server said last of what I removed for myself; another text is another removal.</summary>
    internal string? Removals { get; private init; }

    /// <summary>My own cursors, also where the participants are too many to be told.</summary>
    private TimelineParticipant Own { get; init; }

    /// <summary>The timeline of a conversation before its first entry.</summary>
    public static Timeline Empty(ConversationId conversation, UserId me) => new(conversation, me) { IsComplete = true };

    /// <summary>The timeline of a conversation as the server has it now, holding no entry yet: older ones are prepended, newer ones applied. Attributes are not told by a state: see <see cref="WithAttributes"/>.</summary>
    public static Timeline At(ConversationState state, UserId me)
    {
        ArgumentNullException.ThrowIfNull(state);
        // Of direct conversations it is known without asking.
        var none = state.Kind == ConversationKind.Direct ? NoAttributes : null;
        return new Timeline(state.Conversation, me)
        {
            Kind = state.Kind,
            Title = state.Title,
            DefaultPermissions = state.DefaultPermissions,
            Settings = state.Settings,
            Participants = state.Kind == ConversationKind.Room ? null : state.Participants?.ToImmutableSortedDictionary(one => one.User, one => TimelineParticipant.At(one, none)),
            Attributes = none,
            ParticipantCount = state.ParticipantCount,
            HasLeft = state.Own.Left,
            IsPartial = state.Own.Left,
            IsBlind = !state.Own.Left && !state.Own.Permissions.HasFlag(Permissions.Read),
            Removals = state.Own.Removals,
            First = state.Head.Next,
            Head = state.Head,
            IsComplete = state.Head < state.Tail || state.Head == Sequence.None,
        }.Move(me, state.Own.DeliveredUpTo, state.Own.ReadUpTo, state.Own.ReadAhead);
    }

    /// <summary>Applies an entry: a new timeline, this one when it was applied before, or a gap when something before it is missing.</summary>
    public TimelineStep Apply(LogEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (entry.Sequence <= Head) return new TimelineStep(this, null);
        if (entry.Sequence > Head.Next) return new TimelineStep(this, new TimelineGap(Head.Next, new Sequence(entry.Sequence.Value - 1)));
        var next = this with { Head = entry.Sequence, Items = Items.Add(ItemOf(entry)), IsPartial = IsPartial || IsBlind };
        return new TimelineStep(next.Fold(entry), null);
    }

    /// <summary>Applies a range that is not shown: one placeholder. Of a range that overlaps what was applied, the rest counts.</summary>
    public TimelineStep Apply(SkippedRange range)
    {
        ArgumentNullException.ThrowIfNull(range);
        if (range.To <= Head) return new TimelineStep(this, null);
        if (range.From > Head.Next) return new TimelineStep(this, new TimelineGap(Head.Next, new Sequence(range.From.Value - 1)));
        return new TimelineStep(this with { IsPartial = true, Head = range.To, Items = Items.Add(new TimelinePlaceholder(Head.Next, range.To, range.Why)) }, null);
    }

    /// <summary>Puts an older page in front: the page before <see cref="First"/>. What is held already is passed over; a page that does not reach <see cref="First"/> is a gap.</summary>
    public TimelineStep Prepend(EntriesPage page)
    {
        ArgumentNullException.ThrowIfNull(page);
        var older = page.Entries.Select(entry => Late(ItemOf(entry)))
            .Concat((page.Skipped ?? []).Select(range => new TimelinePlaceholder(range.From, range.To, range.Why)))
            .Where(item => item.From < First)
            .OrderBy(item => item.From)
            .ToList();
        if (older.Count == 0) return new TimelineStep(page.More ? this : this with { IsComplete = true }, null);
        var last = older[^1].To;
        if (last.Next < First) return new TimelineStep(this, new TimelineGap(last.Next, new Sequence(First.Value - 1)));
        var changes = Changes.RemoveRange(Changes.Keys.Where(sequence => sequence >= older[0].From));
        return new TimelineStep(this with { First = older[0].From, Items = Items.InsertRange(0, older), IsComplete = !page.More, Changes = changes }, null);
    }

    /// <summary>Without the oldest items, where there are more than <paramref name="count"/>.</summary>
    internal Timeline Newest(int count) => Items.Count <= count
        ? this
        : this with { Items = Items.RemoveRange(0, Items.Count - count), First = Items[^count].From, IsComplete = false };

    /// <summary>Somebody's cursors are at least here; mine move how far I have read.</summary>
    public Timeline Move(UserId user, Sequence delivered, Sequence read, IReadOnlyList<Sequence>? ahead = null)
    {
        var own = user == Me ? Own.Move(delivered, read, ahead) : Own;
        var moved = own == Own ? this : this with { Own = own };
        if (moved.Participants is null || !moved.Participants.TryGetValue(user, out var participant)) return moved;
        var after = participant.Move(delivered, read, ahead);
        return after == participant ? moved : moved with { Participants = moved.Participants.SetItem(user, after) };
    }

    /// <summary>People came into this room or left it; I too, on another device.</summary>
    public Timeline Visited(RoomChanged changed)
    {
        ArgumentNullException.ThrowIfNull(changed);
        var visited = this with { ParticipantCount = changed.ParticipantCount };
        return changed.Left?.Contains(Me) == true ? visited.Close(ConversationEnd.Left) : changed.Joined?.Contains(Me) == true ? visited.Reopen() : visited;
    }

    /// <summary>It is over for me, and no entry told it: it was deleted, or I am out, while nobody could tell me.</summary>
    public Timeline Close(ConversationEnd end) => end switch
    {
        ConversationEnd.Deleted => IsDeleted ? this : this with { IsDeleted = true },
        _ => HasLeft ? this : this with { HasLeft = true, IsPartial = true },
    };

    /// <summary>I am in it again, and no entry told it: what became of it meanwhile is not known, as <see cref="NeedsState"/> says.</summary>
    public Timeline Reopen() => HasLeft ? this with { HasLeft = false, IsPartial = true } : this;

    /// <summary>A message is on its way.</summary>
    public Timeline Send(MessageId message, MessageContent content) =>
        this with { Outgoing = Outgoing.RemoveAll(one => one.Message == message).Add(new OutgoingItem(message, content, MessageState.Pending)) };

    /// <summary>A message that was on its way will not arrive, or nobody knows: it stays, marked so, until it is <see cref="Drop">dropped</see> or arrives after all.</summary>
    /// <param name="message">Which.</param>
    /// <param name="state"><see cref="MessageState.NotSent"/> or <see cref="MessageState.Unknown"/>.</param>
    /// <param name="failure">Why.</param>
    public Timeline Settle(MessageId message, MessageState state, ParleyException? failure = null) =>
        Outgoing.FindIndex(one => one.Message == message) is >= 0 and var index
            ? this with { Outgoing = Outgoing.SetItem(index, Outgoing[index] with { State = state, Failure = failure }) }
            : this;

    /// <summary>Forgets a message that was on its way.</summary>
    public Timeline Drop(MessageId message)
    {
        var others = Outgoing.RemoveAll(one => one.Message == message);
        return others == Outgoing ? this : this with { Outgoing = others };
    }

    /// <summary>How far a message got: with all participants it was for. Of others' messages: whether I have read it.</summary>
    public MessageState StateOf(TimelineMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message.Sender != Me) return Own.HasRead(message.Sequence) ? MessageState.Read : MessageState.Delivered;
        var others = Participants?.Values.Where(one => one.User != Me).ToList();
        if (others is not { Count: > 0 }) return MessageState.Sent;
        if (others.TrueForAll(one => one.HasRead(message.Sequence))) return MessageState.Read;
        return others.TrueForAll(one => one.HasReceived(message.Sequence)) ? MessageState.Delivered : MessageState.Sent;
    }

    /// <summary>What was heard of messages that are not held: a page that holds one of them may have been read before.</summary>
    private ImmutableSortedDictionary<Sequence, LogEntry> Changes { get; init; } = ImmutableSortedDictionary<Sequence, LogEntry>.Empty;

    internal static TimelineItem ItemOf(LogEntry entry) => entry.Event switch
    {
        MessageSent { Expired: true } => new TimelinePlaceholder(entry.Sequence, entry.Sequence, TimelinePlaceholder.Expired),
        MessageSent sent => TimelineMessage.Of(entry, sent),
        // What it says is said by the message, and nowhere else: so a recall leaves nothing behind.
        MessageEdited edited => new TimelineEvent(entry.Sequence, entry.At, edited with { Content = null }),
        _ => new TimelineEvent(entry.Sequence, entry.At, entry.Event),
    };

    private IEnumerable<TimelineMessage> UnreadMessages()
    {
        // From the end: what is unread is near it, and a long conversation is mostly read.
        var start = Items.Count;
        while (start > 0 && Items[start - 1].To > ReadUpTo) start--;
        return Items.Skip(start).OfType<TimelineMessage>().Where(message => message.Sender != Me && message.IsCounted && !Own.HasRead(message.Sequence));
    }
}
