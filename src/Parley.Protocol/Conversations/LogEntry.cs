namespace Parley;

/// <summary>An event with its place in the log: what is stored, pushed, paged and folded.</summary>
/// <param name="Conversation">Whose log.</param>
/// <param name="Sequence">Its place in it.</param>
/// <param name="At">When it was recorded, in milliseconds; never before the entry before it.</param>
/// <param name="Event">What happened.</param>
public sealed record LogEntry(ConversationId Conversation, Sequence Sequence, DateTimeOffset At, ConversationEvent Event);

/// <summary>There is something to read: sent instead of entries to a connection that is behind.</summary>
public sealed record HeadMoved(ConversationId Conversation, Sequence Head);
