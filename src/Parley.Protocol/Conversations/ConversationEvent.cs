using System.Text.Json;
using System.Text.Json.Serialization;

namespace Parley;

/// <summary>Something durable that happened in a conversation. Recorded once; every participant folds the same events.</summary>
[JsonConverter(typeof(ConversationEventConverter))]
public abstract record ConversationEvent
{
    /// <summary>The name of the event on the wire.</summary>
    [JsonPropertyOrder(-1)]
    public abstract string Type { get; }
}

/// <summary>The first entry of every conversation.</summary>
/// <param name="Actor">Who created it.</param>
/// <param name="Kind">Its kind, for ever.</param>
/// <param name="Title">Its title; null for none.</param>
/// <param name="DefaultPermissions">What newcomers may do.</param>
/// <param name="Participants">Everybody in it, the creator among them.</param>
/// <param name="Settings">What else it began with; null when that is nothing.</param>
public sealed record ConversationCreated(
    UserId Actor, ConversationKind Kind, string? Title, Permissions DefaultPermissions, IReadOnlyList<Participant> Participants,
    ConversationSettings? Settings = null) : ConversationEvent
{
    /// <inheritdoc/>
    [JsonPropertyOrder(-1)]
    public override string Type => "conversation.created";
}

/// <summary>People joined because somebody added them. Only those who were not in it are named.</summary>
public sealed record ParticipantsAdded(UserId Actor, IReadOnlyList<Participant> Participants) : ConversationEvent
{
    /// <inheritdoc/>
    [JsonPropertyOrder(-1)]
    public override string Type => "participants.added";
}

/// <summary>People were removed by somebody. It is the last entry that reaches them.</summary>
public sealed record ParticipantsRemoved(UserId Actor, IReadOnlyList<UserId> Users) : ConversationEvent
{
    /// <inheritdoc/>
    [JsonPropertyOrder(-1)]
    public override string Type => "participants.removed";
}

/// <summary>Somebody left. It is the last entry that reaches him.</summary>
public sealed record ParticipantLeft(UserId Actor) : ConversationEvent
{
    /// <inheritdoc/>
    [JsonPropertyOrder(-1)]
    public override string Type => "participant.left";
}

/// <summary>An event of a newer server. It keeps its slot in the log and its text, so that nothing shifts and nothing is lost.</summary>
public sealed record UnknownEvent(string Name, JsonElement Json) : ConversationEvent
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string Type => Name;
}

/// <summary>A user who joins a conversation.</summary>
/// <param name="User">Who.</param>
/// <param name="Permissions">What he may do; null when it is what the conversation gives to newcomers.</param>
/// <param name="MutedUntil">Before when he may not send, because he was muted when he was in it before; null for not muted.</param>
/// <param name="Allowed">Whether he is on the allow list from before.</param>
public sealed record Participant(
    UserId User, Permissions? Permissions = null, DateTimeOffset? MutedUntil = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Allowed = false);

/// <summary>The closed list of event types of this version.</summary>
public static class EventTypes
{
    private static readonly Dictionary<string, Type> Types = new(StringComparer.Ordinal)
    {
        ["conversation.created"] = typeof(ConversationCreated),
        ["conversation.changed"] = typeof(ConversationChanged),
        ["conversation.deleted"] = typeof(ConversationDeleted),
        ["permissions.changed"] = typeof(PermissionsChanged),
        ["attributes.changed"] = typeof(AttributesChanged),
        ["participants.added"] = typeof(ParticipantsAdded),
        ["participants.removed"] = typeof(ParticipantsRemoved),
        ["participant.joined"] = typeof(ParticipantJoined),
        ["participant.left"] = typeof(ParticipantLeft),
        ["participants.invited"] = typeof(ParticipantsInvited),
        ["invitation.declined"] = typeof(InvitationDeclined),
        ["invitations.withdrawn"] = typeof(InvitationsWithdrawn),
        ["join.requested"] = typeof(JoinRequested),
        ["joins.declined"] = typeof(JoinsDeclined),
        ["participants.muted"] = typeof(ParticipantsMuted),
        ["participants.unmuted"] = typeof(ParticipantsUnmuted),
        ["participants.banned"] = typeof(ParticipantsBanned),
        ["participants.unbanned"] = typeof(ParticipantsUnbanned),
        ["participants.allowed"] = typeof(ParticipantsAllowed),
        ["participants.disallowed"] = typeof(ParticipantsDisallowed),
        ["message.sent"] = typeof(MessageSent),
        ["message.edited"] = typeof(MessageEdited),
        ["message.recalled"] = typeof(MessageRecalled),
    };

    /// <summary>The names of all events of this version.</summary>
    public static IReadOnlyCollection<string> Names => Types.Keys;

    internal static Type? Find(string name) => Types.GetValueOrDefault(name);
}
