namespace Parley.Client;

/// <summary>What the follower keeps of one conversation.</summary>
internal sealed class FollowedConversation(ConversationId conversation)
{
    public ConversationId Id => conversation;

    public Track Track { get; } = new(conversation);

    public ReceiptWatch Receipts { get; } = new();

    /// <summary>The token after which the server has told nobody's cursors; null while it has not told everybody's.</summary>
    public string? KnownSince { get; set; }

    /// <summary>When it last changed, as the follower counts; the newest are read first.</summary>
    public long Recency { get; set; }

    /// <summary>How many times the program has it open.</summary>
    public int Opened { get; set; }
}
