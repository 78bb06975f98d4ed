namespace Parley.Client.Tests.Support;

/// <summary>The system's clock with a hand on it: what waits for a time that was moved over is called.</summary>
internal sealed class MovableClock : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<Timer> _timers = [];
    private TimeSpan _ahead;
    private TimeSpan _set;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + _ahead + _set;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => System.GetElapsedTime(0).Ticks + _ahead.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        lock (_gate) _timers.Add(timer);
        return timer;
    }

    /// <summary>Moves ahead, and lets go off what is due by then.</summary>
    public void Move(TimeSpan by)
    {
        Timer[] timers;
        lock (_gate)
        {
            _ahead += by;
            timers = [.. _timers];
        }

        foreach (var timer in timers) timer.Moved();
    }

    /// <summary>Somebody sets the time of day; nothing passes.</summary>
    public void Set(TimeSpan by) => _set += by;

    private sealed class Timer : ITimer
    {
        private readonly MovableClock _clock;
        private readonly ITimer _real;
        private long _due = long.MaxValue;
        private TimeSpan _period;

        public Timer(MovableClock clock, TimerCallback callback, object? state)
        {
            _clock = clock;
            _real = System.CreateTimer(
                _ =>
                {
                    Interlocked.Exchange(ref _due, _period == Timeout.InfiniteTimeSpan ? long.MaxValue : _clock.GetTimestamp() + _period.Ticks);
                    callback(state);
                },
                null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _period = period;
            Interlocked.Exchange(ref _due, dueTime == Timeout.InfiniteTimeSpan ? long.MaxValue : _clock.GetTimestamp() + dueTime.Ticks);
            return _real.Change(dueTime, period);
        }

        public void Moved()
        {
            var due = Interlocked.Read(ref _due);
            if (due == long.MaxValue) return;
            var left = Math.Max(0, due - _clock.GetTimestamp());
            _real.Change(TimeSpan.FromTicks(left), _period);
        }

        public void Dispose() => _real.Dispose();

        public ValueTask DisposeAsync() => _real.DisposeAsync();
    }
}
