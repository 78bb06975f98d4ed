using System.Globalization;
using Parley.Delivery;
using Parley.Identity;

namespace Parley.Conversations;

/// <summary>Settings and attributes of a conversation, and its end.</summary>
internal sealed class SettingsHandler(ConversationCommands commands)
{
    /// <summary><c>conversation.update</c>.</summary>
    public void Handle(Caller caller, UpdateConversation command, Origin origin)
    {
        if (SettingsRules.Check(command) is { } refusal)
        {
            origin.Refuse(refusal);
            return;
        }

        string?[] said =
        [
            command.Title, command.Description, command.Announcement, command.CustomData?.Json, command.CustomDataPatch?.Json,
            RequestDigest.Text(command.Public), RequestDigest.Text(command.Approval), RequestDigest.Text(command.MembersInvite),
            RequestDigest.Text(command.ConfirmInvitations), RequestDigest.Text(command.Muted),
            ((int?)command.DefaultPermissions)?.ToString(CultureInfo.InvariantCulture),
        ];
        commands.Record(
            caller, command.Conversation, command.CommandId, commands.Name(Methods.UpdateConversation, said), new Needed([caller.User], Texts: true),
            said.Sum(text => TextSize.Bytes(text ?? "")), (rules, _) => rules.Update(caller.User, command), origin);
    }

    /// <summary><c>conversation.delete</c>.</summary>
    public void Handle(Caller caller, DeleteConversation command, Origin origin) =>
        commands.Record(
            caller, command.Conversation, command.CommandId, commands.Name(Methods.DeleteConversation), new Needed([caller.User]), bytes: 0,
            (rules, _) => rules.Delete(caller.User), origin);

    /// <summary><c>conversation.setAttributes</c>.</summary>
    public void Handle(Caller caller, SetAttributes command, Origin origin)
    {
        if (AttributeRules.Check(command) is { } refusal)
        {
            origin.Refuse(refusal);
            return;
        }

        var (set, remove) = (command.Set ?? new Dictionary<string, string>(), command.Remove ?? []);
        string?[] said =
        [
            command.User?.Value, .. set.OrderBy(one => one.Key, StringComparer.Ordinal).SelectMany(one => new[] { one.Key, one.Value }), null, .. remove.Order(StringComparer.Ordinal),
        ];
        UserId[] users = command.User is { } user && user != caller.User ? [caller.User, user] : [caller.User];
        commands.Record(
            caller, command.Conversation, command.CommandId, commands.Name(Methods.SetAttributes, said),
            new Needed(users, AttributesOf: new AttributeOwner(command.User)), said.Sum(text => TextSize.Bytes(text ?? "")),
            (rules, now) => command.User is { } whose
                ? rules.SetAttributesOf(caller.User, whose, set, remove, now)
                : rules.SetAttributes(caller.User, set, remove, now),
            origin);
    }
}
