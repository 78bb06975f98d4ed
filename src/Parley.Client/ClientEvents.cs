using System.Collections.Immutable;

namespace Parley.Client;

/// <summary>The next entry of a conversation: in sequence, each once.</summary>
public sealed class EntryEventArgs : EventArgs
{
    internal EntryEventArgs(LogEntry entry) => Entry = entry;

    /// <summary>The entry.</summary>
    public LogEntry Entry { get; }
}

/// <summary>People came into a room or left it.</summary>
public sealed class RoomChangedEventArgs : EventArgs
{
    internal RoomChangedEventArgs(RoomChanged changed) => Changed = changed;

    /// <summary>Which room, how many are in it now, and some of their names.</summary>
    public RoomChanged Changed { get; }
}

/// <summary>How a conversation ended for the user.</summary>
public enum ConversationEnd
{
    /// <summary>He is out: he left, was taken out, or was away from a room for too long.</summary>
    Left,

    /// <summary>It was deleted for everybody.</summary>
    Deleted,
}

/// <summary>A conversation is over for the user, and no entry told it.</summary>
public sealed class ConversationEndedEventArgs : EventArgs
{
    internal ConversationEndedEventArgs(ConversationId conversation, ConversationEnd end) => (Conversation, End) = (conversation, end);

    /// <summary>Which.</summary>
    public ConversationId Conversation { get; }

    /// <summary>How.</summary>
    public ConversationEnd End { get; }
}

/// <summary>A conversation stands in the user's own inbox as another of his devices said.</summary>
public sealed class InboxChangedEventArgs : EventArgs
{
    internal InboxChangedEventArgs(InboxChanged changed) => Changed = changed;

    /// <summary>Which conversation, and how.</summary>
    public InboxChanged Changed { get; }
}

/// <summary>A message is on the log.</summary>
public sealed class MessageEventArgs : EventArgs
{
    internal MessageEventArgs(LogEntry entry, MessageSent message, bool isInBackground) => (Entry, Message, IsInBackground) = (entry, message, isInBackground);

    /// <summary>Its entry: where and when.</summary>
    public LogEntry Entry { get; }

    /// <summary>The message: id, sender, content.</summary>
    public MessageSent Message { get; }

    /// <summary>Whether nobody looked at the program when it was told, as far as it said so with <see cref="ParleyClient.EnterBackground"/>: then it may notify its user. The client notifies nobody by itself (S32).</summary>
    public bool IsInBackground { get; }
}

/// <summary>An own message reached somebody, or was read by him.</summary>
public sealed class MessageReceiptEventArgs : EventArgs
{
    internal MessageReceiptEventArgs(ConversationId conversation, ReceiptTold told) =>
        (Conversation, Message, Sequence, Recipient, At) = (conversation, told.Message.Message, told.Message.Sequence, told.User, told.At);

    /// <summary>Its conversation.</summary>
    public ConversationId Conversation { get; }

    /// <summary>Its id.</summary>
    public MessageId Message { get; }

    /// <summary>Its place.</summary>
    public Sequence Sequence { get; }

    /// <summary>By whom.</summary>
    public UserId Recipient { get; }

    /// <summary>
    /// The server's time of it. Of what happened while this client was away it is when the recipient's cursor came where it is now: he had the message then or before. Null when the server does not know.
    /// </summary>
    public DateTimeOffset? At { get; }
}

/// <summary>Somebody's cursors moved; of the own user, on another of his devices too.</summary>
public sealed class ReceiptMovedEventArgs : EventArgs
{
    internal ReceiptMovedEventArgs(CursorsMoved moved) => (Conversation, User, DeliveredUpTo, ReadUpTo, ReadAhead, At) =
        (moved.Conversation, moved.User, moved.DeliveredUpTo, moved.ReadUpTo, moved.ReadAhead ?? [], moved.At);

    /// <summary>In which conversation.</summary>
    public ConversationId Conversation { get; }

    /// <summary>Whose.</summary>
    public UserId User { get; }

    /// <summary>The newest sequence that reached one of his devices.</summary>
    public Sequence DeliveredUpTo { get; }

    /// <summary>The newest sequence he has read, all before it included.</summary>
    public Sequence ReadUpTo { get; }

    /// <summary>What he read out of order, after <see cref="ReadUpTo"/>.</summary>
    public IReadOnlyList<Sequence> ReadAhead { get; }

    /// <summary>The server's time when they came there. Null when it does not know, and of what this device moved itself.</summary>
    public DateTimeOffset? At { get; }
}

/// <summary>A message of the user's own was refused on another device.</summary>
public sealed class MessageRefusedEventArgs : EventArgs
{
    internal MessageRefusedEventArgs(MessageRefused refused) => Refused = refused;

    /// <summary>Where to, which, and why.</summary>
    public MessageRefused Refused { get; }
}

