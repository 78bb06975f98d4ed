using System.Buffers.Text;
using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Parley.Identity;
using Parley.Storage;

namespace Parley.Tests.Identity;

/// <summary>Writes tokens as backends and attackers would, text by text, and the verifier that reads them at a fixed time.</summary>
internal sealed class Forge : IDisposable
{
    public const string Secret = "k7Qm2vXw9Zr4Ty8Bn3Hc6Jd1Lf5Gp0Sa";

    public static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    public Forge(AppsOptions? apps = null) =>
        Verifier = new TokenVerifier(Directory(apps ?? new AppsOptions { ["demo"] = App(Key(Secret)) }), new StoppedClock(), NullLogger<TokenVerifier>.Instance, Meters);

    public TokenVerifier Verifier { get; }

    public IMeterFactory Meters => _services.GetRequiredService<IMeterFactory>();

    public static long Unix(TimeSpan fromNow) => (Now + fromNow).ToUnixTimeSeconds();

    public static AppKeyOptions Key(string secret, string? id = null) => new() { Secret = secret, Id = id };

    public static AppOptions App(params IEnumerable<AppKeyOptions> keys)
    {
        var app = new AppOptions();
        foreach (var key in keys) app.Keys.Add(key);
        return app;
    }

    /// <summary>The claims of a good token; each may be replaced by other JSON, or left out with null.</summary>
    public static string Claims(string? sub = "\"alice\"", string? aud = "\"demo\"", string? exp = "in an hour", string extra = "")
    {
        exp = exp == "in an hour" ? $"{Unix(TimeSpan.FromHours(1))}" : exp;
        var members = new[] { ("sub", sub), ("aud", aud), ("exp", exp) }.Where(member => member.Item2 is not null).Select(member => $"\"{member.Item1}\":{member.Item2}");
        return $"{{{string.Join(',', members)}{(extra.Length > 0 ? $",{extra}" : "")}}}";
    }

    /// <summary>A token with a signature that is right for whatever stands in it.</summary>
    public static string Token(string? claims = null, string header = """{"alg":"HS256"}""", string secret = Secret) =>
        Sign($"{Encode(header)}.{Encode(claims ?? Claims())}", secret);

    public static string Sign(string signed, string secret = Secret) => $"{signed}.{Base64Url.EncodeToString(Hmac(signed, Encoding.UTF8.GetBytes(secret)))}";

    public static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    public static byte[] Hmac(string signed, byte[] key) => HMACSHA256.HashData(key, Encoding.ASCII.GetBytes(signed));

    /// <summary>For apps without a key set, whose tokens are verified at once.</summary>
    public Outcome<VerifiedToken> Verify(string token)
    {
        var verified = Verifier.VerifyAsync(token, CancellationToken.None);
        return verified.IsCompletedSuccessfully ? verified.Result : throw new InvalidOperationException("it waits for a key set");
    }

    /// <summary>Refused like every other, and the same verifier still takes a good token.</summary>
    public void AssertRefused(string token)
    {
        var outcome = Verify(token);
        Assert.Null(outcome.Value);
        Assert.Same(Refusals.Unauthorized, outcome.Refusal);
        Assert.NotNull(Verify(Token()).Value);
    }

    public void Dispose() => _services.Dispose();

    public static AppDirectory Directory(AppsOptions apps, Func<string, KeySet?>? keySet = null)
    {
        var numbers = apps.Keys.Order(StringComparer.Ordinal).Select((name, i) => (name, i)).ToDictionary(pair => pair.name, pair => new AppId(pair.i + 1));
        return new AppDirectory(apps, name => numbers[name], keySet ?? (_ => null));
    }

    private sealed class StoppedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Now;
    }
}
