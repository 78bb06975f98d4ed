using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Parley.Identity;

namespace Parley.Tests.Identity;

/// <summary>Reading what a provider publishes.</summary>
public sealed class JwksTests
{
    private static readonly Signer Rsa = Signer.Rsa("rsa-1");
    private static readonly Signer Ec = Signer.Ec("ec-1");

    [Fact]
    public void Keys_for_RS256_and_ES256_are_read()
    {
        var keys = Read(Rsa.Jwk, Ec.Jwk)!.Keys;

        Assert.Equal([("rsa-1", "RS256"), ("ec-1", "ES256")], keys.Select(key => (key.Id, key.Algorithm)));
        Assert.True(Jws.Read(Rsa.Token(), out _)!.IsSignedBy(keys, out _));
        Assert.True(Jws.Read(Ec.Token(), out _)!.IsSignedBy(keys, out _));
    }

    [Theory]
    [InlineData("\"use\":\"sig\"")]
    [InlineData("\"alg\":\"ES256\"")]
    [InlineData("\"key_ops\":[\"verify\"]")]
    [InlineData("\"key_ops\":[\"sign\",\"verify\"]")]
    [InlineData("\"x5c\":[\"MIIB\"],\"x5t\":\"abc\",\"x5u\":\"https://example.org\",\"issuer\":\"https://good.example\",\"more\":{\"a\":[1]}")]
    [InlineData("\"more\":null")]
    public void Usual_members_are_taken(string members) => Assert.Single(Read(Ec.JwkWith(members))!.Keys);

    [Theory]
    [InlineData("\"use\":\"enc\"")]
    [InlineData("\"use\":null")]
    [InlineData("\"use\":[\"sig\"]")]
    [InlineData("\"alg\":\"RS256\"")]
    [InlineData("\"alg\":\"ES384\"")]
    [InlineData("\"alg\":\"HS256\"")]
    [InlineData("\"alg\":\"none\"")]
    [InlineData("\"alg\":null")]
    [InlineData("\"alg\":\"es256\"")]
    [InlineData("\"key_ops\":[\"encrypt\"]")]
    [InlineData("\"key_ops\":[]")]
    [InlineData("\"key_ops\":\"verify\"")]
    [InlineData("\"key_ops\":null")]
    public void A_key_for_something_else_is_passed_over(string members)
    {
        var set = Read(Ec.JwkWith(members), Rsa.Jwk)!;

        Assert.Equal("rsa-1", Assert.Single(set.Keys).Id);
        Assert.Empty(set.Faults);
    }

    [Theory]
    [InlineData("""{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}""")]
    [InlineData("""{"kty":"EC","crv":"P-384","x":"AA","y":"AA"}""")]
    [InlineData("""{"kty":"EC","x":"AA","y":"AA"}""")]
    [InlineData("""{"kty":"rsa","n":"AQAB","e":"AQAB"}""")]
    [InlineData("""{"kty":null}""")]
    [InlineData("""{"kty":["RSA"]}""")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("\"RSA\"")]
    [InlineData("[]")]
    public void An_unknown_kind_of_key_is_passed_over(string jwk) => Assert.Equal("ec-1", Assert.Single(Read(jwk, Ec.Jwk)!.Keys).Id);

    [Fact, Trait("Row", "AU-02")]
    public void A_symmetric_key_is_never_taken_from_a_key_set()
    {
        var secret = Encoding.UTF8.GetBytes(Forge.Secret);
        foreach (var jwk in new[] { $$"""{"kty":"oct","k":"{{Base64Url.EncodeToString(secret)}}","kid":"s"}""", $$"""{"kty":"oct","alg":"HS256","use":"sig","k":"{{Base64Url.EncodeToString(secret)}}"}""" })
        {
            Assert.Equal("has no key for RS256 or ES256", ProblemOf($$"""{"keys":[{{jwk}}]}"""));
            var keys = Read(jwk, Ec.Jwk)!.Keys;
            Assert.Equal(["ES256"], keys.Select(key => key.Algorithm));
            Assert.False(Jws.Read(Forge.Token(header: """{"alg":"HS256","kid":"s"}"""), out _)!.IsSignedBy(keys, out _));
        }
    }

