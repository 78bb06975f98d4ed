using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Parley.Identity;

/// <summary>Reads the public key of a configuration: SubjectPublicKeyInfo in PEM, as <c>openssl pkey -pubout</c> writes it.</summary>
internal static class PublicKeyText
{
    private const string Label = "PUBLIC KEY";
    private const string Rsa = "1.2.840.113549.1.1.1";
    private const string EllipticCurve = "1.2.840.10045.2.1";
    private const string P256 = "1.2.840.10045.3.1.7";

    /// <summary>Whether the text is one block of this form and nothing else, whatever key is in it. What is not may be a secret.</summary>
    public static bool IsInForm(string text) =>
        PemEncoding.TryFind(text, out var block)
        && text[block.Label] == Label
        && text.AsSpan()[..block.Location.Start].IsWhiteSpace() && text.AsSpan()[block.Location.End..].IsWhiteSpace();

    /// <summary>The key, or the reason there is none, as the end of a sentence that begins with the setting's key. Never the value.</summary>
    public static (SigningKey? Key, string? Problem) Read(string? id, string text)
    {
        if (text.Contains("PRIVATE KEY", StringComparison.Ordinal))
            return (null, "is a private key: leave that with your backend, replace it if others could read it, "
                + "and give its public half (openssl pkey -pubout)");
        if (text.Contains("BEGIN CERTIFICATE", StringComparison.Ordinal))
            return (null, "is a certificate: give the key in it (openssl x509 -pubkey -noout)");
        if (!IsInForm(text)) return (null, "is not one key in PEM, from -----BEGIN PUBLIC KEY----- to -----END PUBLIC KEY----- (openssl pkey -pubout)");

        return Find(text) is { } found
            ? Read(id, found)
            : (null, "does not hold a key between its PEM lines: copy it again, with its line breaks");
    }

    /// <summary>Whether bytes are a public key in DER, which is what stands in PEM between the lines.</summary>
    public static bool IsDer(byte[] bytes) => Decode(bytes) is not null;

    private static PublicKey? Find(string text)
    {
        var block = PemEncoding.Find(text);
        var bytes = new byte[block.DecodedDataLength];
        return Convert.TryFromBase64Chars(text.AsSpan()[block.Base64Data], bytes, out var written) && written == bytes.Length ? Decode(bytes) : null;
    }

    private static PublicKey? Decode(byte[] bytes)
    {
        try
        {
            var key = PublicKey.CreateFromSubjectPublicKeyInfo(bytes, out var read);
            return read == bytes.Length ? key : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static (SigningKey? Key, string? Problem) Read(string? id, PublicKey found)
    {
        try
        {
            switch (found.Oid.Value)
            {
                case Rsa:
                    using (var rsa = found.GetRSAPublicKey())
                    {
                        var numbers = rsa!.ExportParameters(includePrivateParameters: false);
                        return RsaKey.Of(id, numbers.Modulus!, numbers.Exponent!);
                    }

                case EllipticCurve:
                    using (var ecdsa = found.GetECDsaPublicKey())
                    {
                        var point = ecdsa!.ExportParameters(includePrivateParameters: false);
                        if (point.Curve.IsNamed && point.Curve.Oid.Value == P256) return EcKey.Of(id, point.Q.X!, point.Q.Y!);
                    }

                    break;
            }
        }
        catch (CryptographicException)
        {
            // A curve or a size that the system does not know: no key for us either.
        }

        return (null, "is of another kind than RSA (for RS256) and the curve P-256 (for ES256)");
    }
}
