using System.Buffers;
using System.Text.Json;

namespace Parley.Identity;

/// <summary>Makes tokens as an app's backend would, with the app's first secret: for <c>parley token</c>, never for a request.</summary>
/// <remarks>Only of an app that it <see cref="CanSign"/> for.</remarks>
internal sealed class TokenIssuer(string appName, AppOptions app, TimeProvider clock)
{
    private readonly SecretKey _key = SigningKey.Of(appName, app).OfType<SecretKey>().First();

    /// <summary>Whether the app has a secret. With public keys alone, only the owner of their private halves can sign.</summary>
    public static bool CanSign(AppOptions app) => app.Keys.Any(key => string.IsNullOrWhiteSpace(key.PublicKey));

    /// <summary>A token of this user from now on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The lifetime is not from one second to <see cref="TokenVerifier.MaxLifetime"/>.</exception>
    public string Issue(UserId user, TimeSpan lifetime)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(lifetime, TimeSpan.FromSeconds(1));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lifetime, TokenVerifier.MaxLifetime);

        var now = clock.Now();
        var header = Json(writer =>
        {
            writer.WriteString("alg"u8, _key.Algorithm);
            writer.WriteString("typ"u8, "JWT"u8);
            if (_key.Id is { } id) writer.WriteString("kid"u8, id);
        });
        var claims = Json(writer =>
        {
            if (app.Issuer is { } issuer) writer.WriteString("iss"u8, issuer);
            writer.WriteString("aud"u8, App.AudienceOf(appName, app));
            writer.WriteString("sub"u8, user.Value);
            writer.WriteNumber("iat"u8, now.ToUnixTimeSeconds());
            writer.WriteNumber("exp"u8, (now + lifetime).ToUnixTimeSeconds());
        });
        return Jws.Sign(_key, header, claims);
    }

    private static ReadOnlySpan<byte> Json(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        write(writer);
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenSpan;
    }
}
