using System.Buffers.Text;
using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Parley.Identity;
using static Parley.Tests.Identity.Forge;

namespace Parley.Tests.Identity;

public sealed class JwsTests : IDisposable
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    private readonly Forge _forge = new();

    public void Dispose() => _forge.Dispose();

    /// <summary>RFC 7515, appendix A.1: written by somebody else.</summary>
    [Fact]
    public void The_example_of_the_standard_is_verified()
    {
        const string token = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
            + ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
            + ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        var key = new SecretKey(null,
            Base64Url.DecodeFromChars("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"));

        var jws = Jws.Read(token, out _);

        Assert.True(jws?.IsSignedBy([key], out _));
        Assert.Equal("joe", jws?.Claims.GetProperty("iss").GetString());
    }

    [Fact, Trait("Row", "AU-09")]
    public void A_signature_cut_short_is_none()
    {
        var token = Token();
        var signature = token.LastIndexOf('.') + 1;
        for (var length = signature; length < token.Length; length++) _forge.AssertRefused(token[..length]);
        _forge.AssertRefused(token + "A");
        _forge.AssertRefused(token + "AAAA");
        _forge.AssertRefused($"{token[..signature]}{Base64Url.EncodeToString(new byte[32])}");
        _forge.AssertRefused($"{token[..signature]}{Base64Url.EncodeToString(new byte[64])}");
    }

    [Theory, Trait("Row", "AU-09")]
    [InlineData("=")]
    [InlineData("==")]
    [InlineData(" ")]
    [InlineData("\n")]
    [InlineData("%3D")]
    public void Padding_and_space_have_no_place_in_a_token(string added)
    {
        var parts = Token().Split('.');
        _forge.AssertRefused($"{parts[0]}.{parts[1]}.{parts[2]}{added}");
        _forge.AssertRefused(added + Token());
        _forge.AssertRefused(Sign($"{parts[0]}{added}.{parts[1]}"));
        _forge.AssertRefused(Sign($"{parts[0]}.{parts[1]}{added}"));
    }

    [Fact, Trait("Row", "AU-09")]
    public void The_alphabet_of_ordinary_base64_is_refused()
    {
        // "~~~" and "???" are what makes the alphabets differ.
        var claims = Claims(extra: "\"note\":\"~~~???~~~???\"");
        Assert.NotNull(_forge.Verify(Token(claims)).Value);
        var header = Encode("""{"alg":"HS256"}""");

        var ordinary = Convert.ToBase64String(Encoding.UTF8.GetBytes(claims)).TrimEnd('=');

        Assert.Contains('/', ordinary);
        _forge.AssertRefused(Sign($"{header}.{ordinary}"));
    }

    [Fact, Trait("Row", "AU-09")]
    public void Each_token_has_one_spelling()
    {
        // 32 bytes leave two bits of the last letter unused, so four letters decode to the same signature.
        var token = Token();
        var last = Alphabet.IndexOf(token[^1], StringComparison.Ordinal);
        Assert.Equal(0, last % 4);
        for (var spare = 1; spare < 4; spare++) _forge.AssertRefused(token[..^1] + Alphabet[last + spare]);
    }

    [Theory, Trait("Row", "AU-09")]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("  ")]
    public void Spare_bits_of_header_and_claims_are_refused_even_when_signed(string space)
    {
        var header = Encode("""{"alg":"HS256"}""" + space);
        var claims = Encode(Claims() + space);
        Assert.NotNull(_forge.Verify(Sign($"{header}.{claims}")).Value);
        foreach (var (part, spoil) in new (string, Func<string, string>)[] { (header, spoiled => $"{spoiled}.{claims}"), (claims, spoiled => $"{header}.{spoiled}") })
        {
            if (part.Length % 4 == 0) continue;
            _forge.AssertRefused(Sign(spoil(part[..^1] + Alphabet[Alphabet.IndexOf(part[^1], StringComparison.Ordinal) + 1])));
        }
    }

    [Fact, Trait("Row", "AU-02")]
    public void A_public_key_is_not_a_shared_secret()
    {
        using var rsa = RSA.Create(2048);
        var pem = rsa.ExportSubjectPublicKeyInfoPem();
        var signed = $"{Encode("""{"alg":"HS256"}""")}.{Encode(Claims())}";

        _forge.AssertRefused(Sign(signed, pem));
        _forge.AssertRefused($"{signed}.{Base64Url.EncodeToString(Hmac(signed, rsa.ExportSubjectPublicKeyInfo()))}");
        _forge.AssertRefused($"{signed}.{Base64Url.EncodeToString(Hmac(signed, []))}");
    }

    [Fact, Trait("Row", "AU-06")]
    public async Task Addresses_of_keys_are_never_visited()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var visited = listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        var url = $"http://{listener.LocalEndpoint}/keys";
        var attackers = Encode("an attacker's own secret, long enough");

        foreach (var member in new[] { $"\"jku\":\"{url}\"", $"\"x5u\":\"{url}\"", $"\"x5c\":[\"{url}\"]", $"\"jwk\":{{\"kty\":\"oct\",\"k\":\"{attackers}\"}}" })
        {
            var header = $"{{\"alg\":\"HS256\",{member}}}";
            _forge.AssertRefused(Token(header: header, secret: "an attacker's own secret, long enough"));
            Assert.NotNull(_forge.Verify(Token(header: header)).Value);
        }

        Assert.False(visited.IsCompleted);
        Assert.False(listener.Pending());
    }

    [Fact, Trait("Row", "AU-08")]
    public void An_encrypted_token_is_never_inflated()
    {
        using var packed = new MemoryStream();
        using (var deflate = new DeflateStream(packed, CompressionLevel.SmallestSize, leaveOpen: true)) deflate.Write(new byte[4 * 1024 * 1024]);
        var bomb = Base64Url.EncodeToString(packed.ToArray());
        var header = Encode("""{"alg":"dir","enc":"A128CBC-HS256","zip":"DEF"}""");
        var before = GC.GetAllocatedBytesForCurrentThread();

        var outcome = _forge.Verify($"{header}..AAAA.{bomb}.AAAA");

        Assert.Same(Refusals.Unauthorized, outcome.Refusal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 * 1024);
        _forge.AssertRefused(Sign($"{header}.{bomb}"));
    }

    [Fact]
    public void A_token_has_at_most_8_KiB()
    {
        string OfLength(int length)
        {
            for (var note = length * 3 / 4; ; note--)
            {
                var token = Token(Claims(extra: $"\"note\":\"{new string('n', note)}\""));
                if (token.Length <= length) return token;
            }
        }

        Assert.InRange(OfLength(Jws.MaxLength).Length, Jws.MaxLength - 1, Jws.MaxLength);
        Assert.NotNull(_forge.Verify(OfLength(Jws.MaxLength)).Value);
        _forge.AssertRefused(Token(Claims(extra: $"\"note\":\"{new string('n', 6_200)}\"")));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"text\"")]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{}{}")]
    [InlineData("{\"alg\":\"HS256\",}")]
    [InlineData("/**/{\"alg\":\"HS256\"}")]
    [InlineData("\ufeff{\"alg\":\"HS256\"}")]
    [InlineData("{\"alg\":\"HS256\",\"\\ud800\":1,\"\\ud800\":1}")]
    [InlineData("{\"alg\":\"HS256\",\"deep\":[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]}")]
    public void Header_and_claims_are_strict_JSON_objects(string json)
    {
        _forge.AssertRefused(Token(header: json));
        _forge.AssertRefused(Token(claims: json));
    }

    [Fact]
    public void Text_that_is_not_UTF_8_is_refused()
    {
        var header = Encode("""{"alg":"HS256"}""");
        var claims = Encoding.UTF8.GetBytes(Claims(extra: "\"note\":\"?\""));
        claims[Array.LastIndexOf(claims, (byte)'?')] = 0xff;
        _forge.AssertRefused(Sign($"{header}.{Base64Url.EncodeToString(claims)}"));
    }

    [Fact]
    public void Ten_thousand_brackets_cost_nothing()
    {
        var token = Token(claims: new string('[', 6_000));
        _forge.AssertRefused(token);
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < 100; i++) _forge.Verify(token);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(1), $"{watch.Elapsed.TotalMilliseconds / 100} ms each");
    }

    [Fact]
    public void No_text_makes_it_throw()
    {
        var text = ArbMap.Default.ArbFor<string>();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2_000), Prop.ForAll(text, token => _forge.Verify(token ?? "").Refusal == Refusals.Unauthorized));
    }

    [Fact]
    public void No_signed_header_or_claims_make_it_throw()
    {
        var json = Json(depth: 3).ToArbitrary();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2_000), Prop.ForAll(json, json, (header, claims) =>
        {
            _forge.Verify(Token(claims, header));
            _forge.Verify(Token(claims));
            return _forge.Verify(Token(Claims(), header)) is { Value: null } or { Refusal: null };
        }));
    }

    [Fact]
    public void No_mutilated_token_makes_it_throw()
    {
        var mutations = Gen.Zip(Gen.Choose(0, 400), Gen.Elements("", ".", "=", "\0", "é", "\ud800", "..", "e30", "{}")).ListOf().ToArbitrary();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2_000), Prop.ForAll(mutations, list =>
        {
            var good = Token();
            var token = list.Aggregate(good, (text, change) => text[..(change.Item1 % text.Length)] + change.Item2 + text[(change.Item1 % text.Length)..]);
            return token == good || _forge.Verify(token).Refusal == Refusals.Unauthorized;
        }));
    }

    /// <summary>JSON of any shape, in which the names of claims are frequent and sometimes occur twice.</summary>
    private static Gen<string> Json(int depth)
    {
        var leaf = Gen.Elements("null", "true", "0", "-1", "1e300", "1772370000", "99999999999999999999", "\"demo\"", "\"alice\"", "\"HS256\"", "\"none\"", "\"\\ud800\"", "\"\\u0000\"", "\"JWT\"", "NaN", "");
        if (depth == 0) return leaf;
        var name = Gen.Elements("alg", "kid", "typ", "crit", "sub", "aud", "exp", "iat", "nbf", "iss", "\\ud800", "");
        var inner = Json(depth - 1);
        var array = inner.ListOf().Select(elements => $"[{string.Join(',', elements)}]");
        var member = Gen.Zip(name, inner).Select(pair => $"\"{pair.Item1}\":{pair.Item2}");
        var @object = member.ListOf().Select(members => $"{{{string.Join(',', members)}}}");
        return Gen.Frequency((2, leaf), (1, array), (5, @object));
    }
}
