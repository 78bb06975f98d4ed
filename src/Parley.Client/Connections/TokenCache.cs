namespace Parley.Client;

/// <summary>The app's token: kept until shortly before it ends or the server refuses it, so that a storm of reconnects does not storm the app's backend.</summary>
internal sealed class TokenCache(Func<CancellationToken, ValueTask<string>> provider, TimeProvider clock)
{
    /// <summary>Renewed this long before its end, by this device's clock corrected by the server's.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(30);

    private string? _token;
    private string? _refused;
    private long _setAt;
    private TimeSpan _goodFor = Timeout.InfiniteTimeSpan;

    /// <summary>The token to use now.</summary>
    public async ValueTask<string> GetAsync(CancellationToken cancel)
    {
        if (_token is { } token && (_goodFor == Timeout.InfiniteTimeSpan || clock.GetElapsedTime(_setAt) < _goodFor)) return token;
        return await RenewAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>A new token from the app, whatever is kept.</summary>
    public async ValueTask<string> RenewAsync(CancellationToken cancel)
    {
        var token = await provider(cancel).ConfigureAwait(false);
        if (string.IsNullOrEmpty(token)) throw new InvalidOperationException("The token provider returned no token.");
        (_token, _setAt, _goodFor) = (token, clock.GetTimestamp(), Timeout.InfiniteTimeSpan);
        return token;
    }

    /// <summary>The server took the kept token; it ends in <paramref name="endsIn"/>.</summary>
    public void Accepted(TimeSpan endsIn)
    {
        _refused = null;
        (_setAt, _goodFor) = (clock.GetTimestamp(), endsIn > Margin ? endsIn - Margin : TimeSpan.Zero);
    }

    /// <summary>The server answered this token with <c>unauthorized</c>.</summary>
    public void Refused(string token)
    {
        _refused = token;
        _token = null;
    }

    /// <summary>The kept token may have ended; nothing is known against it.</summary>
    public void Forget() => _token = null;

    /// <summary>Whether the server has refused exactly this token before.</summary>
    public bool WasRefused(string token) => token == _refused;
}
