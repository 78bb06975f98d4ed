using System.Text.Json.Serialization.Metadata;

namespace Parley.Tests.Contracts;

/// <summary>Which record each method and notification of the wire carries.</summary>
internal static class Wire
{
    public sealed record Method(string Name, Type Params, Type Result);

    public sealed record Notification(string Name, Type Params);

    public static IReadOnlyList<Method> AllMethods { get; } =
    [
        new(Methods.OpenSession, typeof(OpenSession), typeof(SessionOpened)),
        new(Methods.RenewSession, typeof(RenewSession), typeof(SessionRenewed)),
        new(Methods.ReadChanges, typeof(ReadChanges), typeof(InboxChanges)),
        new(Methods.ListInbox, typeof(ListInbox), typeof(InboxPage)),
        new(Methods.CountUnread, typeof(CountUnread), typeof(UnreadTotal)),
        new(Methods.ReadAll, typeof(ReadAll), typeof(AllRead)),
        new(Methods.UpdateInbox, typeof(UpdateInbox), typeof(InboxFlags)),
        new(Methods.MarkUnread, typeof(MarkUnread), typeof(InboxFlags)),
        new(Methods.JoinRoom, typeof(JoinRoom), typeof(RoomJoined)),
        new(Methods.LeaveRoom, typeof(LeaveRoom), typeof(RoomLeft)),
        new(Methods.CreateConversation, typeof(CreateConversation), typeof(ConversationCreatedAnswer)),
        new(Methods.GetConversation, typeof(GetConversation), typeof(ConversationState)),
        new(Methods.GetConversations, typeof(GetConversations), typeof(ConversationStates)),
        new(Methods.ListParticipants, typeof(ListParticipants), typeof(ParticipantsPage)),
        new(Methods.ListPublic, typeof(ListPublic), typeof(PreviewPage)),
        new(Methods.ListInvitations, typeof(ListInvitations), typeof(PreviewPage)),
        new(Methods.ReadEntries, typeof(ReadEntries), typeof(EntriesPage)),
        new(Methods.ListMessages, typeof(ListMessages), typeof(MessagesPage)),
        new(Methods.FindEntry, typeof(FindEntry), typeof(EntryFound)),
        new(Methods.SyncConversations, typeof(SyncConversations), typeof(ConversationsSynced)),
        new(Methods.AddParticipants, typeof(AddParticipants), typeof(LogEntry)),
        new(Methods.RemoveParticipants, typeof(RemoveParticipants), typeof(LogEntry)),
        new(Methods.LeaveConversation, typeof(LeaveConversation), typeof(LogEntry)),
        new(Methods.UpdateConversation, typeof(UpdateConversation), typeof(LogEntry)),
        new(Methods.DeleteConversation, typeof(DeleteConversation), typeof(LogEntry)),
        new(Methods.ChangePermissions, typeof(ChangePermissions), typeof(LogEntry)),
        new(Methods.SetAttributes, typeof(SetAttributes), typeof(LogEntry)),
        new(Methods.GetAttributes, typeof(GetAttributes), typeof(AttributesPage)),
        new(Methods.MuteParticipants, typeof(MuteParticipants), typeof(LogEntry)),
        new(Methods.UnmuteParticipants, typeof(UnmuteParticipants), typeof(LogEntry)),
        new(Methods.BanParticipants, typeof(BanParticipants), typeof(LogEntry)),
        new(Methods.UnbanParticipants, typeof(UnbanParticipants), typeof(LogEntry)),
        new(Methods.AllowParticipants, typeof(AllowParticipants), typeof(LogEntry)),
        new(Methods.DisallowParticipants, typeof(DisallowParticipants), typeof(LogEntry)),
        new(Methods.JoinConversation, typeof(JoinConversation), typeof(LogEntry)),
        new(Methods.InviteParticipants, typeof(InviteParticipants), typeof(LogEntry)),
        new(Methods.DeclineInvitation, typeof(DeclineInvitation), typeof(LogEntry)),
        new(Methods.WithdrawInvitations, typeof(WithdrawInvitations), typeof(LogEntry)),
        new(Methods.ApproveJoins, typeof(ApproveJoins), typeof(LogEntry)),
        new(Methods.DeclineJoins, typeof(DeclineJoins), typeof(LogEntry)),
        new(Methods.SendMessage, typeof(SendMessage), typeof(LogEntry)),
        new(Methods.ForwardMessage, typeof(ForwardMessage), typeof(LogEntry)),
        new(Methods.EditMessage, typeof(EditMessage), typeof(LogEntry)),
        new(Methods.RecallMessage, typeof(RecallMessage), typeof(LogEntry)),
        new(Methods.RemoveMessages, typeof(RemoveMessages), typeof(MessagesRemoved)),
        new(Methods.CancelMessage, typeof(CancelMessage), typeof(MessageCancelled)),
        new(Methods.MarkDelivered, typeof(MarkDelivered), typeof(ReceiptCursors)),
        new(Methods.MarkRead, typeof(MarkRead), typeof(ReceiptCursors)),
        new(Methods.GetReceipts, typeof(GetReceipts), typeof(MessageReceipts)),
        new(Methods.AddOwner, typeof(AddOwner), typeof(LogEntry)),
        new(Methods.GetApp, typeof(GetApp), typeof(AppState)),
        new(Methods.SetPresence, typeof(SetPresence), typeof(PresenceState)),
        new(Methods.SetDevicePresence, typeof(SetDevicePresence), typeof(PresenceState)),
        new(Methods.GetPresence, typeof(GetPresence), typeof(Presences)),
        new(Methods.SubscribePresence, typeof(SubscribePresence), typeof(PresenceSubscribed)),
        new(Methods.UnsubscribePresence, typeof(UnsubscribePresence), typeof(PresenceUnsubscribed)),
        new(Methods.ListPresenceSubscriptions, typeof(ListPresenceSubscriptions), typeof(PresenceSubscriptionPage)),
        new(Methods.SetTyping, typeof(SetTyping), typeof(TypingTaken)),
        new(Methods.GetUsers, typeof(GetUsers), typeof(UserProfiles)),
        new(Methods.FindUser, typeof(FindUser), typeof(UserProfile)),
        new(Methods.GetOwnProfile, typeof(GetOwnProfile), typeof(OwnProfile)),
        new(Methods.UpdateUser, typeof(UpdateUser), typeof(OwnProfile)),
        new(Methods.ListDevices, typeof(ListDevices), typeof(DeviceList)),
        new(Methods.EndDevice, typeof(EndDevice), typeof(DeviceList)),
        new(Methods.RequestContact, typeof(RequestContact), typeof(Contact)),
        new(Methods.AcceptContact, typeof(AcceptContact), typeof(Contact)),
        new(Methods.DeclineContact, typeof(DeclineContact), typeof(Contact)),
        new(Methods.RemoveContact, typeof(RemoveContact), typeof(Contact)),
        new(Methods.ListContacts, typeof(ListContacts), typeof(ContactsPage)),
        new(Methods.AddBlocks, typeof(AddBlocks), typeof(BlockList)),
        new(Methods.RemoveBlocks, typeof(RemoveBlocks), typeof(BlockList)),
        new(Methods.ListBlocks, typeof(ListBlocks), typeof(BlockList)),
        new(Methods.PutUser, typeof(PutUser), typeof(UserAccount)),
        new(Methods.SuspendUser, typeof(SuspendUser), typeof(UserAccount)),
        new(Methods.RestoreUser, typeof(RestoreUser), typeof(UserAccount)),
        new(Methods.MuteUser, typeof(MuteUser), typeof(UserAccount)),
        new(Methods.UnmuteUser, typeof(UnmuteUser), typeof(UserAccount)),
        new(Methods.DeactivateUser, typeof(DeactivateUser), typeof(UserAccount)),
        new(Methods.DeleteUser, typeof(DeleteUser), typeof(UserAccount)),
        new(Methods.ListUsers, typeof(ListUsers), typeof(UserAccounts)),
    ];

