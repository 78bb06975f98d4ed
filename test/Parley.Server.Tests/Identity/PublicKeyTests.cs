using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Parley.Identity;
using static Parley.Tests.Identity.Forge;

namespace Parley.Tests.Identity;

/// <summary>RS256 and ES256, with the public key in the configuration.</summary>
public sealed class PublicKeyTests : IDisposable
{
    private static readonly Signer Rsa = Signer.Rsa();
    private static readonly Signer Ec = Signer.Ec();

    private readonly Forge _forge = new(new() { ["demo"] = App(Key(Secret), Rsa.Option(), Ec.Option()) });

    public static TheoryData<string> Asymmetric => [Jws.Rs256, Jws.Es256];

    public void Dispose() => _forge.Dispose();

    [Theory, MemberData(nameof(Asymmetric))]
    public void A_token_of_the_private_key_is_verified_with_the_public_one(string algorithm)
    {
        var verified = _forge.Verify(SignerOf(algorithm).Token()).Value;

        Assert.Equal(("demo", new UserId("alice")), (verified?.AppName, verified?.User));
    }

    /// <summary>RFC 7515, appendices A.2 and A.3: written by somebody else.</summary>
    [Theory]
    [InlineData("""
        eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ
        .cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4
        BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqv
        hJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw
        """, """
        {"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMs
        D1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxv
        b3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"}
        """)]
    [InlineData("""
        eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ
        .DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q
        """, """
        {"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}
        """)]
    public void The_examples_of_the_standard_are_verified(string token, string jwk)
    {
        var jws = Jws.Read(token.ReplaceLineEndings(""), out _);

        var key = Assert.Single(Jwks.Read(Encoding.UTF8.GetBytes($$"""{"keys":[{{jwk.ReplaceLineEndings("")}}]}"""), out _)!.Keys);

        Assert.True(jws?.IsSignedBy([key], out _));
        Assert.Equal("joe", jws?.Claims.GetProperty("iss").GetString());
    }

    [Theory, MemberData(nameof(Asymmetric)), Trait("Row", "AU-02")]
    public void A_public_key_that_is_used_as_a_shared_secret_signs_nothing(string algorithm)
    {
        var signer = SignerOf(algorithm);
        using var forge = new Forge(new() { ["demo"] = App(signer.Option("k")) });
        byte[][] secrets =
        [
            Encoding.UTF8.GetBytes(signer.Pem), Encoding.UTF8.GetBytes(signer.Pem + "\n"), signer.Der,
            Encoding.UTF8.GetBytes(Convert.ToBase64String(signer.Der)), Encoding.UTF8.GetBytes(signer.Jwk), [],
        ];

        foreach (var header in new[] { """{"alg":"HS256"}""", """{"alg":"HS256","kid":"k"}""", $$"""{"alg":"{{algorithm}}"}""" })
        {
            var signed = $"{Encode(header)}.{Encode(Claims())}";
            foreach (var secret in secrets)
                Assert.Same(Refusals.Unauthorized, forge.Verify($"{signed}.{Base64Url.EncodeToString(Hmac(signed, secret))}").Refusal);
        }

        Assert.NotNull(forge.Verify(signer.Token()).Value);
    }

    [Fact, Trait("Row", "AU-09")]
    public void A_token_of_one_algorithm_is_not_checked_with_a_key_of_another()
    {
        using var rsaOnly = new Forge(new() { ["demo"] = App(Rsa.Option()) });
        using var ecOnly = new Forge(new() { ["demo"] = App(Ec.Option()) });

        foreach (var header in new[] { Jws.Rs256, Jws.Es256, Jws.Hs256, "PS256", "RS384", "ES384", "ES256K", "none" }.Select(name => $$"""{"alg":"{{name}}"}"""))
        {
            Assert.Same(Refusals.Unauthorized, ecOnly.Verify(Rsa.Token(header: header)).Refusal);
            Assert.Same(Refusals.Unauthorized, rsaOnly.Verify(Ec.Token(header: header)).Refusal);
            Assert.Same(Refusals.Unauthorized, rsaOnly.Verify(Token(header: header)).Refusal);
        }

        Assert.NotNull(rsaOnly.Verify(Rsa.Token()).Value);
        Assert.NotNull(ecOnly.Verify(Ec.Token()).Value);
    }

