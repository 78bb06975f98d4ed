using System.Globalization;
using Parley.Delivery;
using Parley.Identity;

namespace Parley.Conversations;

/// <summary>Muting, banning, and the allow list.</summary>
internal sealed class ModerateHandler(ConversationCommands commands)
{
    /// <summary><c>conversation.mute</c>.</summary>
    public void Handle(Caller caller, MuteParticipants command, Origin origin)
    {
        var until = command.Until ?? MuteParticipants.Forever;
        commands.Record(
            caller, command.Conversation, command.CommandId, Methods.MuteParticipants, command.Users, (rules, now) => rules.Mute(caller.User, command.Users, until, now),
            origin, until.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture));
    }

    /// <summary><c>conversation.unmute</c>.</summary>
    public void Handle(Caller caller, UnmuteParticipants command, Origin origin) =>
        commands.Record(caller, command.Conversation, command.CommandId, Methods.UnmuteParticipants, command.Users, (rules, _) => rules.Unmute(caller.User, command.Users), origin);

    /// <summary><c>conversation.ban</c>.</summary>
    public void Handle(Caller caller, BanParticipants command, Origin origin) =>
        commands.Record(caller, command.Conversation, command.CommandId, Methods.BanParticipants, command.Users, (rules, _) => rules.Ban(caller.User, command.Users), origin);

    /// <summary><c>conversation.unban</c>.</summary>
    public void Handle(Caller caller, UnbanParticipants command, Origin origin) =>
        commands.Record(caller, command.Conversation, command.CommandId, Methods.UnbanParticipants, command.Users, (rules, _) => rules.Unban(caller.User, command.Users), origin);

    /// <summary><c>conversation.allow</c>.</summary>
    public void Handle(Caller caller, AllowParticipants command, Origin origin) =>
        commands.Record(caller, command.Conversation, command.CommandId, Methods.AllowParticipants, command.Users, (rules, _) => rules.Allow(caller.User, command.Users), origin);

    /// <summary><c>conversation.disallow</c>.</summary>
    public void Handle(Caller caller, DisallowParticipants command, Origin origin) =>
        commands.Record(
            caller, command.Conversation, command.CommandId, Methods.DisallowParticipants, command.Users, (rules, _) => rules.Disallow(caller.User, command.Users), origin);
}
