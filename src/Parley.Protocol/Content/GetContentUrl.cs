namespace Parley;

/// <summary>Asks for an address from which the caller may fetch content for a while. To go on after that, ask again.</summary>
/// <param name="Content">The content.</param>
/// <param name="Conversation">Where the message is that refers to it; left out, with <paramref name="Message"/>, for what the caller uploaded himself.</param>
/// <param name="Message">The message, which the caller must be able to read.</param>
public sealed record GetContentUrl(ContentId Content, ConversationId? Conversation = null, MessageId? Message = null);

/// <summary>From where content is fetched.</summary>
/// <param name="Url">A path on this server with its query. It is the caller's own: who has it can fetch the content until it expires.</param>
/// <param name="ExpiresAt">Until when.</param>
public sealed record ContentUrl(string Url, DateTimeOffset ExpiresAt);
