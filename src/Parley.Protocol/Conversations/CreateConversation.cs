namespace Parley;

/// <summary><c>conversation.create</c>: asks for a conversation. Asking again with the same id gets the same conversation, as it is then, and its first entry.</summary>
/// <param name="Conversation">The id the creator made. The answer may name another: a direct conversation is one per pair, for ever.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Participants">Everybody but the creator, who is always in it: exactly one for a direct conversation, up to 4,999 for a group.</param>
/// <param name="Title">Up to 128 code points; groups only.</param>
/// <param name="DefaultPermissions">What everybody but the creator may do, now and when added later; groups only. Empty: read, send, edit and remove own.</param>
public sealed record CreateConversation(
    ConversationId Conversation, ConversationKind Kind, IReadOnlyList<UserId> Participants, string? Title = null, Permissions? DefaultPermissions = null);

/// <summary>The answer to <c>conversation.create</c>.</summary>
/// <param name="Conversation">The conversation as it is now.</param>
/// <param name="Entry">Its first entry; it stands for the notification on this connection.</param>
public sealed record ConversationCreatedAnswer(ConversationState Conversation, LogEntry Entry);
