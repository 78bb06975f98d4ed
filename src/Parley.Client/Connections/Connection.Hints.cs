namespace Parley.Client;

/// <content>What the program says of the network and of itself, and the rests between attempts, which that makes longer or shorter.</content>
internal sealed partial class Connection
{
    /// <summary>At most one attempt in this time is made because of what the program said, and one check; so a thousand hints are one.</summary>
    internal static readonly TimeSpan HintPause = TimeSpan.FromSeconds(2);

    private TaskCompletionSource _woken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenSource? _abandon;
    private ConnectionReason? _urgent;
    private long? _hurriedAt;
    private bool _isOffline;
    private bool _isHeld;
    private bool _isChecking;
    private bool _isToCheckAgain;
    private Link? _silent;
    private UserId _user;

    /// <summary>Whether the program said that nobody looks at it.</summary>
    public bool IsInBackground { get; private set; }

    /// <summary>Hears whether there is a network.</summary>
    public void NetworkChanged(NetworkStatus status)
    {
        CancellationTokenSource? abandoned = null;
        lock (_gate)
        {
            if (_disposed) return;
            var was = _isOffline;
            _isOffline = status == NetworkStatus.Offline;
            if (_isOffline)
            {
                if (_state == ConnectionState.Connecting) abandoned = _abandon;
                _urgent = null;
                Wake();
            }
            else
            {
                Hurry(ConnectionReason.Online, was ? Hint.EndsHold : Hint.Repeats);
            }

            // A session that is there may work all the same, or again; its next ping would say so too late.
            Check();
        }

        abandoned?.Cancel();
    }

    /// <summary>Hears that nobody looks at the program any more.</summary>
    /// <returns>The link to say it on; null when there is none, or when it was said before.</returns>
    public Link? EnterBackground()
    {
        lock (_gate)
        {
            if (_disposed) return null;
            _isHeld = true;
            Wake();
            if (IsInBackground) return null;
            IsInBackground = true;
            return _link;
        }
    }

    /// <summary>Hears that somebody looks at the program.</summary>
    /// <returns>The link to say it on; null when there is none, or when it was said before.</returns>
    public Link? EnterForeground()
    {
        lock (_gate)
        {
            if (_disposed) return null;
            Hurry(ConnectionReason.Foreground, _isHeld ? Hint.EndsHold : Hint.Repeats);
            _isHeld = false;
            Check();
            if (!IsInBackground) return null;
            IsInBackground = false;
            return _link;
        }
    }

    /// <summary>The program wants a session, also in the background. Called under the gate.</summary>
    private void AskedToConnect()
    {
        if (!_isHeld) return;
        _isHeld = false;
        Hurry(ConnectionReason.Asked, Hint.EndsHold);
    }

    /// <summary>Makes the rest that is under way shorter, or the one after the attempt that is. Called under the gate.</summary>
    private void Hurry(ConnectionReason why, Hint hint)
    {
        // Open without a link is a session that has just ended, and whose rest is about to begin.
        if (_state is ConnectionState.Closed || (_state is ConnectionState.Open && _link is not null)) return;
        if (hint == Hint.Repeats && _hurriedAt is { } last && _clock.GetElapsedTime(last) < HintPause) return;
        _urgent = why;
        Wake();
    }

