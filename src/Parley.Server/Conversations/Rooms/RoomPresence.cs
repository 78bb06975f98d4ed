using Parley.Delivery;
using Parley.Storage;

namespace Parley.Conversations;

/// <summary>Who is in which room on this node, and since when without a connection: after a while he is taken out.</summary>
/// <remarks>Kept in memory. At the start everybody who is in a room counts as having lost his connection just now.</remarks>
internal sealed class RoomPresence(Subscriptions subscriptions, RoomsOptions options, TimeProvider clock) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<UserKey, Visitor> _visitors = [];
    private readonly Queue<(UserKey User, long Since)> _away = new();
    private Action<UserKey, ConversationId>? _expire;
    private ITimer? _timer;

    /// <summary>Begins with those who are in rooms.</summary>
    /// <param name="present">They, as the database has it.</param>
    /// <param name="expire">Takes somebody out.</param>
    public void Start(IEnumerable<(UserKey User, ConversationId Room)> present, Action<UserKey, ConversationId> expire)
    {
        foreach (var (user, room) in present) Entered(user, room);
        _expire = expire;
        var every = options.LeaveAfter / 8;
        _timer = clock.CreateTimer(_ => Sweep(), null, every, every);
    }

    /// <summary>Somebody came in.</summary>
    public void Entered(UserKey user, ConversationId room)
    {
        var isConnected = subscriptions.Of(user).Count > 0;
        lock (_gate)
        {
            if (!_visitors.TryGetValue(user, out var visitor)) _visitors[user] = visitor = new Visitor();
            visitor.Rooms.Add(room);
            if (!isConnected) Begin(user, visitor);
        }
    }

    /// <summary>Somebody left.</summary>
    public void Left(UserKey user, ConversationId room)
    {
        lock (_gate)
        {
            if (_visitors.TryGetValue(user, out var visitor) && visitor.Rooms.Remove(room) && visitor.Rooms.Count == 0) _visitors.Remove(user);
        }
    }

    /// <summary>A connection of somebody ended; it was perhaps not his last.</summary>
    public void Disconnected(UserKey user)
    {
        if (subscriptions.Of(user).Count > 0) return;
        lock (_gate)
        {
            if (_visitors.TryGetValue(user, out var visitor)) Begin(user, visitor);
        }
    }

    private void Begin(UserKey user, Visitor visitor)
    {
        visitor.AwaySince = clock.GetTimestamp();
        _away.Enqueue((user, visitor.AwaySince));
    }

    /// <summary>Those who have been away for long enough, and have not been here in between.</summary>
    private void Sweep()
    {
        List<(UserKey User, ConversationId[] Rooms)> gone = [];
        lock (_gate)
        {
            while (_away.TryPeek(out var next) && clock.GetElapsedTime(next.Since) >= options.LeaveAfter)
            {
                _away.Dequeue();
                if (!_visitors.TryGetValue(next.User, out var visitor) || visitor.AwaySince != next.Since || subscriptions.Of(next.User).Count > 0) continue;
                gone.Add((next.User, [.. visitor.Rooms]));
                _visitors.Remove(next.User);
            }
        }

        foreach (var (user, rooms) in gone)
        {
            foreach (var room in rooms) _expire!(user, room);
        }
    }

    public ValueTask DisposeAsync() => _timer?.DisposeAsync() ?? default;

    private sealed class Visitor
    {
        public HashSet<ConversationId> Rooms { get; } = [];

        public long AwaySince { get; set; }
    }
}
