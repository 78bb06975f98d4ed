using Microsoft.Extensions.Logging;
using Parley.Delivery;
using Parley.Identity;
using Parley.Storage;

namespace Parley.Receipts;

/// <summary>
/// Tells whoever is to know whose cursors moved, a conversation's readers, the senders of what was received, or the user's own devices alone: the first movement at once, and what follows within <see cref="Interval"/> together,
/// as where each user's cursors are by then.
/// </summary>
internal sealed class ReceiptAnnouncer : IAsyncDisposable
{
    /// <summary>The least time between two announcements of a conversation.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly Fanout _fanout;
    private readonly Func<AppId, ReceiptAudience> _audienceOf;
    private readonly Deadlines<Window> _ending;
    private readonly Lock _gate = new();
    private readonly Dictionary<ConversationKey, Window> _windows = [];

    /// <param name="fanout">Tells.</param>
    /// <param name="clock">For the interval.</param>
    /// <param name="logger">Where failures go.</param>
    /// <param name="audienceOf">Who is told in an app; null for everyone in all.</param>
    public ReceiptAnnouncer(Fanout fanout, TimeProvider clock, ILogger<ReceiptAnnouncer> logger, Func<AppId, ReceiptAudience>? audienceOf = null)
    {
        _fanout = fanout;
        _audienceOf = audienceOf ?? (_ => ReceiptAudience.Everyone);
        _ending = new Deadlines<Window>(Interval, clock, End, logger);
    }

    /// <summary>Whether somebody has to find out who sent what cursors moved over.</summary>
    public bool TellsSenders(AppId app) => _audienceOf(app) == ReceiptAudience.Sender;

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
                // Of a sender who was to be told of the first of two movements the second may be no news; but the first he was not told.
                var senders = earlier.Row is { Senders.Count: > 0 } before ? before.Senders.Union(row.Senders).ToHashSet() : row.Senders;
                window.Moved[row.User] = new Movement(row with { Senders = senders }, same ? except : null);
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
        var audience = row.ConcernsOthers ? _audienceOf(row.Key.App) : ReceiptAudience.Nobody;
        if (audience == ReceiptAudience.Everyone)
        {
            _fanout.Signal(row.Key, notification, except);
            return;
        }

        _fanout.Tell(new UserKey(row.Key.App, row.User), notification, except);
        if (audience == ReceiptAudience.Nobody) return;
        foreach (var sender in row.Senders) _fanout.Tell(new UserKey(row.Key.App, sender), notification, except);
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
