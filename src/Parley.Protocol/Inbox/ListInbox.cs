using System.Text.Json.Serialization;

namespace Parley;

/// <summary><c>inbox.list</c>: asks for the user's conversations, the last active first.</summary>
/// <param name="Limit">1 to 100; 50 when absent.</param>
/// <param name="Next">From the page before, with the same filters.</param>
/// <param name="Archived">True for those that are archived; else those that are not.</param>
/// <param name="Pinned">True for those that are pinned only.</param>
/// <param name="Kind">Of this kind only; null for all.</param>
public sealed record ListInbox(
    int? Limit = null, string? Next = null, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Archived = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Pinned = false, ConversationKind? Kind = null)
{
    /// <summary>The most conversations of one page.</summary>
    public const int MaxLimit = 100;
}

/// <summary>A page of the inbox.</summary>
/// <param name="Conversations">In order of activity.</param>
/// <param name="Next">Asks for the next page; null at the end.</param>
public sealed record InboxPage(IReadOnlyList<InboxItem> Conversations, string? Next);

/// <summary>A conversation as a list shows it.</summary>
/// <param name="Conversation">Its id.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Title">Its title; null for none.</param>
/// <param name="Peer">The other one of a direct conversation; null in groups.</param>
/// <param name="Head">The newest sequence this user may read.</param>
/// <param name="LastActivity">When the newest entry he may read was recorded.</param>
/// <param name="LastMessage">The newest message he may read; null for none.</param>
/// <param name="Unread">How many messages he has not read: exact up to 1,000.</param>
/// <param name="UnreadIsMore">True when there are more than 1,000.</param>
/// <param name="DeliveredUpTo">His own cursor.</param>
/// <param name="ReadUpTo">His own cursor.</param>
/// <param name="Left">Whether he is out.</param>
/// <param name="Flags">How it stands in his inbox; null when nothing is said of it.</param>
/// <param name="Mentions">How many of the unread messages address him, by name or as one of all: exact up to 1,000.</param>
/// <param name="MentionsAreMore">True when there are more than 1,000.</param>
public sealed record InboxItem(
    ConversationId Conversation, ConversationKind Kind, string? Title, UserId? Peer, Sequence Head, DateTimeOffset LastActivity, LogEntry? LastMessage,
    int Unread, bool UnreadIsMore, Sequence DeliveredUpTo, Sequence ReadUpTo, bool Left = false,
    InboxFlags? Flags = null, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] int Mentions = 0,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool MentionsAreMore = false)
{
    /// <summary>Unread messages are counted exactly up to this.</summary>
    public const int MaxExactUnread = 1_000;
}
