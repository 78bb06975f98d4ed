namespace Parley.Client;

/// <summary>What the program is to hear, in the order it is to hear it.</summary>
internal abstract record Happening
{
    /// <summary>The next entry of a conversation.</summary>
    /// <param name="Logged">It.</param>
    /// <param name="Origin">Whose doing it was.</param>
    public sealed record Entry(LogEntry Logged, EntryOrigin Origin) : Happening;

    /// <summary>Sequences this user does not see; they count as read.</summary>
    public sealed record Skipped(ConversationId Conversation, SkippedRange Range) : Happening;

    /// <summary>The user has read, on this device, and the server is still to be told.</summary>
    public sealed record ReadHere(CursorsMoved Moved) : Happening;

    /// <summary>Somebody's cursors moved.</summary>
    public sealed record Cursors(CursorsMoved Moved) : Happening;

    /// <summary>An own message reached somebody, or was read by him.</summary>
    /// <param name="Conversation">Where.</param>
    /// <param name="Told">What.</param>
    /// <param name="Marks">What a later run must know of, so that it is not told again.</param>
    public sealed record Receipt(ConversationId Conversation, ReceiptTold Told, ReceiptMarks Marks) : Happening;

    /// <summary>The server knows that everything up to here reached this device.</summary>
    public sealed record Acknowledged(ConversationId Conversation, Sequence UpTo) : Happening;

    /// <summary>Of the own messages nothing is to be told, but a later run must know of something.</summary>
    public sealed record Marked(ConversationId Conversation, ReceiptMarks Marks) : Happening;

    /// <summary>What comes after this place is told; what is up to it is history.</summary>
    public sealed record Started(ConversationId Conversation, Sequence At) : Happening;

    /// <summary>What is before this place nobody keeps any more.</summary>
    public sealed record TailMoved(ConversationId Conversation, Sequence Tail) : Happening;

    /// <summary>The server said something when it was asked.</summary>
    public sealed record Answered(ConversationId Conversation, ConversationState? State = null, InboxItem? Item = null, EntriesPage? Page = null) : Happening;

    /// <summary>The server said of people something when it was asked.</summary>
    public sealed record AnsweredOf(IReadOnlyList<UserProfile>? Profiles = null, IReadOnlyList<Contact>? Contacts = null, IReadOnlyList<UserId>? Blocks = null) : Happening;

    /// <summary>The store on the device failed.</summary>
    public sealed record StoreFailed(LocalStoreException Failure) : Happening;

    /// <summary>The store works again, and what waited for it may be told.</summary>
    public sealed record StoreWorks : Happening;

    /// <summary>What is kept of this conversation must be forgotten; null for all of them.</summary>
    public sealed record Reset(ConversationId? Conversation) : Happening;

    /// <summary>Conversations of the user changed, or are named for the first time; the newest change last.</summary>
    public sealed record Listed(IReadOnlyList<ConversationChange> Changes) : Happening;

    /// <summary>All of them were named, for this session.</summary>
    public sealed record ListedAll : Happening
    {
        /// <summary>Of which history they were.</summary>
        public Guid Epoch { get; init; }

        /// <summary>From where on the server tells what changes after it; null where nobody is to go on from there.</summary>
        public string? Since { get; init; }
    }

    /// <summary>People came into a room or left it.</summary>
    public sealed record Room(RoomChanged Changed) : Happening;

    /// <summary>A conversation is over for the user, and no entry told it.</summary>
    public sealed record Ended(ConversationId Conversation, ConversationEnd End) : Happening;

    /// <summary>The user is in a conversation again of which he was told that it was over for him, and no entry told it.</summary>
    public sealed record Returned(ConversationId Conversation) : Happening;

    /// <summary>Another device of the user put a conversation somewhere in his inbox.</summary>
    public sealed record Shelved(InboxChanged Changed) : Happening;

    /// <summary>This device put a conversation somewhere in the user's inbox.</summary>
    public sealed record ShelvedHere(ConversationId Conversation, InboxFlags Flags) : Happening;

