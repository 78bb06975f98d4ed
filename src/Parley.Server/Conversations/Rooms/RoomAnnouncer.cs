using Parley.Delivery;
using Parley.Storage;

namespace Parley.Conversations;

/// <summary>Tells those in a room who came and left: the first at once, and what follows within <see cref="Interval"/> together.</summary>
/// <remarks>In a storm of joins each is a few bytes of the next notification, and the notification one delivery to each who is there.</remarks>
internal sealed class RoomAnnouncer(Fanout fanout, TimeProvider clock) : IAsyncDisposable
{
    /// <summary>The least time between two announcements of a room.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<ConversationKey, Window> _windows = [];
    private ITimer? _timer;
    private bool _stopped;

    /// <summary>Somebody came or left.</summary>
    /// <param name="room">Where.</param>
    /// <param name="user">Who.</param>
    /// <param name="step">What he did.</param>
    /// <param name="count">How many are there now.</param>
    /// <param name="except">The connection that knows already, from its answer.</param>
    public void Announce(ConversationKey room, UserId user, VisitStep step, int count, Subscriber? except = null)
    {
        lock (_gate)
        {
            if (_windows.TryGetValue(room, out var window))
            {
                window.Add(user, step, count);
                return;
            }

            _windows[room] = new Window();
            if (_windows.Count == 1 && !_stopped)
            {
                _timer ??= clock.CreateTimer(_ => End(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                _timer.Change(Interval, Timeout.InfiniteTimeSpan);
            }
        }

        var alone = new Window();
        alone.Add(user, step, count);
        Tell(room, alone, except);
    }

    private void End()
    {
        List<(ConversationKey Room, Window Window)> told = [];
        lock (_gate)
        {
            foreach (var (room, window) in _windows.ToArray())
            {
                if (window.IsEmpty) _windows.Remove(room);
                else
                {
                    told.Add((room, window));
                    _windows[room] = new Window();
                }
            }

            if (_windows.Count > 0 && !_stopped) _timer!.Change(Interval, Timeout.InfiniteTimeSpan);
        }

        foreach (var (room, window) in told) Tell(room, window, except: null);
    }

    private void Tell(ConversationKey room, Window window, Subscriber? except) =>
        fanout.Signal(room, OriginAnswers.Notification(Methods.Room, window.Told(room.Conversation), ProtocolJson.Lenient.RoomChanged), except);

    public async ValueTask DisposeAsync()
    {
        ITimer? timer;
        lock (_gate)
        {
            _stopped = true;
            timer = _timer;
        }

        if (timer is not null) await timer.DisposeAsync();
    }

    /// <summary>What came together since the last announcement.</summary>
    private sealed class Window
    {
        private readonly Dictionary<UserId, VisitStep> _last = [];
        private int _count;

        public bool IsEmpty => _last.Count == 0;

        public void Add(UserId user, VisitStep step, int count)
        {
            _last[user] = step;
            _count = count;
        }

        public RoomChanged Told(ConversationId room) =>
            new(room, _count, Names(_last.Where(one => one.Value == VisitStep.Enter)), Names(_last.Where(one => one.Value != VisitStep.Enter)));

        private static UserId[]? Names(IEnumerable<KeyValuePair<UserId, VisitStep>> some) =>
            some.Select(one => one.Key).Take(RoomChanged.MaxNames).ToArray() is { Length: > 0 } names ? names : null;
    }
}
