using System.Collections.Immutable;

namespace Parley.Client;

/// <summary>The answer to applying something to a <see cref="Timeline"/>.</summary>
/// <param name="Timeline">The timeline now; the same when nothing changed.</param>
/// <param name="Gap">What must be read from the log first; null when there is none.</param>
public readonly record struct TimelineStep(Timeline Timeline, TimelineGap? Gap);

/// <summary>Sequences that are missing.</summary>
public sealed record TimelineGap(Sequence From, Sequence To);

/// <summary>Something in a timeline, with the sequences it stands for.</summary>
public abstract record TimelineItem(Sequence From, Sequence To);

/// <summary>A message as it is now, after all edits. How far it got: <see cref="Timeline.StateOf"/>.</summary>
public sealed record TimelineMessage(Sequence Sequence, DateTimeOffset At, MessageId Message, UserId Sender, MessageContent Content)
    : TimelineItem(Sequence, Sequence)
{
    /// <summary>The message that it answers; null for none. It may be older than what is held.</summary>
    public MessageId? ReplyTo { get; init; }

    /// <summary>Where it was forwarded from; null for a message of its sender's own.</summary>
    public ForwardedFrom? Forwarded { get; init; }

    /// <summary>Whom it was sent to, where that were several at once; null for a message to this conversation.</summary>
    public IReadOnlyList<UserId>? Recipients { get; init; }

    /// <summary>How often it was edited.</summary>
    public int Version { get; init; }

    /// <summary>When it was edited last; null for never.</summary>
    public DateTimeOffset? EditedAt { get; init; }

    /// <summary>Whether it was taken back from everybody: <see cref="Content"/> has no parts then.</summary>
    public bool IsRecalled { get; init; }

    /// <summary>Whether somebody is to read it: not what his app does by itself, and not what was taken back.</summary>
    public bool IsCounted => !IsRecalled && !Content.Parts.All(part => part.Kind == ContentKind.Command);

    internal static TimelineMessage Of(LogEntry entry, MessageSent sent) => new(entry.Sequence, entry.At, sent.Message, sent.Sender, sent.Content)
    {
        ReplyTo = sent.ReplyTo,
        Forwarded = sent.Forwarded,
        Recipients = sent.Recipients,
        Version = sent.Version,
        EditedAt = sent.EditedAt,
        IsRecalled = sent.Recalled,
    };

    /// <summary>With an edit or a recall of it: of versions the higher counts, and a recall more than any.</summary>
    internal TimelineMessage With(LogEntry change) => change.Event switch
    {
        MessageRecalled => this with { Content = MessageContent.None, Forwarded = null, Version = 0, EditedAt = null, IsRecalled = true },
        MessageEdited { Content: { } content } edited when !IsRecalled && edited.Version > Version => this with { Content = content, Version = edited.Version, EditedAt = change.At },
        _ => this,
    };
}

/// <summary>Anything else that happened: people came or went, or an event of a newer server.</summary>
public sealed record TimelineEvent(Sequence Sequence, DateTimeOffset At, ConversationEvent Event) : TimelineItem(Sequence, Sequence);

/// <summary>Sequences that are not shown, and why.</summary>
public sealed record TimelinePlaceholder(Sequence From, Sequence To, string Why) : TimelineItem(From, To)
{
    /// <summary>Why: it is of the time that this user may not see, or he hid it himself.</summary>
    public const string Hidden = SkippedRange.Hidden;

    /// <summary>Why: it is older than the app keeps what is said.</summary>
    public const string Expired = SkippedRange.Expired;
}

/// <summary>A message of mine that is not on the log yet.</summary>
/// <param name="Message">Its id.</param>
/// <param name="Content">What it says.</param>
/// <param name="State"><see cref="MessageState.Pending"/>, <see cref="MessageState.NotSent"/> or <see cref="MessageState.Unknown"/>.</param>
public sealed record OutgoingItem(MessageId Message, MessageContent Content, MessageState State)
{
    /// <summary>Why it was not sent: a <see cref="ParleyRefusedException"/> or a <see cref="MessageNotSentException"/>; why nobody knows: a <see cref="MessageUnknownException"/>. Null while it is on its way.</summary>
    public ParleyException? Failure { get; init; }
}

/// <summary>How far a message got.</summary>
public enum MessageState
{
    /// <summary>On its way.</summary>
    Pending,

    /// <summary>On the log.</summary>
    Sent,

    /// <summary>It reached a device of everybody.</summary>
    Delivered,

