namespace Parley.Tests;

/// <summary>A clock that stands still until it is told to move; its timers too.</summary>
internal sealed class ManualClock : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<Timer> _timers = [];
    private DateTimeOffset _now;

    public ManualClock(DateTimeOffset? now = null) => _now = now ?? new DateTimeOffset(2026, 11, 20, 8, 15, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Moves, and runs what is due by then.</summary>
    public void Advance(TimeSpan by)
    {
        List<Timer> due;
        lock (_lock)
        {
            _now += by;
            due = [.. _timers.Where(timer => timer.Due <= _now)];
            _timers.RemoveAll(due.Contains);
        }

        foreach (var timer in due) timer.Run();
    }

    /// <summary>Waits until somebody waits for a time that far away: only then does moving there wake him.</summary>
    public Task WaitedForAsync(TimeSpan wait) => Gateway.GatewayHost.EventuallyAsync(() =>
    {
        lock (_lock) return _timers.Exists(timer => timer.Due == _now + wait);
    });

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock) return _now;
    }

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Fires once; nothing here uses a period.</summary>
    private sealed class Timer(ManualClock clock, Action run) : ITimer
    {
        public DateTimeOffset Due { get; private set; }

        public void Run() => run();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._lock)
            {
                clock._timers.Remove(this);
                if (dueTime == Timeout.InfiniteTimeSpan) return true;
                Due = clock._now + dueTime;
                clock._timers.Add(this);
                return true;
            }
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
