using Parley.Conversations;
using Parley.Gateway;
using Parley.Inbox;
using Parley.Messages;
using Parley.Receipts;
using static Parley.ProtocolJson;

namespace Parley.Hosting;

/// <summary>The methods of the wire and their handlers. Session methods belong to the connection itself.</summary>
internal static class Routes
{
    public static CommandRouter Bind(
        CreateConversationHandler create, ChangeParticipantsHandler participants, ReadConversationsHandler conversations,
        SendMessageHandler send, CancelMessageHandler cancelMessage, MarkDeliveredHandler delivered, MarkReadHandler read,
        ReadChangesHandler changes, ListInboxHandler inbox)
    {
        var router = new CommandRouter();
        router.Append(Methods.CreateConversation, Strict.CreateConversation, create.Handle);
        router.Append(Methods.AddParticipants, Strict.AddParticipants, participants.Handle);
        router.Append(Methods.RemoveParticipants, Strict.RemoveParticipants, participants.Handle);
        router.Append(Methods.LeaveConversation, Strict.LeaveConversation, participants.Handle);
        router.Append(Methods.SendMessage, Strict.SendMessage, command => command.Conversation, send.Handle);
        router.Append(Methods.CancelMessage, Strict.CancelMessage, cancelMessage.Handle);
        router.Append(Methods.MarkDelivered, Strict.MarkDelivered, delivered.Handle);
        router.Append(Methods.MarkRead, Strict.MarkRead, read.Handle);
        router.Read(Methods.GetConversation, Strict.GetConversation, conversations.HandleAsync);
        router.Read(Methods.ReadEntries, Strict.ReadEntries, conversations.HandleAsync);
        router.Read(Methods.SyncConversations, Strict.SyncConversations, conversations.HandleAsync);
        router.Read(Methods.ReadChanges, Strict.ReadChanges, changes.HandleAsync);
        router.Read(Methods.ListInbox, Strict.ListInbox, inbox.HandleAsync);
        return router;
    }
}
