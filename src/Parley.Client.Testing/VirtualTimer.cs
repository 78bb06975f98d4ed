namespace Parley.Client.Testing;

/// <summary>Something that a virtual clock calls.</summary>
internal sealed class VirtualTimer(VirtualClock clock, TimerCallback callback, object? state) : ITimer
{
    /// <summary>Sooner first; among equals, who asked first.</summary>
    public static readonly IComparer<VirtualTimer> Sooner =
        Comparer<VirtualTimer>.Create((one, other) => one.Due != other.Due ? one.Due.CompareTo(other.Due) : one.Order.CompareTo(other.Order));

    private volatile bool _disposed;

    // All four are the clock's, under its lock.
    public DateTimeOffset Due { get; set; }

    public long Order { get; set; }

    public TimeSpan Period { get; set; } = Timeout.InfiniteTimeSpan;

    public int Generation { get; set; }

    public void Run()
    {
        if (!_disposed) callback(state);
    }

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        if (_disposed) return false;
        clock.Arm(this, dueTime, period);
        return true;
    }

    public void Dispose()
    {
        _disposed = true;
        clock.Arm(this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}
