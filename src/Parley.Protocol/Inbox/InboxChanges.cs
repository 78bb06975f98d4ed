using System.Text.Json.Serialization;

namespace Parley;

/// <summary><c>inbox.changes</c>: asks which conversations changed since a token.</summary>
/// <param name="Since">From <c>session.open</c> or the page before.</param>
public sealed record ReadChanges(string Since);

/// <summary>Conversations that changed, oldest change first. May repeat one that did not; never leaves one out.</summary>
/// <param name="Conversations">At most 1,000 and 128 KiB, drafts among them.</param>
/// <param name="Since">What to ask with next time.</param>
/// <param name="More">Whether to ask now.</param>
/// <param name="Lists">What else of the user's changed and is to be read again, on the first page; null for nothing.</param>
public sealed record InboxChanges(IReadOnlyList<ConversationChange> Conversations, string Since, bool More, IReadOnlyList<UserList>? Lists = null);

/// <summary>Enough to know whether anything is missing: compare head and cursors with what is kept.</summary>
/// <param name="Conversation">Which conversation.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Revision">Changes whenever its rules change; null when he is out.</param>
/// <param name="Head">The newest sequence this user may read; 0 without <see cref="Permissions.Read"/>.</param>
/// <param name="DeliveredUpTo">His own cursor.</param>
/// <param name="ReadUpTo">His own cursor.</param>
/// <param name="Left">Whether he is out.</param>
/// <param name="Deleted">Whether the conversation was deleted for everybody.</param>
/// <param name="Flags">All of how it stands in his inbox; null when nothing is said of it, or it was deleted: what was said before holds no more.</param>
/// <param name="Removals">As in <see cref="OwnParticipation"/>: where it is another than was told before, he has removed messages for himself, on another device.</param>
public sealed record ConversationChange(
    ConversationId Conversation, ConversationKind Kind, long? Revision, Sequence Head, Sequence DeliveredUpTo, Sequence ReadUpTo, bool Left = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Deleted = false,
    InboxFlags? Flags = null, string? Removals = null);
