using System.Buffers.Text;
using System.Collections.Frozen;
using System.Text;

namespace Parley.Identity;

/// <summary>Reads the secret of a configuration, and says what is wrong with it without showing it.</summary>
internal static class AppSecret
{
    public const int MinBytes = 32;

    private const int MaxShownLength = 512;

    private const string Base64Prefix = "base64:";

    /// <summary>Fewer than this and it is a pattern somebody typed: 32 random bytes practically never have so few.</summary>
    private const int MinDistinctBytes = 8;

    /// <summary>What our documentation and well-known pages show. A guard test keeps every secret of docs/ in this list.</summary>
    public static readonly FrozenSet<string> Samples = FrozenSet.Create(StringComparer.OrdinalIgnoreCase,
        "put-32-random-bytes-of-your-own-here",
        "base64:cHV0LTMyLXJhbmRvbS1ieXRlcy1vZi15b3VyLW93bi1oZXJl",
        "a-string-secret-at-least-256-bits-long",
        "your-256-bit-secret-your-256-bit-secret");

    /// <summary>The key's bytes, or the reason there are none, as the end of a sentence that begins with the setting's key.</summary>
    public static (byte[]? Bytes, string? Problem) Read(string? secret)
    {
        if (string.IsNullOrWhiteSpace(secret)) return (null, $"is empty: give at least {MinBytes} random bytes (openssl rand -base64 {MinBytes})");
        if (Samples.Contains(secret.Trim())) return (null, "is a sample that everybody can read: make your own (openssl rand -base64 32)");
        if (IsKeyFormat(secret))
            return (null, "is a key in PEM, DER or JWK, not a shared secret: give a public key as PublicKey, and where a key set is as KeySet");

        var (bytes, problem) = Decode(secret);
        if (bytes is null) return (null, problem);
        if (bytes.Length < MinBytes) return (null, $"has {bytes.Length} bytes, but HS256 needs at least {MinBytes} (openssl rand -base64 32)");
        return bytes.Distinct().Count() < MinDistinctBytes
            ? (null, "repeats a few characters, so it can be guessed: make a random one (openssl rand -base64 32)")
            : (bytes, null);
    }

    /// <summary>What is wrong with a secret that is shown as it is, in a header; null when nothing is. As the end of a sentence, like the other.</summary>
    public static string? ProblemWithShown(string? secret)
    {
        if (Read(secret).Problem is { } problem) return problem;
        if (secret!.Length > MaxShownLength) return $"has {secret.Length} characters, but may have at most {MaxShownLength}";
        if (secret.Length < MinBytes) return $"has {secret.Length} characters, but needs at least {MinBytes} (openssl rand -base64 {MinBytes})";
        return secret.AsSpan().ContainsAnyExceptInRange('!', '~') ? "has spaces or other characters that no header can carry (openssl rand -base64 32 has none)" : null;
    }

    /// <summary>
    /// Whether it is PEM or a JWK, or one of them or DER in base64. Taken as a secret, a public key would let everybody sign who has it, and
    /// that is everybody.
    /// </summary>
    private static bool IsKeyFormat(string secret)
    {
        if (HoldsKey(secret)) return true;
        var text = secret.StartsWith(Base64Prefix, StringComparison.Ordinal) ? secret[Base64Prefix.Length..] : secret;
        return FromBase64(text) is { } bytes && (PublicKeyText.IsDer(bytes) || HoldsKey(Encoding.UTF8.GetString(bytes)));
    }

    private static bool HoldsKey(string text) =>
        text.Contains("-----BEGIN", StringComparison.Ordinal) || text.Contains("\"kty\"", StringComparison.Ordinal);

    private static (byte[]? Bytes, string? Problem) Decode(string secret)
    {
        // Text that happens to be base64 stays text: guessing would sign with one key and verify with another.
        if (!secret.StartsWith(Base64Prefix, StringComparison.Ordinal)) return (Encoding.UTF8.GetBytes(secret), null);

        return FromBase64(secret[Base64Prefix.Length..]) is { } bytes
            ? (bytes, null)
            : (null, "is not base64 after \"base64:\"; leave the prefix out if the text itself is the secret");
    }

    private static byte[]? FromBase64(string text)
    {
        var buffer = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length)];
        return Convert.TryFromBase64String(text, buffer, out var written) ? buffer[..written] : null;
    }
}
