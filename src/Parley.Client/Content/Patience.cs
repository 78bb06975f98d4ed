namespace Parley.Client;

/// <summary>How long something is tried while nothing gets through, and how long between two tries.</summary>
/// <param name="most">How long; counted from the first failure after something got through.</param>
/// <param name="clock">The clock of it.</param>
/// <param name="uniform">Draws from [0, 1).</param>
internal sealed class Patience(TimeSpan most, TimeProvider clock, Func<double> uniform)
{
    private long? _since;
    private int _failures;

    /// <summary>Something got through: everything is counted anew.</summary>
    public void Progress() => (_since, _failures) = (null, 0);

    /// <summary>Waits before the next try, as long as the server says or the jitter has it.</summary>
    /// <param name="refusal">What the server answered; null when it did not.</param>
    /// <param name="broken">What became of the connection; null when there was an answer.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="ParleyRefusedException">There is not that much time left, and the server answered.</exception>
    /// <exception cref="ParleyConnectionException">There is not that much time left, and nobody answered.</exception>
    public async Task WaitAsync(Refusal? refusal, Exception? broken, CancellationToken cancel)
    {
        _since ??= clock.GetTimestamp();
        var wait = refusal?.RetryAfter ?? Backoff.Wait(_failures, uniform());
        _failures++;
        if (most != Timeout.InfiniteTimeSpan && clock.GetElapsedTime(_since.Value) + wait >= most)
        {
            if (refusal is not null) throw new ParleyRefusedException(refusal);
            throw new ParleyConnectionException($"Nothing got through within {most}.", broken);
        }

        await Task.Delay(wait, clock, cancel).ConfigureAwait(false);
    }

    /// <summary>Tries until there is an answer other than <em>later</em>.</summary>
    /// <exception cref="ParleyRefusedException">It was refused, or was refused for the moment until the time was over.</exception>
    /// <exception cref="ParleyConnectionException">Nobody answered.</exception>
    public async Task<T> TryAsync<T>(Func<Task<Outcome<T>>> attempt, CancellationToken cancel)
        where T : class
    {
        while (true)
        {
            Refusal? refusal = null;
            Exception? broken = null;
            try
            {
                var outcome = await attempt().ConfigureAwait(false);
                if (outcome.Value is { } value) return value;
                refusal = outcome.Refusal!;
                if (refusal.Retry == RetryPolicy.Never) throw new ParleyRefusedException(refusal);
            }
            catch (Exception error) when (ContentHttp.IsBroken(error) && !cancel.IsCancellationRequested)
            {
                broken = error;
            }

            await WaitAsync(refusal, broken, cancel).ConfigureAwait(false);
        }
    }
}
