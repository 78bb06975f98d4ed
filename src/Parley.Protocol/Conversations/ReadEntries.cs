namespace Parley;

/// <summary><c>conversation.entries</c>: asks for a page of the log. Exactly one of after, before, or from with to; none of them asks for the newest page.</summary>
/// <param name="Conversation">Whose log.</param>
/// <param name="After">Entries after this sequence, oldest first: what a device missed. Beyond the head it is refused with <c>reset</c>.</param>
/// <param name="Before">The newest entries before this sequence: scrolling back.</param>
/// <param name="From">The first sequence of a range, at least 1.</param>
/// <param name="To">The last sequence of the range; at most 100 entries.</param>
/// <param name="Limit">At most this many, 1 to 100; 100 when absent.</param>
/// <param name="Epoch">The epoch the position is of; another than the server's is refused with <c>reset</c>.</param>
public sealed record ReadEntries(
    ConversationId Conversation, Sequence? After = null, Sequence? Before = null, Sequence? From = null, Sequence? To = null, int? Limit = null, Guid? Epoch = null)
{
    /// <summary>The most entries of one page.</summary>
    public const int MaxLimit = 100;
}

/// <summary>Entries in sequence, without gaps but for <paramref name="Skipped"/>.</summary>
/// <param name="Conversation">Whose log.</param>
/// <param name="Entries">In sequence, at most as many as asked and at most 128 KiB.</param>
/// <param name="Skipped">Ranges inside the page that this user does not see; null for none.</param>
/// <param name="Head">The newest sequence this user may read.</param>
/// <param name="Tail">The oldest sequence that is kept.</param>
/// <param name="More">Whether there is more in the direction asked.</param>
public sealed record EntriesPage(
    ConversationId Conversation, IReadOnlyList<LogEntry> Entries, IReadOnlyList<SkippedRange>? Skipped, Sequence Head, Sequence Tail, bool More);

/// <summary>Sequences that are not shown.</summary>
/// <param name="From">The first.</param>
/// <param name="To">The last.</param>
/// <param name="Why"><see cref="Hidden"/>, <see cref="Expired"/>, or a reason of a newer server.</param>
public sealed record SkippedRange(Sequence From, Sequence To, string Why)
{
    /// <summary>They are of a time that this user may not see, or he hid them himself.</summary>
    public const string Hidden = "hidden";

    /// <summary>They are older than the app keeps what is said.</summary>
    public const string Expired = "expired";
}
