using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Parley.Bench;

/// <summary>Signs user tokens as the backend of one app would.</summary>
internal sealed class Tokens(string app, string secret)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(4);

    /// <summary>A secret nobody has seen before.</summary>
    public static string NewSecret() => RandomNumberGenerator.GetHexString(64, lowercase: true);

    public string App => app;

    public string Secret => secret;

    /// <summary>How far ahead of ours the backend's clock is.</summary>
    public TimeSpan Ahead { get; set; }

    public string For(string user)
    {
        var now = (TimeProvider.System.GetUtcNow() + Ahead).ToUnixTimeSeconds();
        var header = Base64Url.EncodeToString("""{"alg":"HS256","typ":"JWT"}"""u8);
        var claims = JsonSerializer.SerializeToUtf8Bytes(new { sub = user, aud = app, iat = now, exp = now + (long)Lifetime.TotalSeconds });
        var signed = $"{header}.{Base64Url.EncodeToString(claims)}";
        var signature = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.ASCII.GetBytes(signed));
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }
}
