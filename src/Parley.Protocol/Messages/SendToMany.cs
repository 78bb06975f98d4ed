namespace Parley;

/// <summary><c>message.sendTo</c>: asks to record one message in the direct conversation with each of several users; those that do not exist are created (S17, S18).</summary>
/// <remarks>
/// All have the same id, and say who the others are. What is refused for one stops nobody else. The same request again completes what is missing, and gets the first entries of the rest. Anything else
/// under the same id is refused with <c>id_in_use</c>, in each of the conversations. It counts as a message for each recipient.
/// </remarks>
/// <param name="Recipients">1 to <see cref="MaxRecipients"/>; who is named twice counts once.</param>
/// <param name="Message">Made by the sender.</param>
/// <param name="Content">What it says.</param>
/// <param name="Notification">What a push says of it; null for what the app says by itself.</param>
public sealed record SendToMany(IReadOnlyList<MessageRecipient> Recipients, MessageId Message, MessageContent Content, MessageNotification? Notification = null)
{
    /// <summary>The most recipients of one request (B17).</summary>
    public const int MaxRecipients = 600;
}

/// <summary>Who gets a message: one user, by exactly one of these.</summary>
/// <param name="User">His id.</param>
/// <param name="Email">His e-mail address; case does not matter.</param>
/// <param name="Phone">His telephone number, as <c>+49 170 1234567</c>; without <c>+</c> it is of the app's default country. A text, not a JSON number: that has no leading zeros.</param>
public sealed record MessageRecipient(UserId? User = null, string? Email = null, string? Phone = null);

/// <summary>The answer to <c>message.sendTo</c>: what became of it with each recipient, in the order given.</summary>
/// <param name="Recipients">An outcome for each.</param>
public sealed record SentToMany(IReadOnlyList<RecipientOutcome> Recipients);

/// <summary>What became of a message to several with one of them: its place, or a refusal.</summary>
/// <param name="Recipient">As he was given.</param>
/// <param name="User">Who that is; null when nobody is found, or nobody may be.</param>
/// <param name="Conversation">The direct conversation with him, where it was recorded.</param>
/// <param name="Sequence">Its place there.</param>
/// <param name="At">When.</param>
/// <param name="Refusal">Why it was not recorded; null when it was.</param>
public sealed record RecipientOutcome(
    MessageRecipient Recipient, UserId? User = null, ConversationId? Conversation = null, Sequence? Sequence = null, DateTimeOffset? At = null, RecipientRefusal? Refusal = null);

/// <summary>Why a message to several was not recorded for one of them.</summary>
/// <param name="Code">Of the refusal, as that of <c>message.send</c>.</param>
/// <param name="Detail">What exactly.</param>
/// <param name="RetryAfterMs">When to send the same request again; null where that is no use, or not known.</param>
public sealed record RecipientRefusal(string Code, string? Detail = null, long? RetryAfterMs = null);
