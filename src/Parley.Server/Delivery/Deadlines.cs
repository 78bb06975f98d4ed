using Microsoft.Extensions.Logging;

namespace Parley.Delivery;

/// <summary>Tells when a time has passed that is the same for all: so they end in the order in which they began, with one timer for all of them.</summary>
/// <remarks>Adding costs the same however many wait. They are told one at a time, from a thread of the timer's, and may be late by a moment.</remarks>
internal sealed partial class Deadlines<T>(TimeSpan after, TimeProvider clock, Action<T> passed, ILogger logger) : IAsyncDisposable
{
    /// <summary>A little late, for several at once.</summary>
    private static readonly TimeSpan MinWait = TimeSpan.FromMilliseconds(20);

    private readonly Lock _gate = new();
    private readonly Queue<(T Item, long Since)> _waiting = new();
    private ITimer? _timer;
    private bool _telling;
    private bool _stopped;

    /// <summary>Has <paramref name="item"/> told once the time has passed. Added twice, it is told twice.</summary>
    public void Add(T item)
    {
        lock (_gate)
        {
            _waiting.Enqueue((item, clock.GetTimestamp()));
            if (_waiting.Count == 1 && !_telling) Wake();
        }
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

    private void Wake()
    {
        if (_stopped) return;
        var left = after - clock.GetElapsedTime(_waiting.Peek().Since);
        _timer ??= clock.CreateTimer(_ => Tell(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(left < MinWait ? MinWait : left, Timeout.InfiniteTimeSpan);
    }

    private void Tell()
    {
        lock (_gate) _telling = true;
        while (TryTake(out var item))
        {
            try
            {
                passed(item);
            }
            catch (Exception failure)
            {
                // A bug that must keep nobody else waiting.
                Log.NotDone(logger, failure);
            }
        }
    }

    private bool TryTake(out T item)
    {
        lock (_gate)
        {
            if (!_stopped && _waiting.TryPeek(out var first) && clock.GetElapsedTime(first.Since) >= after)
            {
                item = _waiting.Dequeue().Item;
                return true;
            }

            _telling = false;
            if (_waiting.Count > 0) Wake();
            item = default!;
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "What was due could not be done")]
        public static partial void NotDone(ILogger logger, Exception failure);
    }
}
