using System.Diagnostics.Metrics;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Parley.Identity;

/// <summary>Decides whether a token proves who its bearer is.</summary>
/// <remarks>
/// Claims: <c>sub</c> the user; <c>aud</c> exactly one configured app, alone or in an array; <c>exp</c>; optionally <c>iat</c>, <c>nbf</c>,
/// and <c>iss</c> where the app asks for it. Times are whole seconds. Whatever is wrong, the answer is the same refusal. Never throws.
/// </remarks>
internal sealed partial class TokenVerifier
{
    /// <summary>How far the backend's clock may be from ours.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);

    /// <summary>The longest a token may have left to live.</summary>
    public static readonly TimeSpan MaxLifetime = TimeSpan.FromHours(24);

    private static readonly long LastSecond = DateTimeOffset.MaxValue.ToUnixTimeSeconds();

    private readonly AppDirectory _apps;
    private readonly TimeProvider _clock;
    private readonly ILogger<TokenVerifier> _log;
    private readonly Counter<long> _refused;

    public TokenVerifier(AppDirectory apps, TimeProvider clock, ILogger<TokenVerifier> log, IMeterFactory meters)
    {
        (_apps, _clock, _log) = (apps, clock, log);
        _refused = meters.Create("Parley").CreateCounter<long>("parley.tokens.refused", "{token}", "Tokens that were not taken, by reason.");
    }

    public Outcome<VerifiedToken> Verify(string token)
    {
        var verified = Verify(token, out var fault);
        if (verified is not null) return verified;

        _refused.Add(1, new KeyValuePair<string, object?>("reason", fault.ToString()));
        Log.Refused(_log, fault);
        return Refusals.Unauthorized;
    }

    private VerifiedToken? Verify(string token, out TokenFault fault)
    {
        if (Jws.Read(token, out fault) is not { } jws) return null;

        // The claims, still unproven, only choose among the configured apps whose keys are tried.
        fault = TokenFault.Audience;
        if (AppOf(jws.Claims) is not { } app) return null;
        if (!jws.IsSignedBy(app.Keys, out fault)) return null;

        fault = TokenFault.Issuer;
        if (app.Options.Issuer is { } issuer && Jws.Text(jws.Claims, "iss"u8) != issuer) return null;
        fault = TokenFault.Subject;
        if (!UserId.TryParse(Jws.Text(jws.Claims, "sub"u8), out var user)) return null;

        fault = TimesFault(jws.Claims, _clock.Now(), out var expiresAt);
        return fault == TokenFault.None ? new VerifiedToken(app.Id, app.Name, user, expiresAt) : null;
    }

    private App? AppOf(JsonElement claims)
    {
        if (!claims.TryGetProperty("aud"u8, out var audience)) return null;
        if (audience.ValueKind != JsonValueKind.Array) return Jws.Text(audience) is { } single ? _apps.Find(single) : null;

        App? found = null;
        foreach (var element in audience.EnumerateArray())
        {
            if (Jws.Text(element) is not { } name) return null;
            if (_apps.Find(name) is not { } app) continue;
            if (found is not null) return null;
            found = app;
        }

        return found;
    }

    private static TokenFault TimesFault(JsonElement claims, DateTimeOffset now, out DateTimeOffset expiresAt)
    {
        expiresAt = default;
        if (!TryReadTime(claims, "exp"u8, out var exp) || exp is null) return TokenFault.Times;
        if (!TryReadTime(claims, "iat"u8, out var iat) || !TryReadTime(claims, "nbf"u8, out var nbf)) return TokenFault.Times;

        expiresAt = exp.Value;
        if (now - expiresAt >= ClockSkew) return TokenFault.Expired;
        if (nbf - now > ClockSkew || iat - now > ClockSkew) return TokenFault.NotYetValid;

        var from = iat > now ? iat.Value : now;
        return expiresAt - from > MaxLifetime + ClockSkew ? TokenFault.LivesTooLong : TokenFault.None;
    }

    /// <summary>False when the claim is there and is not a whole number of seconds since 1970 that a date can hold.</summary>
    private static bool TryReadTime(JsonElement claims, ReadOnlySpan<byte> claim, out DateTimeOffset? time)
    {
        time = null;
        if (!claims.TryGetProperty(claim, out var value)) return true;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt64(out var seconds) || seconds < 0 || seconds > LastSecond) return false;
        time = DateTimeOffset.FromUnixTimeSeconds(seconds);
        return true;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "A token was not taken: {Reason}.")]
        public static partial void Refused(ILogger log, TokenFault reason);
    }
}
