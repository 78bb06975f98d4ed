using System.Text.Json.Serialization;

namespace Parley;

/// <summary>Settings were changed. Each member is the setting as it is now; null is one that was not changed, empty one that was taken away.</summary>
public sealed record ConversationChanged(
    UserId Actor, string? Title = null, string? Description = null, string? Announcement = null, CustomData? CustomData = null, bool? Public = null,
    bool? Approval = null, bool? MembersInvite = null, bool? ConfirmInvitations = null, bool? Muted = null, Permissions? DefaultPermissions = null)
    : ConversationEvent
{
    /// <inheritdoc/>
    [JsonPropertyOrder(-1)]
    public override string Type => "conversation.changed";
}

/// <summary>The conversation is gone, for everybody. Its last entry.</summary>
public sealed record ConversationDeleted(UserId Actor) : ConversationEvent
{
    /// <inheritdoc/>
    [JsonPropertyOrder(-1)]
    public override string Type => "conversation.deleted";
}

/// <summary>What participants may do was changed; each has the permissions named from now on.</summary>
public sealed record PermissionsChanged(UserId Actor, IReadOnlyList<Participant> Participants) : ConversationEvent
{
    /// <inheritdoc/>
    [JsonPropertyOrder(-1)]
    public override string Type => "permissions.changed";
}

/// <summary>Attributes were set or removed: of the conversation, or of a participant.</summary>
/// <param name="Actor">Who did it.</param>
/// <param name="User">Whose; null for the conversation's own.</param>
/// <param name="Set">Names and values as they are now.</param>
/// <param name="Removed">Names that are no more.</param>
public sealed record AttributesChanged(
    UserId Actor, UserId? User, IReadOnlyDictionary<string, string>? Set, IReadOnlyList<string>? Removed) : ConversationEvent
{
    /// <inheritdoc/>
    [JsonPropertyOrder(-1)]
    public override string Type => "attributes.changed";
}
