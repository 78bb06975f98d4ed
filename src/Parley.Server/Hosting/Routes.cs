using Parley.Conversations;
using Parley.Gateway;
using Parley.Inbox;
using Parley.Messages;
using Parley.Receipts;
using static Parley.ProtocolJson;

namespace Parley.Hosting;

/// <summary>Who handles what.</summary>
internal sealed record Handlers(
    CreateConversationHandler Create, ChangeParticipantsHandler Participants, ReadConversationsHandler Conversations,
    SendMessageHandler Send, CancelMessageHandler CancelMessage, MarkDeliveredHandler Delivered, MarkReadHandler Read,
    ReadChangesHandler Changes, ListInboxHandler Inbox, CountUnreadHandler Unread, ReadAppHandler App);

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
        router.Append(Methods.SendMessage, Strict.SendMessage, Lenient.LogEntry, command => command.Conversation, handlers.Send.Handle, SendMessageReader.TryRead,
            handlers.Send.Closed);
        router.Append(Methods.CancelMessage, Strict.CancelMessage, Lenient.MessageCancelled, handlers.CancelMessage.Handle);
        router.Append(Methods.MarkDelivered, Strict.MarkDelivered, Lenient.ReceiptCursors, handlers.Delivered.Handle);
        router.Append(Methods.MarkRead, Strict.MarkRead, Lenient.ReceiptCursors, handlers.Read.Handle);
        router.Read(Methods.GetConversation, Strict.GetConversation, Lenient.ConversationState, handlers.Conversations.HandleAsync);
        router.Read(Methods.ReadEntries, Strict.ReadEntries, Lenient.EntriesPage, handlers.Conversations.HandleAsync);
        router.Read(Methods.SyncConversations, Strict.SyncConversations, Lenient.ConversationsSynced, handlers.Conversations.HandleAsync);
        router.Read(Methods.ReadChanges, Strict.ReadChanges, Lenient.InboxChanges, handlers.Changes.HandleAsync);
        router.Read(Methods.ListInbox, Strict.ListInbox, Lenient.InboxPage, handlers.Inbox.HandleAsync);
        router.Read(Methods.CountUnread, Strict.CountUnread, Lenient.UnreadTotal, handlers.Unread.HandleAsync);
        router.PlatformRead(Methods.GetApp, Strict.GetApp, Lenient.AppState, handlers.App.HandleAsync);
        return router;
    }
}
