namespace Parley.Client.Testing;

/// <content>Moving it, and waiting until what that started has come to rest.</content>
public sealed partial class VirtualClock
{
    private readonly Stillness _stillness = new();

    /// <summary>Moves by this much, and completes when what was due has run and nothing moves any more.</summary>
    /// <param name="by">How far; nothing at all is a way to wait for rest.</param>
    /// <param name="cancel">Stops moving where it is.</param>
    /// <remarks>
    /// <para>
    /// At rest is: nothing on a wire, no request without an answer, nothing that the server writes or sends, no event that listeners have not had, no client of this kit in the middle of connecting, and nobody who looks at the clock. What
    /// waits for the clock is at rest, and so is what the test holds up itself (<see cref="Faults.Pause"/>). Of the program under test it sees no more than that: threads of its own, and waits for another clock than this, it does not know of.
    /// </para>
    /// <para>Where something moves on and on it is not waited for longer than ten seconds of real time: a <see cref="TimeoutException"/> says so.</para>
    /// <para>Up to ten minutes, what is due at different times is waited for by itself. Farther moves go in steps of a thousandth of the way, eight minutes at most, and what is due within one step is waited for together; it runs in order all the same.</para>
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">Time does not go back.</exception>
    /// <exception cref="TimeoutException">It did not come to rest.</exception>
    public Task AdvanceAsync(TimeSpan by, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        // Not on the caller's context: what is due would post to it, and wait for the caller.
        return Task.Run(() => MoveAsync(() => GetUtcNow() + by, until: null, cancel), cancel);
    }

