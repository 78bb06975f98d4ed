using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Parley.Conversations;
using Parley.Delivery;
using Parley.Identity;
using Parley.Storage;

namespace Parley.Receipts;

/// <summary>
/// Tells whoever is to know whose cursors moved, a conversation's readers, the senders of what was received, or the user's own devices alone: the first movement at once, and what follows within <see cref="Interval"/> together,
/// in one notification, as where each user's cursors are by then.
/// </summary>
internal sealed class ReceiptAnnouncer : IAsyncDisposable
{
    /// <summary>The least time between two announcements of a conversation.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly Fanout _fanout;
    private readonly Func<AppId, ReceiptAudience> _audienceOf;
    private readonly TimeProvider _clock;
    private readonly Deadlines<Window> _ending;
    private readonly ConcurrentDictionary<ConversationKey, Window> _windows = new();

    /// <param name="fanout">Tells.</param>
    /// <param name="clock">For the interval.</param>
    /// <param name="logger">Where failures go.</param>
    /// <param name="audienceOf">Who is told in an app; null for everyone in all.</param>
    public ReceiptAnnouncer(Fanout fanout, TimeProvider clock, ILogger<ReceiptAnnouncer> logger, Func<AppId, ReceiptAudience>? audienceOf = null)
    {
        _fanout = fanout;
        _clock = clock;
        _audienceOf = audienceOf ?? (_ => ReceiptAudience.Everyone);
        _ending = new Deadlines<Window>(Interval, clock, End, logger);
    }

    /// <summary>Whether somebody has to find out who sent what cursors moved over.</summary>
    public bool TellsSenders(AppId app) => _audienceOf(app) == ReceiptAudience.Sender;

    /// <summary>Announces a movement. Those of one user come in the order of their commits.</summary>
    /// <remarks>When this returns, nothing older of that user will be told any more: what the one who moved is answered now, he gets after everything that was told before.</remarks>
    /// <param name="row">Where the cursors are.</param>
    /// <param name="except">The connection that learns it from its answer.</param>
    public void Announce(CursorRow row, Subscriber? except)
    {
        var moved = new ReceiptMoved(row.User, row.DeliveredUpTo, row.ReadUpTo, row.MovedAt ?? _clock.Now(), row.ReadAhead.Count == 0 ? null : row.ReadAhead);
        var movement = new Movement(moved, row.Senders, except);
        var window = new Window(row.Key, row.ConcernsOthers ? _audienceOf(row.Key.App) : ReceiptAudience.Nobody);
        while (!TryAnnounce(_windows.GetOrAdd(row.Key, window), movement))
        {
            // It ended between the two, and is in the way of the next one no more.
        }
    }

    public ValueTask DisposeAsync() => _ending.DisposeAsync();

    /// <summary>Tells of a movement, or keeps it for the end of the window; false when that has been.</summary>
    private bool TryAnnounce(Window window, Movement movement)
    {
        // Held while telling, too: who is told of two movements is told of the later one later.
        lock (window.Order)
        {
            switch (window.State)
            {
                case WindowState.Ended:
                    return false;
                case WindowState.Open:
                    window.Moved[movement.Moved.User] = window.Moved.TryGetValue(movement.Moved.User, out var earlier) ? earlier.Then(movement) : movement;
                    return true;
                default:
                    window.State = WindowState.Open;
                    _ending.Add(window);
                    Tell(window, [movement]);
                    return true;
            }
        }
    }

    /// <summary>A conversation in which nothing moved for an interval is forgotten; of another the next interval begins.</summary>
    private void End(Window window)
    {
        lock (window.Order)
        {
            if (window.Moved.Count == 0)
            {
                window.State = WindowState.Ended;
                _windows.TryRemove(window.Key, out _);
                return;
            }

            Movement[] movements = [.. window.Moved.Values.OrderBy(movement => movement.Moved.User)];
            window.Moved.Clear();
            _ending.Add(window);
            Tell(window, movements);
        }
    }

    private void Tell(Window window, IReadOnlyList<Movement> movements)
    {
        var key = window.Key;
        if (window.Audience == ReceiptAudience.Everyone)
        {
            foreach (var (notification, except) in Notifications(key, movements)) _fanout.Signal(key, notification, except);
            return;
        }

        var concerned = movements.SelectMany(movement => movement.Concerns(window.Audience), (movement, user) => (movement, user));
        foreach (var whose in concerned.GroupBy(one => one.user, one => one.movement))
        {
            foreach (var (notification, except) in Notifications(key, [.. whose])) _fanout.Tell(new UserKey(key.App, whose.Key), notification, except);
        }
    }

    /// <summary>One notification, or of very many movements as few as frames hold; and whom not to tell, if all of it is known to him.</summary>
    private static IEnumerable<(ReadOnlyMemory<byte> Notification, Subscriber? Except)> Notifications(ConversationKey key, IReadOnlyList<Movement> movements)
    {
        for (var told = 0; told < movements.Count;)
        {
            var some = movements.Skip(told).Take(ByteBudget.Fitting(movements.Skip(told).Select(movement => movement.MaxBytes))).ToArray();
            told += some.Length;
            var notification = OriginAnswers.Notification(
                Methods.Receipt, new ReceiptsMoved(key.Conversation, [.. some.Select(movement => movement.Moved)]), ProtocolJson.Lenient.ReceiptsMoved);
            yield return (notification, some.All(movement => movement.Except == some[0].Except) ? some[0].Except : null);
        }
    }

    /// <summary>Where a user's cursors are, and who knows.</summary>
    private sealed record Movement(ReceiptMoved Moved, IReadOnlySet<UserId> Senders, Subscriber? Except)
    {
        // With the names, the brackets and the longest numbers; ids are ASCII.
        private const int BytesWithoutUserAndAhead = 160;
        private const int BytesOfOneAhead = 17;

        /// <summary>At least as many bytes as it takes on the wire.</summary>
        public int MaxBytes => BytesWithoutUserAndAhead + Moved.User.Value.Length + ((Moved.ReadAhead?.Count ?? 0) * BytesOfOneAhead);

        /// <summary>Both as one. Of a sender who was to be told of the first the second may be no news; but the first he was not told.</summary>
        public Movement Then(Movement next) => new(
            next.Moved, Senders.Count == 0 ? next.Senders : Senders.Union(next.Senders).ToHashSet(), Except == next.Except ? Except : null);

        /// <summary>The users who are told, where not everybody is.</summary>
        public IEnumerable<UserId> Concerns(ReceiptAudience audience) => audience == ReceiptAudience.Sender ? Senders.Prepend(Moved.User) : [Moved.User];
    }

    private enum WindowState
    {
        /// <summary>Nothing was told yet.</summary>
        New = 0,

        /// <summary>Something was told less than an interval ago.</summary>
        Open = 1,

        /// <summary>It is over, and another one begins with what comes.</summary>
        Ended = 2,
    }

    /// <summary>A conversation of which something was announced a moment ago.</summary>
    private sealed class Window(ConversationKey key, ReceiptAudience audience)
    {
        public ConversationKey Key => key;

        public ReceiptAudience Audience => audience;

        /// <summary>Guards what follows, and the order in which things are told.</summary>
        public Lock Order { get; } = new();

        public WindowState State { get; set; }

        /// <summary>What moved since, by user.</summary>
        public Dictionary<UserId, Movement> Moved { get; } = [];
    }
}
