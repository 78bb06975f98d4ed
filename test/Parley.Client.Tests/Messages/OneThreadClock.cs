namespace Parley.Client.Tests.Messages;

/// <summary>A clock that stands until it is moved; what is due then is called on the thread that moves it.</summary>
internal sealed class OneThreadClock : TimeProvider
{
    private readonly List<Timer> _timers = [];
    private TimeSpan _now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddYears(50) + _now;

    public override long GetTimestamp() => _now.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, () => callback(state));
        timer.Change(dueTime, period);
        _timers.Add(timer);
        return timer;
    }

    public void Move(TimeSpan by)
    {
        _now += by;
        for (var calls = 0; _timers.Find(timer => timer.Due <= _now) is { } due; calls++)
        {
            Assert.True(calls < 1_000, "somebody is called again and again at one time");
            due.GoOff();
        }
    }

    /// <summary>Nothing that waits is called any more: its process is dead.</summary>
    public void Forget() => _timers.Clear();

    private sealed class Timer(OneThreadClock clock, Action goOff) : ITimer
    {
        public TimeSpan Due { get; private set; } = TimeSpan.MaxValue;

        public void GoOff()
        {
            Due = TimeSpan.MaxValue;
            goOff();
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Due = dueTime == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : clock._now + dueTime;
            return true;
        }

        public void Dispose() => clock._timers.Remove(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
