namespace Parley;

/// <summary><c>conversation.add</c>: adds people to a group; those who are in it already are passed over. Answers the entry.</summary>
/// <param name="Conversation">Which group.</param>
/// <param name="CommandId">Made by the asker; asking again gets the first answer.</param>
/// <param name="Users">1 to 100 users. They get the conversation's default permissions.</param>
public sealed record AddParticipants(ConversationId Conversation, CommandId CommandId, IReadOnlyList<UserId> Users)
{
    /// <summary>The most users of one request.</summary>
    public const int MaxUsers = 100;
}

/// <summary><c>conversation.remove</c>: removes people from a group. Answers the entry.</summary>
/// <param name="Conversation">Which group.</param>
/// <param name="CommandId">Made by the asker; asking again gets the first answer.</param>
/// <param name="Users">1 to 100 users, all of them participants; only an owner removes an owner.</param>
public sealed record RemoveParticipants(ConversationId Conversation, CommandId CommandId, IReadOnlyList<UserId> Users);

/// <summary><c>conversation.leave</c>: leaves a group. Answers the entry.</summary>
/// <param name="Conversation">Which group.</param>
/// <param name="CommandId">Made by the asker; asking again gets the first answer.</param>
public sealed record LeaveConversation(ConversationId Conversation, CommandId CommandId);
