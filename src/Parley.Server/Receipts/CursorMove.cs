using Parley.Delivery;
using Parley.Storage;

namespace Parley.Receipts;

/// <summary>A user's wish to move his cursors; they only go forward.</summary>
internal sealed record CursorMove(ConversationKey Key, UserId User, Sequence DeliveredUpTo, Sequence ReadUpTo, Origin Origin);

/// <summary>Where a user's cursors are, and how far they may go.</summary>
internal sealed record CursorRow(
    ConversationKey Key, UserId User, Sequence DeliveredUpTo, Sequence ReadUpTo, IReadOnlyList<Sequence> ReadAhead, Sequence Limit, bool MayRead)
{
    /// <summary>Whether the conversation is of a kind that has receipts.</summary>
    public bool HasReceipts { get; init; } = true;

    public ReceiptCursors Cursors => new(DeliveredUpTo, ReadUpTo, ReadAhead.Count == 0 ? null : ReadAhead);

    public ReceiptMoved Moved => new(Key.Conversation, User, DeliveredUpTo, ReadUpTo, ReadAhead.Count == 0 ? null : ReadAhead);
}