    /// <summary>Everybody has read it.</summary>
    Read,

    /// <summary>It is not on the log and never will be under this id.</summary>
    NotSent,

    /// <summary>It left the device, and whether it is on the log is not known yet.</summary>
    Unknown,
}

/// <summary>Somebody in a conversation: what he may do, and how far messages reached him.</summary>
public sealed record TimelineParticipant(UserId User, Permissions Permissions, Sequence DeliveredUpTo, Sequence ReadUpTo)
{
    /// <summary>Before when he may not send, <see cref="MuteParticipants.Forever"/> for never; null for not muted. It may have passed.</summary>
    public DateTimeOffset? MutedUntil { get; init; }

    /// <summary>Whether he may send while everybody is muted.</summary>
    public bool IsAllowed { get; init; }

    /// <summary>His attributes, by name; null where nobody told. They end when he goes.</summary>
    public ImmutableSortedDictionary<string, string>? Attributes { get; init; }

    /// <summary>What he read out of order, after <see cref="ReadUpTo"/>.</summary>
    public ImmutableSortedSet<Sequence> ReadAhead { get; private init; } = [];

    /// <summary>Whether he has read it.</summary>
    public bool HasRead(Sequence sequence) => sequence <= ReadUpTo || ReadAhead.Contains(sequence);

    /// <summary>Whether it reached one of his devices.</summary>
    public bool HasReceived(Sequence sequence) => sequence <= DeliveredUpTo || HasRead(sequence);

    /// <summary>How far a message got with him.</summary>
    public RecipientState StateOf(Sequence sequence) => HasRead(sequence) ? RecipientState.Read : HasReceived(sequence) ? RecipientState.Delivered : RecipientState.Sent;

    /// <summary>Whether his cursors are where the other's are.</summary>
    internal bool IsAsFarAs(TimelineParticipant other) =>
        DeliveredUpTo == other.DeliveredUpTo && ReadUpTo == other.ReadUpTo && ReadAhead.SetEquals(other.ReadAhead);

    /// <summary>Sets and attributes are compared by what is in them.</summary>
    public bool Equals(TimelineParticipant? other) =>
        other is not null && other.User == User && other.Permissions == Permissions && other.DeliveredUpTo == DeliveredUpTo && other.ReadUpTo == ReadUpTo
        && other.MutedUntil == MutedUntil && other.IsAllowed == IsAllowed && other.ReadAhead.SetEquals(ReadAhead)
        && (ReferenceEquals(other.Attributes, Attributes) || (other.Attributes is { } theirs && Attributes is { } own && theirs.SequenceEqual(own)));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(User, Permissions, DeliveredUpTo, ReadUpTo);

    /// <summary>Somebody who joined with the entry at <paramref name="at"/>: what was before was not sent to him.</summary>
    internal static TimelineParticipant New(Participant participant, Permissions newcomers, Sequence at) =>
        new(participant.User, participant.Permissions ?? newcomers, new Sequence(at.Value - 1), new Sequence(at.Value - 1))
        {
            MutedUntil = participant.MutedUntil,
            IsAllowed = participant.Allowed,
            Attributes = Timeline.NoAttributes,
        };

    /// <summary>Somebody as the server knows him. Of who came back what was before is no more to reach him than of a newcomer, though he keeps his cursors.</summary>
    internal static TimelineParticipant At(ParticipantState state, ImmutableSortedDictionary<string, string>? attributes)
    {
        var before = state.JoinedAt is { } at ? new Sequence(at.Value - 1) : Sequence.None;
        return new TimelineParticipant(state.User, state.Permissions, before, before)
        {
            MutedUntil = state.MutedUntil,
            IsAllowed = state.Allowed,
            Attributes = attributes,
        }.Move(state.DeliveredUpTo ?? Sequence.None, state.ReadUpTo ?? Sequence.None, state.ReadAhead);
    }

    /// <summary>Cursors never go back.</summary>
    internal TimelineParticipant Move(Sequence delivered, Sequence read, IReadOnlyList<Sequence>? ahead)
    {
        var newRead = read > ReadUpTo ? read : ReadUpTo;
        return this with
        {
            DeliveredUpTo = delivered > DeliveredUpTo ? delivered : DeliveredUpTo,
            ReadUpTo = newRead,
            ReadAhead = ReadAhead.Union(ahead ?? []).Except(ReadAhead.Union(ahead ?? []).Where(sequence => sequence <= newRead)),
        };
    }
}
