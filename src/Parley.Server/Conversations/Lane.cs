using Parley.Storage;

namespace Parley.Conversations;

/// <summary>One conversation in <see cref="ConversationLog"/>: what waits for it, and its rules as last read. Guarded by the log's lock.</summary>
internal sealed class Lane(ConversationKey key)
{
    public ConversationKey Key => key;

    public LinkedList<LogRequest> Waiting { get; } = new();

    /// <summary>Null when they must be read before anything is decided.</summary>
    public Conversation? Rules { get; set; }

    public LaneState State { get; set; }

    /// <summary>Batches that hold entries of this conversation: one, or its parts after a split.</summary>
    public int InFlight { get; set; }

    /// <summary>When it last became ready, for admission and eviction.</summary>
    public long Since { get; set; }
}

/// <summary>What a conversation's queue is doing.</summary>
internal enum LaneState
{
    /// <summary>Nothing waits.</summary>
    Idle,

    /// <summary>It waits for the next batch.</summary>
    Ready,

    /// <summary>Its rules are being read.</summary>
    Loading,

    /// <summary>Its entries are being committed.</summary>
    InFlight,
}
