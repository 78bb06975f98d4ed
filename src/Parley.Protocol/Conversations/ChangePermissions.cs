namespace Parley;

/// <summary><c>conversation.setPermissions</c>: says what participants may do, all of it or nothing, with one entry. Answers the entry.</summary>
/// <remarks>
/// Needs <see cref="Permissions.ManageParticipants"/> or <see cref="Permissions.Owner"/>. Nobody but an owner gives a permission that he does not have himself, or changes an owner's
/// (B35). A conversation that has owners keeps at least one (<c>last_owner</c>); to hand it over, name both in one request. Those whose permissions are so already are left out of the
/// entry; when all are, the request is refused with <c>unchanged</c>.
/// </remarks>
/// <param name="Conversation">Which one; not a direct one.</param>
/// <param name="CommandId">Made by the asker; asking again gets the first answer.</param>
/// <param name="Participants">1 to 100 participants, each once, with all permissions they are to have.</param>
public sealed record ChangePermissions(ConversationId Conversation, CommandId CommandId, IReadOnlyList<ParticipantPermissions> Participants);

/// <summary>A participant and what he may do.</summary>
public sealed record ParticipantPermissions(UserId User, Permissions Permissions);

/// <summary>Permissions that people know by a name.</summary>
public static class PermissionPresets
{
    /// <summary>Read and take part: what newcomers to a group may do when nothing else is said.</summary>
    public const Permissions Member = Permissions.Read | Permissions.Send | Permissions.EditOwn | Permissions.RemoveOwn;

    /// <summary>Read only: what newcomers to a broadcast may do.</summary>
    public const Permissions Listener = Permissions.Read;

    /// <summary>Everything but owning: who looks after the conversation (V17).</summary>
    public const Permissions Admin = Member | Permissions.EditAny | Permissions.RemoveAny | Permissions.ManageParticipants | Permissions.ManageConversation;

    /// <summary>Everything.</summary>
    public const Permissions Owner = Admin | Permissions.Owner;
}
