using System.Diagnostics.Metrics;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Parley.Identity;

/// <summary>Decides whether a token proves who its bearer is.</summary>
/// <remarks>
/// Claims: <c>sub</c> the user; <c>aud</c> exactly one configured app, alone or in an array; <c>exp</c>; optionally <c>iat</c>, <c>nbf</c>,
/// and <c>iss</c> where the app asks for it. Times are whole seconds. Whatever is wrong, the answer is the same refusal; another one only says
/// that it cannot be known at the moment. Fails only when it is cancelled.
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

    /// <summary>Answers in microseconds; where a key set has to be asked first, within <see cref="KeySet.Patience"/>.</summary>
    public async ValueTask<Outcome<VerifiedToken>> VerifyAsync(string token, CancellationToken cancel)
    {
        if (Jws.Read(token, out var fault) is not { } jws) return Refuse(fault);

        // The claims, still unproven, only choose among the configured apps whose keys are tried.
        if (AppOf(jws.Claims) is not { } app) return Refuse(TokenFault.Audience);

        fault = await SignatureFaultAsync(jws, app, cancel);
        if (fault != TokenFault.None) return Refuse(fault);
        return Verify(jws, app, out fault) is { } verified ? verified : Refuse(fault);
    }

    private static async ValueTask<TokenFault> SignatureFaultAsync(Jws jws, App app, CancellationToken cancel)
    {
        if (jws.IsSignedBy(app.Keys, out var fault) || app.KeySet is not { } set || jws.Algorithm == Jws.Hs256) return fault;

        var keys = set.Keys;
        if (jws.IsSignedBy(keys, out fault) || jws.NamesOneOf(keys)) return fault;
        if (!await set.IsUpToDateAsync(keys, cancel)) return TokenFault.KeysUnavailable;
        jws.IsSignedBy(set.Keys, out fault);
        return fault;
    }

    /// <summary>Checks the claims of a token whose signature is right.</summary>
    private VerifiedToken? Verify(Jws jws, App app, out TokenFault fault)
    {
        fault = TokenFault.Issuer;
        if (app.Options.Issuer is { } issuer && StrictReading.Text(jws.Claims, "iss"u8) != issuer) return null;
        fault = TokenFault.Subject;
        if (!UserId.TryParse(StrictReading.Text(jws.Claims, "sub"u8), out var user)) return null;

        fault = TimesFault(jws.Claims, _clock.Now(), out var expiresAt);
        return fault == TokenFault.None ? new VerifiedToken(app.Id, app.Name, user, expiresAt) : null;
    }

    private Refusal Refuse(TokenFault fault)
    {
        _refused.Add(1, new KeyValuePair<string, object?>("reason", fault.ToString()));
        Log.Refused(_log, fault);
        return fault == TokenFault.KeysUnavailable ? Refusals.KeysUnavailable.After(KeySet.RetryAfter) : Refusals.Unauthorized;
    }

    private App? AppOf(JsonElement claims)
    {
        if (!claims.TryGetProperty("aud"u8, out var audience)) return null;
        if (audience.ValueKind != JsonValueKind.Array) return StrictReading.Text(audience) is { } single ? _apps.Find(single) : null;

        App? found = null;
        foreach (var element in audience.EnumerateArray())
        {
            if (StrictReading.Text(element) is not { } name) return null;
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
