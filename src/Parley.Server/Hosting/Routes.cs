using Parley.Content;
using Parley.Conversations;
using Parley.Gateway;
using Parley.Inbox;
using Parley.Messages;
using Parley.Moderation;
using Parley.People;
using Parley.Presence;
using Parley.Receipts;
using static Parley.ProtocolJson;

namespace Parley.Hosting;

/// <summary>Who handles what.</summary>
internal sealed record Handlers(
    CreateConversationHandler Create, ChangeParticipantsHandler Participants, SettingsHandler Settings, ModerateHandler Moderation, JoinHandler Joining,
    RoomHandler Rooms, ReadConversationsHandler Conversations, ListConversationsHandler Lists,
    SendMessageHandler Send, SendOnlineHandler SendOnline, SendToHandler SendTo, ChangeMessageHandler ChangeMessage, RemoveMessagesHandler RemoveMessages, CancelMessageHandler CancelMessage,
    MessageHistoryHandler History, ListVersionsHandler Versions, MarkDeliveredHandler Delivered, MarkReadHandler Read, ReadAllHandler ReadAll, GetReceiptsHandler Receipts,
    ReadChangesHandler Changes, ListInboxHandler Inbox, UpdateInboxHandler Flags, CountUnreadHandler Unread, ReadAppHandler App,
    SetPresenceHandler SetPresence, ReadPresenceHandler Presence, TypingHandler Typing, PeopleHandlers People, ModerationHandlers Words,
    ContentHandlers Content);

/// <summary>Who handles what of people.</summary>
internal sealed record PeopleHandlers(
    ReadUsersHandler Users, UpdateUserHandler Update, DevicesHandler Devices, ChangeContactHandler Contacts, ListContactsHandler ListContacts,
    ChangeBlocksHandler Blocks, ListBlocksHandler ListBlocks, AccountsHandler Accounts, StandingHandler Standing);

/// <summary>Who handles what an app does not let pass.</summary>
internal sealed record ModerationHandlers(WordListCache Lists, WordListsHandler WordLists, ReportMessageHandler Report, ReportsHandler Reports, HeldHandler Held);

/// <summary>The methods of the wire and their handlers. Session methods belong to the connection itself.</summary>
internal static class Routes
{
    public static CommandRouter Bind(Handlers handlers)
    {
        var router = new CommandRouter();
        router.Append(Methods.CreateConversation, Strict.CreateConversation, Lenient.ConversationCreatedAnswer, (caller, command, origin) =>
        {
            if (handlers.Words.Lists.Check(caller.App, command) is { } refusal) origin.Refuse(refusal);
            else handlers.Create.Handle(caller, command, origin);
        });
        router.Append(Methods.AddParticipants, Strict.AddParticipants, Lenient.LogEntry, handlers.Participants.Handle);
        router.Append(Methods.RemoveParticipants, Strict.RemoveParticipants, Lenient.LogEntry, handlers.Participants.Handle);
        router.Append(Methods.LeaveConversation, Strict.LeaveConversation, Lenient.LogEntry, handlers.Participants.Handle);
        router.Append(Methods.ChangePermissions, Strict.ChangePermissions, Lenient.LogEntry, handlers.Participants.Handle);
        router.Append(Methods.UpdateConversation, Strict.UpdateConversation, Lenient.LogEntry, (caller, command, origin) =>
        {
            if (handlers.Words.Lists.Check(caller.App, command) is { } refusal) origin.Refuse(refusal);
            else handlers.Settings.Handle(caller, command, origin);
        });
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
        router.AppendToMany(
            Methods.SendToMany, Strict.SendToMany, Lenient.SentToMany, command => Math.Min(command.Recipients.Count, SendToMany.MaxRecipients), handlers.SendTo.Handle);
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
        router.Read(Methods.ListVersions, Strict.ListVersions, Lenient.VersionsPage, handlers.Versions.HandleAsync);
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
        router.Read(Methods.GetContentUrl, Strict.GetContentUrl, Lenient.ContentUrl, handlers.Content.HandleAsync);
        router.Read(Methods.GetContent, Strict.GetContent, Lenient.ContentState, handlers.Content.HandleAsync);
        router.Signal(Methods.SendOnline, Strict.SendOnline, Lenient.OnlineSent, handlers.SendOnline.HandleAsync, command => command.Conversation);
        BindPeople(router, handlers.People);
        BindModeration(router, handlers.Words);
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

    private static void BindModeration(CommandRouter router, ModerationHandlers handlers)
    {
        router.Append(Methods.ReportMessage, Strict.ReportMessage, Lenient.MessageReported, handlers.Report.Handle);
        router.Platform(Methods.PutWordList, Strict.PutWordList, Lenient.WordList, handlers.WordLists.Handle);
        router.Platform(Methods.DeleteWordList, Strict.DeleteWordList, Lenient.WordLists, handlers.WordLists.Handle);
        router.PlatformRead(Methods.GetWordList, Strict.GetWordList, Lenient.WordList, handlers.WordLists.HandleAsync);
        router.PlatformRead(Methods.ListWordLists, Strict.ListWordLists, Lenient.WordLists, handlers.WordLists.HandleAsync);
        router.PlatformRead(Methods.ListReports, Strict.ListReports, Lenient.ReportsPage, handlers.Reports.HandleAsync);
        router.Platform(Methods.ResolveReport, Strict.ResolveReport, Lenient.MessageReport, handlers.Reports.Handle);
        router.PlatformRead(Methods.GetModeratedMessage, Strict.GetModeratedMessage, Lenient.LogEntry, handlers.Reports.HandleAsync);
        router.PlatformRead(Methods.ListHeld, Strict.ListHeld, Lenient.HeldPage, handlers.Held.HandleAsync);
        router.Platform(Methods.ReleaseHeld, Strict.ReleaseHeld, Lenient.LogEntry, handlers.Held.Handle);
        router.Platform(Methods.RejectHeld, Strict.RejectHeld, Lenient.HeldRejected, handlers.Held.Handle);
    }
}
