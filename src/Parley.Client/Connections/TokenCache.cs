using System.Threading.Channels;

namespace Parley.Client;

/// <summary>The app's token: kept until shortly before it ends or the server refuses it, so that a storm of reconnects does not storm the app's backend.</summary>
/// <remarks>The connection and the requests over HTTP share it.</remarks>
internal sealed class TokenCache(Func<CancellationToken, ValueTask<string>> provider, TimeProvider clock)
{
    /// <summary>Renewed this long before its end, by this device's clock corrected by the server's.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly Channel<string?> _asking = Channel.CreateBounded<string?>(1);
    private string? _token;
    private string? _refused;
    private long _setAt;
    private TimeSpan _goodFor = Timeout.InfiniteTimeSpan;

    /// <summary>The token to use now.</summary>
    public async ValueTask<string> GetAsync(CancellationToken cancel) => Kept() ?? await AskAsync(Kept, cancel).ConfigureAwait(false);

    /// <summary>A new token from the app, whatever is kept.</summary>
    public ValueTask<string> RenewAsync(CancellationToken cancel) => AskAsync(() => null, cancel);

    /// <summary>Another token than one that was not taken: that which somebody else has asked for since, or a new one from the app.</summary>
    /// <returns>The token; the same again when the app has no other.</returns>
    public ValueTask<string> ReplaceAsync(string refused, CancellationToken cancel) => AskAsync(() => Kept() is { } kept && kept != refused ? kept : null, cancel);

    /// <summary>The server took the kept token; it ends in <paramref name="endsIn"/>.</summary>
    public void Accepted(TimeSpan endsIn)
    {
        lock (_gate)
        {
            _refused = null;
            (_setAt, _goodFor) = (clock.GetTimestamp(), endsIn > Margin ? endsIn - Margin : TimeSpan.Zero);
        }
    }

    /// <summary>The server answered this token with <c>unauthorized</c>.</summary>
    public void Refused(string token)
    {
        lock (_gate)
        {
            _refused = token;
            if (_token == token) _token = null;
        }
    }

    /// <summary>The kept token may have ended; nothing is known against it.</summary>
    public void Forget()
    {
        lock (_gate) _token = null;
    }

    /// <summary>Whether the server has refused exactly this token before.</summary>
    public bool WasRefused(string token)
    {
        lock (_gate) return token == _refused;
    }

    private string? Kept()
    {
        lock (_gate) return _token is not null && (_goodFor == Timeout.InfiniteTimeSpan || clock.GetElapsedTime(_setAt) < _goodFor) ? _token : null;
    }

    /// <summary>Asks the app, one at a time: the channel has room for one. Not when what was asked for is there by then.</summary>
    private async ValueTask<string> AskAsync(Func<string?> found, CancellationToken cancel)
    {
        await _asking.Writer.WriteAsync(null, cancel).ConfigureAwait(false);
        try
        {
            if (found() is { } there) return there;
            var token = await provider(cancel).ConfigureAwait(false);
            if (string.IsNullOrEmpty(token)) throw new InvalidOperationException("The token provider returned no token.");
            lock (_gate) (_token, _setAt, _goodFor) = (token, clock.GetTimestamp(), Timeout.InfiniteTimeSpan);
            return token;
        }
        finally
        {
            _asking.Reader.TryRead(out _);
        }
    }
}
