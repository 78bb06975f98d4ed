using System.Collections.Immutable;
using System.ComponentModel;

namespace Parley.Client;

/// <summary>Something a <see cref="TimelineView"/> shows, to be bound to: a message, also one that is on its way, or what else happened. The same object as long as it is shown: also when a message on its way gets its place.</summary>
/// <remarks>It changes, and says so, where the client raises its events.</remarks>
public sealed class TimelineViewItem : INotifyPropertyChanged
{
    private readonly ParleyClient _client;
    private Shown _now;

    internal TimelineViewItem(ParleyClient client, Part part) => (_client, _now) = (client, new Shown(part));

    /// <inheritdoc/>
    public event PropertyChangedEventHandler? PropertyChanged;

    /// <summary>What is on the log; null for a message that is on its way, or was not sent.</summary>
    public TimelineItem? Item => _now.Part.Item;

    /// <summary>The message that is not on the log yet; null for all that is.</summary>
    public OutgoingItem? Outgoing => _now.Part.Outgoing;

    /// <summary>The message on the log; null for anything else.</summary>
    public TimelineMessage? Message => _now.Message;

    /// <summary>What happened that is no message; null for anything else.</summary>
    public TimelineEvent? Event => Item as TimelineEvent;

    /// <summary>The message's id; null for what is no message.</summary>
    public MessageId? MessageId => Message?.Message ?? Outgoing?.Message;

    /// <summary>Its place; null for what has none yet. Of sequences that are not shown the first.</summary>
    public Sequence? Sequence => Item?.From;

    /// <summary>When it was recorded; null before that, and for what is not shown.</summary>
    public DateTimeOffset? At => Message?.At ?? Event?.At;

    /// <summary>Who sent the message, or did what happened; null where nobody is named.</summary>
    public UserId? Sender => Outgoing is not null ? _now.Part.Timeline.Me : Message?.Sender ?? Event?.Event.Actor();

    /// <summary>Whether the user himself did.</summary>
    public bool IsOwn => Sender == _now.Part.Timeline.Me;

    /// <summary>What the message says; null for what is no message.</summary>
    public MessageContent? Content => Outgoing?.Content ?? Message?.Content;

    /// <summary>What it says as plain text; empty for anything else.</summary>
    public string Text => Content?.PlainText() ?? "";

    /// <summary>Whether it was edited.</summary>
    public bool IsEdited => Message is { Version: > 0 };

    /// <summary>Whether it was taken back from everybody.</summary>
    public bool IsRecalled => Message is { IsRecalled: true };

    /// <summary>How far the message got: <see cref="MessageState.Pending"/>, <see cref="MessageState.Sent"/>, <see cref="MessageState.Delivered"/> and <see cref="MessageState.Read"/>, or, where it failed,
    /// <see cref="MessageState.NotSent"/>. It goes on, and not back. Null for what is no message.</summary>
    public MessageState? State => _now.State;

    /// <summary>Whether it was not sent and never will be under this id.</summary>
    public bool HasFailed => State == MessageState.NotSent;

    /// <summary>Why it was not sent, or why nobody knows; null for neither.</summary>
    public ParleyException? Failure => Outgoing?.Failure;

    /// <summary>How far it got with each of the others who are in the conversation now, without its sender; null where they are too many to be told, in rooms, and for what is not on the log.
    /// Of large groups <see cref="Receipts.GetAsync"/> tells how many, and who.</summary>
    public ImmutableSortedDictionary<UserId, RecipientState>? Recipients => Message is { } message ? _now.Part.Timeline.RecipientsOf(message) : null;

    /// <summary>Whether it reached none, some or all of <see cref="Recipients"/>.</summary>
    public RecipientExtent Delivery => _now.Delivery;

    /// <summary>Whether none, some or all of <see cref="Recipients"/> have read it.</summary>
    public RecipientExtent Reading => _now.Reading;

    /// <summary>Whether the user has read it; what he sent, and what is no message, he has.</summary>
    public bool IsRead => _now.IsRead;

    /// <summary>The other of <see cref="IsRead"/>.</summary>
    public bool IsUnread => !IsRead;

    internal void Become(Part part)
    {
        var before = _now.Part;
        if (ReferenceEquals(before.Item, part.Item) && ReferenceEquals(before.Outgoing, part.Outgoing) && before.Timeline.IsAsFarAs(part.Timeline))
        {
            _now = _now with { Part = part };
            return;
        }

        var (was, bound) = (_now, Bound());
        _now = new Shown(part);
        foreach (var ((name, old), (_, value)) in bound.Zip(Bound()))
        {
            if (!Equals(old, value)) Changed(name);
        }

        if (was.ReadBy != _now.ReadBy || was.Received != _now.Received || was.Others != _now.Others || was.Message is null != _now.Message is null) Changed(nameof(Recipients));
    }

    private (string Name, object? Value)[] Bound() =>
    [
        (nameof(Item), Item), (nameof(Outgoing), Outgoing), (nameof(Message), Message), (nameof(Event), Event), (nameof(MessageId), MessageId), (nameof(Sequence), Sequence), (nameof(At), At), (nameof(Sender), Sender),
        (nameof(IsOwn), IsOwn), (nameof(Content), Content), (nameof(Text), Text), (nameof(IsEdited), IsEdited), (nameof(IsRecalled), IsRecalled), (nameof(State), State), (nameof(HasFailed), HasFailed),
        (nameof(Failure), Failure), (nameof(Delivery), Delivery), (nameof(Reading), Reading), (nameof(IsRead), IsRead), (nameof(IsUnread), IsUnread),
    ];

    private void Changed(string name) => _client.CallEach(PropertyChanged, nameof(PropertyChanged), listener => listener(this, new PropertyChangedEventArgs(name)));

    /// <summary>What it stands for, and the timeline that tells how far it got.</summary>
    internal readonly record struct Part(TimelineItem? Item, OutgoingItem? Outgoing, Timeline Timeline)
    {
        /// <summary>What it is the same by: a message by its id, also before it has a place.</summary>
        public (Guid Message, Sequence From) Key =>
            (Item as TimelineMessage)?.Message.Value is { } id ? (id, default) : Outgoing is { } outgoing ? (outgoing.Message.Value, default) : (Guid.Empty, Item!.From);
    }

    /// <summary>As it is shown, counted once.</summary>
    private sealed record Shown
    {
        public Shown(Part part)
        {
            (Part, Message, IsRead) = (part, part.Item as TimelineMessage, true);
            if (part.Outgoing is { } outgoing) State = outgoing.State;
            if (Message is not { } message) return;
            (Others, Received, ReadBy) = part.Timeline.CountsOf(message);
            (Delivery, Reading) = (Extent(Received), Extent(ReadBy));
            State = part.Timeline.StateOf(message);
            IsRead = part.Timeline.IsRead(message);
        }

        public Part Part { get; init; }

        public TimelineMessage? Message { get; }

        public MessageState? State { get; }

        public int Others { get; }

        public int Received { get; }

        public int ReadBy { get; }

        public RecipientExtent Delivery { get; }

        public RecipientExtent Reading { get; }

        public bool IsRead { get; }

        private RecipientExtent Extent(int count) => count == 0 ? RecipientExtent.None : count < Others ? RecipientExtent.Some : RecipientExtent.All;
    }
}