    /// <summary>Something of the client's own is done between what happens before and after it.</summary>
    public sealed record InTurn(Action Act) : Happening
    {
        /// <summary>Completes when it was done.</summary>
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Invitations of the user changed, of this conversation; null when it may be of any.</summary>
    public sealed record Invitations(ConversationId? Conversation) : Happening;

    /// <summary>What another device of the user sent was refused, because he is muted.</summary>
    public sealed record RefusedElsewhere(MessageRefused Refused) : Happening;

    /// <summary>Somebody told something to who is connected.</summary>
    public sealed record ToldOnline(OnlineMessage Told) : Happening;

    /// <summary>Messages of the user's went before they reached everybody.</summary>
    public sealed record Expired(MessagesExpired What) : Happening;

    /// <summary>The user hid messages from himself, here or on another device.</summary>
    public sealed record Removed(MessagesRemoved What) : Happening;

    /// <summary>How the server names what the user removed for himself in a conversation, while this device was away too.</summary>
    public sealed record Removals(ConversationId Conversation, string? Name) : Happening;

    /// <summary>A live conversation changes for a reason of its own.</summary>
    public sealed record Edited(LiveConversation Live, Func<Timeline, Timeline> Change) : Happening
    {
        /// <summary>Completes when it was changed.</summary>
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>A profile is different.</summary>
    public sealed record Profile(UserProfile Now) : Happening;

    /// <summary>Something changed between the user and somebody.</summary>
    public sealed record ContactMoved(Contact Now) : Happening;

    /// <summary>The block list changed.</summary>
    public sealed record BlocksMoved(IReadOnlyList<UserId> Users) : Happening;

    /// <summary>The connection changed its state.</summary>
    public sealed record StateChanged(ConnectionStateChangedEventArgs Change) : Happening;

    /// <summary>Somebody can be reached otherwise than before.</summary>
    public sealed record Reached(PresenceState State) : Happening;

    /// <summary>The server told that somebody types, or does not.</summary>
    public sealed record Typed(TypingChanged Told) : Happening;

    /// <summary>Somebody began to type or stopped, as the program is to hear it.</summary>
    public sealed record TypingChangedTo(TypingChanged Typing) : Happening;

    /// <summary>Time has passed for those who type.</summary>
    public sealed record TimePassed : Happening;

    /// <summary>A conversation was put into the outbox: it is still to be made.</summary>
    public sealed record Asked(ConversationId Chosen) : Happening;

    /// <summary>A message was put into the outbox.</summary>
    public sealed record Queued(ConversationId Conversation, MessageId Message, MessageContent Content) : Happening;

    /// <summary>A message left the outbox.</summary>
    public sealed record Settled(OutboxStep.Report Report) : Happening;

    /// <summary>Another change left the outbox.</summary>
    public sealed record ChangeSettled(OutboxStep.Report Report) : Happening
    {
        /// <summary>Where it is shown that the user has read, and the server does not know it, or nobody knows; null nowhere.</summary>
        public ConversationId? Unread =>
            Report is { Item: OutgoingChange { Change: { Request: MarkRead, Conversation: var conversation } }, Result: not (SendResult.Answered or SendResult.Unknown { IsLast: false }) } ? conversation : null;
    }
}

/// <summary>Whose doing an entry was.</summary>
internal enum EntryOrigin
{
    Others,
    Own,
}

/// <summary>Where somebody's cursors are in a conversation, and since when, if the server told.</summary>
internal sealed record CursorsMoved(
    ConversationId Conversation, UserId User, Sequence DeliveredUpTo, Sequence ReadUpTo, IReadOnlyList<Sequence>? ReadAhead, DateTimeOffset? At);

/// <summary>An own message got further with somebody.</summary>
internal readonly record struct ReceiptTold(ReceiptStep Step, OwnMessage Message, UserId User, DateTimeOffset? At);

/// <summary>How far a message got with somebody.</summary>
internal enum ReceiptStep
{
    Delivered,
    Read,
}

/// <summary>A message of this user, with its place.</summary>
internal readonly record struct OwnMessage(MessageId Message, Sequence Sequence);
