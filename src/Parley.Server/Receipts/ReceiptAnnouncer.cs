using Parley.Delivery;
using Parley.Storage;

namespace Parley.Receipts;

/// <summary>
/// Tells a conversation's readers whose cursors moved: the first movement at once, and what follows within <see cref="Interval"/> together,
/// as where each user's cursors are by then.
/// </summary>
internal sealed class ReceiptAnnouncer(Fanout fanout, TimeProvider clock) : IAsyncDisposable
{
    /// <summary>The least time between two announcements of a conversation.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <summary>A little late, for several at once.</summary>
    private static readonly TimeSpan MinWait = TimeSpan.FromMilliseconds(20);

    private readonly Lock _gate = new();
    private readonly Dictionary<ConversationKey, Window> _windows = [];

    /// <summary>All last equally long, so they end in the order in which they began.</summary>
    private readonly Queue<Window> _ending = new();

    private ITimer? _timer;
    private bool _stopped;

    /// <summary>Announces a movement. Those of one user come in the order of their commits.</summary>
    /// <param name="row">Where the cursors are.</param>
    /// <param name="except">The connection that knows already, from its answer.</param>
    public void Announce(CursorRow row, Subscriber? except)
    {
        lock (_gate)
        {
            if (_windows.TryGetValue(row.Key, out var window))
            {
                var same = !window.Moved.TryGetValue(row.User, out var earlier) || earlier.Except == except;
                window.Moved[row.User] = new Movement(row, same ? except : null);
                return;
            }

            _windows[row.Key] = window = new Window(row.Key);
            Begin(window);
        }

        Tell(new Movement(row, except));
    }

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

    private void Begin(Window window)
    {
        window.Since = clock.GetTimestamp();
        _ending.Enqueue(window);
        if (_ending.Count == 1) Wake();
    }

    /// <summary>Has <see cref="End"/> called when the first window ends.</summary>
    private void Wake()
    {
        if (_stopped) return;
        var left = Interval - clock.GetElapsedTime(_ending.Peek().Since);
        _timer ??= clock.CreateTimer(_ => End(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(left < MinWait ? MinWait : left, Timeout.InfiniteTimeSpan);
    }

    private void End()
    {
        List<Movement> movements = [];
        lock (_gate)
        {
            while (_ending.TryPeek(out var window) && clock.GetElapsedTime(window.Since) >= Interval)
            {
                _ending.Dequeue();
                if (window.Moved.Count == 0)
                {
                    _windows.Remove(window.Key);
                    continue;
                }

                movements.AddRange(window.Moved.Values);
                window.Moved.Clear();
                window.Since = clock.GetTimestamp();
                _ending.Enqueue(window);
            }

            if (_ending.Count > 0) Wake();
        }

        foreach (var movement in movements) Tell(movement);
    }

    private void Tell(Movement movement) =>
        fanout.Signal(
            movement.Row.Key, OriginAnswers.Notification(Methods.Receipt, movement.Row.Moved, ProtocolJson.Lenient.ReceiptMoved), movement.Except);

    /// <summary>Where a user's cursors are, and who knows.</summary>
    private readonly record struct Movement(CursorRow Row, Subscriber? Except);

    /// <summary>A conversation of which something was announced a moment ago.</summary>
    private sealed class Window(ConversationKey key)
    {
        public ConversationKey Key => key;

        public long Since { get; set; }

        /// <summary>What moved since, by user.</summary>
        public Dictionary<UserId, Movement> Moved { get; } = [];
    }
}
