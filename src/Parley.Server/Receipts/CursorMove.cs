using Parley.Conversations;
using Parley.Delivery;
using Parley.Storage;

namespace Parley.Receipts;

/// <summary>A user's wish to move his cursors; they only go forward.</summary>
internal sealed record CursorMove(ConversationKey Key, UserId User, Sequence DeliveredUpTo, Sequence ReadUpTo, Origin Origin)
{
    /// <summary>Whether both go as far as they may, wherever that is when they move.</summary>
    public bool ToHead { get; init; }

    public static CursorMove OfAll(ConversationKey key, UserId user, Origin origin) => new(key, user, Sequence.None, Sequence.None, origin) { ToHead = true };
}

/// <summary>Where a user's cursors are, and how far they may go.</summary>
internal sealed record CursorRow(
    ConversationKey Key, ConversationKind Kind, UserId User, Sequence DeliveredUpTo, Sequence ReadUpTo, IReadOnlyList<Sequence> ReadAhead, Sequence Limit, bool MayRead)
{
    /// <summary>Whether there are cursors to move in conversations of this kind.</summary>
    public bool HasReceipts => Rules.Receipts != Conversations.Receipts.None;

    /// <summary>Whether others are told when these move.</summary>
    public bool ConcernsOthers => Rules.Receipts == Conversations.Receipts.Told;

    public ReceiptCursors Cursors => new(DeliveredUpTo, ReadUpTo, ReadAhead.Count == 0 ? null : ReadAhead);

    private KindRules Rules => ConversationKinds.Of(Kind);

    /// <summary>When <see cref="DeliveredUpTo"/> came where it is; null when that is not known.</summary>
    public DateTimeOffset? DeliveredAt { get; init; }

    /// <summary>When <see cref="ReadUpTo"/> came where it is; null when that is not known.</summary>
    public DateTimeOffset? ReadAt { get; init; }

    /// <summary>When anything of it moved last; null when that is not known.</summary>
    public DateTimeOffset? MovedAt { get; init; }

    /// <summary>The time of the newest entry, before which nothing moves; only of what was found.</summary>
    public DateTimeOffset LastAt { get; init; }

    /// <summary>Whether the conversation was deleted.</summary>
    public bool IsDeleted { get; init; }

    /// <summary>Whether he counts what he had read as unread.</summary>
    public bool IsMarked { get; init; }

    /// <summary>Who else sent what they moved over, where only senders are told.</summary>
    public IReadOnlySet<UserId> Senders { get; init; } = new HashSet<UserId>();

    /// <summary>As they are when he has read up to here and these ahead of it: reading implies delivery.</summary>
    public CursorRow Read(Sequence upTo, IReadOnlyList<Sequence> ahead, DateTimeOffset at)
    {
        var (reads, reaches) = (upTo > ReadUpTo, upTo > DeliveredUpTo);
        return this with
        {
            ReadUpTo = upTo,
            ReadAhead = ahead,
            DeliveredUpTo = reaches ? upTo : DeliveredUpTo,
            DeliveredAt = reaches ? at : DeliveredAt,
            ReadAt = reads ? at : ReadAt,
            MovedAt = reads || !ahead.SequenceEqual(ReadAhead) ? at : MovedAt,
        };
    }

    /// <summary>Why these do not move, wherever to; null when they may.</summary>
    public Refusal? Refusal => this switch
    {
        { IsDeleted: true } => Refusals.ConversationDeleted,
        { HasReceipts: false } => Refusals.NotForThisKind.Because("a room has no receipts"),
        { MayRead: false } => Refusals.PermissionDenied,
        _ => null,
    };
}
