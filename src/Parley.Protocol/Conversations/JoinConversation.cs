namespace Parley;

/// <summary><c>conversation.join</c>: comes into a public conversation, or accepts an invitation. Answers the entry.</summary>
/// <remarks>
/// Where joining waits for approval and he is not invited, the entry is <c>join.requested</c>, and he is in when somebody lets him in. A conversation that is not public does not exist for who is not
/// invited (<c>not_found</c>).
/// </remarks>
/// <param name="Conversation">Which one.</param>
/// <param name="CommandId">Made by the asker; asking again gets the first answer.</param>
/// <param name="Message">Up to 512 code points for who decides; only where he has to wait for it.</param>
public sealed record JoinConversation(ConversationId Conversation, CommandId CommandId, string? Message = null)
{
    /// <summary>The most code points of a message.</summary>
    public const int MaxMessage = 512;
}

/// <summary><c>conversation.invite</c>: asks users to come in. Where invitations need no confirmation they are in at once. Answers the entry.</summary>
/// <remarks>
/// Needs <see cref="Permissions.ManageParticipants"/>, or nothing where members invite. The entry is <c>participants.invited</c>, or <c>participants.added</c> where nobody is asked.
/// Who is in it or invited already is left out of it; when that is all, the request is refused with <c>unchanged</c>. Who asks to be let in is let in with <c>conversation.approve</c>.
/// </remarks>
/// <param name="Conversation">Which one; not a direct one and not a room.</param>
/// <param name="CommandId">Made by the asker; asking again gets the first answer.</param>
/// <param name="Users">1 to 100 users who are not in it.</param>
public sealed record InviteParticipants(ConversationId Conversation, CommandId CommandId, IReadOnlyList<UserId> Users);

/// <summary><c>conversation.declineInvitation</c>: does not come. Answers the entry.</summary>
public sealed record DeclineInvitation(ConversationId Conversation, CommandId CommandId);

/// <summary><c>conversation.withdrawInvitations</c>: users are invited no longer. Answers the entry.</summary>
/// <remarks>Needs <see cref="Permissions.ManageParticipants"/>, or that all are one's own invitations.</remarks>
public sealed record WithdrawInvitations(ConversationId Conversation, CommandId CommandId, IReadOnlyList<UserId> Users);

/// <summary>An invitation to this user, or what he asked for, is not as it was: read <c>conversation.invitations</c>.</summary>
public sealed record InvitationChanged(ConversationId Conversation);

/// <summary><c>conversation.approve</c>: lets users in who asked. Answers the entry, <c>participants.added</c>.</summary>
/// <remarks>Needs <see cref="Permissions.ManageParticipants"/>.</remarks>
public sealed record ApproveJoins(ConversationId Conversation, CommandId CommandId, IReadOnlyList<UserId> Users);

/// <summary><c>conversation.decline</c>: does not let users in who asked. Answers the entry.</summary>
/// <remarks>Needs <see cref="Permissions.ManageParticipants"/>.</remarks>
public sealed record DeclineJoins(ConversationId Conversation, CommandId CommandId, IReadOnlyList<UserId> Users);
