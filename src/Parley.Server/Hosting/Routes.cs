using Parley.Conversations;
using Parley.Gateway;
using Parley.Inbox;
using Parley.Messages;
using Parley.People;
using Parley.Presence;
using Parley.Receipts;
using static Parley.ProtocolJson;

namespace Parley.Hosting;

/// <summary>Who handles what.</summary>
internal sealed record Handlers(
    CreateConversationHandler Create, ChangeParticipantsHandler Participants, SettingsHandler Settings, ModerateHandler Moderation, JoinHandler Joining,
    RoomHandler Rooms, ReadConversationsHandler Conversations, ListConversationsHandler Lists,
    SendMessageHandler Send, ChangeMessageHandler ChangeMessage, RemoveMessagesHandler RemoveMessages, CancelMessageHandler CancelMessage, MessageHistoryHandler History,
    MarkDeliveredHandler Delivered, MarkReadHandler Read, ReadAllHandler ReadAll, GetReceiptsHandler Receipts,
    ReadChangesHandler Changes, ListInboxHandler Inbox, UpdateInboxHandler Flags, CountUnreadHandler Unread, ReadAppHandler App,
    SetPresenceHandler SetPresence, ReadPresenceHandler Presence, TypingHandler Typing, PeopleHandlers People);

/// <summary>Who handles what of people.</summary>
internal sealed record PeopleHandlers(
    ReadUsersHandler Users, UpdateUserHandler Update, DevicesHandler Devices, ChangeContactHandler Contacts, ListContactsHandler ListContacts,
    ChangeBlocksHandler Blocks, ListBlocksHandler ListBlocks, AccountsHandler Accounts, StandingHandler Standing);

