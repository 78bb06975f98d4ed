using Parley.Storage;

namespace Parley.Conversations;

/// <summary>One conversation in <see cref="ConversationLog"/>: what waits for it, and its rules as last read. Guarded by the log's lock.</summary>
internal sealed class Lane(ConversationKey key)
{
    public ConversationKey Key => key;

    public LinkedList<LogRequest> Waiting { get; } = new();

    /// <summary>Null when they must be read before anything is decided.</summary>
    public Conversation? Rules { get; private set; }

    /// <summary>How often something of <see cref="Rules"/> was let go of: what is being read meanwhile may be older than that, and is read again.</summary>
    public int Forgotten { get; private set; }

    /// <summary>Keeps rules that were read, beside what is kept. This lets go of nothing: reads for signals, however many, must not hold up those for messages.</summary>
    public void Keep(Conversation rules) => Rules = Rules?.With(rules) ?? rules;

    /// <summary>Lets go of all rules.</summary>
    public void Forget()
    {
        Rules = null;
        Forgotten++;
    }

    /// <summary>Lets go of what is kept of one user, also if nothing is: it may be in what is being read.</summary>
    public void Forget(UserId user)
    {
        Rules = Rules?.Without(user);
        Forgotten++;
    }

    public LaneState State { get; set; }

    /// <summary>What a room takes in a second; null before it took anything.</summary>
    public RoomPace? Pace { get; set; }

    /// <summary>Batches that hold entries of this conversation: one, or its parts after a split.</summary>
    public int InFlight { get; set; }

    /// <summary>When it last became ready, for admission and eviction.</summary>
    public long Since { get; set; }
}

/// <summary>The conversations that something was asked of lately. Guarded by the log's lock.</summary>
internal sealed class Lanes
{
    private const int MaxIdle = 20_000;

    private readonly Dictionary<ConversationKey, Lane> _lanes = [];

    /// <summary>A conversation's lane; when there are too many, those that were idle for longest are forgotten.</summary>
    public Lane Of(ConversationKey key)
    {
        if (_lanes.TryGetValue(key, out var lane)) return lane;
        if (_lanes.Count >= MaxIdle) EvictIdle();
        return _lanes[key] = new Lane(key);
    }

    /// <summary>All there are.</summary>
    public IReadOnlyCollection<Lane> All => _lanes.Values;

    private void EvictIdle()
    {
        var idle = _lanes.Values.Where(lane => lane.State == LaneState.Idle).OrderBy(lane => lane.Since).Take(MaxIdle / 4).ToArray();
        foreach (var lane in idle) _lanes.Remove(lane.Key);
    }
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
