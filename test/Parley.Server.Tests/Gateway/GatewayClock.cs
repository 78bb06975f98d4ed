using System.Collections.Concurrent;

namespace Parley.Tests.Gateway;

/// <summary>A clock that stands still until it is told to move. Its timers are real ones.</summary>
internal sealed class GatewayClock : TimeProvider
{
    private long _ticks = new DateTimeOffset(2026, 11, 20, 8, 15, 0, TimeSpan.Zero).UtcTicks;

    /// <summary>What was waited for, in order.</summary>
    public ConcurrentQueue<TimeSpan> Waits { get; } = [];

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Waits.Enqueue(dueTime);
        return base.CreateTimer(callback, state, dueTime, period);
    }

    public override DateTimeOffset GetUtcNow() => new(Volatile.Read(ref _ticks), TimeSpan.Zero);

    public override long GetTimestamp() => Volatile.Read(ref _ticks);
}
