namespace Parley.Gateway;

/// <summary>What can be seen of a connection from outside at one moment.</summary>
/// <param name="Heard">Bytes that came from the client or were provably taken by it.</param>
/// <param name="Written">Bytes that were written.</param>
/// <param name="Writes">Odd while a write is in progress.</param>
/// <param name="Messages">Odd while a message is incomplete.</param>
/// <param name="Listening">Whether anything is being read; while not, silence says nothing about the client.</param>
/// <param name="HasBegun">Whether <c>session.open</c> came.</param>
/// <param name="Closing">Whether the connection is being closed.</param>
/// <param name="CloseSent">Whether the close frame was written.</param>
internal readonly record struct ConnectionSigns(
    long Heard, long Written, int Writes, long Messages, bool Listening, bool HasBegun, bool Closing, bool CloseSent);

/// <summary>What a look at a connection asks for.</summary>
internal enum Verdict
{
    /// <summary>Nothing.</summary>
    Healthy,

    /// <summary>It has been quiet: a ping will tell.</summary>
    Ping,

    /// <summary>No session was opened in time.</summary>
    NoSession,

    /// <summary>A message was begun and not finished in time.</summary>
    Unfinished,

    /// <summary>The client did not take what was written in time.</summary>
    NotReading,

    /// <summary>Nothing moved for too long, or the client did not close in time.</summary>
    Dead,
}

/// <summary>Compares how a connection looks with how it looked before. Holds no timer: it only knows what it was shown.</summary>
internal sealed class ConnectionHealth(GatewayOptions options, TimeProvider clock)
{
    private readonly long _startedAt = clock.GetTimestamp();
    private Unchanged _heard;
    private Unchanged _written;
    private Unchanged _writes;
    private Unchanged _messages;
    private Unchanged _closing;
    private Unchanged _closeSent;
    private long _deafLooks;
    private bool _pinged;

    public Verdict Judge(long now, ConnectionSigns signs)
    {
        if (!signs.Listening) _deafLooks++;
        var silent = _heard.For(signs.Heard + _deafLooks, now, clock);
        var idle = _written.For(signs.Written, now, clock);
        var writing = _writes.For(signs.Writes, now, clock);
        var receiving = _messages.For(signs.Messages, now, clock);
        var closing = _closing.For(signs.Closing ? 1 : 0, now, clock);
        var closed = _closeSent.For(signs.CloseSent ? 1 : 0, now, clock);
        if (silent < Within(options.PingEvery)) _pinged = false;

        return signs switch
        {
            { CloseSent: true } => closed >= Within(options.CloseWait) ? Verdict.Dead : Verdict.Healthy,
            { Closing: true } => closing >= Within(options.WriteDeadline) ? Verdict.Dead : Verdict.Healthy,
            _ when IsOdd(signs.Writes) && writing >= Within(options.WriteDeadline) => Verdict.NotReading,
            { HasBegun: false } when clock.GetElapsedTime(_startedAt, now) >= options.HelloTimeout => Verdict.NoSession,
            _ when IsOdd(signs.Messages) && receiving >= Within(options.MessageDeadline) => Verdict.Unfinished,
            _ when silent >= Within(options.DeadAfter) => Verdict.Dead,
            _ when silent >= Within(options.PingEvery) && !_pinged => Pinging(),
            _ when idle >= Within(options.PingEvery) => Pinging(),
            _ => Verdict.Healthy,
        };
    }

    /// <summary>The ping that was asked for could not be written: it is asked for again at the next look.</summary>
    public void NotPinged() => _pinged = false;

    private Verdict Pinging()
    {
        _pinged = true;
        return Verdict.Ping;
    }

    /// <summary>A change is seen up to one look late, so deadlines are met by that much early.</summary>
    private TimeSpan Within(TimeSpan deadline) => deadline - options.SweepEvery;

    private static bool IsOdd(long number) => (number & 1) == 1;

    /// <summary>How long a value has been seen unchanged.</summary>
    private struct Unchanged
    {
        private long _value;
        private long _since;

        public TimeSpan For(long value, long now, TimeProvider clock)
        {
            if (_since == 0 || value != _value) (_value, _since) = (value, now);
            return clock.GetElapsedTime(_since, now);
        }
    }
}
