namespace Parley.Client.Tests.Support;

/// <summary>A clock that stands still until it is moved; what is due by then is called at once, in order.</summary>
internal sealed class StoppedClock : TimeProvider
{
    private static readonly DateTimeOffset Start = new(2026, 11, 20, 8, 0, 0, TimeSpan.Zero);

    private readonly Lock _gate = new();
    private readonly List<Timer> _timers = [];
    private long _now;
    private bool _runs;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref _now);

    public override DateTimeOffset GetUtcNow() => Start.AddTicks(GetTimestamp());

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    public void Move(TimeSpan by)
    {
        var until = GetTimestamp() + by.Ticks;
        while (true)
        {
            Timer? next;
            lock (_gate)
            {
                next = _timers.Where(timer => timer.Due <= until).MinBy(timer => timer.Due);
                Interlocked.Exchange(ref _now, next is null ? until : Math.Max(_now, next.Due));
                next?.Advance();
            }

            if (next is null) return;
            next.Call();
        }
    }

    /// <summary>From now on nothing that is waited for takes any time: for what a client still waits for when it is disposed.</summary>
    public void Run()
    {
        Volatile.Write(ref _runs, true);
        Move(TimeSpan.FromDays(1));
    }

    private sealed class Timer(StoppedClock clock, Action callback) : ITimer
    {
        private TimeSpan _period;

        public long Due { get; private set; }

        public Action Call => callback;

        /// <summary>Called under the clock's gate.</summary>
        public void Advance()
        {
            if (_period > TimeSpan.Zero) Due += _period.Ticks;
            else clock._timers.Remove(this);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            bool now;
            lock (clock._gate)
            {
                clock._timers.Remove(this);
                now = (dueTime == TimeSpan.Zero || (clock._runs && dueTime > TimeSpan.Zero)) && period <= TimeSpan.Zero;
                (Due, _period) = (clock.GetTimestamp() + dueTime.Ticks, period);
                if (!now && dueTime != Timeout.InfiniteTimeSpan) clock._timers.Add(this);
            }

            if (now) ThreadPool.QueueUserWorkItem(_ => callback());
            return true;
        }

        public void Dispose()
        {
            lock (clock._gate) clock._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
