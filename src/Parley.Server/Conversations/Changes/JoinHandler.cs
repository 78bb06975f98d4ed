using Parley.Delivery;
using Parley.Identity;

namespace Parley.Conversations;

/// <summary>Coming in: joining, invitations, and requests to be let in.</summary>
internal sealed class JoinHandler(ConversationCommands commands)
{
    /// <summary><c>conversation.join</c>.</summary>
    public void Handle(Caller caller, JoinConversation command, Origin origin)
    {
        if (command.Message is { } message && TextSize.CodePoints(message) > JoinConversation.MaxMessage)
            origin.Refuse(Refusals.InvalidParams.Because($"$.message: expected at most {JoinConversation.MaxMessage} code points"));
        else
        {
            Record(caller, command.Conversation, command.CommandId, commands.Name(Methods.JoinConversation, command.Message),
                (rules, _) => rules.Join(caller.User, command.Message), origin, TextSize.Bytes(command.Message ?? ""));
        }
    }

    /// <summary><c>conversation.declineInvitation</c>.</summary>
    public void Handle(Caller caller, DeclineInvitation command, Origin origin) =>
        Record(caller, command.Conversation, command.CommandId, commands.Name(Methods.DeclineInvitation), (rules, _) => rules.DeclineInvitation(caller.User), origin);

    /// <summary><c>conversation.invite</c>.</summary>
    public void Handle(Caller caller, InviteParticipants command, Origin origin) =>
        commands.Record(caller, command.Conversation, command.CommandId, Methods.InviteParticipants, command.Users, (rules, _) => rules.Invite(caller.User, command.Users), origin);

    /// <summary><c>conversation.withdrawInvitations</c>.</summary>
    public void Handle(Caller caller, WithdrawInvitations command, Origin origin) =>
        commands.Record(
            caller, command.Conversation, command.CommandId, Methods.WithdrawInvitations, command.Users,
            (rules, _) => rules.WithdrawInvitations(caller.User, command.Users), origin);

    /// <summary><c>conversation.approve</c>.</summary>
    public void Handle(Caller caller, ApproveJoins command, Origin origin) =>
        commands.Record(caller, command.Conversation, command.CommandId, Methods.ApproveJoins, command.Users, (rules, _) => rules.Approve(caller.User, command.Users), origin);

    /// <summary><c>conversation.decline</c>.</summary>
    public void Handle(Caller caller, DeclineJoins command, Origin origin) =>
        commands.Record(caller, command.Conversation, command.CommandId, Methods.DeclineJoins, command.Users, (rules, _) => rules.Decline(caller.User, command.Users), origin);

    private void Record(
        Caller caller, ConversationId conversation, CommandId command, byte[] named, Func<Conversation, DateTimeOffset, Outcome<Decision>> rule, Origin origin, int bytes = 0) =>
        commands.Record(caller, conversation, command, named, new Needed([caller.User]), bytes, rule, origin);
}
