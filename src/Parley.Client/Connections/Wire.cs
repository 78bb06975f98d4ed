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

    public static readonly Method<CountUnread, UnreadTotal> CountUnread = new(Methods.CountUnread, Json.CountUnread, Json.UnreadTotal);

    public static readonly Method<CreateConversation, ConversationCreatedAnswer> CreateConversation =
        new(Methods.CreateConversation, Json.CreateConversation, Json.ConversationCreatedAnswer);

    public static readonly Method<GetConversation, ConversationState> GetConversation =
        new(Methods.GetConversation, Json.GetConversation, Json.ConversationState);

    public static readonly Method<ReadEntries, EntriesPage> ReadEntries = new(Methods.ReadEntries, Json.ReadEntries, Json.EntriesPage);

    public static readonly Method<SyncConversations, ConversationsSynced> SyncConversations =
        new(Methods.SyncConversations, Json.SyncConversations, Json.ConversationsSynced);

    public static readonly Method<AddParticipants, LogEntry> AddParticipants = new(Methods.AddParticipants, Json.AddParticipants, Json.LogEntry);

    public static readonly Method<RemoveParticipants, LogEntry> RemoveParticipants =
        new(Methods.RemoveParticipants, Json.RemoveParticipants, Json.LogEntry);

    public static readonly Method<LeaveConversation, LogEntry> LeaveConversation =
        new(Methods.LeaveConversation, Json.LeaveConversation, Json.LogEntry);

    public static readonly Method<SendMessage, LogEntry> SendMessage = new(Methods.SendMessage, Json.SendMessage, Json.LogEntry);
    public static readonly Method<CancelMessage, MessageCancelled> CancelMessage = new(Methods.CancelMessage, Json.CancelMessage, Json.MessageCancelled);
    public static readonly Method<MarkDelivered, ReceiptCursors> MarkDelivered = new(Methods.MarkDelivered, Json.MarkDelivered, Json.ReceiptCursors);
    public static readonly Method<MarkRead, ReceiptCursors> MarkRead = new(Methods.MarkRead, Json.MarkRead, Json.ReceiptCursors);
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
