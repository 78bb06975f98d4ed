using System.Security.Cryptography;
using System.Text;

namespace Parley.Identity;

/// <summary>A key that verifies tokens of exactly one algorithm, so that no token can choose how its key is used.</summary>
/// <remarks>Immutable, and shared by all threads.</remarks>
internal abstract class SigningKey(string? id, string algorithm)
{
    /// <summary>The <c>kid</c> it answers to; null answers to any.</summary>
    public string? Id => id;

    public string Algorithm => algorithm;

    /// <summary>Whether this key made the signature. Never throws, whatever the signature is.</summary>
    public abstract bool Verifies(ReadOnlySpan<byte> signed, ReadOnlySpan<byte> signature);

    /// <summary>The keys of an app's configuration, in its order.</summary>
    /// <exception cref="ArgumentException">One is not usable; the validator refuses such options at start.</exception>
    public static IReadOnlyList<SigningKey> Of(string app, AppOptions options) =>
    [
        .. options.Keys.Select((key, index) => Read(key) switch
        {
            (Key: { } usable, _) => usable,
            var (_, problem) => throw new ArgumentException($"{AppsOptions.Section}:{app}:Keys:{index}{problem}.", nameof(options)),
        }),
    ];

    /// <summary>The key that options describe, or what is wrong with them, as the end of a sentence that begins with the key's section.</summary>
    public static (SigningKey? Key, string? Problem) Read(AppKeyOptions options)
    {
        if (!string.IsNullOrWhiteSpace(options.PublicKey))
        {
            if (options.Secret.Length > 0) return (null, " has a Secret and a PublicKey: a key is one of them, so make two keys");
            var (key, problem) = PublicKeyText.Read(options.Id, options.PublicKey);
            return (key, problem is null ? null : $":PublicKey {problem}");
        }

        var (secret, wrong) = AppSecret.Read(options.Secret);
        return secret is null ? (null, $":Secret {wrong}") : (new SecretKey(options.Id, secret), null);
    }
}

/// <summary>A secret that the backend shares with this server: HS256. The only kind that signs as well.</summary>
internal sealed class SecretKey(string? id, byte[] secret) : SigningKey(id, Jws.Hs256)
{
    public override bool Verifies(ReadOnlySpan<byte> signed, ReadOnlySpan<byte> signature)
    {
        Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(secret, signed, expected);
        return CryptographicOperations.FixedTimeEquals(expected, signature);
    }

    public byte[] Sign(string signed) => HMACSHA256.HashData(secret, Encoding.ASCII.GetBytes(signed));
}

/// <summary>The public half of an RSA key: RS256, which is PKCS#1 v1.5 with SHA-256 and nothing else.</summary>
internal sealed class RsaKey : SigningKey
{
    public const int MinBits = 2048;

    /// <summary>Larger ones only cost: verifying takes four times as long for each doubling.</summary>
    public const int MaxBits = 8192;

    private const int MaxExponentBytes = 4;
    private const uint MinExponent = 65_537;

    private readonly RSAParameters _public;

    private RsaKey(string? id, RSAParameters @public)
        : base(id, Jws.Rs256) => _public = @public;

    /// <summary>The key of these numbers (big-endian, without leading zeros), or what is wrong with them, as the end of a sentence.</summary>
    public static (RsaKey? Key, string? Problem) Of(string? id, byte[] modulus, byte[] exponent)
    {
        var bits = modulus.Length == 0 ? 0 : (modulus.Length * 8) - byte.LeadingZeroCount(modulus[0]);
        if (bits < MinBits) return (null, $"is an RSA key of {bits} bits, but needs at least {MinBits}");
        if (bits > MaxBits) return (null, $"is an RSA key of {bits} bits, but may have at most {MaxBits}");
        var e = exponent.Length is 0 or > MaxExponentBytes ? 0u : exponent.Aggregate(0u, (number, part) => (number << 8) | part);
        if (e < MinExponent || e % 2 == 0 || modulus[^1] % 2 == 0) return (null, $"is an RSA key of unusual numbers: its exponent should be {MinExponent}");

        var parameters = new RSAParameters { Modulus = modulus, Exponent = exponent };
        try
        {
            using var usable = RSA.Create(parameters);
            return (new RsaKey(id, parameters), null);
        }
        catch (CryptographicException)
        {
            return (null, "is not an RSA key that this system takes");
        }
    }

    public override bool Verifies(ReadOnlySpan<byte> signed, ReadOnlySpan<byte> signature)
    {
        // A signature is as long as the modulus, without exception.
        if (signature.Length != _public.Modulus!.Length) return false;
        try
        {
            // One per call: instances are not made for several threads, and a replaced key leaves nothing to dispose.
            using var rsa = RSA.Create(_public);
            return rsa.VerifyData(signed, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}

/// <summary>A point of the curve P-256: ES256.</summary>
internal sealed class EcKey : SigningKey
{
    /// <summary>Bytes of a coordinate, and of each half of a signature.</summary>
    public const int FieldBytes = 32;

    private readonly ECParameters _public;

    private EcKey(string? id, ECParameters @public)
        : base(id, Jws.Es256) => _public = @public;

    /// <summary>The key of this point, or what is wrong with it, as the end of a sentence.</summary>
    public static (EcKey? Key, string? Problem) Of(string? id, byte[] x, byte[] y)
    {
        if (x.Length != FieldBytes || y.Length != FieldBytes) return (null, $"has coordinates that are not of {FieldBytes} bytes, as those of P-256 are");
        var parameters = new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = x, Y = y } };
        try
        {
            // Importing checks that the point is on the curve; off it, signatures could be made without the private key.
            using var usable = ECDsa.Create(parameters);
            return (new EcKey(id, parameters), null);
        }
        catch (CryptographicException)
        {
            return (null, "is not a point of the curve P-256");
        }
    }

    public override bool Verifies(ReadOnlySpan<byte> signed, ReadOnlySpan<byte> signature)
    {
        // RFC 7518: r and s, 32 bytes each. DER, which X.509 uses, would give one signature many spellings.
        if (signature.Length != 2 * FieldBytes) return false;
        try
        {
            using var ecdsa = ECDsa.Create(_public);
            return ecdsa.VerifyData(signed, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
