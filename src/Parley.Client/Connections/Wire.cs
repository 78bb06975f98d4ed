using System.Text.Json.Serialization.Metadata;

namespace Parley.Client;

/// <summary>A method of the wire: its name and how its request is written and its answer read.</summary>
internal sealed record Method<TRequest, TAnswer>(string Name, JsonTypeInfo<TRequest> Request, JsonTypeInfo<TAnswer> Answer)
    where TAnswer : class;

/// <summary>The methods this SDK uses.</summary>
internal static class Wire
{
    private static readonly ProtocolJson Json = ProtocolJson.Lenient;

    public static readonly Method<OpenSession, SessionOpened> OpenSession = new(Methods.OpenSession, Json.OpenSession, Json.SessionOpened);
    public static readonly Method<RenewSession, SessionRenewed> RenewSession = new(Methods.RenewSession, Json.RenewSession, Json.SessionRenewed);
    public static readonly Method<ReadChanges, InboxChanges> ReadChanges = new(Methods.ReadChanges, Json.ReadChanges, Json.InboxChanges);
    public static readonly Method<ListInbox, InboxPage> ListInbox = new(Methods.ListInbox, Json.ListInbox, Json.InboxPage);

    public static readonly Method<ForwardMessage, LogEntry> ForwardMessage = new(Methods.ForwardMessage, Json.ForwardMessage, Json.LogEntry);
    public static readonly Method<EditMessage, LogEntry> EditMessage = new(Methods.EditMessage, Json.EditMessage, Json.LogEntry);
    public static readonly Method<RecallMessage, LogEntry> RecallMessage = new(Methods.RecallMessage, Json.RecallMessage, Json.LogEntry);
    public static readonly Method<SendToMany, SentToMany> SendToMany = new(Methods.SendToMany, Json.SendToMany, Json.SentToMany);
    public static readonly Method<SendOnline, OnlineSent> SendOnline = new(Methods.SendOnline, Json.SendOnline, Json.OnlineSent);
    public static readonly Method<RemoveMessages, MessagesRemoved> RemoveMessages = new(Methods.RemoveMessages, Json.RemoveMessages, Json.MessagesRemoved);
    public static readonly Method<ReportMessage, MessageReported> ReportMessage = new(Methods.ReportMessage, Json.ReportMessage, Json.MessageReported);

    public static readonly Method<JoinRoom, RoomJoined> JoinRoom = new(Methods.JoinRoom, Json.JoinRoom, Json.RoomJoined);
    public static readonly Method<LeaveRoom, RoomLeft> LeaveRoom = new(Methods.LeaveRoom, Json.LeaveRoom, Json.RoomLeft);
    public static readonly Method<UpdateInbox, InboxFlags> UpdateInbox = new(Methods.UpdateInbox, Json.UpdateInbox, Json.InboxFlags);
    public static readonly Method<MarkUnread, InboxFlags> MarkUnread = new(Methods.MarkUnread, Json.MarkUnread, Json.InboxFlags);
    public static readonly Method<ReadAll, AllRead> ReadAll = new(Methods.ReadAll, Json.ReadAll, Json.AllRead);
    public static readonly Method<ListVersions, VersionsPage> ListVersions = new(Methods.ListVersions, Json.ListVersions, Json.VersionsPage);
    public static readonly Method<ListMessages, MessagesPage> ListMessages = new(Methods.ListMessages, Json.ListMessages, Json.MessagesPage);
    public static readonly Method<FindEntry, EntryFound> FindEntry = new(Methods.FindEntry, Json.FindEntry, Json.EntryFound);
    public static readonly Method<GetReceipts, MessageReceipts> GetReceipts = new(Methods.GetReceipts, Json.GetReceipts, Json.MessageReceipts);
    public static readonly Method<CountUnread, UnreadTotal> CountUnread = new(Methods.CountUnread, Json.CountUnread, Json.UnreadTotal);

    public static readonly Method<CreateConversation, ConversationCreatedAnswer> CreateConversation =
        new(Methods.CreateConversation, Json.CreateConversation, Json.ConversationCreatedAnswer);

    public static readonly Method<GetConversation, ConversationState> GetConversation =
        new(Methods.GetConversation, Json.GetConversation, Json.ConversationState);

    public static readonly Method<GetConversations, ConversationStates> GetConversations =
        new(Methods.GetConversations, Json.GetConversations, Json.ConversationStates);

