namespace Parley;

/// <summary><c>moderation.held</c>, for the platform: asks for what an interceptor holds, the oldest first.</summary>
/// <param name="Limit">1 to 50; 20 when absent.</param>
/// <param name="Next">From the page before.</param>
public sealed record ListHeld(int? Limit = null, string? Next = null)
{
    /// <summary>The most of one page.</summary>
    public const int MaxLimit = 50;
}

/// <summary>A page of what is held.</summary>
/// <param name="Held">The oldest first.</param>
/// <param name="Next">Asks for the next page; null at the end.</param>
public sealed record HeldPage(IReadOnlyList<HeldMessage> Held, string? Next = null);

/// <summary>A message, or an edit of one, that waits for somebody to decide.</summary>
/// <param name="Conversation">Where to.</param>
/// <param name="Request">Names it: the id of a message, the command of an edit.</param>
/// <param name="Message">The message; of an edit that which is edited.</param>
/// <param name="Sender">In whose name it is recorded if it is released.</param>
/// <param name="At">When it was held.</param>
/// <param name="Content">What would be recorded.</param>
/// <param name="Reason">Why, as the interceptor said.</param>
public sealed record HeldMessage(
    ConversationId Conversation, CommandId Request, MessageId Message, UserId Sender, DateTimeOffset At, MessageContent Content, string? Reason = null);

/// <summary><c>moderation.release</c>, for the platform: records what was held, in its sender's name and under its own id. Answers the entry; again, the same.</summary>
/// <remarks>By the rules as they are now: who has left meanwhile sends nothing. Then it stays held until it is rejected.</remarks>
/// <param name="Conversation">Where to.</param>
/// <param name="Request">Names it.</param>
public sealed record ReleaseHeld(ConversationId Conversation, CommandId Request);

/// <summary><c>moderation.reject</c>, for the platform: lets what was held never be recorded. Its sender's next attempt is refused with <c>intercepted</c>.</summary>
/// <param name="Conversation">Where to.</param>
/// <param name="Request">Names it.</param>
/// <param name="Reason">What its sender is told: up to 1,000 characters.</param>
public sealed record RejectHeld(ConversationId Conversation, CommandId Request, string? Reason = null)
{
    /// <summary>The most characters of a reason.</summary>
    public const int MaxReason = 1_000;
}

/// <summary>The answer to <c>moderation.reject</c>.</summary>
/// <param name="Conversation">Where to.</param>
/// <param name="Request">What was rejected.</param>
public sealed record HeldRejected(ConversationId Conversation, CommandId Request);
