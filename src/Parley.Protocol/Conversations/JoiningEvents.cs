using System.Text.Json.Serialization;

namespace Parley;

/// <summary>Somebody came in by himself: he joined, or accepted an invitation.</summary>
/// <param name="Actor">Who.</param>
/// <param name="Permissions">What he may do; null when it is what the conversation gives to newcomers.</param>
/// <param name="InvitedBy">Whose invitation he accepted; null for none.</param>
/// <param name="MutedUntil">Before when he may not send, because he was muted when he was in it before; null for not muted.</param>
/// <param name="Allowed">Whether he is on the allow list from before.</param>
public sealed record ParticipantJoined(
    UserId Actor, Permissions? Permissions = null, UserId? InvitedBy = null, DateTimeOffset? MutedUntil = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Allowed = false) : ConversationEvent
{
    /// <inheritdoc/>
    [JsonPropertyOrder(-1)]
    public override string Type => "participant.joined";
}

/// <summary>Users were invited, and are asked.</summary>
public sealed record ParticipantsInvited(UserId Actor, IReadOnlyList<UserId> Users) : ConversationEvent
{
    /// <inheritdoc/>
    [JsonPropertyOrder(-1)]
    public override string Type => "participants.invited";
}

/// <summary>Somebody does not come.</summary>
public sealed record InvitationDeclined(UserId Actor) : ConversationEvent
{
    /// <inheritdoc/>
    [JsonPropertyOrder(-1)]
    public override string Type => "invitation.declined";
}

/// <summary>Users are invited no longer.</summary>
public sealed record InvitationsWithdrawn(UserId Actor, IReadOnlyList<UserId> Users) : ConversationEvent
{
    /// <inheritdoc/>
    [JsonPropertyOrder(-1)]
    public override string Type => "invitations.withdrawn";
}

/// <summary>Somebody asks to be let in.</summary>
/// <param name="Actor">Who.</param>
/// <param name="Message">What he says to it; null for nothing.</param>
public sealed record JoinRequested(UserId Actor, string? Message = null) : ConversationEvent
{
    /// <inheritdoc/>
    [JsonPropertyOrder(-1)]
    public override string Type => "join.requested";
}

/// <summary>Users who asked to be let in are not. Who is let in is named by <see cref="ParticipantsAdded"/>.</summary>
public sealed record JoinsDeclined(UserId Actor, IReadOnlyList<UserId> Users) : ConversationEvent
{
    /// <inheritdoc/>
    [JsonPropertyOrder(-1)]
    public override string Type => "joins.declined";
}