/// <summary>The methods of the wire and their handlers. Session methods belong to the connection itself.</summary>
internal static class Routes
{
    public static CommandRouter Bind(Handlers handlers)
    {
        var router = new CommandRouter();
        router.Append(Methods.CreateConversation, Strict.CreateConversation, Lenient.ConversationCreatedAnswer, handlers.Create.Handle);
        router.Append(Methods.AddParticipants, Strict.AddParticipants, Lenient.LogEntry, handlers.Participants.Handle);
        router.Append(Methods.RemoveParticipants, Strict.RemoveParticipants, Lenient.LogEntry, handlers.Participants.Handle);
        router.Append(Methods.LeaveConversation, Strict.LeaveConversation, Lenient.LogEntry, handlers.Participants.Handle);
        router.Append(Methods.ChangePermissions, Strict.ChangePermissions, Lenient.LogEntry, handlers.Participants.Handle);
        router.Append(Methods.UpdateConversation, Strict.UpdateConversation, Lenient.LogEntry, handlers.Settings.Handle);
        router.Append(Methods.DeleteConversation, Strict.DeleteConversation, Lenient.LogEntry, handlers.Settings.Handle);
        router.Append(Methods.SetAttributes, Strict.SetAttributes, Lenient.LogEntry, handlers.Settings.Handle);
        router.Append(Methods.MuteParticipants, Strict.MuteParticipants, Lenient.LogEntry, handlers.Moderation.Handle);
        router.Append(Methods.UnmuteParticipants, Strict.UnmuteParticipants, Lenient.LogEntry, handlers.Moderation.Handle);
        router.Append(Methods.BanParticipants, Strict.BanParticipants, Lenient.LogEntry, handlers.Moderation.Handle);
        router.Append(Methods.UnbanParticipants, Strict.UnbanParticipants, Lenient.LogEntry, handlers.Moderation.Handle);
        router.Append(Methods.AllowParticipants, Strict.AllowParticipants, Lenient.LogEntry, handlers.Moderation.Handle);
        router.Append(Methods.DisallowParticipants, Strict.DisallowParticipants, Lenient.LogEntry, handlers.Moderation.Handle);
        router.Append(Methods.JoinConversation, Strict.JoinConversation, Lenient.LogEntry, handlers.Joining.Handle);
        router.Append(Methods.InviteParticipants, Strict.InviteParticipants, Lenient.LogEntry, handlers.Joining.Handle);
        router.Append(Methods.DeclineInvitation, Strict.DeclineInvitation, Lenient.LogEntry, handlers.Joining.Handle);
        router.Append(Methods.WithdrawInvitations, Strict.WithdrawInvitations, Lenient.LogEntry, handlers.Joining.Handle);
        router.Append(Methods.ApproveJoins, Strict.ApproveJoins, Lenient.LogEntry, handlers.Joining.Handle);
        router.Append(Methods.DeclineJoins, Strict.DeclineJoins, Lenient.LogEntry, handlers.Joining.Handle);
        router.Append(Methods.UpdateInbox, Strict.UpdateInbox, Lenient.InboxFlags, handlers.Flags.Handle);
        router.Append(Methods.MarkUnread, Strict.MarkUnread, Lenient.InboxFlags, handlers.Flags.Handle);
        router.Append(Methods.JoinRoom, Strict.JoinRoom, Lenient.RoomJoined, handlers.Rooms.Handle);
        router.Append(Methods.LeaveRoom, Strict.LeaveRoom, Lenient.RoomLeft, handlers.Rooms.Handle);
        router.Append(Methods.SendMessage, Strict.SendMessage, Lenient.LogEntry, command => command.Conversation, handlers.Send.Handle, SendMessageReader.TryRead,
            handlers.Send.Closed);
        router.Append(Methods.ForwardMessage, Strict.ForwardMessage, Lenient.LogEntry, command => command.Conversation, handlers.Send.Handle, door: handlers.Send.Closed);
        router.Append(Methods.EditMessage, Strict.EditMessage, Lenient.LogEntry, command => command.Conversation, handlers.ChangeMessage.Handle);
        router.Append(Methods.RecallMessage, Strict.RecallMessage, Lenient.LogEntry, handlers.ChangeMessage.Handle);
        router.Append(Methods.RemoveMessages, Strict.RemoveMessages, Lenient.MessagesRemoved, handlers.RemoveMessages.Handle);
        router.Append(Methods.CancelMessage, Strict.CancelMessage, Lenient.MessageCancelled, handlers.CancelMessage.Handle);
        router.Append(Methods.MarkDelivered, Strict.MarkDelivered, Lenient.ReceiptCursors, handlers.Delivered.Handle);
        router.Append(Methods.MarkRead, Strict.MarkRead, Lenient.ReceiptCursors, handlers.Read.Handle);
        router.Signal(Methods.ReadAll, Strict.ReadAll, Lenient.AllRead, handlers.ReadAll.HandleAsync);
        router.Read(Methods.GetConversation, Strict.GetConversation, Lenient.ConversationState, handlers.Conversations.HandleAsync);
        router.Read(Methods.GetConversations, Strict.GetConversations, Lenient.ConversationStates, handlers.Conversations.HandleAsync);
        router.Read(Methods.GetAttributes, Strict.GetAttributes, Lenient.AttributesPage, handlers.Lists.HandleAsync);
        router.Read(Methods.ListParticipants, Strict.ListParticipants, Lenient.ParticipantsPage, handlers.Lists.HandleAsync);
        router.Read(Methods.ListPublic, Strict.ListPublic, Lenient.PreviewPage, handlers.Lists.HandleAsync);
        router.Read(Methods.ListInvitations, Strict.ListInvitations, Lenient.PreviewPage, handlers.Lists.HandleAsync);
        router.Read(Methods.ReadEntries, Strict.ReadEntries, Lenient.EntriesPage, handlers.Conversations.HandleAsync);
        router.Read(Methods.GetReceipts, Strict.GetReceipts, Lenient.MessageReceipts, handlers.Receipts.HandleAsync);
        router.Read(Methods.ListMessages, Strict.ListMessages, Lenient.MessagesPage, handlers.History.HandleAsync);
        router.Read(Methods.FindEntry, Strict.FindEntry, Lenient.EntryFound, handlers.History.HandleAsync);
        router.Read(Methods.SyncConversations, Strict.SyncConversations, Lenient.ConversationsSynced, handlers.Conversations.HandleAsync);
        router.Read(Methods.ReadChanges, Strict.ReadChanges, Lenient.InboxChanges, handlers.Changes.HandleAsync);
        router.Read(Methods.ListInbox, Strict.ListInbox, Lenient.InboxPage, handlers.Inbox.HandleAsync);
        router.Read(Methods.CountUnread, Strict.CountUnread, Lenient.UnreadTotal, handlers.Unread.HandleAsync);
        router.Platform(Methods.AddOwner, Strict.AddOwner, Lenient.LogEntry, handlers.Participants.Handle);
        router.PlatformRead(Methods.GetApp, Strict.GetApp, Lenient.AppState, handlers.App.HandleAsync);
        router.Append(Methods.SetPresence, Strict.SetPresence, Lenient.PresenceState, handlers.SetPresence.Handle);
        router.Append(Methods.SetDevicePresence, Strict.SetDevicePresence, Lenient.PresenceState, handlers.SetPresence.Handle);
        router.Append(Methods.UnsubscribePresence, Strict.UnsubscribePresence, Lenient.PresenceUnsubscribed, handlers.Presence.Handle);
        router.Append(Methods.ListPresenceSubscriptions, Strict.ListPresenceSubscriptions, Lenient.PresenceSubscriptionPage, handlers.Presence.Handle);
        router.Read(Methods.GetPresence, Strict.GetPresence, Lenient.Presences, handlers.Presence.HandleAsync);
        router.Signal(Methods.SubscribePresence, Strict.SubscribePresence, Lenient.PresenceSubscribed, handlers.Presence.HandleAsync);
        router.Signal(Methods.SetTyping, Strict.SetTyping, Lenient.TypingTaken, handlers.Typing.HandleAsync);
        BindPeople(router, handlers.People);
        return router;
    }

