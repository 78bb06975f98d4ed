namespace Parley;

/// <summary><c>conversation.find</c>: asks where a day begins: for the first entry that was recorded at a time or later, of those that the user sees.</summary>
/// <param name="Conversation">Whose log.</param>
/// <param name="At">The time.</param>
public sealed record FindEntry(ConversationId Conversation, DateTimeOffset At);

/// <summary>The answer to <c>conversation.find</c>.</summary>
/// <param name="Sequence">Where it is; null when nothing was recorded since.</param>
public sealed record EntryFound(Sequence? Sequence = null);
