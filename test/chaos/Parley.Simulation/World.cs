namespace Parley.Simulation;

/// <summary>One thread, one clock and one list of what is to happen, which a seed decides all of.</summary>
internal sealed class World(int seed)
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly PriorityQueue<Action, (long At, long Order)> _events = new();
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private long _order;
    private Exception? _failure;

    public Random Random { get; } = new(seed);

    /// <summary>Since the beginning.</summary>
    public TimeSpan Now { get; private set; }

    public DateTimeOffset Clock => Start + Now;

    /// <summary>How many things have happened.</summary>
    public long Steps { get; private set; }

    /// <summary>Has something happen later. What is due at the same moment happens in the order in which it was said.</summary>
    public void In(TimeSpan delay, Action action)
    {
        if (Environment.CurrentManagedThreadId != _thread) throw new InvalidOperationException("Something left the thread of the simulation: its order is no longer that of the seed.");
        _events.Enqueue(action, ((Now + (delay > TimeSpan.Zero ? delay : TimeSpan.Zero)).Ticks, _order++));
    }

    /// <summary>Has what somebody does over several things that happen end the simulation when it fails.</summary>
    public async void Watch(Task task)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
        catch (Exception error)
        {
            _failure ??= error;
        }
    }

    /// <summary>Lets a time pass for somebody, who goes on within the event that ends it.</summary>
    public Task PassAsync(TimeSpan time)
    {
        var over = new TaskCompletionSource();
        In(time, over.SetResult);
        return over.Task;
    }

    /// <summary>Between two bounds, in milliseconds.</summary>
    public TimeSpan Between(double least, double most) => TimeSpan.FromMilliseconds(least + (Random.NextDouble() * (most - least)));

    public bool Chance(double probability) => Random.NextDouble() < probability;

    public T OneOf<T>(IReadOnlyList<T> some) => some[Random.Next(some.Count)];

    /// <summary>An id like that of any other run of this seed.</summary>
    public Guid NewId()
    {
        Span<byte> bytes = stackalloc byte[16];
        Random.NextBytes(bytes);
        return new Guid(bytes);
    }

    /// <summary>Lets everything happen until a moment, or until nothing is left.</summary>
    public void RunUntil(TimeSpan end)
    {
        while (_events.TryPeek(out _, out var next) && next.At <= end.Ticks) Step();
        Now = end;
    }

    /// <summary>Lets things happen until something holds, which is looked at now and then; false when it does not by a moment.</summary>
    public bool RunUntil(Func<bool> so, TimeSpan atMost)
    {
        const int Several = 16;
        var end = (Now + atMost).Ticks;
        while (!so())
        {
            for (var steps = 0; steps < Several; steps++)
            {
                if (!_events.TryPeek(out _, out var next) || next.At > end) return so();
                Step();
            }
        }

        return true;
    }

    private void Step()
    {
        _events.TryDequeue(out var action, out var due);
        Now = new TimeSpan(due.At);
        Steps++;
        action!();
        if (_failure is { } failure) throw new InvalidOperationException("Something failed that nobody waits for.", failure);
    }
}

/// <summary>The clock of a device in a world: its timers fire as things that happen there.</summary>
internal sealed class WorldClock(World world) : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => world.Now.Ticks;

    public override DateTimeOffset GetUtcNow() => world.Clock;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new WorldTimer(world, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class WorldTimer(World world, Action callback) : ITimer
    {
        private long _setting;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var setting = ++_setting;
            if (dueTime == Timeout.InfiniteTimeSpan) return true;
            world.In(dueTime, () => Fire(setting, period));
            return true;
        }

        public void Dispose() => _setting++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }

        private void Fire(long setting, TimeSpan period)
        {
            if (setting != _setting) return;
            if (period != Timeout.InfiniteTimeSpan && period > TimeSpan.Zero) world.In(period, () => Fire(setting, period));
            callback();
        }
    }
}