    private static void BindPeople(CommandRouter router, PeopleHandlers handlers)
    {
        router.Read(Methods.GetUsers, Strict.GetUsers, Lenient.UserProfiles, handlers.Users.HandleAsync);
        router.Read(Methods.FindUser, Strict.FindUser, Lenient.UserProfile, handlers.Users.HandleAsync);
        router.Read(Methods.GetOwnProfile, Strict.GetOwnProfile, Lenient.OwnProfile, handlers.Users.HandleAsync);
        router.Append(Methods.UpdateUser, Strict.UpdateUser, Lenient.OwnProfile, handlers.Update.Handle);
        router.Read(Methods.ListDevices, Strict.ListDevices, Lenient.DeviceList, handlers.Devices.HandleAsync);
        router.Append(Methods.EndDevice, Strict.EndDevice, Lenient.DeviceList, handlers.Devices.Handle);
        router.Append(Methods.RequestContact, Strict.RequestContact, Lenient.Contact, handlers.Contacts.Handle);
        router.Append(Methods.AcceptContact, Strict.AcceptContact, Lenient.Contact, handlers.Contacts.Handle);
        router.Append(Methods.DeclineContact, Strict.DeclineContact, Lenient.Contact, handlers.Contacts.Handle);
        router.Append(Methods.RemoveContact, Strict.RemoveContact, Lenient.Contact, handlers.Contacts.Handle);
        router.Read(Methods.ListContacts, Strict.ListContacts, Lenient.ContactsPage, handlers.ListContacts.HandleAsync);
        router.Append(Methods.AddBlocks, Strict.AddBlocks, Lenient.BlockList, handlers.Blocks.Handle);
        router.Append(Methods.RemoveBlocks, Strict.RemoveBlocks, Lenient.BlockList, handlers.Blocks.Handle);
        router.Read(Methods.ListBlocks, Strict.ListBlocks, Lenient.BlockList, handlers.ListBlocks.HandleAsync);
        router.Platform(Methods.PutUser, Strict.PutUser, Lenient.UserAccount, handlers.Accounts.Handle);
        router.Platform(Methods.SuspendUser, Strict.SuspendUser, Lenient.UserAccount, handlers.Standing.Handle);
        router.Platform(Methods.RestoreUser, Strict.RestoreUser, Lenient.UserAccount, handlers.Standing.Handle);
        router.Platform(Methods.MuteUser, Strict.MuteUser, Lenient.UserAccount, handlers.Standing.Handle);
        router.Platform(Methods.UnmuteUser, Strict.UnmuteUser, Lenient.UserAccount, handlers.Standing.Handle);
        router.Platform(Methods.DeactivateUser, Strict.DeactivateUser, Lenient.UserAccount, handlers.Standing.Handle);
        router.Platform(Methods.DeleteUser, Strict.DeleteUser, Lenient.UserAccount, handlers.Standing.Handle);
        router.PlatformRead(Methods.ListUsers, Strict.ListUsers, Lenient.UserAccounts, handlers.Accounts.HandleAsync);
    }
}
