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

    /// <summary>Whether it was first heard of by its head alone: what comes next is not the first that there is.</summary>
    public bool LacksStart { get; set; }

    /// <summary>How many times the program has it open.</summary>
    public int Opened { get; set; }

    /// <summary>Whether people come and go without an entry.</summary>
    public bool IsRoom { get; set; }

    /// <summary>Whether this session told who came into the room and left it: from then on it tells all of it.</summary>
    public bool HearsVisits { get; set; }

    /// <summary>How many were in the room at a place of its log, which is to be told when everything up to there was; null for nothing.</summary>
    public (Sequence At, int Count)? Visitors { get; set; }

    /// <summary>How it ended for the user, as the program knows; null while he is in it.</summary>
    public ConversationEnd? Ended { get; set; }

    /// <summary>The head at which he is in it, as the server said, while entries up to there are read; null for nothing.</summary>
    public Sequence? InAt { get; set; }

    /// <summary>How it ended, as the server said, while entries are read that may tell it.</summary>
    public ConversationEnd? Ending { get; set; }
}
