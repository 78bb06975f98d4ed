using System.Threading.Channels;

namespace Parley.Client.Testing;

/// <summary>A clock that stands still until the test moves it, and its timers with it: twelve hours take milliseconds, and a deadline is met to the tick.</summary>
/// <remarks>
/// <para>What is due runs one at a time, in the order of its times, and among equals in the order in which it was asked for; while it runs the clock shows the time for which it was asked.</para>
/// <para>Safe for use from any thread. One move at a time: a second one waits for the first.</para>
/// </remarks>
public sealed partial class VirtualClock : TimeProvider
{
    /// <summary>How far one step goes at most: a session hears some of them before that its token ends.</summary>
    private static readonly TimeSpan LongestStep = TimeSpan.FromMinutes(8);

    /// <summary>Up to here every time at which something is due is a step of its own.</summary>
    private static readonly TimeSpan Exact = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private readonly SortedSet<VirtualTimer> _timers = new(VirtualTimer.Sooner);
    private readonly Channel<byte> _turn = Channel.CreateBounded<byte>(1);
    private DateTimeOffset _now;
    private long _order;
    private int _atOnce;
    private long _touched;

    /// <summary>Makes a clock that shows <paramref name="start"/>; left out, 1 January 2030, 08:00 UTC.</summary>
    public VirtualClock(DateTimeOffset? start = null) => _now = (start ?? new DateTimeOffset(2030, 1, 1, 8, 0, 0, TimeSpan.Zero)).ToUniversalTime();

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>UTC, wherever the test runs.</summary>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        Interlocked.Increment(ref _touched);
        lock (_gate) return _now;
    }

    /// <inheritdoc/>
    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    /// <summary>Makes a timer of this clock. One that is due at once runs without a move, on a thread of the pool.</summary>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        CreateTimer(callback, state, dueTime, period, TimerOwner.Program);

    /// <summary>Moves, and runs what is due on the way. What that starts on other threads is not waited for: <see cref="AdvanceAsync"/> does.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Time does not go back.</exception>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        DateTimeOffset target;
        lock (_gate) target = _now + by;
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            while (Take(target) is { } timer) timer.Run();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }

        Show(target);
    }

    /// <summary>The time of the next thing that is due; null when nothing waits.</summary>
    internal DateTimeOffset? NextDue
    {
        get
        {
            lock (_gate) return _timers.Min?.Due;
        }
    }

    /// <summary>Grows whenever somebody looks at the clock or asks to be called: where it stands still, nothing happens that has to do with time.</summary>
    internal long Touched => Volatile.Read(ref _touched);

    /// <summary>Whether something that was due at once has not run yet.</summary>
    internal bool IsRunning => Volatile.Read(ref _atOnce) > 0;

    /// <summary>The same clock, as the server has it.</summary>
    internal TimeProvider OfServer() => new ServerClock(this);

    internal void Arm(VirtualTimer timer, TimeSpan dueTime, TimeSpan period)
    {
        Interlocked.Increment(ref _touched);
        int generation;
        lock (_gate)
        {
            _timers.Remove(timer);
            timer.Period = period;
            generation = ++timer.Generation;
            if (dueTime == Timeout.InfiniteTimeSpan) return;
            if (dueTime > TimeSpan.Zero)
            {
                Put(timer, Later(_now, dueTime));
                return;
            }

            // Whoever asks may hold a lock that the callback takes, so it is not called from in here.
            Interlocked.Increment(ref _atOnce);
        }

        ThreadPool.UnsafeQueueUserWorkItem(
            _ =>
            {
                try
                {
                    lock (_gate)
                    {
                        if (timer.Generation != generation) return;
                        Again(timer);
                    }

                    timer.Run();
                }
                finally
                {
                    Interlocked.Decrement(ref _atOnce);
                }
            },
            null);
    }

    private VirtualTimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period, TimerOwner owner)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new VirtualTimer(this, callback, state, owner);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Takes out what is due first, and shows its time; null, when nothing is due by <paramref name="until"/>.</summary>
    private VirtualTimer? Take(DateTimeOffset until)
    {
        lock (_gate)
        {
            if (_timers.Min is not { } timer || timer.Due > until) return null;
            _timers.Remove(timer);
            if (timer.Due > _now) _now = timer.Due;
            Again(timer);
            return timer;
        }
    }

    private void Again(VirtualTimer timer)
    {
        if (timer.Period > TimeSpan.Zero) Put(timer, Later(_now, timer.Period));
    }

    private void Put(VirtualTimer timer, DateTimeOffset due)
    {
        (timer.Due, timer.Order) = (due, ++_order);
        _timers.Add(timer);
    }

    private void Show(DateTimeOffset time)
    {
        lock (_gate)
        {
            if (time > _now) _now = time;
        }
    }

    private static DateTimeOffset Later(DateTimeOffset time, TimeSpan by) => DateTimeOffset.MaxValue - time > by ? time + by : DateTimeOffset.MaxValue;

    private sealed class ServerClock(VirtualClock clock) : TimeProvider
    {
        public override long TimestampFrequency => clock.TimestampFrequency;

        public override TimeZoneInfo LocalTimeZone => clock.LocalTimeZone;

        public override DateTimeOffset GetUtcNow() => clock.GetUtcNow();

        public override long GetTimestamp() => clock.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            clock.CreateTimer(callback, state, dueTime, period, TimerOwner.Server);
    }
}
