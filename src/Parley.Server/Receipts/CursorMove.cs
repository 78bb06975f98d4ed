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

    /// <summary>Whether the conversation was deleted.</summary>
    public bool IsDeleted { get; init; }

    /// <summary>Why these do not move, wherever to; null when they may.</summary>
    public Refusal? Refusal => this switch
    {
        { IsDeleted: true } => Refusals.ConversationDeleted,
        { HasReceipts: false } => Refusals.NotForThisKind.Because("a room has no receipts"),
        { MayRead: false } => Refusals.PermissionDenied,
        _ => null,
    };
}
