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

    /// <summary><see cref="Parley.ReadAll"/>.</summary>
    public const string ReadAll = "inbox.readAll";

    /// <summary><see cref="Parley.UpdateInbox"/>.</summary>
    public const string UpdateInbox = "inbox.update";

    /// <summary><see cref="Parley.MarkUnread"/>.</summary>
    public const string MarkUnread = "inbox.markUnread";

    /// <summary>Notification: <see cref="InboxChanged"/>.</summary>
    public const string Inbox = "inbox";

    /// <summary><see cref="Parley.CreateConversation"/>.</summary>
    public const string CreateConversation = "conversation.create";

    /// <summary><see cref="Parley.GetConversation"/>.</summary>
    public const string GetConversation = "conversation.get";

    /// <summary><see cref="Parley.GetConversations"/>.</summary>
    public const string GetConversations = "conversation.getMany";

    /// <summary><see cref="Parley.ListParticipants"/>.</summary>
    public const string ListParticipants = "conversation.participants";

    /// <summary><see cref="Parley.ListPublic"/>.</summary>
    public const string ListPublic = "conversation.public";

    /// <summary><see cref="Parley.ListInvitations"/>.</summary>
    public const string ListInvitations = "conversation.invitations";

    /// <summary><see cref="Parley.ReadEntries"/>.</summary>
    public const string ReadEntries = "conversation.entries";

    /// <summary><see cref="Parley.FindEntry"/>.</summary>
    public const string FindEntry = "conversation.find";

    /// <summary><see cref="Parley.SyncConversations"/>.</summary>
    public const string SyncConversations = "conversation.sync";

    /// <summary><see cref="Parley.AddParticipants"/>.</summary>
    public const string AddParticipants = "conversation.add";

    /// <summary><see cref="Parley.RemoveParticipants"/>.</summary>
    public const string RemoveParticipants = "conversation.remove";

    /// <summary><see cref="Parley.LeaveConversation"/>.</summary>
    public const string LeaveConversation = "conversation.leave";

    /// <summary><see cref="Parley.UpdateConversation"/>.</summary>
    public const string UpdateConversation = "conversation.update";

    /// <summary><see cref="Parley.DeleteConversation"/>.</summary>
    public const string DeleteConversation = "conversation.delete";

    /// <summary><see cref="Parley.ChangePermissions"/>.</summary>
    public const string ChangePermissions = "conversation.setPermissions";

    /// <summary><see cref="Parley.SetAttributes"/>.</summary>
    public const string SetAttributes = "conversation.setAttributes";

    /// <summary><see cref="Parley.GetAttributes"/>.</summary>
    public const string GetAttributes = "conversation.attributes";

    /// <summary><see cref="Parley.MuteParticipants"/>.</summary>
    public const string MuteParticipants = "conversation.mute";

    /// <summary><see cref="Parley.UnmuteParticipants"/>.</summary>
    public const string UnmuteParticipants = "conversation.unmute";

    /// <summary><see cref="Parley.BanParticipants"/>.</summary>
    public const string BanParticipants = "conversation.ban";

    /// <summary><see cref="Parley.UnbanParticipants"/>.</summary>
    public const string UnbanParticipants = "conversation.unban";

    /// <summary><see cref="Parley.AllowParticipants"/>.</summary>
    public const string AllowParticipants = "conversation.allow";

    /// <summary><see cref="Parley.DisallowParticipants"/>.</summary>
    public const string DisallowParticipants = "conversation.disallow";

    /// <summary><see cref="Parley.JoinConversation"/>.</summary>
    public const string JoinConversation = "conversation.join";

    /// <summary><see cref="Parley.InviteParticipants"/>.</summary>
    public const string InviteParticipants = "conversation.invite";

    /// <summary><see cref="Parley.DeclineInvitation"/>.</summary>
    public const string DeclineInvitation = "conversation.declineInvitation";

    /// <summary><see cref="Parley.WithdrawInvitations"/>.</summary>
    public const string WithdrawInvitations = "conversation.withdrawInvitations";

    /// <summary><see cref="Parley.ApproveJoins"/>.</summary>
    public const string ApproveJoins = "conversation.approve";

    /// <summary><see cref="Parley.DeclineJoins"/>.</summary>
    public const string DeclineJoins = "conversation.decline";

    /// <summary><see cref="Parley.JoinRoom"/>.</summary>
    public const string JoinRoom = "room.join";

    /// <summary><see cref="Parley.LeaveRoom"/>.</summary>
    public const string LeaveRoom = "room.leave";

    /// <summary><see cref="Parley.SendMessage"/>.</summary>
    public const string SendMessage = "message.send";

    /// <summary><see cref="Parley.SendToMany"/>.</summary>
    public const string SendToMany = "message.sendTo";

    /// <summary><see cref="Parley.ForwardMessage"/>.</summary>
    public const string ForwardMessage = "message.forward";

    /// <summary><see cref="Parley.EditMessage"/>.</summary>
    public const string EditMessage = "message.edit";

    /// <summary><see cref="Parley.RecallMessage"/>.</summary>
    public const string RecallMessage = "message.recall";

    /// <summary><see cref="Parley.RemoveMessages"/>.</summary>
    public const string RemoveMessages = "message.remove";

    /// <summary><see cref="Parley.ListMessages"/>.</summary>
    public const string ListMessages = "message.list";

    /// <summary><see cref="Parley.ListVersions"/>.</summary>
    public const string ListVersions = "message.versions";

    /// <summary>Notification: <see cref="Parley.MessagesRemoved"/>, to the user's own devices.</summary>
    public const string MessagesRemoved = "message.removed";

    /// <summary><see cref="Parley.SendOnline"/>.</summary>
    public const string SendOnline = "message.sendOnline";

    /// <summary>Notification: <see cref="Parley.OnlineMessage"/>.</summary>
    public const string OnlineMessage = "message.online";

    /// <summary>Notification: <see cref="Parley.MessagesExpired"/>, to the sender's own devices.</summary>
    public const string MessagesExpired = "message.expired";

    /// <summary><see cref="Parley.CancelMessage"/>.</summary>
    public const string CancelMessage = "message.cancel";

    /// <summary><see cref="Parley.GetContentUrl"/>.</summary>
    public const string GetContentUrl = "content.url";

    /// <summary><see cref="Parley.GetContent"/>.</summary>
    public const string GetContent = "content.get";

    /// <summary><see cref="Parley.ReportMessage"/>.</summary>
    public const string ReportMessage = "message.report";

    /// <summary><see cref="Parley.PutWordList"/>.</summary>
    public const string PutWordList = "moderation.putList";

    /// <summary><see cref="Parley.GetWordList"/>.</summary>
    public const string GetWordList = "moderation.getList";

    /// <summary><see cref="Parley.ListWordLists"/>.</summary>
    public const string ListWordLists = "moderation.lists";

    /// <summary><see cref="Parley.DeleteWordList"/>.</summary>
    public const string DeleteWordList = "moderation.deleteList";

    /// <summary><see cref="Parley.ListReports"/>.</summary>
    public const string ListReports = "moderation.reports";

    /// <summary><see cref="Parley.ResolveReport"/>.</summary>
    public const string ResolveReport = "moderation.resolve";

    /// <summary><see cref="Parley.GetModeratedMessage"/>.</summary>
    public const string GetModeratedMessage = "moderation.message";

    /// <summary><see cref="Parley.ListHeld"/>.</summary>
    public const string ListHeld = "moderation.held";

    /// <summary><see cref="Parley.ReleaseHeld"/>.</summary>
    public const string ReleaseHeld = "moderation.release";

    /// <summary><see cref="Parley.RejectHeld"/>.</summary>
    public const string RejectHeld = "moderation.reject";

    /// <summary><see cref="Parley.MarkDelivered"/>.</summary>
    public const string MarkDelivered = "receipt.delivered";

    /// <summary><see cref="Parley.MarkRead"/>.</summary>
    public const string MarkRead = "receipt.read";

    /// <summary><see cref="Parley.GetReceipts"/>.</summary>
    public const string GetReceipts = "receipt.get";

    /// <summary><see cref="Parley.GetApp"/>.</summary>
    public const string GetApp = "app.get";

    /// <summary><see cref="Parley.AddOwner"/>.</summary>
    public const string AddOwner = "conversation.addOwner";

    /// <summary><see cref="Parley.PutUser"/>.</summary>
    public const string PutUser = "user.put";

    /// <summary><see cref="Parley.SuspendUser"/>.</summary>
    public const string SuspendUser = "user.suspend";

    /// <summary><see cref="Parley.RestoreUser"/>.</summary>
    public const string RestoreUser = "user.restore";

    /// <summary><see cref="Parley.MuteUser"/>.</summary>
    public const string MuteUser = "user.mute";

    /// <summary><see cref="Parley.UnmuteUser"/>.</summary>
    public const string UnmuteUser = "user.unmute";

    /// <summary><see cref="Parley.DeactivateUser"/>.</summary>
    public const string DeactivateUser = "user.deactivate";

    /// <summary><see cref="Parley.DeleteUser"/>.</summary>
    public const string DeleteUser = "user.delete";

    /// <summary><see cref="Parley.ListUsers"/>.</summary>
    public const string ListUsers = "user.list";

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

    /// <summary>Notification: <see cref="ReceiptsMoved"/>.</summary>
    public const string Receipt = "receipt";

    /// <summary>Notification: <see cref="RoomChanged"/>.</summary>
    public const string Room = "room";

    /// <summary>Notification: <see cref="InvitationChanged"/>.</summary>
    public const string Invitation = "invitation";

    /// <summary><see cref="Parley.MessageRefused"/>.</summary>
    public const string MessageRefused = "message.refused";
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
