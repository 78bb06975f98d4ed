namespace Parley;

/// <summary>The names of the methods and notifications of the wire.</summary>
public static class Methods
{
    /// <summary><see cref="Parley.OpenSession"/>.</summary>
    public const string OpenSession = "session.open";

    /// <summary><see cref="Parley.RenewSession"/>.</summary>
    public const string RenewSession = "session.renew";

    /// <summary><see cref="Parley.ReadChanges"/>.</summary>
    public const string ReadChanges = "inbox.changes";

    /// <summary><see cref="Parley.ListInbox"/>.</summary>
    public const string ListInbox = "inbox.list";

    /// <summary><see cref="Parley.CountUnread"/>.</summary>
    public const string CountUnread = "inbox.unread";

    /// <summary><see cref="Parley.CreateConversation"/>.</summary>
    public const string CreateConversation = "conversation.create";

    /// <summary><see cref="Parley.GetConversation"/>.</summary>
    public const string GetConversation = "conversation.get";

    /// <summary><see cref="Parley.ReadEntries"/>.</summary>
    public const string ReadEntries = "conversation.entries";

    /// <summary><see cref="Parley.SyncConversations"/>.</summary>
    public const string SyncConversations = "conversation.sync";

    /// <summary><see cref="Parley.AddParticipants"/>.</summary>
    public const string AddParticipants = "conversation.add";

    /// <summary><see cref="Parley.RemoveParticipants"/>.</summary>
    public const string RemoveParticipants = "conversation.remove";

    /// <summary><see cref="Parley.LeaveConversation"/>.</summary>
    public const string LeaveConversation = "conversation.leave";

    /// <summary><see cref="Parley.SendMessage"/>.</summary>
    public const string SendMessage = "message.send";

    /// <summary><see cref="Parley.CancelMessage"/>.</summary>
    public const string CancelMessage = "message.cancel";

    /// <summary><see cref="Parley.MarkDelivered"/>.</summary>
    public const string MarkDelivered = "receipt.delivered";

    /// <summary><see cref="Parley.MarkRead"/>.</summary>
    public const string MarkRead = "receipt.read";

    /// <summary><see cref="Parley.SetPresence"/>.</summary>
    public const string SetPresence = "presence.set";

    /// <summary><see cref="Parley.SetDevicePresence"/>.</summary>
    public const string SetDevicePresence = "presence.device";

    /// <summary><see cref="Parley.GetPresence"/>.</summary>
    public const string GetPresence = "presence.get";

    /// <summary><see cref="Parley.SubscribePresence"/>.</summary>
    public const string SubscribePresence = "presence.subscribe";

    /// <summary><see cref="Parley.UnsubscribePresence"/>.</summary>
    public const string UnsubscribePresence = "presence.unsubscribe";

    /// <summary><see cref="Parley.ListPresenceSubscriptions"/>.</summary>
    public const string ListPresenceSubscriptions = "presence.subscriptions";

    /// <summary><see cref="Parley.SetTyping"/>.</summary>
    public const string SetTyping = "typing.set";

    /// <summary>Notification: <see cref="LogEntry"/>.</summary>
    public const string Entry = "entry";

    /// <summary>Notification: <see cref="HeadMoved"/>.</summary>
    public const string Head = "head";

    /// <summary>Notification: <see cref="ReceiptMoved"/>.</summary>
    public const string Receipt = "receipt";

    /// <summary>Notification: <see cref="PresenceState"/>.</summary>
    public const string Presence = "presence";

    /// <summary>Notification: <see cref="PresenceSubscriptionsMade"/>.</summary>
    public const string PresenceSubscribed = "presence.subscribed";

    /// <summary>Notification: <see cref="PresenceSubscriptionsEnded"/>.</summary>
    public const string PresenceUnsubscribed = "presence.unsubscribed";

    /// <summary>Notification: <see cref="TypingChanged"/>.</summary>
    public const string Typing = "typing";

    /// <summary>Notification: <see cref="Parley.SessionExpiring"/>.</summary>
    public const string SessionExpiring = "session.expiring";

    /// <summary>Notification: <see cref="Parley.SessionClosing"/>.</summary>
    public const string SessionClosing = "session.closing";
}
