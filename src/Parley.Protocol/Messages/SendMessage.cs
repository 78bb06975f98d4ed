namespace Parley;

/// <summary><c>message.send</c>: asks to record a message. Answers its entry.</summary>
/// <remarks>
/// The same sender asking again with the same id and content gets the first entry, for at least 72 hours; anything else under
/// that id is refused with <c>id_in_use</c> (G7, G8).
/// </remarks>
/// <param name="Conversation">Where to.</param>
/// <param name="Message">Made by the sender.</param>
/// <param name="Content">What it says.</param>
/// <param name="Priority">How much it matters where there are too many, which is in rooms; it is not recorded, and no part of what makes two requests the same.</param>
public sealed record SendMessage(ConversationId Conversation, MessageId Message, MessageContent Content, MessagePriority? Priority = null);

/// <summary><c>message.cancel</c>: settles a send whose answer was lost.</summary>
/// <remarks>Answers the entry if the message was recorded; else the id is fenced for at least 72 hours, and a late copy is refused with <c>cancelled</c> (G9).</remarks>
public sealed record CancelMessage(ConversationId Conversation, MessageId Message);

/// <summary>The answer to <c>message.cancel</c>.</summary>
/// <param name="Entry">The message, recorded after all; null when it is not and never will be.</param>
public sealed record MessageCancelled(LogEntry? Entry);
