using System.Globalization;
using Parley.Delivery;
using Parley.Identity;

namespace Parley.Conversations;

/// <summary>Who is in a conversation, and what he may do there.</summary>
internal sealed class ChangeParticipantsHandler(ConversationCommands commands)
{
    /// <summary><c>conversation.add</c>.</summary>
    public void Handle(Caller caller, AddParticipants command, Origin origin) =>
        commands.Record(caller, command.Conversation, command.CommandId, Methods.AddParticipants, command.Users, (rules, _) => rules.Add(caller.User, command.Users), origin);

    /// <summary><c>conversation.remove</c>.</summary>
    public void Handle(Caller caller, RemoveParticipants command, Origin origin) =>
        commands.Record(caller, command.Conversation, command.CommandId, Methods.RemoveParticipants, command.Users, (rules, _) => rules.Remove(caller.User, command.Users), origin);

    /// <summary><c>conversation.leave</c>.</summary>
    public void Handle(Caller caller, LeaveConversation command, Origin origin) =>
        commands.Record(
            caller, command.Conversation, command.CommandId, commands.Name(Methods.LeaveConversation), new Needed([caller.User]), bytes: 0,
            (rules, _) => rules.Leave(caller.User), origin);

    /// <summary><c>conversation.setPermissions</c>.</summary>
    public void Handle(Caller caller, ChangePermissions command, Origin origin)
    {
        if (ConversationCommands.Check(command.Participants.Count, "$.participants") is { } refusal)
        {
            origin.Refuse(refusal);
            return;
        }

        var named = commands.Name(Methods.ChangePermissions, command.Participants.OrderBy(one => one.User)
            .SelectMany(one => new[] { one.User.Value, ((int)one.Permissions).ToString(CultureInfo.InvariantCulture) }));
        commands.Record(
            caller, command.Conversation, command.CommandId, named, new Needed([caller.User, .. command.Participants.Select(one => one.User)]),
            bytes: command.Participants.Sum(one => one.User.Value.Length), (rules, _) => rules.SetPermissions(caller.User, command.Participants), origin);
    }

    /// <summary><c>conversation.addOwner</c>. To be asked with an API key only: what comes of it is in the new owner's name.</summary>
    public void Handle(PlatformCaller backend, AddOwner command, Origin origin) =>
        commands.Record(
            new Caller(backend.App, command.User, default) { Platform = backend }, command.Conversation, command.CommandId, commands.Name(Methods.AddOwner),
            new Needed([command.User]), bytes: command.User.Value.Length, (rules, _) => rules.AddOwner(command.User), origin);
}
