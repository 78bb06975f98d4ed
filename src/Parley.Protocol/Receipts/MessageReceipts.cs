using System.Text.Json.Serialization;

namespace Parley;

/// <summary><c>receipt.get</c>: asks whom a message reached and who has read it, of everybody who was in the conversation when it was sent, without its sender.</summary>
/// <param name="Conversation">Where it is.</param>
/// <param name="Message">A message that the asker may read.</param>
/// <param name="State">Only who got at least so far; null for everybody.</param>
/// <param name="After">Goes on after this user: <see cref="MessageReceipts.Next"/> of the page before.</param>
/// <param name="Limit">At most this many, 1 to 200; 200 when absent.</param>
public sealed record GetReceipts(
    ConversationId Conversation, MessageId Message, RecipientState? State = null, UserId? After = null, int? Limit = null)
{
    /// <summary>The most users of one page.</summary>
    public const int MaxLimit = 200;
}

/// <summary>How far a message got.</summary>
/// <param name="Conversation">Where it is.</param>
/// <param name="Message">It.</param>
/// <param name="Sequence">Its place.</param>
/// <param name="Participants">How many were in the conversation when it was sent, without its sender.</param>
/// <param name="Delivered">How many of them it reached, those who have read it among them.</param>
/// <param name="Read">How many have read it.</param>
/// <param name="Users">A page of them, by id.</param>
/// <param name="Next">After whom the next page begins; null at the end.</param>
public sealed record MessageReceipts(
    ConversationId Conversation, MessageId Message, Sequence Sequence, int Participants, int Delivered, int Read, IReadOnlyList<Recipient> Users, UserId? Next = null);

/// <summary>Somebody a message was sent to.</summary>
/// <param name="User">Who.</param>
/// <param name="State">How far it got with him.</param>
/// <param name="At">
/// The server's time when his cursor came to it. Null when it was only sent, when the cursor has gone on since, and of what he read out of order: then it is not known.
/// </param>
public sealed record Recipient(UserId User, RecipientState State, DateTimeOffset? At = null);

/// <summary>How far a message got with one recipient; a newer server may answer others. It never goes back, and may skip a step (L28).</summary>
[JsonConverter(typeof(RecipientStateConverter))]
public enum RecipientState
{
    /// <summary>It is on the log, and on none of his devices yet.</summary>
    Sent,

    /// <summary>It reached one of his devices.</summary>
    Delivered,

    /// <summary>He has read it.</summary>
    Read,

    /// <summary>Another one of a newer server. Never asked for.</summary>
    Unknown = -1,
}
