using Microsoft.Extensions.Logging;
using Parley.Delivery;
using Parley.Storage;

namespace Parley.Receipts;

/// <summary>
/// Tells a conversation's readers, or where there are too many of them the user's own devices, whose cursors moved: the first movement at once, and what follows within <see cref="Interval"/> together,
/// as where each user's cursors are by then.
/// </summary>
internal sealed class ReceiptAnnouncer : IAsyncDisposable
{
    /// <summary>The least time between two announcements of a conversation.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly Fanout _fanout;
    private readonly Deadlines<Window> _ending;
    private readonly Lock _gate = new();
    private readonly Dictionary<ConversationKey, Window> _windows = [];

    public ReceiptAnnouncer(Fanout fanout, TimeProvider clock, ILogger<ReceiptAnnouncer> logger)
    {
        _fanout = fanout;
        _ending = new Deadlines<Window>(Interval, clock, End, logger);
    }

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
            _ending.Add(window);
        }

        Tell(new Movement(row, except));
    }

    public ValueTask DisposeAsync() => _ending.DisposeAsync();

    /// <summary>A conversation in which nothing moved for an interval is forgotten; of another the next interval begins.</summary>
    private void End(Window window)
    {
        Movement[] movements;
        lock (_gate)
        {
            if (window.Moved.Count == 0)
            {
                _windows.Remove(window.Key);
                return;
            }

            movements = [.. window.Moved.Values];
            window.Moved.Clear();
            _ending.Add(window);
        }

        foreach (var movement in movements) Tell(movement);
    }

    private void Tell(Movement movement)
    {
        var (row, except) = movement;
        var notification = OriginAnswers.Notification(Methods.Receipt, row.Moved, ProtocolJson.Lenient.ReceiptMoved);
        if (row.ConcernsOthers) _fanout.Signal(row.Key, notification, except);
        else _fanout.Tell(new UserKey(row.Key.App, row.User), notification, except);
    }

    /// <summary>Where a user's cursors are, and who knows.</summary>
    private readonly record struct Movement(CursorRow Row, Subscriber? Except);

    /// <summary>A conversation of which something was announced a moment ago.</summary>
    private sealed class Window(ConversationKey key)
    {
        public ConversationKey Key => key;

        /// <summary>What moved since, by user.</summary>
        public Dictionary<UserId, Movement> Moved { get; } = [];
    }
}
