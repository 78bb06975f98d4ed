namespace Parley.Client;

/// <content>What it tells.</content>
public sealed partial class ParleyClient
{
    /// <summary>The connection changed its state.</summary>
    public event EventHandler<ConnectionStateChangedEventArgs>? StateChanged;

    /// <summary>An entry of any conversation, own ones included: in sequence, each once.</summary>
    public event EventHandler<EntryEventArgs>? EntryReceived;

    /// <summary>Somebody else sent a message.</summary>
    public event EventHandler<MessageEventArgs>? MessageReceived;

    /// <summary>This user's message is on the log, whichever of his devices sent it: once on every device.</summary>
    public event EventHandler<MessageEventArgs>? MessageSent;

    /// <summary>A message this client knows to be its user's reached a first device of a recipient: once per message and recipient, and with a <see cref="ParleyClientOptions.Store"/> by all clients that are made with it (G14).</summary>
    public event EventHandler<MessageReceiptEventArgs>? MessageDelivered;

    /// <summary>A message this client knows to be its user's was read: once per message and recipient, as <see cref="MessageDelivered"/>.</summary>
    public event EventHandler<MessageReceiptEventArgs>? MessageRead;

    /// <summary>Somebody's cursors moved, or are told anew after a reconnect.</summary>
    public event EventHandler<ReceiptMovedEventArgs>? ReceiptMoved;

    /// <summary>Somebody began to type, rests, or stopped; of the own user, on another of his devices. A message of his ends it before it is told.</summary>
    public event EventHandler<TypingEventArgs>? TypingChanged;

    /// <summary>A message that was reported unknown, was given up after it left the device, was queued, or that an earlier client left in the store, is settled: once, and again by the next client where this one was killed as it told.</summary>
    public event EventHandler<MessageSettledEventArgs>? MessageSettled;

    /// <summary>A change for which nobody waits has come to its end: one that was queued with <see cref="Client.Changes.QueueAsync"/>, that was given up after it had left the device, or that an earlier client left in the store.</summary>
    public event EventHandler<ChangeSettledEventArgs>? ChangeSettled;

    /// <summary>Another device of this user sent a message that was refused because he, or the conversation, is muted. Nobody else is told, and nothing of it is kept.</summary>
    public event EventHandler<MessageRefusedEventArgs>? MessageRefusedElsewhere;

    /// <summary>Messages of this user went, because they are older than the app keeps them, before they were delivered to everybody. Told to who is connected then, and not later.</summary>
    public event EventHandler<MessagesExpiredEventArgs>? MessagesExpired;

    /// <summary>Somebody told something to who is connected, or the user himself did on another of his devices. It is in no timeline and in no history.</summary>
    public event EventHandler<OnlineMessageEventArgs>? OnlineMessageReceived;

    /// <summary>A message says something else now, or was taken back from everybody: by anybody, on any device.</summary>
    public event EventHandler<MessageChangedEventArgs>? MessageChanged;

    /// <summary>The user hid messages from himself, here or on another of his devices. Told while the client is connected; what is read later is without them.</summary>
    public event EventHandler<MessagesRemovedEventArgs>? MessagesRemoved;

    /// <summary>People came into a room that the user is in, or left it.</summary>
    public event EventHandler<RoomChangedEventArgs>? RoomChanged;

    /// <summary>A conversation is over for the user, and no entry told it: it was deleted, or he was taken out, while the client was away or slow, or he is out of a room. Once.</summary>
    public event EventHandler<ConversationEndedEventArgs>? ConversationEnded;

    /// <summary>
    /// A conversation stands in the user's own inbox as another of his devices said. What changed while the client was not connected is told after it is again, and so is what changed while it was
    /// slow: of each conversation that stands otherwise than this client was told or has read, how it stands now. A program that starts reads it from the inbox.
    /// </summary>
    public event EventHandler<InboxChangedEventArgs>? InboxChanged;

    /// <summary>An invitation to the user came, was withdrawn or settled, or what he asked for was; or that happened while the connection was gone, or may have while it was slow. <see cref="Client.Conversations.ListInvitationsAsync"/> tells them.</summary>
    public event EventHandler<InvitationsChangedEventArgs>? InvitationsChanged;

    /// <summary>What is kept of a conversation, or of all, is not this server's history any more.</summary>
    public event EventHandler<HistoryResetEventArgs>? HistoryReset;

    /// <summary>
    /// The <see cref="ParleyClientOptions.Store"/> failed; the client goes on, and tries again. Told once when what comes could not be kept, and once when what waits to be sent could not be marked, without which it stays on the device;
    /// and again when that fails after it worked. What could not be kept the next client tells again. Meanwhile <see cref="MessageDelivered"/> and <see cref="MessageRead"/> are not raised: they wait until it is durable that they were told.
    /// </summary>
    public event EventHandler<StoreFailedEventArgs>? StoreFailed;

    /// <summary>A listener threw.</summary>
    public event EventHandler<ListenerFailedEventArgs>? ListenerFailed;
}