    /// <summary>Moves to this time, as <see cref="AdvanceAsync"/> does.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Time does not go back.</exception>
    /// <exception cref="TimeoutException">It did not come to rest.</exception>
    public Task AdvanceToAsync(DateTimeOffset time, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, GetUtcNow());
        return Task.Run(() => MoveAsync(() => time, until: null, cancel), cancel);
    }

    /// <summary>Moves from one thing that is due to the next until it is so: for what happens after a wait that chance draws.</summary>
    /// <param name="isSo">Asked at rest, at each step.</param>
    /// <param name="atMost">How far; left out, an hour.</param>
    /// <param name="cancel">Stops moving where it is.</param>
    /// <exception cref="TimeoutException">It was not so by then, or it did not come to rest.</exception>
    public Task AdvanceUntilAsync(Func<bool> isSo, TimeSpan? atMost = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(isSo);
        return Task.Run(() => MoveAsync(() => GetUtcNow() + (atMost ?? TimeSpan.FromHours(1)), isSo, cancel), cancel);
    }

    /// <summary>Moves until <paramref name="task"/> is done, and is what became of it: for a call that waits for the clock before it answers.</summary>
    /// <inheritdoc cref="AdvanceUntilAsync(Func{bool}, TimeSpan?, CancellationToken)"/>
    public async Task AdvanceUntilAsync(Task task, TimeSpan? atMost = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(task);
        await AdvanceUntilAsync(() => task.IsCompleted, atMost, cancel).ConfigureAwait(false);
        await task.ConfigureAwait(false);
    }

    /// <summary>Moves until <paramref name="task"/> is done, and is its answer.</summary>
    /// <inheritdoc cref="AdvanceUntilAsync(Func{bool}, TimeSpan?, CancellationToken)"/>
    public async Task<T> AdvanceUntilAsync<T>(Task<T> task, TimeSpan? atMost = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(task);
        await AdvanceUntilAsync((Task)task, atMost, cancel).ConfigureAwait(false);
        return await task.ConfigureAwait(false);
    }

    /// <summary>Has whoever moves this clock wait for <paramref name="who"/> too.</summary>
    internal void WaitFor(IMoving who) => _stillness.Add(who);

    /// <summary>Waits for him no longer.</summary>
    internal void Forget(IMoving who) => _stillness.Remove(who);

    /// <summary>In real time: how long something may take to end without the clock, and then again with it.</summary>
    internal TimeSpan EndsWithin { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Waits while something ends of which it cannot be seen what it waits for. The clock stands still, unless that is what it waits for: then it moves on, little by little, when nobody else moves it.</summary>
    /// <exception cref="TimeoutException">It does not end.</exception>
    internal async Task FlowAsync(Task ending)
    {
        await Task.WhenAny(ending, Task.Delay(EndsWithin / 2, System)).ConfigureAwait(false);
        if (!ending.IsCompleted) await LetFlowAsync(ending).ConfigureAwait(false);
        await ending.ConfigureAwait(false);
    }

    private async Task LetFlowAsync(Task ending)
    {
        using var over = new CancellationTokenSource(EndsWithin, System);
        var turn = _turn.Writer.WriteAsync(0, over.Token).AsTask();
        // Whoever moves the clock may be waiting for the same end.
        if (await Task.WhenAny(ending, turn).ConfigureAwait(false) == ending) await over.CancelAsync().ConfigureAwait(false);
        await Task.WhenAny(turn).ConfigureAwait(false);
        try
        {
            while (!ending.IsCompleted)
            {
                if (over.IsCancellationRequested) throw new TimeoutException($"It does not end, after {EndsWithin} of real time with the clock.");
                Advance(TimeSpan.FromMilliseconds(20));
                await Task.WhenAny(ending, Task.Delay(TimeSpan.FromMilliseconds(1), System)).ConfigureAwait(false);
            }
        }
        finally
        {
            if (turn.IsCompletedSuccessfully) _turn.Reader.TryRead(out _);
        }
    }

    private async Task MoveAsync(Func<DateTimeOffset> to, Func<bool>? until, CancellationToken cancel)
    {
        // The channel has room for one.
        await _turn.Writer.WriteAsync(0, cancel).ConfigureAwait(false);
        try
        {
            var (from, target) = (GetUtcNow(), to());
            var stride = target - from > Exact && until is null ? TimeSpan.FromTicks(Math.Min((target - from).Ticks / 1_000, LongestStep.Ticks)) : TimeSpan.Zero;
            await _stillness.ReachAsync(this, Rest.Sure, cancel).ConfigureAwait(false);
            while (until?.Invoke() != true && NextDue is { } due && due <= target)
            {
                var step = GetUtcNow() + stride;
                var ran = RunOnce(due > step ? due : step < target ? step : target);
                await _stillness.ReachAsync(this, ran == TimerOwner.Program && stride == TimeSpan.Zero ? Rest.Sure : Rest.Likely, cancel).ConfigureAwait(false);
            }

            if (until is null)
            {
                Show(target);
                await _stillness.ReachAsync(this, Rest.Sure, cancel).ConfigureAwait(false);
            }
            else if (!until())
            {
                Show(target);
                throw new TimeoutException($"It was not so by {target:u}, after {target - from}.");
            }
        }
        finally
        {
            _turn.Reader.TryRead(out _);
        }
    }

    /// <summary>Runs what is due by then and was asked for before: what repeats many times within a step is told once that it is late, as on a machine that slept.</summary>
    /// <returns>Whether something of it was the program's.</returns>
    private TimerOwner RunOnce(DateTimeOffset until)
    {
        var ran = TimerOwner.Server;
        (VirtualTimer Timer, int Generation)[] due;
        lock (_gate) due = [.. _timers.TakeWhile(timer => timer.Due <= until).Select(timer => (timer, timer.Generation))];
        foreach (var (timer, generation) in due)
        {
            lock (_gate)
            {
                if (timer.Generation != generation || !_timers.Remove(timer)) continue;
                if (timer.Due > _now) _now = timer.Due;
                Again(timer);
            }

            if (timer.Owner == TimerOwner.Program) ran = TimerOwner.Program;
            timer.Run();
        }

        Show(until);
        return ran;
    }
}
