using System.Text.Json.Serialization;

namespace Parley;

/// <summary>Users may not send before a time, whatever else they may.</summary>
/// <param name="Actor">Who says so.</param>
/// <param name="Users">Who.</param>
/// <param name="Until">When they may again; <see cref="MuteParticipants.Forever"/> for never.</param>
public sealed record ParticipantsMuted(UserId Actor, IReadOnlyList<UserId> Users, DateTimeOffset Until) : ConversationEvent
{
    /// <inheritdoc/>
    [JsonPropertyOrder(-1)]
    public override string Type => "participants.muted";
}

/// <summary>Users are muted no longer.</summary>
public sealed record ParticipantsUnmuted(UserId Actor, IReadOnlyList<UserId> Users) : ConversationEvent
{
    /// <inheritdoc/>
    [JsonPropertyOrder(-1)]
    public override string Type => "participants.unmuted";
}

/// <summary>Users are out and cannot come back. It is the last entry that reaches those who were in.</summary>
/// <param name="Actor">Who did it.</param>
/// <param name="Users">Who is banned.</param>
/// <param name="Absent">Those of them who were not in the conversation; null when all were.</param>
public sealed record ParticipantsBanned(UserId Actor, IReadOnlyList<UserId> Users, IReadOnlyList<UserId>? Absent = null) : ConversationEvent
{
    /// <inheritdoc/>
    [JsonPropertyOrder(-1)]
    public override string Type => "participants.banned";
}

/// <summary>Users may come back. It does not bring them back.</summary>
public sealed record ParticipantsUnbanned(UserId Actor, IReadOnlyList<UserId> Users) : ConversationEvent
{
    /// <inheritdoc/>
    [JsonPropertyOrder(-1)]
    public override string Type => "participants.unbanned";
}

/// <summary>Users may speak while everybody is muted.</summary>
public sealed record ParticipantsAllowed(UserId Actor, IReadOnlyList<UserId> Users) : ConversationEvent
{
    /// <inheritdoc/>
    [JsonPropertyOrder(-1)]
    public override string Type => "participants.allowed";
}

/// <summary>Users are on the allow list no longer.</summary>
public sealed record ParticipantsDisallowed(UserId Actor, IReadOnlyList<UserId> Users) : ConversationEvent
{
    /// <inheritdoc/>
    [JsonPropertyOrder(-1)]
    public override string Type => "participants.disallowed";
}
