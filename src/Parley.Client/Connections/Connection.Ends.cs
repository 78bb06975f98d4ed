namespace Parley.Client;

/// <content>What an end means for the next attempt.</content>
internal sealed partial class Connection
{
    private End Judge(Refusal refusal, string token)
    {
        if (refusal == Refusals.Unauthorized)
        {
            _token.Refused(token);
            return new End(ConnectionReason.Refused, Reconnect.WithNewToken) { Refusal = refusal };
        }

        return refusal.Retry == RetryPolicy.Later
            ? new End(ConnectionReason.Refused, Reconnect.WithWait) { Refusal = refusal, Wait = Spread(refusal.RetryAfter) }
            : new End(ConnectionReason.Refused, Reconnect.Never) { Refusal = refusal };
    }

    private End Judge(LinkEnd end)
    {
        // session.closing spreads the clients over its own time; what is left of that is the wait.
        TimeSpan? wait = null;
        if (_closing is var (since, told))
        {
            var left = told - _clock.GetElapsedTime(since);
            wait = left > TimeSpan.Zero ? left : TimeSpan.Zero;
            _closing = null;
        }

        if (end.CloseStatus is not { } status) return new End(ConnectionReason.Lost, Reconnect.WithWait) { Wait = wait, Error = end.Error };
        var code = CloseCode.Find(status);
        return new End(ConnectionReason.ClosedByServer, code?.Reconnect ?? Reconnect.WithWait) { Wait = wait, CloseCode = code };
    }

    /// <summary>A wait that the server gave to everybody, made different for each: up to half as long again.</summary>
    private TimeSpan? Spread(TimeSpan? wait) => wait * (1 + (uniform() / 2));

    /// <summary>How an attempt ended and what comes next.</summary>
    private sealed record End(ConnectionReason Reason, Reconnect Next)
    {
        /// <summary>There was no attempt yet.</summary>
        public static readonly End Asked = new(ConnectionReason.Asked, Reconnect.WithWait) { Own = TimeSpan.Zero };

        /// <summary>The program said in the middle of it that there is no network.</summary>
        public static readonly End Abandoned = new(ConnectionReason.Offline, Reconnect.WithWait) { Own = TimeSpan.Zero };

        /// <summary>How long the server said to wait: nothing that happens here makes it shorter.</summary>
        public TimeSpan? Wait { get; init; }

        /// <summary>How long this side waits by itself; null for what the backoff says.</summary>
        public TimeSpan? Own { get; init; }

        public CloseCode? CloseCode { get; init; }

        public Refusal? Refusal { get; init; }

        public Exception? Error { get; init; }

        public ConnectionStateChangedEventArgs ToChange(ConnectionState state, TimeSpan? wait) =>
            new(state, Reason) { RetryIn = wait, CloseCode = CloseCode, Refusal = Refusal, Error = Error };
    }
}
