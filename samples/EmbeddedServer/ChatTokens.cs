// docs: tokens
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace EmbeddedServer;

/// <summary>Makes the tokens that let the users of an app into Parley.</summary>
/// <param name="app">The name of the app in Parley's configuration.</param>
/// <param name="secret">The app's secret, as text.</param>
/// <param name="clock">Says when a token ends.</param>
internal sealed class ChatTokens(string app, string secret, TimeProvider clock)
{
    private readonly byte[] _key = Encoding.UTF8.GetBytes(secret);

    /// <summary>A token of a user whom the app has authenticated, good for an hour.</summary>
    public string Create(string user)
    {
        var now = clock.GetUtcNow().ToUnixTimeSeconds();
        var header = Encode(new { alg = "HS256", typ = "JWT" });
        var claims = Encode(new { aud = app, sub = user, iat = now, exp = now + 3600 });
        var signature = HMACSHA256.HashData(_key, Encoding.ASCII.GetBytes($"{header}.{claims}"));
        return $"{header}.{claims}.{Base64Url.EncodeToString(signature)}";
    }

    private static string Encode<T>(T value) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(value));
}
// docs: end
