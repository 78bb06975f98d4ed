using System.Text.Json.Serialization;

namespace Parley;

/// <summary><c>conversation.sync</c>: asks, for many conversations at once, what came after a position, and where the others' cursors are.</summary>
/// <param name="Epoch">The epoch the positions are of; another than the server's is refused with <c>reset</c>.</param>
/// <param name="Positions">1 to 100 of them.</param>
/// <param name="Since">
/// The <c>since</c> of an answer to <c>session.open</c> or <c>inbox.changes</c>, from when on the device knows everybody in all of these
/// conversations: of those who are in them it is told only whose cursors or permissions changed after it. Without it, of all.
/// </param>
public sealed record SyncConversations(Guid Epoch, IReadOnlyList<SyncPosition> Positions, string? Since = null)
{
    /// <summary>The most positions of one request.</summary>
    public const int MaxPositions = 100;

    /// <summary>The most entries of one answer, of all positions together; it ends earlier where they are large.</summary>
    public const int MaxEntries = 1_000;
}

/// <summary>How far a device has read one log.</summary>
public sealed record SyncPosition(ConversationId Conversation, Sequence After);

/// <summary>The answer to <c>conversation.sync</c>: one for each position, in the order asked.</summary>
public sealed record ConversationsSynced(IReadOnlyList<SyncedConversation> Conversations);

/// <summary>What came after a position.</summary>
/// <param name="Conversation">Whose log.</param>
/// <param name="Status">Whether the rest can be used.</param>
/// <param name="Head">The newest sequence this user may read.</param>
/// <param name="Tail">The oldest sequence that is kept.</param>
/// <param name="Entries">In sequence from the position on; all conversations of the answer together at most 1,000 entries and 128 KiB.</param>
/// <param name="More">Whether there are entries after these: read on with <c>conversation.entries</c>.</param>
/// <param name="Participants">Everybody with his cursors in direct conversations and in groups of up to 200; null above, and for somebody who left.</param>
/// <param name="ChangedParticipants">
/// In place of <paramref name="Participants"/>, when <c>since</c> was asked with: those who changed after it. Who is gone the entries tell. Somebody who joined after his
/// position is told of everybody all the same.
/// </param>
/// <param name="Skipped">Ranges before and between the entries that this user does not see; null for none.</param>
/// <param name="ParticipantCount">How many are in it at <paramref name="Head"/>, in rooms, whose entries do not tell it; null elsewhere, and for somebody who left.</param>
public sealed record SyncedConversation(
    ConversationId Conversation, SyncStatus Status, Sequence Head, Sequence Tail, IReadOnlyList<LogEntry> Entries, bool More,
    IReadOnlyList<ParticipantState>? Participants = null, IReadOnlyList<ParticipantState>? ChangedParticipants = null,
    IReadOnlyList<SkippedRange>? Skipped = null, int? ParticipantCount = null);

/// <summary>What became of a position; a newer server may answer others.</summary>
[JsonConverter(typeof(SyncStatusConverter))]
public enum SyncStatus
{
    /// <summary>The entries continue the position.</summary>
    Ok,

    /// <summary>The position is beyond the head: forget what is kept of this conversation and read anew.</summary>
    Reset,

    /// <summary>No conversation that this user may know of.</summary>
    NotFound,

    /// <summary>The conversation was deleted for everybody: forget it.</summary>
    Deleted,

    /// <summary>A status of a newer server: leave what is kept as it is.</summary>
    Unknown = -1,
}
