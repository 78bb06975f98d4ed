namespace Parley.Client.Testing;

/// <summary>Something that may be in the middle of work which no clock holds up.</summary>
internal interface IMoving
{
    /// <summary>Why it is not at rest; null when it is.</summary>
    string? Why { get; }

    /// <summary>Grows with everything it does that others answer to.</summary>
    long Done { get; }
}

/// <summary>How sure it has to be that nothing moves.</summary>
internal enum Rest
{
    /// <summary>Between two steps: what is missed runs a step later. Where somebody said something on a wire, it has to be sure all the same.</summary>
    Likely,

    /// <summary>Before a test looks.</summary>
    Sure,
}

/// <summary>Waits until nothing moves any more.</summary>
/// <remarks>
/// What is counted (bytes, requests, items of a journal, events, work that waits for a thread of the pool) is seen exactly. What is not is work that has a thread which the system does not let run: the pool is given more work several times
/// over, and then there is real time, and nobody may have looked at the clock or said anything meanwhile.
/// </remarks>
internal sealed class Stillness
{
    private const int Hops = 3;
    private const int SureLooks = 3;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(1);

    /// <summary>What seems to move, and does nothing for so long, waits for the clock, or for the test.</summary>
    private static readonly TimeSpan Stuck = TimeSpan.FromMilliseconds(250);

    /// <summary>Waits for a disk and for no clock, but where the database says that it should be tried again in a moment.</summary>
    internal const string Writing = "the server writes";

    /// <summary>What a disk that has much to do may take for it.</summary>
    private static readonly TimeSpan StuckWriting = TimeSpan.FromSeconds(5);

    /// <summary>So long it waits for a moment in which nothing waits for a thread of the pool; what waits longer is another test's.</summary>
    private static readonly TimeSpan Crowded = TimeSpan.FromMilliseconds(20);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private IMoving[] _all = [];
    private string? _held;
    private long _said;

    public void Add(IMoving who)
    {
        lock (_gate) _all = [.. _all, who];
    }

    public void Remove(IMoving who)
    {
        lock (_gate) _all = [.. _all.Where(one => one != who)];
    }

    /// <exception cref="TimeoutException">It moves on and on.</exception>
    public async Task ReachAsync(VirtualClock clock, Rest rest, CancellationToken cancel)
    {
        var began = TimeProvider.System.GetTimestamp();
        var (last, since) = (Done(clock), began);
        var needed = rest == Rest.Sure ? SureLooks : 1;
        for (var looks = 0; looks < needed;)
        {
            for (var hop = 0; hop < Hops; hop++) await HopAsync().ConfigureAwait(false);
            if (looks > 0) await Task.Delay(Look, TimeProvider.System, cancel).ConfigureAwait(false);
            cancel.ThrowIfCancellationRequested();

            var (why, done, now) = (Why(clock), Done(clock), TimeProvider.System.GetTimestamp());
            if (Said() is var said && said != _said) (_said, needed) = (said, SureLooks);
            if (done != last) (last, since, looks) = (done, now, 0);
            else if (ThreadPool.PendingWorkItemCount > 0 && TimeProvider.System.GetElapsedTime(since, now) < Crowded) await Task.Delay(Look, TimeProvider.System, cancel).ConfigureAwait(false);
            else if (why is null) (looks, _held) = (looks + 1, null);
            else if (why == _held) looks++;
            else if (TimeProvider.System.GetElapsedTime(since, now) >= (why == Writing ? StuckWriting : Stuck)) _held = why;
            else await Task.Delay(Look, TimeProvider.System, cancel).ConfigureAwait(false);

            if (TimeProvider.System.GetElapsedTime(began, now) >= Patience) throw new TimeoutException($"It does not come to rest: {why ?? "somebody looks at the clock again and again"}.");
        }
    }

    /// <summary>Has a thread of the pool come by, behind the work that waits there.</summary>
    private static Task HopAsync()
    {
        var came = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ThreadPool.UnsafeQueueUserWorkItem(static its => its.SetResult(), came, preferLocal: false);
        return came.Task;
    }

    private string? Why(VirtualClock clock)
    {
        if (clock.IsRunning) return "what was due at once has not run";
        string? first = null;
        foreach (var one in Volatile.Read(ref _all))
        {
            var why = one.Why;
            // Who asked for it seems to wait, too.
            if (why == Writing) return why;
            first ??= why;
        }

        return first;
    }

    private long Done(VirtualClock clock) => clock.Touched + Said();

    private long Said()
    {
        var said = 0L;
        foreach (var one in Volatile.Read(ref _all)) said += one.Done;
        return said;
    }
}
