using System.Text.Json.Serialization;

namespace Parley;

/// <summary><c>receipt.delivered</c>: says that everything up to a sequence reached this device. The receiving SDK does so by itself.</summary>
/// <param name="Conversation">Which log.</param>
/// <param name="UpTo">1 to the head; beyond it is refused.</param>
public sealed record MarkDelivered(ConversationId Conversation, Sequence UpTo);

/// <summary><c>receipt.read</c>: says what the person has really seen: everything up to a sequence, exactly some messages, or all there is.</summary>
/// <param name="Conversation">Which log.</param>
/// <param name="UpTo">1 to the head; reads all at or below it.</param>
/// <param name="Messages">1 to 100 messages, read one by one: up to 256 ahead of the cursor are remembered, then the cursor moves.</param>
/// <param name="All">Whether everything is read that is there when this is recorded, whatever the client knows of it (A51).</param>
public sealed record MarkRead(
    ConversationId Conversation, Sequence? UpTo = null, IReadOnlyList<MessageId>? Messages = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool All = false)
{
    /// <summary>The most messages of one request.</summary>
    public const int MaxMessages = 100;

    /// <summary>The most sequences remembered ahead of the cursor.</summary>
    public const int MaxAhead = 256;
}

/// <summary><c>inbox.readAll</c>: everything that is there is read, in every conversation of the user. What comes meanwhile may not be.</summary>
public sealed record ReadAll;

/// <summary>All was read.</summary>
/// <param name="Conversations">In how many conversations something was unread, or marked so.</param>
public sealed record AllRead(int Conversations);

/// <summary>The answer to both: where the user's cursors are now. They never go back (G13).</summary>
public sealed record ReceiptCursors(Sequence DeliveredUpTo, Sequence ReadUpTo, IReadOnlyList<Sequence>? ReadAhead = null);

/// <summary><c>receipt</c>: cursors moved. The first movement in a conversation that was quiet is told at once; of what follows within half a second one notification tells all.</summary>
/// <param name="Conversation">In which log.</param>
/// <param name="Moved">Whose cursors, by user; each once.</param>
public sealed record ReceiptsMoved(ConversationId Conversation, IReadOnlyList<ReceiptMoved> Moved);

/// <summary>Where somebody's cursors are now. Told once per movement, however many devices he has (S14, S19).</summary>
/// <param name="User">Whose cursors.</param>
/// <param name="DeliveredUpTo">Where delivery is now.</param>
/// <param name="ReadUpTo">Where reading is now.</param>
/// <param name="At">The server's time when they came there; of several movements that are told together, of the last.</param>
/// <param name="ReadAhead">What he read out of order; null for none.</param>
public sealed record ReceiptMoved(
    UserId User, Sequence DeliveredUpTo, Sequence ReadUpTo, DateTimeOffset At, IReadOnlyList<Sequence>? ReadAhead = null);
