using System.Text.Json;

namespace Parley.Identity;

/// <summary>A key set (RFC 7517) as an identity provider publishes it, down to the keys that verify tokens of ours.</summary>
/// <param name="Keys">At least one.</param>
/// <param name="Faults">Why keys that should have been among them are not, each as the end of a sentence that begins with its place in the set.</param>
/// <remarks>
/// Providers publish keys for many purposes: those of other kinds, uses and algorithms are passed over in silence. Never is a symmetric key
/// taken: what is published is no secret.
/// </remarks>
internal sealed record Jwks(IReadOnlyList<SigningKey> Keys, IReadOnlyList<string> Faults)
{
    /// <summary>The largest key set that is read, in bytes.</summary>
    public const int MaxBytes = 64 * 1024;

    /// <summary>The most keys of a set, of whatever kind. A token without <c>kid</c> is tried with each.</summary>
    public const int MaxKeys = 64;

    private const int MaxIdLength = 256;

    private static readonly string[] PrivateMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

    /// <summary>Reads a key set. Null, with the reason as the end of a sentence, when it is none or has no key for us; never an exception.</summary>
    public static Jwks? Read(byte[] json, out string problem)
    {
        problem = $"is larger than {MaxBytes} bytes";
        if (json.Length > MaxBytes) return null;
        problem = "is not a key set: it must be a JSON object with a list of keys, and no member twice";
        if (StrictReading.Object(json) is not { } set || !set.TryGetProperty("keys"u8, out var list) || list.ValueKind != JsonValueKind.Array) return null;
        problem = $"has {list.GetArrayLength()} keys, but may have at most {MaxKeys}";
        if (list.GetArrayLength() > MaxKeys) return null;

        var keys = new List<SigningKey>();
        var faults = new List<string>();
        foreach (var (place, element) in list.EnumerateArray().Index())
        {
            if (!IsForUs(element)) continue;
            var (key, fault) = Read(element);
            if (key is not null) keys.Add(key);
            else faults.Add($"{place} {fault}");
        }

        problem = faults.Count == 0 ? "has no key for RS256 or ES256" : $"has no key that can be used: key {faults[0]}";
        return keys.Count > 0 ? new Jwks(keys, faults) : null;
    }

    /// <summary>Whether it is meant to verify signatures of an algorithm that we take.</summary>
    private static bool IsForUs(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object || AlgorithmOf(element) is not { } algorithm) return false;
        if (element.TryGetProperty("alg"u8, out var alg) && StrictReading.Text(alg) != algorithm) return false;
        if (element.TryGetProperty("use"u8, out var use) && StrictReading.Text(use) != "sig") return false;
        return !element.TryGetProperty("key_ops"u8, out var operations)
            || (operations.ValueKind == JsonValueKind.Array && operations.EnumerateArray().Any(operation => StrictReading.Text(operation) == "verify"));
    }

    private static string? AlgorithmOf(JsonElement element) => StrictReading.Text(element, "kty"u8) switch
    {
        "RSA" => Jws.Rs256,
        "EC" when StrictReading.Text(element, "crv"u8) == "P-256" => Jws.Es256,
        _ => null,
    };

    private static (SigningKey? Key, string? Fault) Read(JsonElement element)
    {
        if (PrivateMembers.Any(member => element.TryGetProperty(member, out _))) return (null, "has private members, so everybody could sign with it");
        var id = StrictReading.Text(element, "kid"u8);
        if (element.TryGetProperty("kid"u8, out _) && id is not { Length: <= MaxIdLength })
            return (null, $"has a kid that is no text of at most {MaxIdLength} characters");

        if (AlgorithmOf(element) == Jws.Es256)
        {
            return Number(element, "x"u8) is { } x && Number(element, "y"u8) is { } y
                ? EcKey.Of(id, x, y)
                : (null, "has coordinates that are not base64url");
        }

        // Some providers write a zero in front, for the sign that the number does not have.
        return Number(element, "n"u8) is { } modulus && Number(element, "e"u8) is { } exponent
            ? RsaKey.Of(id, [.. modulus.SkipWhile(part => part == 0)], [.. exponent.SkipWhile(part => part == 0)])
            : (null, "has numbers that are not base64url");
    }

    private static byte[]? Number(JsonElement element, ReadOnlySpan<byte> member) =>
        StrictReading.Text(element, member) is { } text ? StrictReading.Bytes(text) : null;
}