    private void Wake()
    {
        _woken.TrySetResult();
        _woken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Ends the attempt that begins when the program says that there is no network. Never disposed: a hint may come as the attempt ends.</summary>
    private CancellationTokenSource Abandonable()
    {
        lock (_gate)
        {
            _abandon = new CancellationTokenSource();
            if (_isOffline) _abandon.Cancel();
            return _abandon;
        }
    }

    /// <summary>Waits before the next attempt: as long as the server said, or this side thinks right, and while the program has it held.</summary>
    private async Task RestAsync(End end, CancellationToken stop)
    {
        var wait = end.Wait ?? end.Own ?? _backoff.Next();
        var began = _clock.GetTimestamp();
        ConnectionReason? told = end == End.Asked ? ConnectionReason.Asked : null;
        while (true)
        {
            Task woken;
            TimeSpan? left = null;
            lock (_gate)
            {
                woken = _woken.Task;
                var held = _isOffline ? ConnectionReason.Offline : _isHeld ? ConnectionReason.Background : (ConnectionReason?)null;
                if (held is null) left = Left(end, began, ref wait);
                if (told is null)
                {
                    Log.Waiting(_logger, end.Reason, left?.TotalMilliseconds ?? Timeout.Infinite, end.Error);
                    Enter(end.ToChange(ConnectionState.Waiting, left));
                    told = end.Reason;
                }
                else if (left is { } none && none <= TimeSpan.Zero)
                {
                    Leave(told == ConnectionReason.Asked ? null : ConnectionReason.Retry);
                    return;
                }

                if (held is { } reason && told != reason)
                {
                    Enter(new ConnectionStateChangedEventArgs(ConnectionState.Waiting, reason));
                    told = reason;
                }
                else if (held is null && told is ConnectionReason.Offline or ConnectionReason.Background && _urgent is { } urgent)
                {
                    Enter(new ConnectionStateChangedEventArgs(ConnectionState.Waiting, urgent) { RetryIn = left });
                    told = urgent;
                }
            }

            await PassAsync(left, woken, stop).ConfigureAwait(false);
        }
    }

    /// <summary>What is left of a rest. What the server said is waited whatever the program says; else a hint ends it, but for the pause after the last one.</summary>
    private TimeSpan Left(End end, long began, ref TimeSpan wait)
    {
        var past = _clock.GetElapsedTime(began);
        if (_urgent is not null && end.Wait is null)
        {
            var pause = _hurriedAt is { } last ? HintPause - _clock.GetElapsedTime(last) : TimeSpan.Zero;
            var least = past + (pause > TimeSpan.Zero ? pause : TimeSpan.Zero);
            // An attempt that a hint ended is no failure to rest from; but the next one is made because of a hint, too.
            if (least < wait || end == End.Abandoned) wait = least;
        }

        return wait > past ? wait - past : TimeSpan.Zero;
    }

    /// <summary>The next attempt begins.</summary>
    private void Leave(ConnectionReason? otherwise)
    {
        var reason = _urgent ?? otherwise;
        if (_urgent is not null) _hurriedAt = _clock.GetTimestamp();
        _urgent = null;
        if (reason is { } why) Enter(new ConnectionStateChangedEventArgs(ConnectionState.Connecting, why));
    }

    private async Task PassAsync(TimeSpan? time, Task woken, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        // Up to a whole millisecond: a delay drops the rest of one, and would be over before its time again and again.
        var passing = Task.Delay(time is { } left ? TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)) : Timeout.InfiniteTimeSpan, _clock, over.Token);
        await Task.WhenAny(passing, woken).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        stop.ThrowIfCancellationRequested();
    }

    /// <summary>Has the server say something on the link there is, or ends it. Called under the gate.</summary>
    private void Check()
    {
        if (_link is not { } link || _state != ConnectionState.Open) return;
        if (_isChecking)
        {
            _isToCheckAgain = true;
            return;
        }

        (_isChecking, _isToCheckAgain) = (true, false);
        _ = CheckAsync(link);
    }

    private async Task CheckAsync(Link link)
    {
        try
        {
            // Answered from memory; a refusal is as good a sign of life.
            using var patience = new CancellationTokenSource(options.HelloTimeout, _clock);
            var asked = ClientTelemetry.Asked(_clock);
            await link.AskAsync(Wire.GetPresence, new GetPresence([_user]), patience.Token).ConfigureAwait(false);
            ClientTelemetry.Answered(Wire.GetPresence.Name, asked, _clock);
            await Task.Delay(HintPause, _clock, _stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            if (_stop.IsCancellationRequested) return;
            lock (_gate) _silent = link;
            link.Abort();
        }
        finally
        {
            lock (_gate)
            {
                _isChecking = false;
                // Of whatever link there is by now.
                if (_isToCheckAgain && !_disposed) Check();
            }
        }
    }

    private enum Hint
    {
        Repeats,
        EndsHold,
    }
}
