namespace Parley;

/// <summary>Another device of this user sent or forwarded a message that was refused because he is muted, in the conversation or in the whole app, or because the conversation is.</summary>
/// <param name="Conversation">Where to.</param>
/// <param name="Message">The id the other device made.</param>
/// <param name="Code">Of the refusal, as the other device was told: <c>muted</c>, <c>muted_in_app</c> or <c>conversation_muted</c>.</param>
/// <param name="Detail">What exactly, as until when.</param>
/// <param name="RetryAfterMs">When it ends, in milliseconds from now; null when that is not known.</param>
/// <remarks>A signal: nobody else is told, nothing is recorded, and a retry tells it again (A42). Of what is sent to who is connected only who asked is told.</remarks>
public sealed record MessageRefused(ConversationId Conversation, MessageId Message, string Code, string? Detail = null, long? RetryAfterMs = null);
