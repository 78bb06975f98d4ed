using Parley.Conversations;
using Parley.Gateway;
using Parley.Inbox;
using Parley.Messages;
using Parley.Receipts;
using static Parley.ProtocolJson;

namespace Parley.Hosting;

/// <summary>Who handles what.</summary>
internal sealed record Handlers(
    CreateConversationHandler Create, ChangeParticipantsHandler Participants, SettingsHandler Settings, ModerateHandler Moderation, JoinHandler Joining,
    RoomHandler Rooms, ReadConversationsHandler Conversations, ListConversationsHandler Lists,
    SendMessageHandler Send, CancelMessageHandler CancelMessage, MarkDeliveredHandler Delivered, MarkReadHandler Read,
    ReadChangesHandler Changes, ListInboxHandler Inbox, UpdateInboxHandler Flags, CountUnreadHandler Unread);

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
        router.Append(Methods.ChangePermissions, Strict.ChangePermissions, handlers.Participants.Handle);
        router.Append(Methods.UpdateConversation, Strict.UpdateConversation, handlers.Settings.Handle);
        router.Append(Methods.DeleteConversation, Strict.DeleteConversation, handlers.Settings.Handle);
        router.Append(Methods.SetAttributes, Strict.SetAttributes, handlers.Settings.Handle);
        router.Append(Methods.MuteParticipants, Strict.MuteParticipants, handlers.Moderation.Handle);
        router.Append(Methods.UnmuteParticipants, Strict.UnmuteParticipants, handlers.Moderation.Handle);
        router.Append(Methods.BanParticipants, Strict.BanParticipants, handlers.Moderation.Handle);
        router.Append(Methods.UnbanParticipants, Strict.UnbanParticipants, handlers.Moderation.Handle);
        router.Append(Methods.AllowParticipants, Strict.AllowParticipants, handlers.Moderation.Handle);
        router.Append(Methods.DisallowParticipants, Strict.DisallowParticipants, handlers.Moderation.Handle);
        router.Append(Methods.JoinConversation, Strict.JoinConversation, handlers.Joining.Handle);
        router.Append(Methods.InviteParticipants, Strict.InviteParticipants, handlers.Joining.Handle);
        router.Append(Methods.DeclineInvitation, Strict.DeclineInvitation, handlers.Joining.Handle);
        router.Append(Methods.WithdrawInvitations, Strict.WithdrawInvitations, handlers.Joining.Handle);
        router.Append(Methods.ApproveJoins, Strict.ApproveJoins, handlers.Joining.Handle);
        router.Append(Methods.DeclineJoins, Strict.DeclineJoins, handlers.Joining.Handle);
        router.Append(Methods.UpdateInbox, Strict.UpdateInbox, handlers.Flags.Handle);
        router.Append(Methods.MarkUnread, Strict.MarkUnread, handlers.Flags.Handle);
        router.Append(Methods.JoinRoom, Strict.JoinRoom, handlers.Rooms.Handle);
        router.Append(Methods.LeaveRoom, Strict.LeaveRoom, handlers.Rooms.Handle);
        router.Append(Methods.SendMessage, Strict.SendMessage, command => command.Conversation, handlers.Send.Handle, SendMessageReader.TryRead,
            handlers.Send.Closed);
        router.Append(Methods.CancelMessage, Strict.CancelMessage, handlers.CancelMessage.Handle);
        router.Append(Methods.MarkDelivered, Strict.MarkDelivered, handlers.Delivered.Handle);
        router.Append(Methods.MarkRead, Strict.MarkRead, handlers.Read.Handle);
        router.Read(Methods.GetConversation, Strict.GetConversation, handlers.Conversations.HandleAsync);
        router.Read(Methods.GetConversations, Strict.GetConversations, handlers.Conversations.HandleAsync);
        router.Read(Methods.GetAttributes, Strict.GetAttributes, handlers.Lists.HandleAsync);
        router.Read(Methods.ListParticipants, Strict.ListParticipants, handlers.Lists.HandleAsync);
        router.Read(Methods.ListPublic, Strict.ListPublic, handlers.Lists.HandleAsync);
        router.Read(Methods.ListInvitations, Strict.ListInvitations, handlers.Lists.HandleAsync);
        router.Read(Methods.ReadEntries, Strict.ReadEntries, handlers.Conversations.HandleAsync);
        router.Read(Methods.SyncConversations, Strict.SyncConversations, handlers.Conversations.HandleAsync);
        router.Read(Methods.ReadChanges, Strict.ReadChanges, handlers.Changes.HandleAsync);
        router.Read(Methods.ListInbox, Strict.ListInbox, handlers.Inbox.HandleAsync);
        router.Read(Methods.CountUnread, Strict.CountUnread, handlers.Unread.HandleAsync);
        return router;
    }
}
