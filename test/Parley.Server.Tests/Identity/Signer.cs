using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Parley.Identity;

namespace Parley.Tests.Identity;

/// <summary>Who holds a private key: a backend or an identity provider. Signs whatever it is told to.</summary>
internal sealed class Signer
{
    private readonly AsymmetricAlgorithm _key;

    private Signer(string algorithm, string? id, AsymmetricAlgorithm key) => (Algorithm, Id, _key) = (algorithm, id, key);

    public string Algorithm { get; }

    public string? Id { get; }

    /// <summary>The public half, as a configuration has it.</summary>
    public string Pem => _key.ExportSubjectPublicKeyInfoPem();

    public byte[] Der => _key.ExportSubjectPublicKeyInfo();

    /// <summary>The public half, as a key set has it.</summary>
    public string Jwk => JwkWith("\"use\":\"sig\"");

    /// <summary>The public half as a verifier has it.</summary>
    public SigningKey Public => PublicKeyText.Read(Id, Pem).Key!;

    public static Signer Rsa(string? id = null, int bits = 2048) => new(Jws.Rs256, id, RSA.Create(bits));

    public static Signer Ec(string? id = null) => new(Jws.Es256, id, ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>The same key under another name.</summary>
    public Signer Named(string? id) => new(Algorithm, id, _key);

    public AppKeyOptions Option(string? id = null) => new() { PublicKey = Pem, Id = id };

    /// <summary>The public half with members of one's own.</summary>
    public string JwkWith(params IEnumerable<string> members)
    {
        IEnumerable<string> own = _key switch
        {
            RSA rsa when rsa.ExportParameters(false) is var key => ["\"kty\":\"RSA\"", $"\"n\":\"{Url(key.Modulus!)}\"", $"\"e\":\"{Url(key.Exponent!)}\""],
            ECDsa ecdsa when ecdsa.ExportParameters(false).Q is var point => ["\"kty\":\"EC\"", "\"crv\":\"P-256\"", $"\"x\":\"{Url(point.X!)}\"", $"\"y\":\"{Url(point.Y!)}\""],
            _ => throw new InvalidOperationException(),
        };
        return $"{{{string.Join(',', [.. own, .. Id is null ? [] : new[] { $"\"kid\":\"{Id}\"" }, .. members])}}}";
    }

    /// <summary>A token with its own header, unless told otherwise.</summary>
    public string Token(string? claims = null, string? header = null)
    {
        header ??= Id is null ? $$"""{"alg":"{{Algorithm}}"}""" : $$"""{"alg":"{{Algorithm}}","kid":"{{Id}}"}""";
        var signed = $"{Forge.Encode(header)}.{Forge.Encode(claims ?? Forge.Claims())}";
        return $"{signed}.{Url(Sign(signed))}";
    }

    public byte[] Sign(string signed, DSASignatureFormat format = DSASignatureFormat.IeeeP1363FixedFieldConcatenation) => _key switch
    {
        RSA rsa => Sign(rsa, signed, RSASignaturePadding.Pkcs1, HashAlgorithmName.SHA256),
        ECDsa ecdsa => ecdsa.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, format),
        _ => throw new InvalidOperationException(),
    };

    /// <summary>A signature of another kind than RS256, of the RSA key.</summary>
    public byte[] Sign(string signed, RSASignaturePadding padding, HashAlgorithmName hash) => Sign((RSA)_key, signed, padding, hash);

    private static byte[] Sign(RSA rsa, string signed, RSASignaturePadding padding, HashAlgorithmName hash) =>
        rsa.SignData(Encoding.ASCII.GetBytes(signed), hash, padding);

    private static string Url(byte[] bytes) => Base64Url.EncodeToString(bytes);
}
