using Parley.Conversations;
using Parley.Gateway;
using Parley.Inbox;
using Parley.Messages;
using Parley.Presence;
using Parley.Receipts;
using static Parley.ProtocolJson;

namespace Parley.Hosting;

/// <summary>Who handles what.</summary>
internal sealed record Handlers(
    CreateConversationHandler Create, ChangeParticipantsHandler Participants, ReadConversationsHandler Conversations,
    SendMessageHandler Send, CancelMessageHandler CancelMessage, MarkDeliveredHandler Delivered, MarkReadHandler Read,
    ReadChangesHandler Changes, ListInboxHandler Inbox, CountUnreadHandler Unread,
    SetPresenceHandler SetPresence, ReadPresenceHandler Presence, TypingHandler Typing);

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
        router.Append(Methods.SetPresence, Strict.SetPresence, handlers.SetPresence.Handle);
        router.Append(Methods.SetDevicePresence, Strict.SetDevicePresence, handlers.SetPresence.Handle);
        router.Append(Methods.UnsubscribePresence, Strict.UnsubscribePresence, handlers.Presence.Handle);
        router.Append(Methods.ListPresenceSubscriptions, Strict.ListPresenceSubscriptions, handlers.Presence.Handle);
        router.Read(Methods.GetPresence, Strict.GetPresence, handlers.Presence.HandleAsync);
        router.Signal(Methods.SubscribePresence, Strict.SubscribePresence, handlers.Presence.HandleAsync);
        router.Signal(Methods.SetTyping, Strict.SetTyping, handlers.Typing.HandleAsync);
        return router;
    }
}
