using System.Text.Json.Serialization;

namespace Parley;

/// <summary><c>inbox.unread</c>: asks how many messages the user has not read, in all conversations together.</summary>
public sealed record CountUnread;

/// <summary>The sum of what <see cref="InboxItem.Unread"/> says of each conversation, as a badge shows it.</summary>
/// <param name="Unread">Exact up to 1,000.</param>
/// <param name="UnreadIsMore">True when there are more than 1,000.</param>
/// <param name="Mentions">How many of them address the user, by name or as one of all: exact up to 1,000.</param>
/// <param name="MentionsAreMore">True when there are more than 1,000.</param>
public sealed record UnreadTotal(
    int Unread, bool UnreadIsMore, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] int Mentions = 0,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool MentionsAreMore = false)
{
    /// <summary>Unread messages are counted exactly up to this.</summary>
    public const int MaxExact = 1_000;
}