    public static readonly Method<ListParticipants, ParticipantsPage> ListParticipants =
        new(Methods.ListParticipants, Json.ListParticipants, Json.ParticipantsPage);

    public static readonly Method<ListPublic, PreviewPage> ListPublic = new(Methods.ListPublic, Json.ListPublic, Json.PreviewPage);

    public static readonly Method<ListInvitations, PreviewPage> ListInvitations = new(Methods.ListInvitations, Json.ListInvitations, Json.PreviewPage);

    public static readonly Method<GetAttributes, AttributesPage> GetAttributes = new(Methods.GetAttributes, Json.GetAttributes, Json.AttributesPage);

    public static readonly Method<ReadEntries, EntriesPage> ReadEntries = new(Methods.ReadEntries, Json.ReadEntries, Json.EntriesPage);

    public static readonly Method<SyncConversations, ConversationsSynced> SyncConversations =
        new(Methods.SyncConversations, Json.SyncConversations, Json.ConversationsSynced);

    public static readonly Method<AddParticipants, LogEntry> AddParticipants = new(Methods.AddParticipants, Json.AddParticipants, Json.LogEntry);

    public static readonly Method<RemoveParticipants, LogEntry> RemoveParticipants =
        new(Methods.RemoveParticipants, Json.RemoveParticipants, Json.LogEntry);

    public static readonly Method<LeaveConversation, LogEntry> LeaveConversation =
        new(Methods.LeaveConversation, Json.LeaveConversation, Json.LogEntry);

    public static readonly Method<UpdateConversation, LogEntry> UpdateConversation = new(Methods.UpdateConversation, Json.UpdateConversation, Json.LogEntry);

    public static readonly Method<DeleteConversation, LogEntry> DeleteConversation = new(Methods.DeleteConversation, Json.DeleteConversation, Json.LogEntry);

    public static readonly Method<ChangePermissions, LogEntry> ChangePermissions = new(Methods.ChangePermissions, Json.ChangePermissions, Json.LogEntry);

    public static readonly Method<SetAttributes, LogEntry> SetAttributes = new(Methods.SetAttributes, Json.SetAttributes, Json.LogEntry);

    public static readonly Method<MuteParticipants, LogEntry> MuteParticipants = new(Methods.MuteParticipants, Json.MuteParticipants, Json.LogEntry);

    public static readonly Method<UnmuteParticipants, LogEntry> UnmuteParticipants = new(Methods.UnmuteParticipants, Json.UnmuteParticipants, Json.LogEntry);

    public static readonly Method<BanParticipants, LogEntry> BanParticipants = new(Methods.BanParticipants, Json.BanParticipants, Json.LogEntry);

    public static readonly Method<UnbanParticipants, LogEntry> UnbanParticipants = new(Methods.UnbanParticipants, Json.UnbanParticipants, Json.LogEntry);

    public static readonly Method<AllowParticipants, LogEntry> AllowParticipants = new(Methods.AllowParticipants, Json.AllowParticipants, Json.LogEntry);

    public static readonly Method<DisallowParticipants, LogEntry> DisallowParticipants = new(Methods.DisallowParticipants, Json.DisallowParticipants, Json.LogEntry);

    public static readonly Method<JoinConversation, LogEntry> JoinConversation = new(Methods.JoinConversation, Json.JoinConversation, Json.LogEntry);

    public static readonly Method<InviteParticipants, LogEntry> InviteParticipants = new(Methods.InviteParticipants, Json.InviteParticipants, Json.LogEntry);

    public static readonly Method<DeclineInvitation, LogEntry> DeclineInvitation = new(Methods.DeclineInvitation, Json.DeclineInvitation, Json.LogEntry);

    public static readonly Method<WithdrawInvitations, LogEntry> WithdrawInvitations = new(Methods.WithdrawInvitations, Json.WithdrawInvitations, Json.LogEntry);

    public static readonly Method<ApproveJoins, LogEntry> ApproveJoins = new(Methods.ApproveJoins, Json.ApproveJoins, Json.LogEntry);

    public static readonly Method<DeclineJoins, LogEntry> DeclineJoins = new(Methods.DeclineJoins, Json.DeclineJoins, Json.LogEntry);

