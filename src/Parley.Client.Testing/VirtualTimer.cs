namespace Parley.Client.Testing;

/// <summary>Something that a virtual clock calls.</summary>
/// <param name="clock">Whose.</param>
/// <param name="callback">What is called.</param>
/// <param name="state">With what.</param>
/// <param name="owner">Who asked for it.</param>
internal sealed class VirtualTimer(VirtualClock clock, TimerCallback callback, object? state, TimerOwner owner) : ITimer
{
    /// <summary>Sooner first; among equals, who asked first.</summary>
    public static readonly IComparer<VirtualTimer> Sooner =
        Comparer<VirtualTimer>.Create((one, other) => one.Due != other.Due ? one.Due.CompareTo(other.Due) : one.Order.CompareTo(other.Order));

    private volatile bool _disposed;

    public TimerOwner Owner => owner;

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

/// <summary>Who has a virtual clock call.</summary>
internal enum TimerOwner
{
    /// <summary>The program under test, its clients among it.</summary>
    Program,

    /// <summary>The server, which looks after something every few seconds. What of it concerns anybody is said on a wire.</summary>
    Server,
}
