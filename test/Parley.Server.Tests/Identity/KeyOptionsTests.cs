using System.Security.Cryptography;
using Parley.Identity;
using static Parley.Tests.Identity.Forge;

namespace Parley.Tests.Identity;

/// <summary>What a configuration may say about public keys.</summary>
public sealed class KeyOptionsTests
{
    private static readonly Signer Rsa = Signer.Rsa();
    private static readonly Signer Ec = Signer.Ec();

    [Fact]
    public void The_key_decides_the_algorithm()
    {
        var keys = SigningKey.Of("demo", App(Key(Secret, "a"), Rsa.Option("b"), Ec.Option("c")));

        Assert.Equal([("a", "HS256"), ("b", "RS256"), ("c", "ES256")], keys.Select(key => (key.Id, key.Algorithm)));
    }

    [Theory]
    [InlineData("\n", "\n")]
    [InlineData(" \n\n", "  ")]
    [InlineData("", "")]
    public void Space_around_a_key_does_no_harm(string before, string after)
    {
        Assert.Empty(ProblemsOf(new AppKeyOptions { PublicKey = $"{before}{Rsa.Pem}{after}" }));
        Assert.Empty(ProblemsOf(new AppKeyOptions { PublicKey = $"{before}{Ec.Pem.ReplaceLineEndings("\r\n")}{after}" }));
    }

    [Fact]
    public void A_key_is_a_secret_or_a_public_key()
    {
        Assert.Equal(
            ["Parley:Apps:demo:Keys:0 has a Secret and a PublicKey: a key is one of them, so make two keys."],
            ProblemsOf(new AppKeyOptions { Secret = Secret, PublicKey = Rsa.Pem }));
        Assert.StartsWith("Parley:Apps:demo:Keys:0:Secret is empty", Assert.Single(ProblemsOf(new AppKeyOptions())), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1024, "is an RSA key of 1024 bits, but needs at least 2048")]
    [InlineData(2040, "is an RSA key of 2040 bits, but needs at least 2048")]
    [InlineData(2048, null)]
    public void An_RSA_key_has_2048_bits_or_more(int bits, string? problem) => AssertProblem(problem, Signer.Rsa(bits: bits).Pem);

    [Fact]
    public void An_RSA_key_has_8192_bits_or_fewer()
    {
        // Made up, not generated: a real one of that size takes a minute.
        byte[] Modulus(int bits) => [.. Enumerable.Repeat((byte)0xff, bits / 8)];

        Assert.Null(RsaKey.Of(null, Modulus(8192), [1, 0, 1]).Problem);
        Assert.Equal("is an RSA key of 8200 bits, but may have at most 8192", RsaKey.Of(null, Modulus(8200), [1, 0, 1]).Problem);
        Assert.Contains("0 bits", RsaKey.Of(null, [], [1, 0, 1]).Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("01")]
    [InlineData("03")]
    [InlineData("010000")]
    [InlineData("0100000001")]
    public void An_RSA_key_has_a_usual_exponent(string exponent)
    {
        var modulus = Enumerable.Repeat((byte)0xff, 256).ToArray();
        Assert.Contains("its exponent should be 65537", RsaKey.Of(null, modulus, Convert.FromHexString(exponent)).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_curves_and_kinds_are_refused()
    {
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var named = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var custom = ECDsa.Create(named.ExportExplicitParameters(includePrivateParameters: true));
        // RFC 8410: an Ed25519 key.
        const string ed25519 = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----";

        foreach (var pem in new[] { p384.ExportSubjectPublicKeyInfoPem(), custom.ExportSubjectPublicKeyInfoPem(), ed25519 })
            AssertProblem("is of another kind than RSA (for RS256) and the curve P-256 (for ES256)", pem);
    }

    [Fact]
    public void A_point_beside_the_curve_is_no_key()
    {
        var der = Ec.Der;
        der[^1] ^= 1;

        var (x, y) = (der.AsSpan()[^64..^32].ToArray(), der.AsSpan()[^32..].ToArray());
        Assert.Equal("is not a point of the curve P-256", EcKey.Of(null, x, y).Problem);
        AssertRefused(PemEncoding.WriteString("PUBLIC KEY", der));
        Assert.Equal("is not a point of the curve P-256", EcKey.Of(null, new byte[32], new byte[32]).Problem);
        Assert.Contains("32 bytes", EcKey.Of(null, new byte[31], new byte[32]).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_public_key_is_refused_with_what_to_do_and_without_its_value()
    {
        using var rsa = RSA.Create(2048);
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        foreach (var (text, why) in new[]
        {
            (rsa.ExportPkcs8PrivateKeyPem(), "is a private key: leave that with your backend"),
            (rsa.ExportRSAPrivateKeyPem(), "is a private key"),
            (ec.ExportECPrivateKeyPem(), "is a private key"),
            ($"{ec.ExportSubjectPublicKeyInfoPem()}\n{ec.ExportPkcs8PrivateKeyPem()}", "is a private key"),
            ("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----", "is a certificate: give the key in it"),
            (rsa.ExportRSAPublicKeyPem(), "is not one key in PEM"),
            ($"{Rsa.Pem}\n{Ec.Pem}", "is not one key in PEM"),
            ($"{Rsa.Pem}\nand more", "is not one key in PEM"),
            (Secret, "is not one key in PEM"),
            ("keys/public.pem", "is not one key in PEM"),
            (Convert.ToBase64String(Rsa.Der), "is not one key in PEM"),
            ("-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----", "does not hold a key between its PEM lines"),
            (PemEncoding.WriteString("PUBLIC KEY", [.. Rsa.Der, 0]), "does not hold a key between its PEM lines"),
            (PemEncoding.WriteString("PUBLIC KEY", Rsa.Der.AsSpan()[..^1]), "does not hold a key between its PEM lines"),
        })
        {
            var problem = Assert.Single(ProblemsOf(new AppKeyOptions { PublicKey = text }));
            Assert.StartsWith($"Parley:Apps:demo:Keys:0:PublicKey {why}", problem, StringComparison.Ordinal);
            Assert.DoesNotContain(text, problem, StringComparison.Ordinal);
        }
    }

    [Fact, Trait("Row", "AU-02")]
    public void A_public_key_given_as_the_secret_stops_the_start()
    {
        foreach (var text in new[]
        {
            Rsa.Pem, Ec.Pem, $"base64:{Convert.ToBase64String(Rsa.Der)}", Convert.ToBase64String(Ec.Der), Rsa.Jwk, Ec.Jwk,
            $$"""{"keys":[{{Ec.Jwk}}]}""", $"base64:{Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(Rsa.Pem))}",
            $"base64:{Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(Ec.Jwk))}",
        })
        {
            Assert.StartsWith(
                "Parley:Apps:demo:Keys:0:Secret is a key in PEM, DER or JWK, not a shared secret: give a public key as PublicKey",
                Assert.Single(ProblemsOf(Key(text))), StringComparison.Ordinal);
        }
    }

    private static void AssertProblem(string? problem, string pem)
    {
        var found = ProblemsOf(new AppKeyOptions { PublicKey = pem });
        if (problem is null) Assert.Empty(found);
        else Assert.Equal([$"Parley:Apps:demo:Keys:0:PublicKey {problem}."], found);
    }

    private static void AssertRefused(string pem) => Assert.Single(ProblemsOf(new AppKeyOptions { PublicKey = pem }));

    private static IEnumerable<string> ProblemsOf(AppKeyOptions key) => new AppsOptionsValidator().Validate(null, new() { ["demo"] = App(key) }).Failures ?? [];
}
