using System.Text.Json.Serialization;

namespace Parley;

/// <summary><c>inbox.update</c>: changes how a conversation stands in the user's own inbox; nobody else learns of it. Answers all of it as it is then.</summary>
/// <remarks>What is null stays as it is. The user's other devices are told by the <c>inbox</c> notification. Asking twice changes nothing more.</remarks>
/// <param name="Conversation">One that he is or was in.</param>
/// <param name="SilencedUntil">Before when its messages are not to notify him, <see cref="MuteParticipants.Forever"/> for never; a time that has passed ends it.</param>
/// <param name="Pinned">Whether it is one of those he wants at hand: at most 50.</param>
/// <param name="Archived">Whether it is put aside: <c>inbox.list</c> answers it only when asked for those.</param>
/// <param name="Hidden">Whether it is out of sight until something new is in it.</param>
/// <param name="Draft">What he has begun to write, up to 8,000 code points; empty for nothing.</param>
public sealed record UpdateInbox(
    ConversationId Conversation, DateTimeOffset? SilencedUntil = null, bool? Pinned = null, bool? Archived = null, bool? Hidden = null, string? Draft = null)
{
    /// <summary>The most pinned conversations of a user.</summary>
    public const int MaxPinned = 50;
}

/// <summary><c>inbox.markUnread</c>: counts messages as unread again that were read, for the user alone: his receipts stay. Reading ends it.</summary>
/// <param name="Conversation">Which one.</param>
/// <param name="From">From which sequence on, at most the head; 0 takes the mark away.</param>
public sealed record MarkUnread(ConversationId Conversation, Sequence From);

/// <summary>How a conversation stands in its user's own inbox.</summary>
/// <param name="SilencedUntil">Before when its messages are not to notify him; null for always. It may have passed.</param>
/// <param name="Pinned">Whether he wants it at hand.</param>
/// <param name="Archived">Whether it is put aside.</param>
/// <param name="Hidden">Whether it is out of sight.</param>
/// <param name="UnreadFrom">From where on he marked it unread; null for not.</param>
/// <param name="Draft">What he has begun to write; null for nothing.</param>
public sealed record InboxFlags(
    DateTimeOffset? SilencedUntil = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Pinned = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Archived = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Hidden = false,
    Sequence? UnreadFrom = null, string? Draft = null);

/// <summary>A conversation stands in the user's own inbox as another of his devices said.</summary>
public sealed record InboxChanged(ConversationId Conversation, InboxFlags Flags);
