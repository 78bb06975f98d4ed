using System.Globalization;
using Parley.Client;

namespace Parley.Chat;

/// <summary>What happened, in words.</summary>
internal static class ChatSentences
{
    public static string Of(ConversationEvent happened) => happened switch
    {
        ConversationCreated { Kind: ConversationKind.Direct, Participants.Count: 1 } created => $"{created.Actor} began these notes",
        ConversationCreated { Kind: ConversationKind.Direct } created => $"{created.Actor} began this conversation",
        ConversationCreated created => $"{created.Actor} made the {Kind(created.Kind)}{(created.Title is { } title ? $" \"{title}\"" : "")} with {Names(created.Participants.Select(one => one.User).Where(user => user != created.Actor))}",
        ConversationChanged changed => $"{changed.Actor} {And(Changes(changed))}",
        ConversationDeleted deleted => $"{deleted.Actor} ended this conversation for everybody",
        PermissionsChanged changed => $"{changed.Actor} {And(changed.Participants.GroupBy(one => RoleOf(one.Permissions ?? Permissions.None)).Select(role => $"made {Names(role.Select(one => one.User))} {role.Key}"))}",
        AttributesChanged { User: null } changed => $"{changed.Actor} changed {And((changed.Set?.Keys ?? []).Concat(changed.Removed ?? []))}",
        AttributesChanged changed => $"{changed.Actor} changed {And((changed.Set?.Keys ?? []).Concat(changed.Removed ?? []))} of {changed.User}",
        ParticipantsAdded added => $"{added.Actor} added {Names(added.Participants.Select(one => one.User))}",
        ParticipantsRemoved removed => $"{removed.Actor} removed {Names(removed.Users)}",
        ParticipantJoined { InvitedBy: { } host } joined => $"{joined.Actor} came, invited by {host}",
        ParticipantJoined joined => $"{joined.Actor} joined",
        ParticipantLeft left => $"{left.Actor} left",
        ParticipantsInvited invited => $"{invited.Actor} invited {Names(invited.Users)}",
        InvitationDeclined declined => $"{declined.Actor} does not come",
        InvitationsWithdrawn withdrawn => $"{withdrawn.Actor} invites {Names(withdrawn.Users)} no longer",
        JoinRequested requested => $"{requested.Actor} asks to be let in{(requested.Message is { } message ? $": {message}" : "")}",
        JoinsDeclined declined => $"{declined.Actor} did not let {Names(declined.Users)} in",
        ParticipantsMuted muted => $"{muted.Actor} muted {Names(muted.Users)} {Until(muted.Until)}",
        ParticipantsUnmuted unmuted => $"{unmuted.Actor} lets {Names(unmuted.Users)} speak again",
        ParticipantsBanned banned => $"{banned.Actor} banned {Names(banned.Users)}",
        ParticipantsUnbanned unbanned => $"{unbanned.Actor} lets {Names(unbanned.Users)} come back",
        ParticipantsAllowed allowed => $"{allowed.Actor} lets {Names(allowed.Users)} speak while others may not",
        ParticipantsDisallowed disallowed => $"{disallowed.Actor} lets {Names(disallowed.Users)} speak only when others may",
        MessageEdited edited => $"{edited.Actor} edited #{edited.Original}",
        MessageRecalled recalled => $"{recalled.Actor} took #{recalled.Original} back",
        MessageSent { Recalled: true } sent => $"{sent.Sender}: (taken back)",
        MessageSent sent => $"{sent.Sender}: {MessageText.Of(sent.Content)}",
        _ => $"something newer than this program happened ({happened.Type})",
    };

    /// <summary>Why something is not done.</summary>
    public static string Of(ParleyException error) => error switch
    {
        ParleyRefusedException refused => Of(refused.Refusal),
        _ => error.Message,
    };

    /// <summary>The sentence of the catalogue, which is for who writes a program, where it does as well for who sits before one.</summary>
    private static string Of(Refusal refusal) => refusal switch
    {
        { Detail: null } => refusal.Meaning,
        { Detail: var detail } when refusal == Refusals.InvalidParams => $"{(detail.StartsWith("$.", StringComparison.Ordinal) ? detail[2..] : detail)}.",
        { Detail: var detail } when refusal == Refusals.NotForThisKind => $"This is not for a conversation of this kind: {detail}.",
        { Detail: var detail } when refusal == Refusals.Muted => $"You are muted here {Until(detail)}.",
        { Detail: var detail } when refusal == Refusals.MutedInApp => $"You are muted everywhere {Until(detail)}.",
        _ => $"{refusal.Meaning} ({refusal.Detail})",
    };

    /// <summary>A detail like <c>until 2026-11-20T08:15:00.123Z</c> with its time as it stands elsewhere here; another as it is.</summary>
    private static string Until(string detail) =>
        detail.StartsWith("until ", StringComparison.Ordinal) && DateTimeOffset.TryParse(detail["until ".Length..], CultureInfo.InvariantCulture, out var time) ? Until(time) : detail;

    /// <summary>What somebody is who may do this.</summary>
    public static string RoleOf(Permissions permissions) => permissions switch
    {
        _ when permissions.HasFlag(Permissions.Owner) => "owner",
        _ when permissions.HasFlag(Permissions.ManageParticipants) || permissions.HasFlag(Permissions.ManageConversation) => "admin",
        _ when permissions.HasFlag(Permissions.Send) => "member",
        _ => "listener",
    };

    /// <summary>Those who type, in words.</summary>
    public static string Typing(IReadOnlyList<UserId> users) => users.Count == 1 ? $"{users[0]} is typing…" : $"{Names(users)} are typing…";

    /// <summary>A sign for how somebody can be reached.</summary>
    public static string Dot(PresenceStatus status) => status switch
    {
        PresenceStatus.Online => "●",
        PresenceStatus.Away => "◐",
        PresenceStatus.Busy => "⊖",
        _ => "○",
    };

    public static string Names(IEnumerable<UserId> users)
    {
        var all = users.Select(user => user.Value).ToList();
        return all.Count switch
        {
            0 => "nobody",
            > 5 => $"{string.Join(", ", all.Take(4))} and {all.Count - 4} others",
            _ => And(all),
        };
    }

    private static string And(IEnumerable<string> parts)
    {
        var all = parts.ToList();
        // A newer server may change what this version knows nothing of.
        if (all.Count == 0) return "changed something";
        return all.Count == 1 ? all[0] : $"{string.Join(", ", all.Take(all.Count - 1))} and {all[^1]}";
    }

    public static string Kind(ConversationKind kind) => kind switch
    {
        ConversationKind.Room => "room",
        ConversationKind.Broadcast => "broadcast",
        _ => "group",
    };

    public static string Until(DateTimeOffset until) =>
        until == MuteParticipants.Forever ? "for good" : string.Create(CultureInfo.InvariantCulture, $"until {until.UtcDateTime:d MMMM HH:mm} UTC");

    private static IEnumerable<string> Changes(ConversationChanged changed)
    {
        if (changed.Title is { } title) yield return title.Length == 0 ? "took the title away" : $"called it \"{title}\"";
        if (changed.Description is { } topic) yield return topic.Length == 0 ? "took the topic away" : $"set the topic to \"{topic}\"";
        if (changed.Announcement is { } news) yield return news.Length == 0 ? "took the announcement away" : $"announced \"{news}\"";
        if (changed.Public is { } isPublic) yield return isPublic ? "opened it to everybody" : "closed it to those outside";
        if (changed.Muted is { } muted) yield return muted ? "muted everybody" : "lets everybody speak again";
        if (changed.Approval is { } approval) yield return approval ? "lets those who come by themselves wait to be let in" : "lets those who come by themselves in at once";
        if (changed.MembersInvite is { } membersInvite) yield return membersInvite ? "lets everybody invite" : "lets only those invite who look after it";
        if (changed.ConfirmInvitations is { } confirm) yield return confirm ? "has people asked who are invited" : "has people in at once who are invited";
        if (changed.DefaultPermissions is { } newcomers) yield return $"makes newcomers {RoleOf(newcomers)}";
        if (changed.CustomData is not null) yield return "changed its custom data";
    }
}
