namespace Parley;

/// <summary><c>message.list</c>: asks for the messages of a conversation that are of some sort, the newest first. What is left out does not matter.</summary>
/// <remarks>A page looks at 10,000 entries at most, and so may be empty and not the last.</remarks>
/// <param name="Conversation">Whose messages.</param>
/// <param name="Sender">By whom.</param>
/// <param name="Kinds">Having a part of one of these kinds; a message that was recalled has none.</param>
/// <param name="Since">Sent at this time or later.</param>
/// <param name="Until">Sent before this time.</param>
/// <param name="Before">Before this sequence: <see cref="MessagesPage.Next"/> of the page before.</param>
/// <param name="Limit">At most this many, 1 to 100; 100 when absent.</param>
public sealed record ListMessages(
    ConversationId Conversation, UserId? Sender = null, IReadOnlyList<ContentKind>? Kinds = null, DateTimeOffset? Since = null, DateTimeOffset? Until = null,
    Sequence? Before = null, int? Limit = null)
{
    /// <summary>The most messages of one page.</summary>
    public const int MaxLimit = 100;
}

/// <summary>A page of messages.</summary>
/// <param name="Conversation">Whose.</param>
/// <param name="Entries">In sequence: those that match and the user sees, at most as many as asked and at most 128 KiB.</param>
/// <param name="Next">Before which sequence the next page begins; null when there is nothing more.</param>
public sealed record MessagesPage(ConversationId Conversation, IReadOnlyList<LogEntry> Entries, Sequence? Next = null);