    [Fact, Trait("Row", "AU-09")]
    public void RS256_is_PKCS_1_with_SHA_256_and_nothing_else()
    {
        var signed = $"{Encode("""{"alg":"RS256"}""")}.{Encode(Claims())}";

        _forge.AssertRefused($"{signed}.{Base64Url.EncodeToString(Rsa.Sign(signed, RSASignaturePadding.Pss, HashAlgorithmName.SHA256))}");
        _forge.AssertRefused($"{signed}.{Base64Url.EncodeToString(Rsa.Sign(signed, RSASignaturePadding.Pkcs1, HashAlgorithmName.SHA512))}");
        _forge.AssertRefused($"{signed}.{Base64Url.EncodeToString(Rsa.Sign(signed, RSASignaturePadding.Pkcs1, HashAlgorithmName.SHA1))}");
        _forge.AssertRefused($"{signed}.{Base64Url.EncodeToString([0, .. Rsa.Sign(signed)])}");
        Assert.NotNull(_forge.Verify($"{signed}.{Base64Url.EncodeToString(Rsa.Sign(signed))}").Value);
    }

    [Theory, Trait("Row", "AU-09")]
    [InlineData(Jws.Rs256, 256)]
    [InlineData(Jws.Es256, 64)]
    public void A_signature_has_exactly_its_length(string algorithm, int length)
    {
        var token = SignerOf(algorithm).Token();
        var (signed, signature) = (token[..token.LastIndexOf('.')], Base64Url.DecodeFromChars(token.AsSpan(token.LastIndexOf('.') + 1)));
        Assert.Equal(length, signature.Length);

        for (var bytes = 0; bytes < length; bytes++) _forge.AssertRefused($"{signed}.{Base64Url.EncodeToString(signature.AsSpan(0, bytes))}");
        _forge.AssertRefused($"{signed}.{Base64Url.EncodeToString([.. signature, 0])}");
        _forge.AssertRefused($"{signed}.{Base64Url.EncodeToString([.. signature, .. signature])}");
        _forge.AssertRefused($"{signed}.{Base64Url.EncodeToString(new byte[length])}");
        _forge.AssertRefused($"{signed}.{Base64Url.EncodeToString(Enumerable.Repeat((byte)0xff, length).ToArray())}");
    }

    [Fact, Trait("Row", "AU-09")]
    public void A_signature_of_nothing_but_zeros_is_none()
    {
        var signed = $"{Encode("""{"alg":"ES256"}""")}.{Encode(Claims())}";
        byte[] order = Convert.FromHexString("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551");
        var (zero, one) = (new byte[32], new byte[32]);
        one[31] = 1;

        foreach (var r in new[] { zero, one, order })
            foreach (var s in new[] { zero, one, order })
                _forge.AssertRefused($"{signed}.{Base64Url.EncodeToString([.. r, .. s])}");
    }

    [Fact, Trait("Row", "AU-09")]
    public void A_signature_in_DER_is_none()
    {
        var signed = $"{Encode("""{"alg":"ES256"}""")}.{Encode(Claims())}";
        for (var i = 0; i < 20; i++) _forge.AssertRefused($"{signed}.{Base64Url.EncodeToString(Ec.Sign(signed, DSASignatureFormat.Rfc3279DerSequence))}");
        Assert.NotNull(_forge.Verify($"{signed}.{Base64Url.EncodeToString(Ec.Sign(signed))}").Value);
    }

    [Theory, MemberData(nameof(Asymmetric)), Trait("Row", "AU-09")]
    public void Padding_ordinary_base64_and_spare_bits_are_refused(string algorithm)
    {
        const string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        var token = SignerOf(algorithm).Token();
        _forge.AssertRefused(token + "=");
        _forge.AssertRefused(token + "==");
        _forge.AssertRefused(token + " ");
        var (signed, signature) = (token[..(token.LastIndexOf('.') + 1)], token[(token.LastIndexOf('.') + 1)..]);
        if (signature.Contains('-') || signature.Contains('_')) _forge.AssertRefused(signed + signature.Replace('-', '+').Replace('_', '/'));

        // 64 and 256 bytes leave four bits of the last letter unused.
        var last = alphabet.IndexOf(token[^1], StringComparison.Ordinal);
        Assert.Equal(0, last % 16);
        for (var spare = 1; spare < 16; spare++) _forge.AssertRefused(token[..^1] + alphabet[last + spare]);
    }

    [Theory, InlineData(Jws.Hs256), InlineData(Jws.Rs256), InlineData(Jws.Es256)]
    public void No_token_with_a_single_bit_flipped_is_taken(string algorithm)
    {
        var token = algorithm == Jws.Hs256 ? Token() : SignerOf(algorithm).Token();
        for (var i = 0; i < token.Length; i++)
        {
            for (var bit = 0; bit < 7; bit++)
            {
                var flipped = $"{token[..i]}{(char)(token[i] ^ (1 << bit))}{token[(i + 1)..]}";
                Assert.True(_forge.Verify(flipped).Refusal == Refusals.Unauthorized, $"letter {i}, bit {bit} of {token}");
            }
        }
    }

    [Theory, InlineData(Jws.Hs256), InlineData(Jws.Rs256), InlineData(Jws.Es256)]
    public void No_signature_with_random_bits_flipped_is_taken(string algorithm)
    {
        var flips = Gen.Choose(0, 100_000).NonEmptyListOf().ToArbitrary();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1_000), Prop.ForAll(flips, list =>
        {
            var token = algorithm == Jws.Hs256 ? Token() : SignerOf(algorithm).Token();
            var parts = token.Split('.').Select(part => Base64Url.DecodeFromChars(part)).ToArray();
            foreach (var flip in list)
            {
                var part = parts[flip % 3];
                part[flip / 3 % part.Length] ^= (byte)(1 << (flip % 8));
            }

            // Flips that undo each other leave the token as it was.
            var flipped = string.Join('.', parts.Select(part => Base64Url.EncodeToString(part)));
            return flipped == token || _forge.Verify(flipped).Refusal == Refusals.Unauthorized;
        }));
    }

    private static Signer SignerOf(string algorithm) => algorithm == Jws.Rs256 ? Rsa : Ec;
}
