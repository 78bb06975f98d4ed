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
        new(Methods.CreateConversation, typeof(CreateConversation), typeof(ConversationCreatedAnswer)),
        new(Methods.GetConversation, typeof(GetConversation), typeof(ConversationState)),
        new(Methods.ReadEntries, typeof(ReadEntries), typeof(EntriesPage)),
        new(Methods.SyncConversations, typeof(SyncConversations), typeof(ConversationsSynced)),
        new(Methods.AddParticipants, typeof(AddParticipants), typeof(LogEntry)),
        new(Methods.RemoveParticipants, typeof(RemoveParticipants), typeof(LogEntry)),
        new(Methods.LeaveConversation, typeof(LeaveConversation), typeof(LogEntry)),
        new(Methods.SendMessage, typeof(SendMessage), typeof(LogEntry)),
        new(Methods.CancelMessage, typeof(CancelMessage), typeof(MessageCancelled)),
        new(Methods.MarkDelivered, typeof(MarkDelivered), typeof(ReceiptCursors)),
        new(Methods.MarkRead, typeof(MarkRead), typeof(ReceiptCursors)),
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
    ];

    public static IReadOnlyList<Notification> AllNotifications { get; } =
    [
        new(Methods.Entry, typeof(LogEntry)),
        new(Methods.Head, typeof(HeadMoved)),
        new(Methods.Receipt, typeof(ReceiptMoved)),
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