    public static IReadOnlyList<Notification> AllNotifications { get; } =
    [
        new(Methods.Entry, typeof(LogEntry)),
        new(Methods.Head, typeof(HeadMoved)),
        new(Methods.Receipt, typeof(ReceiptMoved)),
        new(Methods.Invitation, typeof(InvitationChanged)),
        new(Methods.MessageRefused, typeof(MessageRefused)),
        new(Methods.MessagesRemoved, typeof(MessagesRemoved)),
        new(Methods.Inbox, typeof(InboxChanged)),
        new(Methods.Room, typeof(RoomChanged)),
        new(Methods.Presence, typeof(PresenceState)),
        new(Methods.PresenceSubscribed, typeof(PresenceSubscriptionsMade)),
        new(Methods.PresenceUnsubscribed, typeof(PresenceSubscriptionsEnded)),
        new(Methods.Typing, typeof(TypingChanged)),
        new(Methods.User, typeof(UserProfile)),
        new(Methods.Contact, typeof(Contact)),
        new(Methods.Block, typeof(BlocksChanged)),
        new(Methods.SessionExpiring, typeof(SessionExpiring)),
        new(Methods.SessionClosing, typeof(SessionClosing)),
    ];

    public static Method Find(string method) => AllMethods.Single(one => one.Name == method);

    /// <summary>How the server reads a request.</summary>
    public static JsonTypeInfo Strict(Type record) => ProtocolJson.Strict.Options.GetTypeInfo(record);

    /// <summary>How everybody else reads, and everybody writes.</summary>
    public static JsonTypeInfo Lenient(Type record) => ProtocolJson.Lenient.Options.GetTypeInfo(record);
}
