using Microsoft.Extensions.Logging;
using Parley.Delivery;
using Parley.Storage;

namespace Parley.Conversations;

/// <summary>Tells those in a room who came and left: the first at once, and what follows within <see cref="Interval"/> together.</summary>
/// <remarks>In a storm of joins each is a few bytes of the next notification, and the notification one delivery to each who is there.</remarks>
internal sealed class RoomAnnouncer : IAsyncDisposable
{
    /// <summary>The least time between two announcements of a room.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Fanout _fanout;
    private readonly Deadlines<Window> _ending;
    private readonly Lock _gate = new();
    private readonly Dictionary<ConversationKey, Window> _windows = [];

    public RoomAnnouncer(Fanout fanout, TimeProvider clock, ILogger<RoomAnnouncer> logger)
    {
        _fanout = fanout;
        _ending = new Deadlines<Window>(Interval, clock, End, logger);
    }

    /// <summary>Somebody came or left.</summary>
    /// <param name="room">Where.</param>
    /// <param name="user">Who.</param>
    /// <param name="step">What he did.</param>
    /// <param name="count">How many are there now.</param>
    /// <param name="except">The connection that knows already, from its answer.</param>
    public void Announce(ConversationKey room, UserId user, VisitStep step, int count, Subscriber? except = null)
    {
        RoomChanged alone;
        lock (_gate)
        {
            if (_windows.TryGetValue(room, out var window))
            {
                window.Add(user, step, count);
                return;
            }

            _windows[room] = window = new Window(room);
            window.Add(user, step, count);
            alone = window.Take();
            _ending.Add(window);
        }

        Tell(room, alone, except);
    }

    /// <summary>Somebody was put out, of which an entry tells. Where others are still to be announced, or were a moment ago, how many are there is told once more.</summary>
    /// <remarks>Who folds the entry counts from what he was told last, and who was not announced yet, or is put out, is not in that. Called after the entry was published.</remarks>
    /// <param name="room">Where.</param>
    /// <param name="users">Who.</param>
    /// <param name="count">How many are there now.</param>
    public void PutOut(ConversationKey room, IReadOnlyList<UserId> users, int count)
    {
        lock (_gate)
        {
            if (!_windows.TryGetValue(room, out var window)) return;
            foreach (var user in users) window.Add(user, VisitStep.Exit, count);
        }
    }

    /// <summary>Somebody left: his other devices hear it at once, since nothing of the room comes to them from here on.</summary>
    public void TellLeaver(ConversationKey room, UserId user, int count, Subscriber? except) =>
        _fanout.Tell(
            new UserKey(room.App, user), OriginAnswers.Notification(Methods.Room, new RoomChanged(room.Conversation, count, Left: [user]), ProtocolJson.Lenient.RoomChanged), except);

    public ValueTask DisposeAsync() => _ending.DisposeAsync();

    /// <summary>A room of which nothing was said for an interval is forgotten; of another the next interval begins.</summary>
    private void End(Window window)
    {
        RoomChanged together;
        lock (_gate)
        {
            if (window.IsEmpty)
            {
                _windows.Remove(window.Room);
                return;
            }

            together = window.Take();
            _ending.Add(window);
        }

        Tell(window.Room, together, except: null);
    }

    private void Tell(ConversationKey room, RoomChanged changed, Subscriber? except) =>
        _fanout.Signal(room, OriginAnswers.Notification(Methods.Room, changed, ProtocolJson.Lenient.RoomChanged), except);

    /// <summary>A room of which something was announced a moment ago, and what came together since.</summary>
    private sealed class Window(ConversationKey room)
    {
        private readonly Dictionary<UserId, VisitStep> _last = [];
        private int _count;

        public ConversationKey Room => room;

        public bool IsEmpty => _last.Count == 0;

        public void Add(UserId user, VisitStep step, int count)
        {
            _last[user] = step;
            _count = count;
        }

        /// <summary>What came together; it is empty then.</summary>
        public RoomChanged Take()
        {
            var changed = new RoomChanged(
                room.Conversation, _count, Names(_last.Where(one => one.Value == VisitStep.Enter)), Names(_last.Where(one => one.Value != VisitStep.Enter)));
            _last.Clear();
            return changed;
        }

        private static UserId[]? Names(IEnumerable<KeyValuePair<UserId, VisitStep>> some) =>
            some.Select(one => one.Key).Take(RoomChanged.MaxNames).ToArray() is { Length: > 0 } names ? names : null;
    }
}
