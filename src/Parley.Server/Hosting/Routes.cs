using Parley.Conversations;
using Parley.Gateway;
using Parley.Inbox;
using Parley.Messages;
using Parley.People;
using Parley.Receipts;
using static Parley.ProtocolJson;

namespace Parley.Hosting;

/// <summary>Who handles what.</summary>
internal sealed record Handlers(
    CreateConversationHandler Create, ChangeParticipantsHandler Participants, ReadConversationsHandler Conversations,
    SendMessageHandler Send, CancelMessageHandler CancelMessage, MarkDeliveredHandler Delivered, MarkReadHandler Read,
    ReadChangesHandler Changes, ListInboxHandler Inbox, CountUnreadHandler Unread, PeopleHandlers People);

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
        router.Append(Methods.CreateConversation, Strict.CreateConversation, handlers.Create.Handle);
        router.Append(Methods.AddParticipants, Strict.AddParticipants, handlers.Participants.Handle);
        router.Append(Methods.RemoveParticipants, Strict.RemoveParticipants, handlers.Participants.Handle);
        router.Append(Methods.LeaveConversation, Strict.LeaveConversation, handlers.Participants.Handle);
        router.Append(Methods.SendMessage, Strict.SendMessage, command => command.Conversation, handlers.Send.Handle, SendMessageReader.TryRead,
            handlers.Send.Closed);
        router.Append(Methods.CancelMessage, Strict.CancelMessage, handlers.CancelMessage.Handle);
        router.Append(Methods.MarkDelivered, Strict.MarkDelivered, handlers.Delivered.Handle);
        router.Append(Methods.MarkRead, Strict.MarkRead, handlers.Read.Handle);
        router.Read(Methods.GetConversation, Strict.GetConversation, handlers.Conversations.HandleAsync);
        router.Read(Methods.ReadEntries, Strict.ReadEntries, handlers.Conversations.HandleAsync);
        router.Read(Methods.SyncConversations, Strict.SyncConversations, handlers.Conversations.HandleAsync);
        router.Read(Methods.ReadChanges, Strict.ReadChanges, handlers.Changes.HandleAsync);
        router.Read(Methods.ListInbox, Strict.ListInbox, handlers.Inbox.HandleAsync);
        router.Read(Methods.CountUnread, Strict.CountUnread, handlers.Unread.HandleAsync);
        BindPeople(router, handlers.People);
        return router;
    }

    private static void BindPeople(CommandRouter router, PeopleHandlers handlers)
    {
        router.Read(Methods.GetUsers, Strict.GetUsers, handlers.Users.HandleAsync);
        router.Read(Methods.FindUser, Strict.FindUser, handlers.Users.HandleAsync);
        router.Read(Methods.GetOwnProfile, Strict.GetOwnProfile, handlers.Users.HandleAsync);
        router.Append(Methods.UpdateUser, Strict.UpdateUser, handlers.Update.Handle);
        router.Read(Methods.ListDevices, Strict.ListDevices, handlers.Devices.HandleAsync);
        router.Append(Methods.EndDevice, Strict.EndDevice, handlers.Devices.Handle);
        router.Append(Methods.RequestContact, Strict.RequestContact, handlers.Contacts.Handle);
        router.Append(Methods.AcceptContact, Strict.AcceptContact, handlers.Contacts.Handle);
        router.Append(Methods.DeclineContact, Strict.DeclineContact, handlers.Contacts.Handle);
        router.Append(Methods.RemoveContact, Strict.RemoveContact, handlers.Contacts.Handle);
        router.Read(Methods.ListContacts, Strict.ListContacts, handlers.ListContacts.HandleAsync);
        router.Append(Methods.AddBlocks, Strict.AddBlocks, handlers.Blocks.Handle);
        router.Append(Methods.RemoveBlocks, Strict.RemoveBlocks, handlers.Blocks.Handle);
        router.Read(Methods.ListBlocks, Strict.ListBlocks, handlers.ListBlocks.HandleAsync);
    }
}