    [Fact]
    public void A_key_that_cannot_be_used_is_named_and_the_others_are_taken()
    {
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var x = Base64Url.EncodeToString(new byte[32]);
        foreach (var (jwk, why) in new[]
        {
            (Signer.Rsa(bits: 1024).Jwk, "is an RSA key of 1024 bits, but needs at least 2048"),
            ($$"""{"kty":"EC","crv":"P-256","x":"{{x}}","y":"{{x}}"}""", "is not a point of the curve P-256"),
            ($$"""{"kty":"EC","crv":"P-256","x":"{{x}}","y":"AA"}""", "has coordinates that are not of 32 bytes"),
            ($$"""{"kty":"EC","crv":"P-256","x":"{{x}}="}""", "has coordinates that are not base64url"),
            ("""{"kty":"RSA","n":"a b","e":"AQAB"}""", "has numbers that are not base64url"),
            ("""{"kty":"RSA","n":17,"e":"AQAB"}""", "has numbers that are not base64url"),
            (Rsa.JwkWith("\"d\":\"AQAB\""), "has private members, so everybody could sign with it"),
            (Ec.JwkWith("\"k\":\"AQAB\""), "has private members"),
            (Rsa.Named(null).JwkWith("\"kid\":17"), "has a kid that is no text"),
            (Rsa.Named(null).JwkWith("\"kid\":null"), "has a kid that is no text"),
            (Rsa.Named(new string('k', 257)).Jwk, "has a kid that is no text of at most 256 characters"),
        })
        {
            var set = Read(Ec.Jwk, jwk)!;
            Assert.Equal("ec-1", Assert.Single(set.Keys).Id);
            Assert.StartsWith($"1 {why}", Assert.Single(set.Faults), StringComparison.Ordinal);
            Assert.StartsWith($"has no key that can be used: key 0 {why}", ProblemOf($$"""{"keys":[{{jwk}}]}"""), StringComparison.Ordinal);
        }

        Assert.Single(Read(Rsa.Named(new string('k', 256)).Jwk)!.Keys);
    }

    [Fact]
    public void Zeros_before_a_modulus_do_not_count()
    {
        var modulus = Rsa.JwkWith();
        var n = modulus.Split("\"n\":\"")[1].Split('"')[0];
        var padded = Base64Url.EncodeToString([0, .. Base64Url.DecodeFromChars(n)]);

        Assert.True(Jws.Read(Rsa.Token(), out _)!.IsSignedBy(Read(modulus.Replace(n, padded))!.Keys, out _));
    }

    [Fact]
    public void Keys_of_one_name_are_all_kept()
    {
        var (first, second) = (Signer.Ec("same"), Signer.Ec("same"));
        var keys = Read(first.Jwk, second.Jwk, Rsa.Named("same").Jwk, first.Jwk)!.Keys;

        Assert.All(new[] { first, second, Rsa.Named("same") }, signer => Assert.True(Jws.Read(signer.Token(), out _)!.IsSignedBy(keys, out _)));
        Assert.False(Jws.Read(Signer.Ec("same").Token(), out _)!.IsSignedBy(keys, out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"keys\":null}")]
    [InlineData("{\"keys\":{}}")]
    [InlineData("{\"Keys\":[]}")]
    [InlineData("{\"keys\":[],\"keys\":[]}")]
    [InlineData("{\"keys\":[{\"kty\":\"RSA\",\"kty\":\"EC\"}]}")]
    [InlineData("{\"keys\":[],}")]
    [InlineData("{\"keys\":[]} ")]
    [InlineData("\ufeff{\"keys\":[]}")]
    [InlineData("<html>Sign in</html>")]
    [InlineData("{\"keys\":[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]}")]
    public void What_is_no_key_set_is_refused(string json)
    {
        Assert.Null(Jwks.Read(Encoding.UTF8.GetBytes(json), out var problem));
        Assert.NotEmpty(problem);
    }

    [Fact]
    public void A_key_set_has_at_most_64_keys_and_64_KiB()
    {
        Assert.Equal(64, Read(Enumerable.Repeat(Ec.Jwk, 64))!.Keys.Count);
        Assert.Equal("has 65 keys, but may have at most 64", ProblemOf($$"""{"keys":[{{string.Join(',', Enumerable.Repeat("{}", 65))}}]}"""));

        string OfLength(int bytes) => $$"""{"keys":[{{Ec.Jwk}}],"note":"{{"\"}"}}""" is var bare ? bare.Insert(bare.Length - 2, new string('n', bytes - bare.Length)) : "";
        Assert.Equal(65_536, OfLength(65_536).Length);
        Assert.NotNull(Jwks.Read(Encoding.UTF8.GetBytes(OfLength(65_536)), out _));
        Assert.Equal("is larger than 65536 bytes", ProblemOf(OfLength(65_537)));
    }

    [Fact]
    public void No_text_makes_it_throw()
    {
        var members = Gen.Elements("\"kty\":\"RSA\"", "\"kty\":\"EC\"", "\"crv\":\"P-256\"", "\"x\":\"AA\"", "\"y\":\"AA\"", "\"n\":\"\"", "\"e\":\"AQAB\"", "\"kid\":1", "\"kid\":\"\\ud800\"", "\"use\":\"sig\"", "\"alg\":{}", "\"key_ops\":[1]", "\"\\ud800\":1");
        var objects = members.ListOf().Select(list => $"{{{string.Join(',', list.Distinct())}}}");
        var sets = objects.ListOf().Select(list => $"{{\"keys\":[{string.Join(',', list)}]}}").ToArbitrary();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2_000), Prop.ForAll(sets, json => Jwks.Read(Encoding.UTF8.GetBytes(json), out _) is null));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2_000), Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes => Jwks.Read(bytes ?? [], out _) is null));
    }

    private static Jwks? Read(params IEnumerable<string> keys) => Jwks.Read(Encoding.UTF8.GetBytes($$"""{"keys":[{{string.Join(',', keys)}}]}"""), out _);

    private static string ProblemOf(string json)
    {
        Assert.Null(Jwks.Read(Encoding.UTF8.GetBytes(json), out var problem));
        return problem;
    }
}
