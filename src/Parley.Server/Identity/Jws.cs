using System.Buffers;
using System.Buffers.Text;
using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

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

    /// <summary>The longest token that is looked at, in bytes.</summary>
    public const int MaxLength = 8 * 1024;

    /// <summary>Deeper than any claim we read; shallow enough to cost nothing.</summary>
    private const int MaxDepth = 16;

    private delegate bool Verifier(SigningKey key, ReadOnlySpan<byte> signed, ReadOnlySpan<byte> signature);

    /// <summary>The allow-list. What is not in it does not exist, <c>none</c> above all.</summary>
    private static readonly FrozenDictionary<string, Verifier> Verifiers =
        new Dictionary<string, Verifier>(StringComparer.Ordinal) { [Hs256] = VerifyHs256 }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly SearchValues<char> Base64UrlAlphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    private static readonly JsonDocumentOptions StrictJson = new() { AllowDuplicateProperties = false, MaxDepth = MaxDepth };

    /// <summary>Takes a token apart. Null, with the reason, for whatever is not exactly the form above; never an exception.</summary>
    public static Jws? Read(string? token, out TokenFault fault)
    {
        fault = TokenFault.Malformed;
        if (token is null || token.Length > MaxLength) return null;

        var text = token.AsSpan();
        Span<Range> parts = stackalloc Range[4];
        if (text.Split(parts, '.') != 3) return null;
        if (Decode(text[parts[0]]) is not { } header || Decode(text[parts[1]]) is not { } payload) return null;
        if (Decode(text[parts[2]]) is not { } signature) return null;
        if (ParseObject(header) is not { } members || ParseObject(payload) is not { } claims) return null;

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
            if (!Verifiers[Algorithm](key, Signed, Signature)) continue;
            fault = TokenFault.None;
            return true;
        }

        return false;
    }

    /// <summary>Signs with HS256, the counterpart of <see cref="Read"/>.</summary>
    public static string Sign(SigningKey key, ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload)
    {
        var signed = $"{Base64Url.EncodeToString(header)}.{Base64Url.EncodeToString(payload)}";
        return $"{signed}.{Base64Url.EncodeToString(HMACSHA256.HashData(key.Material, Encoding.ASCII.GetBytes(signed)))}";
    }

    private static bool VerifyHs256(SigningKey key, ReadOnlySpan<byte> signed, ReadOnlySpan<byte> signature)
    {
        Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key.Material, signed, expected);
        return CryptographicOperations.FixedTimeEquals(expected, signature);
    }

    /// <summary>Members that are not named here (<c>jku</c>, <c>jwk</c>, <c>x5u</c>, <c>x5c</c> among them) are neither used nor fetched.</summary>
    private static TokenFault HeaderFault(JsonElement header, out string algorithm, out string? keyId)
    {
        (algorithm, keyId) = ("", null);
        if (header.TryGetProperty("crit"u8, out _)) return TokenFault.Critical;
        if (Text(header, "alg"u8) is not { } alg || !Verifiers.ContainsKey(alg)) return TokenFault.Algorithm;
        algorithm = alg;

        if (header.TryGetProperty("typ"u8, out _) && Text(header, "typ"u8) is var type
            && !string.Equals(type, "JWT", StringComparison.OrdinalIgnoreCase) && !string.Equals(type, "at+jwt", StringComparison.OrdinalIgnoreCase))
        {
            return TokenFault.Type;
        }

        if (!header.TryGetProperty("kid"u8, out _)) return TokenFault.None;
        keyId = Text(header, "kid"u8);
        return keyId is null ? TokenFault.UnknownKey : TokenFault.None;
    }

    /// <summary>A member's text; null when it is absent, no string, or a string that is not Unicode.</summary>
    public static string? Text(JsonElement element, ReadOnlySpan<byte> member) =>
        element.TryGetProperty(member, out var value) ? Text(value) : null;

    /// <summary>The element's text; null when it is no string, or a string that is not Unicode.</summary>
    public static string? Text(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.String) return null;
        try
        {
            return element.GetString();
        }
        catch (InvalidOperationException)
        {
            return null; // an escaped lone surrogate
        }
    }

    private static JsonElement? ParseObject(byte[] json)
    {
        if (!Utf8.IsValid(json)) return null;
        try
        {
            using var document = JsonDocument.Parse(json, StrictJson);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null; // not JSON, a member twice, too deep, or a member whose name is not Unicode
        }
    }

    /// <summary>Strict base64url: the alphabet only, no padding, no spare bits set; so each value has one spelling.</summary>
    private static byte[]? Decode(ReadOnlySpan<char> text)
    {
        if (text.ContainsAnyExcept(Base64UrlAlphabet)) return null; // the decoder would pass over padding and space

        var bytes = new byte[Base64Url.GetMaxDecodedLength(text.Length)];
        return Base64Url.DecodeFromChars(text, bytes, out _, out var written) == OperationStatus.Done ? bytes[..written] : null;
    }
}
