namespace Parley.Client;

/// <summary>Requests other than sends: waits for a session, asks again after a reconnect and after refusals that say <em>later</em>. All of them may be asked twice.</summary>
internal sealed class Requests(Connection connection, ParleyClientOptions options, Func<double> uniform)
{
    /// <summary>Asks, and answers what the server said.</summary>
    /// <param name="method">What.</param>
    /// <param name="request">The same each time, ids included, so that asking twice does nothing twice.</param>
    /// <param name="cancel">Stops asking; what was asked may have been done.</param>
    /// <param name="landed">Hears the answer at its place among the notifications.</param>
    /// <param name="done">What a refusal answers when it may be one of the request's own doing: an earlier copy was carried out, and its answer was lost. Null for those that say no such thing.</param>
    /// <exception cref="ParleyRefusedException">It was refused.</exception>
    /// <exception cref="ParleyConnectionException">There was no answer in time.</exception>
    public async Task<TAnswer> AskAsync<TRequest, TAnswer>(
        Method<TRequest, TAnswer> method, TRequest request, CancellationToken cancel, Action<TAnswer>? landed = null, Func<Refusal, TAnswer?>? done = null)
        where TAnswer : class
    {
        using var patience = new CancellationTokenSource(options.RequestTimeout, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancel);
        Refusal? refusal = null;
        var mayBeDone = false;
        try
        {
            for (var attempt = 0; ; attempt++)
            {
                var link = await connection.OpenAsync(either.Token).ConfigureAwait(false);
                var asked = ClientTelemetry.Asked(options.TimeProvider);
                var answer = await AskOnceAsync(link, method, request, landed).WaitAsync(either.Token).ConfigureAwait(false);
                if (!answer.IsLost) ClientTelemetry.Answered(method.Name, asked, options.TimeProvider);
                if (answer.Value is { } value) return value;
                refusal = answer.Refusal;
                if (mayBeDone && refusal is not null && done?.Invoke(refusal) is { } settled) return settled;
                mayBeDone |= answer.IsLost || refusal == Refusals.OutcomeUnknown;
                // A token that ended closes the connection; on the next the same request is good.
                if (refusal is { Retry: RetryPolicy.Never } && refusal != Refusals.Unauthorized) throw new ParleyRefusedException(refusal);
                var wait = answer.IsLost ? TimeSpan.FromMilliseconds(10) : refusal?.RetryAfter ?? Backoff.Wait(attempt, uniform());
                await Task.Delay(wait, options.TimeProvider, either.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            if (refusal is not null) throw new ParleyRefusedException(refusal);
            throw new ParleyConnectionException($"{method.Name} was not answered within {options.RequestTimeout}.");
        }
    }

    /// <summary>Waits for a session, as long as for an answer.</summary>
    /// <exception cref="ParleyConnectionException">There was none in time.</exception>
    public async Task ConnectedAsync(CancellationToken cancel)
    {
        using var patience = new CancellationTokenSource(options.RequestTimeout, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancel);
        try
        {
            await connection.OpenAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new ParleyConnectionException($"There was no connection within {options.RequestTimeout}.");
        }
    }

    /// <summary>Asks if the session is open, and never again: what is lost, or refused for the moment, is worth nothing later.</summary>
    /// <exception cref="ParleyRefusedException">It was refused for good.</exception>
    public async Task AskOnceAsync<TRequest, TAnswer>(Method<TRequest, TAnswer> method, TRequest request, CancellationToken cancel)
        where TAnswer : class
    {
        if (connection.State != ConnectionState.Open) return;
        using var patience = new CancellationTokenSource(options.RequestTimeout, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancel);
        try
        {
            var link = await connection.OpenAsync(either.Token).ConfigureAwait(false);
            var answer = await AskOnceAsync(link, method, request, landed: null).WaitAsync(either.Token).ConfigureAwait(false);
            if (answer.Refusal is { Retry: RetryPolicy.Never } refusal && refusal != Refusals.Unauthorized) throw new ParleyRefusedException(refusal);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // Nobody waits for the answer.
        }
    }

    private static Task<Answer<TAnswer>> AskOnceAsync<TRequest, TAnswer>(
        Link link, Method<TRequest, TAnswer> method, TRequest request, Action<TAnswer>? landed)
        where TAnswer : class
    {
        var answered = new TaskCompletionSource<Answer<TAnswer>>(TaskCreationOptions.RunContinuationsAsynchronously);
        link.Post(method, request, answer =>
        {
            if (answer.Value is { } value) landed?.Invoke(value);
            answered.TrySetResult(answer);
        });
        return answered.Task;
    }
}