    public static readonly Method<SendMessage, LogEntry> SendMessage = new(Methods.SendMessage, Json.SendMessage, Json.LogEntry);
    public static readonly Method<CancelMessage, MessageCancelled> CancelMessage = new(Methods.CancelMessage, Json.CancelMessage, Json.MessageCancelled);
    public static readonly Method<MarkDelivered, ReceiptCursors> MarkDelivered = new(Methods.MarkDelivered, Json.MarkDelivered, Json.ReceiptCursors);
    public static readonly Method<MarkRead, ReceiptCursors> MarkRead = new(Methods.MarkRead, Json.MarkRead, Json.ReceiptCursors);
    public static readonly Method<SetPresence, PresenceState> SetPresence = new(Methods.SetPresence, Json.SetPresence, Json.PresenceState);
    public static readonly Method<SetDevicePresence, PresenceState> SetDevicePresence = new(Methods.SetDevicePresence, Json.SetDevicePresence, Json.PresenceState);
    public static readonly Method<GetPresence, Presences> GetPresence = new(Methods.GetPresence, Json.GetPresence, Json.Presences);

    public static readonly Method<SubscribePresence, PresenceSubscribed> SubscribePresence =
        new(Methods.SubscribePresence, Json.SubscribePresence, Json.PresenceSubscribed);

    public static readonly Method<UnsubscribePresence, PresenceUnsubscribed> UnsubscribePresence =
        new(Methods.UnsubscribePresence, Json.UnsubscribePresence, Json.PresenceUnsubscribed);

    public static readonly Method<ListPresenceSubscriptions, PresenceSubscriptionPage> ListPresenceSubscriptions =
        new(Methods.ListPresenceSubscriptions, Json.ListPresenceSubscriptions, Json.PresenceSubscriptionPage);

    public static readonly Method<SetTyping, TypingTaken> SetTyping = new(Methods.SetTyping, Json.SetTyping, Json.TypingTaken);
    public static readonly Method<GetContent, ContentState> GetContent = new(Methods.GetContent, Json.GetContent, Json.ContentState);
    public static readonly Method<GetContentUrl, ContentUrl> GetContentUrl = new(Methods.GetContentUrl, Json.GetContentUrl, Json.ContentUrl);
    public static readonly Method<GetUsers, UserProfiles> GetUsers = new(Methods.GetUsers, Json.GetUsers, Json.UserProfiles);
    public static readonly Method<FindUser, UserProfile> FindUser = new(Methods.FindUser, Json.FindUser, Json.UserProfile);
    public static readonly Method<GetOwnProfile, OwnProfile> GetOwnProfile = new(Methods.GetOwnProfile, Json.GetOwnProfile, Json.OwnProfile);
    public static readonly Method<UpdateUser, OwnProfile> UpdateUser = new(Methods.UpdateUser, Json.UpdateUser, Json.OwnProfile);
    public static readonly Method<ListDevices, DeviceList> ListDevices = new(Methods.ListDevices, Json.ListDevices, Json.DeviceList);
    public static readonly Method<EndDevice, DeviceList> EndDevice = new(Methods.EndDevice, Json.EndDevice, Json.DeviceList);
    public static readonly Method<RequestContact, Contact> RequestContact = new(Methods.RequestContact, Json.RequestContact, Json.Contact);
    public static readonly Method<AcceptContact, Contact> AcceptContact = new(Methods.AcceptContact, Json.AcceptContact, Json.Contact);
    public static readonly Method<DeclineContact, Contact> DeclineContact = new(Methods.DeclineContact, Json.DeclineContact, Json.Contact);
    public static readonly Method<RemoveContact, Contact> RemoveContact = new(Methods.RemoveContact, Json.RemoveContact, Json.Contact);
    public static readonly Method<ListContacts, ContactsPage> ListContacts = new(Methods.ListContacts, Json.ListContacts, Json.ContactsPage);
    public static readonly Method<AddBlocks, BlockList> AddBlocks = new(Methods.AddBlocks, Json.AddBlocks, Json.BlockList);
    public static readonly Method<RemoveBlocks, BlockList> RemoveBlocks = new(Methods.RemoveBlocks, Json.RemoveBlocks, Json.BlockList);
    public static readonly Method<ListBlocks, BlockList> ListBlocks = new(Methods.ListBlocks, Json.ListBlocks, Json.BlockList);
}