/// <summary>Messages of the user's went, because they are older than the app keeps them, before they were delivered to everybody they were for.</summary>
public sealed class MessagesExpiredEventArgs : EventArgs
{
    internal MessagesExpiredEventArgs(MessagesExpired expired) => Expired = expired;

    /// <summary>Where, how many, and which of them.</summary>
    public MessagesExpired Expired { get; }
}

/// <summary>Somebody told something to who is connected; it is kept nowhere.</summary>
public sealed class OnlineMessageEventArgs : EventArgs
{
    internal OnlineMessageEventArgs(OnlineMessage message) => Message = message;

    /// <summary>Where, who, when and what.</summary>
    public OnlineMessage Message { get; }
}

/// <summary>A message was edited or recalled.</summary>
public sealed class MessageChangedEventArgs : EventArgs
{
    internal MessageChangedEventArgs(LogEntry entry, MessageId message, MessageContent? content) => (Entry, Message, Content) = (entry, message, content);

    /// <summary>The entry that says so.</summary>
    public LogEntry Entry { get; }

    /// <summary>Which message.</summary>
    public MessageId Message { get; }

    /// <summary>What it says now; null when it was recalled, and when a later edit has followed already, which is told next.</summary>
    public MessageContent? Content { get; }

    /// <summary>Whether it was taken back.</summary>
    public bool IsRecalled => Entry.Event is MessageRecalled;
}

/// <summary>Messages are hidden from the user, as he asked.</summary>
public sealed class MessagesRemovedEventArgs : EventArgs
{
    internal MessagesRemovedEventArgs(MessagesRemoved removed) => Removed = removed;

    /// <summary>Where, and which.</summary>
    public MessagesRemoved Removed { get; }
}

/// <summary>What the user is invited to, or where he asks to be let in, is not as it was.</summary>
public sealed class InvitationsChangedEventArgs : EventArgs
{
    internal InvitationsChangedEventArgs(ConversationId? conversation) => Conversation = conversation;

    /// <summary>Of which conversation; null when it may be any, because the client was away.</summary>
    public ConversationId? Conversation { get; }
}

/// <summary>A message whose outcome was unknown, that was given up, that was queued, or that an earlier client left, is settled.</summary>
public sealed class MessageSettledEventArgs : EventArgs
{
    internal MessageSettledEventArgs(OutgoingMessage message, SendResult result)
    {
        (Conversation, Message) = (message.Conversation, message.Message);
        Entry = (result as SendResult.Recorded)?.Entry;
        Failure = message.Failure(result);
    }

    /// <summary>Its conversation.</summary>
    public ConversationId Conversation { get; }

    /// <summary>Its id.</summary>
    public MessageId Message { get; }

    /// <summary>Its entry when it was recorded; null when it was not and never will be, or nobody will ever know.</summary>
    public LogEntry? Entry { get; }

    /// <summary>Why it was not recorded: a <see cref="ParleyRefusedException"/> or a <see cref="MessageNotSentException"/>; a <see cref="MessageUnknownException"/> where the server would not even cancel it. Null when it was.</summary>
    public ParleyException? Failure { get; }
}

/// <summary>The server's history is another one than before (a backup was restored): forget what is kept and read again.</summary>
public sealed class HistoryResetEventArgs : EventArgs
{
    internal HistoryResetEventArgs(ConversationId? conversation) => Conversation = conversation;

    /// <summary>Of which conversation; null for all.</summary>
    public ConversationId? Conversation { get; }
}

/// <summary>The store on the device failed; the client goes on without keeping.</summary>
public sealed class StoreFailedEventArgs : EventArgs
{
    internal StoreFailedEventArgs(LocalStoreException failure) => Failure = failure;

    /// <summary>What is wrong, and what to do.</summary>
    public LocalStoreException Failure { get; }
}

/// <summary>A listener of the program threw; the others were called all the same.</summary>
public sealed class ListenerFailedEventArgs : EventArgs
{
    internal ListenerFailedEventArgs(string listener, Exception error) => (Listener, Error) = (listener, error);

    /// <summary>The event it listened to.</summary>
    public string Listener { get; }

    /// <summary>What it threw.</summary>
    public Exception Error { get; }
}

/// <summary>A live conversation looks different now.</summary>
public sealed class TimelineChangedEventArgs : EventArgs
{
    private readonly Lazy<ImmutableList<RecipientsChange>> _recipients;

    internal TimelineChangedEventArgs(Timeline before, Timeline timeline)
    {
        (Before, Timeline) = (before, timeline);
        _recipients = new Lazy<ImmutableList<RecipientsChange>>(() => timeline.RecipientChangesSince(before));
    }

    /// <summary>How it looked.</summary>
    public Timeline Before { get; }

    /// <summary>How it looks.</summary>
    public Timeline Timeline { get; }

    /// <summary>The messages that got further with somebody, each with how far it had got with whom and how far it got now; in sequence, and often several at once.</summary>
    public IReadOnlyList<RecipientsChange> RecipientChanges => _recipients.Value;
}
