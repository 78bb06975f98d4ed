namespace Parley.Chat;

/// <summary>Who chats, with whom, and where.</summary>
/// <param name="User">Who.</param>
/// <param name="Peer">With whom; null when a conversation is named.</param>
/// <param name="Conversation">In which conversation; null for the one with the peer.</param>
/// <param name="Url">The server.</param>
/// <param name="TokenProvider">What lets the user in.</param>
internal sealed record ChatOptions(
    UserId User, UserId? Peer, ConversationId? Conversation, Uri Url, Func<CancellationToken, ValueTask<string>> TokenProvider)
{
    /// <summary>The group to open, or to make, instead of the conversation with the peer.</summary>
    public GroupWish? Group { get; init; }

    /// <summary>Where times are shown as of.</summary>
    public TimeZoneInfo Zone { get; init; } = TimeZoneInfo.Local;
}

/// <summary>A group to open.</summary>
/// <param name="Title">The user's group of this title, made with the others if he has none; null for the one group of exactly these people.</param>
/// <param name="Others">Everybody in it but the user.</param>
internal sealed record GroupWish(string? Title, IReadOnlyList<UserId> Others);
