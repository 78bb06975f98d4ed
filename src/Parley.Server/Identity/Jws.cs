using System.Buffers.Text;
using System.Collections.Frozen;
using System.Text;
using System.Text.Json;

namespace Parley.Identity;

/// <summary>A signed token in compact form (RFC 7515), taken apart. Nothing in it is true until <see cref="Jws.IsSignedBy"/> said so.</summary>
/// <param name="Algorithm">One of the allowed algorithms.</param>
/// <param name="KeyId"><c>kid</c>: only ever compared with the ids of configured keys.</param>
/// <param name="Claims">The payload: a JSON object in which no member occurs twice.</param>
/// <param name="Signed">The bytes the signature is of.</param>
/// <param name="Signature">The signature.</param>
internal sealed record Jws(string Algorithm, string? KeyId, JsonElement Claims, byte[] Signed, byte[] Signature)
{
    public const string Hs256 = "HS256";

    public const string Rs256 = "RS256";

    public const string Es256 = "ES256";

    /// <summary>The longest token that is looked at, in bytes.</summary>
    public const int MaxLength = 8 * 1024;

    /// <summary>The allow-list. What is not in it does not exist, <c>none</c> above all. Which one is used, the key decides.</summary>
    private static readonly FrozenSet<string> Algorithms = FrozenSet.Create(StringComparer.Ordinal, Hs256, Rs256, Es256);

    /// <summary>Takes a token apart. Null, with the reason, for whatever is not exactly the form above; never an exception.</summary>
    public static Jws? Read(string? token, out TokenFault fault)
    {
        fault = TokenFault.Malformed;
        if (token is null || token.Length > MaxLength) return null;

        var text = token.AsSpan();
        Span<Range> parts = stackalloc Range[4];
        if (text.Split(parts, '.') != 3) return null;
        if (StrictReading.Bytes(text[parts[0]]) is not { } header || StrictReading.Bytes(text[parts[1]]) is not { } payload) return null;
        if (StrictReading.Bytes(text[parts[2]]) is not { } signature) return null;
        if (StrictReading.Object(header) is not { } members || StrictReading.Object(payload) is not { } claims) return null;

        fault = HeaderFault(members, out var algorithm, out var keyId);
        return fault == TokenFault.None ? new Jws(algorithm, keyId, claims, Encoding.ASCII.GetBytes(token, 0, parts[1].End.Value), signature) : null;
    }

    /// <summary>Whether one of the keys made the signature: a key of the token's algorithm that answers to its <c>kid</c>.</summary>
    public bool IsSignedBy(IReadOnlyList<SigningKey> keys, out TokenFault fault)
    {
        fault = TokenFault.UnknownKey;
        foreach (var key in keys)
        {
            if (key.Algorithm != Algorithm || (KeyId is not null && key.Id is not null && KeyId != key.Id)) continue;
            fault = TokenFault.BadSignature;
            if (!key.Verifies(Signed, Signature)) continue;
            fault = TokenFault.None;
            return true;
        }

        return false;
    }

    /// <summary>Whether the set has the very key that the token names, so that what is published now could not change anything.</summary>
    public bool NamesOneOf(IReadOnlyList<SigningKey> keys) => keys.Any(key => key.Algorithm == Algorithm && key.Id is not null && key.Id == KeyId);

    /// <summary>Signs with HS256, the counterpart of <see cref="Read"/>.</summary>
    public static string Sign(SecretKey key, ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload)
    {
        var signed = $"{Base64Url.EncodeToString(header)}.{Base64Url.EncodeToString(payload)}";
        return $"{signed}.{Base64Url.EncodeToString(key.Sign(signed))}";
    }

    /// <summary>Members that are not named here (<c>jku</c>, <c>jwk</c>, <c>x5u</c>, <c>x5c</c> among them) are neither used nor fetched.</summary>
    private static TokenFault HeaderFault(JsonElement header, out string algorithm, out string? keyId)
    {
        (algorithm, keyId) = ("", null);
        if (header.TryGetProperty("crit"u8, out _)) return TokenFault.Critical;
        if (StrictReading.Text(header, "alg"u8) is not { } alg || !Algorithms.Contains(alg)) return TokenFault.Algorithm;
        algorithm = alg;

        if (header.TryGetProperty("typ"u8, out _) && StrictReading.Text(header, "typ"u8) is var type
            && !string.Equals(type, "JWT", StringComparison.OrdinalIgnoreCase) && !string.Equals(type, "at+jwt", StringComparison.OrdinalIgnoreCase))
        {
            return TokenFault.Type;
        }

        if (!header.TryGetProperty("kid"u8, out _)) return TokenFault.None;
        keyId = StrictReading.Text(header, "kid"u8);
        return keyId is null ? TokenFault.UnknownKey : TokenFault.None;
    }
}
