namespace Parley;

/// <summary><c>conversation.mute</c>: users may not send before a time. Answers the entry.</summary>
/// <remarks>
/// Needs <see cref="Permissions.ManageParticipants"/>; owners are muted by owners only. Who is muted edits no messages and sets no attributes either. A mute is stronger than the allow list (B13), stays when he leaves and comes back, and ends by itself.
/// Those it would change nothing for are left out of the entry; when that is all, the request is refused with <c>unchanged</c>. So for the five methods below.
/// </remarks>
/// <param name="Conversation">Which one; not a direct one.</param>
/// <param name="CommandId">Made by the asker; asking again gets the first answer.</param>
/// <param name="Users">1 to 100 participants.</param>
/// <param name="Until">When they may send again, later than now; null for never.</param>
public sealed record MuteParticipants(ConversationId Conversation, CommandId CommandId, IReadOnlyList<UserId> Users, DateTimeOffset? Until = null)
{
    /// <summary>The time that stands for never.</summary>
    public static readonly DateTimeOffset Forever = new(9999, 12, 31, 23, 59, 59, 999, TimeSpan.Zero);
}

/// <summary><c>conversation.unmute</c>: users may send again. Answers the entry.</summary>
public sealed record UnmuteParticipants(ConversationId Conversation, CommandId CommandId, IReadOnlyList<UserId> Users);

/// <summary><c>conversation.ban</c>: users are removed and cannot come back, whoever lets them in. Answers the entry.</summary>
/// <remarks>Needs <see cref="Permissions.ManageParticipants"/>; owners are banned by owners only. Who never was in it can be banned too.</remarks>
public sealed record BanParticipants(ConversationId Conversation, CommandId CommandId, IReadOnlyList<UserId> Users);

/// <summary><c>conversation.unban</c>: users may come back. Answers the entry.</summary>
public sealed record UnbanParticipants(ConversationId Conversation, CommandId CommandId, IReadOnlyList<UserId> Users);

/// <summary><c>conversation.allow</c>: users may send while everybody is muted. Answers the entry.</summary>
public sealed record AllowParticipants(ConversationId Conversation, CommandId CommandId, IReadOnlyList<UserId> Users);

/// <summary><c>conversation.disallow</c>: takes users off the allow list. Answers the entry.</summary>
public sealed record DisallowParticipants(ConversationId Conversation, CommandId CommandId, IReadOnlyList<UserId> Users);
