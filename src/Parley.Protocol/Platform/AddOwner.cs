namespace Parley;

/// <summary><c>conversation.addOwner</c>, for the platform: makes a participant an owner beside those there are, who may be gone. Answers the entry.</summary>
/// <remarks>
/// The entry's actor is the new owner, as of whatever a backend asks in a user's name. A conversation that was made without owners has none, for ever (<c>permission_denied</c>).
/// Who is an owner already is refused with <c>unchanged</c>.
/// </remarks>
/// <param name="Conversation">Which one; not a direct one.</param>
/// <param name="CommandId">Made by the asker; asking again gets the first answer.</param>
/// <param name="User">Who is to own it; a participant.</param>
public sealed record AddOwner(ConversationId Conversation, CommandId CommandId, UserId User);
