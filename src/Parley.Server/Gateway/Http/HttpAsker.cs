using Microsoft.AspNetCore.Http;
using Parley.Identity;

namespace Parley.Gateway;

/// <summary>Who asks over HTTP: a user by his token, or a backend by its API key. The scheme says which of the two; nothing is guessed.</summary>
/// <param name="User">In whose name; null for a backend that asks in nobody's.</param>
/// <param name="Platform">The backend; null for a user himself.</param>
internal sealed record HttpAsker(Caller? User, PlatformCaller? Platform)
{
    /// <summary>In whose name a backend asks.</summary>
    public const string UserHeader = "Parley-User";

    /// <summary>The scheme of API keys. Not Bearer, so that a key is never taken for a token, nor looked for among them.</summary>
    public const string KeyScheme = "ApiKey";

    private const string TokenScheme = "Bearer";

    /// <summary>What an answer 401 says: what would have been taken.</summary>
    public static readonly string[] Challenges = [$"{TokenScheme} realm=\"parley\"", $"{KeyScheme} realm=\"parley\""];

    /// <summary>Reads the headers and verifies what they show.</summary>
    public static async ValueTask<Outcome<HttpAsker>> FindAsync(HttpRequest request, SessionPorts ports, ApiKeys keys, CancellationToken cancel)
    {
        // Two are one too many: who is meant would depend on who reads.
        if (request.Headers.Authorization is not [{ } header] || header.IndexOf(' ', StringComparison.Ordinal) is not (> 0 and var space)) return Refusals.Unauthorized;

        var (scheme, shown) = (header[..space], header[(space + 1)..].Trim(' '));
        if (scheme.Equals(TokenScheme, StringComparison.OrdinalIgnoreCase)) return await OfTokenAsync(request, shown, ports, cancel);
        if (!scheme.Equals(KeyScheme, StringComparison.OrdinalIgnoreCase) || keys.Find(shown) is not { } platform) return Refusals.Unauthorized;

        return request.Headers[UserHeader] switch
        {
            [] => new HttpAsker(null, platform),
            [var name] when UserId.TryParse(name, out var user) => new HttpAsker(new Caller(platform.App, user, default) { Platform = platform }, platform),
            _ => Refusals.BadRequest.Because($"{UserHeader}: expected one user id"),
        };
    }

    private static async ValueTask<Outcome<HttpAsker>> OfTokenAsync(HttpRequest request, string token, SessionPorts ports, CancellationToken cancel)
    {
        var verified = await ports.Authenticate(token, cancel);
        if (verified.Refusal is { } refusal) return refusal;
        if (request.Headers[UserHeader].Count > 0) return Refusals.BadRequest.Because($"{UserHeader}: a token says itself whose it is");
        return new HttpAsker(new Caller(verified.Value!.App, verified.Value.User, default), null);
    }
}
