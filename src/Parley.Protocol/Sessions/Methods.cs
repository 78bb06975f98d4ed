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

    /// <summary><see cref="Parley.GetUsers"/>.</summary>
    public const string GetUsers = "user.get";

    /// <summary><see cref="Parley.FindUser"/>.</summary>
    public const string FindUser = "user.find";

    /// <summary><see cref="Parley.GetOwnProfile"/>.</summary>
    public const string GetOwnProfile = "user.me";

    /// <summary><see cref="Parley.UpdateUser"/>.</summary>
    public const string UpdateUser = "user.update";

    /// <summary><see cref="Parley.ListDevices"/>.</summary>
    public const string ListDevices = "user.devices";

    /// <summary><see cref="Parley.EndDevice"/>.</summary>
    public const string EndDevice = "user.endDevice";

    /// <summary><see cref="Parley.RequestContact"/>.</summary>
    public const string RequestContact = "contact.request";

    /// <summary><see cref="Parley.AcceptContact"/>.</summary>
    public const string AcceptContact = "contact.accept";

    /// <summary><see cref="Parley.DeclineContact"/>.</summary>
    public const string DeclineContact = "contact.decline";

    /// <summary><see cref="Parley.RemoveContact"/>.</summary>
    public const string RemoveContact = "contact.remove";

    /// <summary><see cref="Parley.ListContacts"/>.</summary>
    public const string ListContacts = "contact.list";

    /// <summary><see cref="Parley.AddBlocks"/>.</summary>
    public const string AddBlocks = "block.add";

    /// <summary><see cref="Parley.RemoveBlocks"/>.</summary>
    public const string RemoveBlocks = "block.remove";

    /// <summary><see cref="Parley.ListBlocks"/>.</summary>
    public const string ListBlocks = "block.list";

    /// <summary>Notification: somebody's <see cref="Parley.UserProfile"/> as it is now.</summary>
    public const string User = "user";

    /// <summary>Notification: a <see cref="Parley.Contact"/> as it stands now.</summary>
    public const string Contact = "contact";

    /// <summary>Notification: <see cref="Parley.BlocksChanged"/>.</summary>
    public const string Block = "block";

    /// <summary>Notification: <see cref="LogEntry"/>.</summary>
    public const string Entry = "entry";

    /// <summary>Notification: <see cref="HeadMoved"/>.</summary>
    public const string Head = "head";

    /// <summary>Notification: <see cref="ReceiptMoved"/>.</summary>
    public const string Receipt = "receipt";

    /// <summary>Notification: <see cref="Parley.SessionExpiring"/>.</summary>
    public const string SessionExpiring = "session.expiring";

    /// <summary>Notification: <see cref="Parley.SessionClosing"/>.</summary>
    public const string SessionClosing = "session.closing";
}
