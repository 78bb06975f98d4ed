using System.Text.Json.Serialization;

namespace Parley;

/// <summary><c>message.report</c>: tells whoever looks after the app that a message is wrong. Of messages that the user may read.</summary>
/// <remarks>A user reports a message once: again he gets the first answer, whatever he gives as the reason then. Nobody in the conversation is told.</remarks>
/// <param name="Conversation">Where it is.</param>
/// <param name="Message">The message.</param>
/// <param name="Reason">What is wrong with it.</param>
/// <param name="Text">In his own words: up to 512 bytes.</param>
public sealed record ReportMessage(ConversationId Conversation, MessageId Message, ReportReason Reason, string? Text = null)
{
    /// <summary>The most bytes of UTF-8 of a text.</summary>
    public const int MaxTextBytes = 512;
}

/// <summary>The answer to <c>message.report</c>.</summary>
/// <param name="Conversation">Where.</param>
/// <param name="Message">The message.</param>
/// <param name="Reason">As it was given first.</param>
/// <param name="At">When it was reported first.</param>
public sealed record MessageReported(ConversationId Conversation, MessageId Message, ReportReason Reason, DateTimeOffset At);

/// <summary>What is wrong with a message.</summary>
[JsonConverter(typeof(ReportReasonConverter))]
public enum ReportReason
{
    /// <summary>Advertising, or the same again and again.</summary>
    Spam,

    /// <summary>It insults or threatens somebody.</summary>
    Harassment,

    /// <summary>It is against people for what they are.</summary>
    Hate,

    /// <summary>It shows violence or calls for it.</summary>
    Violence,

    /// <summary>It is sexual.</summary>
    Sexual,

    /// <summary>Somebody may do himself harm.</summary>
    SelfHarm,

    /// <summary>It is fraud, or forbidden otherwise.</summary>
    Illegal,

    /// <summary>Something else, as the text says.</summary>
    Other,

    /// <summary>One of a newer server.</summary>
    Unknown,
}

/// <summary><c>moderation.reports</c>, for the platform: asks for reports, the oldest first.</summary>
/// <param name="State">Which; <c>open</c> when absent.</param>
/// <param name="Limit">1 to 100; 50 when absent.</param>
/// <param name="Next">From the page before.</param>
public sealed record ListReports(ReportState? State = null, int? Limit = null, string? Next = null)
{
    /// <summary>The most reports of one page.</summary>
    public const int MaxLimit = 100;
}

/// <summary>Whether somebody has dealt with a report.</summary>
[JsonConverter(typeof(ReportStateConverter))]
public enum ReportState
{
    /// <summary>Nobody has.</summary>
    Open,

    /// <summary>Somebody has.</summary>
    Resolved,

    /// <summary>One of a newer server.</summary>
    Unknown,
}

/// <summary>A page of reports.</summary>
/// <param name="Reports">The oldest first.</param>
/// <param name="Next">Asks for the next page; null at the end.</param>
public sealed record ReportsPage(IReadOnlyList<MessageReport> Reports, string? Next = null);

/// <summary>A report. What the message says is not in it: <c>moderation.message</c> answers that, as it is now.</summary>
/// <param name="Report">Its id.</param>
/// <param name="Conversation">Where the message is.</param>
/// <param name="Message">The message.</param>
/// <param name="At">When it was made.</param>
/// <param name="State">Whether somebody has dealt with it.</param>
/// <param name="Reporter">Who reported it; null for the server, which found words of a list, and for a user who was deleted.</param>
/// <param name="Reason">What the reporter gave; null for the server.</param>
/// <param name="Text">What the reporter wrote; null for nothing.</param>
/// <param name="Lists">The lists that the message has words of; null for a reporter's.</param>
/// <param name="ResolvedAt">When somebody had dealt with it; null for not yet.</param>
/// <param name="Note">What he noted.</param>
public sealed record MessageReport(
    Guid Report, ConversationId Conversation, MessageId Message, DateTimeOffset At, ReportState State, UserId? Reporter = null, ReportReason? Reason = null, string? Text = null,
    IReadOnlyList<string>? Lists = null, DateTimeOffset? ResolvedAt = null, string? Note = null);

/// <summary><c>moderation.resolve</c>, for the platform: marks a report as dealt with. Answers it. Again it answers the same, and the first note stays.</summary>
/// <param name="Report">Its id.</param>
/// <param name="Note">What to remember of it: up to 512 bytes.</param>
public sealed record ResolveReport(Guid Report, string? Note = null);

/// <summary><c>moderation.message</c>, for the platform: asks for a message of any conversation of the app, as it is now.</summary>
/// <param name="Conversation">Where it is.</param>
/// <param name="Message">The message.</param>
public sealed record GetModeratedMessage(ConversationId Conversation, MessageId Message);
