using Microsoft.Extensions.Logging;
using Parley.Delivery;
using Parley.Storage;

namespace Parley.Conversations;

/// <summary>Who is in which room on this node, and since when without a connection: after a while he is taken out.</summary>
/// <remarks>Kept in memory. At the start everybody who is in a room counts as having lost his connection just now.</remarks>
internal sealed class RoomPresence : IAsyncDisposable
{
    private readonly Subscriptions _subscriptions;
    private readonly TimeProvider _clock;
    private readonly Deadlines<(UserKey User, long Since)> _away;
    private readonly Lock _gate = new();
    private readonly Dictionary<UserKey, Visitor> _visitors = [];
    private Action<UserKey, ConversationId>? _expire;

    public RoomPresence(Subscriptions subscriptions, RoomsOptions options, TimeProvider clock, ILogger<RoomPresence> logger)
    {
        (_subscriptions, _clock) = (subscriptions, clock);
        _away = new Deadlines<(UserKey User, long Since)>(options.LeaveAfter, clock, one => Expire(one.User, one.Since), logger);
    }

    /// <summary>Begins with those who are in rooms.</summary>
    /// <param name="present">They, as the database has it.</param>
    /// <param name="expire">Takes somebody out.</param>
    public void Start(IEnumerable<(UserKey User, ConversationId Room)> present, Action<UserKey, ConversationId> expire)
    {
        _expire = expire;
        foreach (var (user, room) in present) Entered(user, room);
    }

    /// <summary>Somebody came in.</summary>
    public void Entered(UserKey user, ConversationId room)
    {
        lock (_gate)
        {
            if (!_visitors.TryGetValue(user, out var visitor)) _visitors[user] = visitor = new Visitor();
            visitor.Rooms.Add(room);
            // Looked at here, and not before: a connection that ends after the look finds him among the visitors.
            if (!IsConnected(user)) Begin(user, visitor);
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
        lock (_gate)
        {
            if (_visitors.TryGetValue(user, out var visitor) && !IsConnected(user)) Begin(user, visitor);
        }
    }

    public ValueTask DisposeAsync() => _away.DisposeAsync();

    private bool IsConnected(UserKey user) => _subscriptions.Of(user).Count > 0;

    private void Begin(UserKey user, Visitor visitor)
    {
        visitor.AwaySince = _clock.GetTimestamp();
        _away.Add((user, visitor.AwaySince));
    }

    /// <summary>Takes somebody out who has been away for long enough, and was not here in between.</summary>
    private void Expire(UserKey user, long since)
    {
        ConversationId[] rooms;
        lock (_gate)
        {
            if (!_visitors.TryGetValue(user, out var visitor) || visitor.AwaySince != since || IsConnected(user)) return;
            rooms = [.. visitor.Rooms];
            _visitors.Remove(user);
        }

        foreach (var room in rooms) _expire!(user, room);
    }

    private sealed class Visitor
    {
        public HashSet<ConversationId> Rooms { get; } = [];

        public long AwaySince { get; set; }
    }
}
