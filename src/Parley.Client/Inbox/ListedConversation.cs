using System.Collections.Immutable;

namespace Parley.Client;

/// <summary>A conversation of a list at one moment.</summary>
/// <param name="Item">What the inbox says of it, brought up to date. Its <see cref="InboxItem.DeliveredUpTo"/> is as of when the client last heard of it: what this device acknowledges by itself is not told.</param>
/// <param name="Peer">The profile of the other one of a direct conversation, where it is known.</param>
/// <param name="Typing">The others who type or rest now.</param>
public sealed record ListedConversation(InboxItem Item, UserProfile? Peer, ImmutableSortedDictionary<UserId, TypingState> Typing)
{
    internal static ImmutableSortedDictionary<UserId, TypingState> Nobody { get; } = ImmutableSortedDictionary<UserId, TypingState>.Empty;

    /// <summary>What to call it: its title, or the other one's name or id; empty for a group without a title.</summary>
    public string Name => Item.Title ?? Peer?.DisplayName ?? Item.Peer?.Value ?? "";
}

/// <summary>A list is another than before.</summary>
/// <param name="Before">How it was, or was seen last by who is told.</param>
/// <param name="Now">How it is.</param>
public sealed record ConversationListChange(ImmutableList<ListedConversation> Before, ImmutableList<ListedConversation> Now)
{
    /// <summary>Those that are new in it, or look different; in its order.</summary>
    public IEnumerable<ListedConversation> Changed
    {
        get
        {
            var before = Before.ToDictionary(one => one.Item.Conversation);
            return Now.Where(one => !before.TryGetValue(one.Item.Conversation, out var earlier) || earlier != one);
        }
    }

    /// <summary>Those that are in it no more.</summary>
    public IEnumerable<ListedConversation> Gone
    {
        get
        {
            var now = Now.Select(one => one.Item.Conversation).ToHashSet();
            return Before.Where(one => !now.Contains(one.Item.Conversation));
        }
    }
}
