using System.Text.RegularExpressions;
using Parley.Identity;
using static Parley.Tests.Identity.Forge;

namespace Parley.Tests.Identity;

public sealed partial class AppsOptionsTests
{
    private static readonly AppsOptionsValidator Validator = new();

    [Theory]
    [InlineData("k7Qm2vXw9Zr4Ty8Bn3Hc6Jd1Lf5Gp0Sa")]
    [InlineData("base64:tO5Bm0y6rcPmAiWmVn1Fq2v0o9kq3Xh1cK6mGJ2y8dI=")]
    [InlineData("ein Geheimnis mit Ümläuten und 🎉")]
    public void A_secret_is_text_or_base64_of_32_bytes(string secret) => Assert.True(Validator.Validate(null, new() { ["demo"] = App(Key(secret)) }).Succeeded);

    [Fact]
    public void Base64_is_decoded_only_where_it_is_said_to_be()
    {
        const string text = "tO5Bm0y6rcPmAiWmVn1Fq2v0o9kq3Xh1cK6mGJ2y8dI=";
        Assert.Equal(44, AppSecret.Read(text).Bytes?.Length);
        Assert.Equal(Convert.FromBase64String(text), AppSecret.Read($"base64:{text}").Bytes);
    }

    [Theory, Trait("Row", "AU-18")]
    [InlineData("", "is empty")]
    [InlineData("   ", "is empty")]
    [InlineData("secret", "has 6 bytes")]
    [InlineData("k7Qm2vXw9Zr4Ty8Bn3Hc6Jd1Lf5Gp0S", "has 31 bytes")]
    [InlineData("base64:c2hvcnQ=", "has 5 bytes")]
    [InlineData("base64:not base64!", "is not base64")]
    [InlineData("put-32-random-bytes-of-your-own-here", "is a sample")]
    [InlineData("Put-32-Random-Bytes-Of-Your-Own-Here ", "is a sample")]
    [InlineData("base64:cHV0LTMyLXJhbmRvbS1ieXRlcy1vZi15b3VyLW93bi1oZXJl", "is a sample")]
    [InlineData("a-string-secret-at-least-256-bits-long", "is a sample")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "repeats")]
    [InlineData("base64:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "repeats")]
    public void A_secret_that_can_be_guessed_is_refused_with_its_key_and_without_its_value(string secret, string why)
    {
        var problem = Assert.Single(ProblemsOf(new() { ["demo"] = App(Key(Forge.Secret), Key(secret)) }));

        Assert.StartsWith($"Parley:Apps:demo:Keys:1:Secret {why}", problem, StringComparison.Ordinal);
        if (secret.Trim().Length > 0) Assert.DoesNotContain(secret, problem, StringComparison.Ordinal);
    }

    [Fact, Trait("Row", "AU-18")]
    public void An_app_without_a_key_is_refused() =>
        Assert.Equal("Parley:Apps:demo has no key, so no token could be verified: give Parley:Apps:demo:Keys:0:Secret.", Assert.Single(ProblemsOf(new() { ["demo"] = App() })));

    [Fact, Trait("Row", "AU-18")]
    public void A_server_without_an_app_is_refused() => Assert.StartsWith("Parley:Apps names no app", Assert.Single(ProblemsOf(new())), StringComparison.Ordinal);

    [Theory]
    [InlineData("Demo")]
    [InlineData("de mo")]
    [InlineData("dé")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void Names_of_apps_are_plain(string name) => Assert.Contains("is not a name for an app", Assert.Single(ProblemsOf(new() { [name] = App(Key(Forge.Secret)) })), StringComparison.Ordinal);

    [Theory]
    [InlineData("49", true)]
    [InlineData("1", true)]
    [InlineData("", false)]
    [InlineData("+49", false)]
    [InlineData("049", false)]
    [InlineData("DE", false)]
    [InlineData("1242", false)]
    public void A_default_country_is_a_calling_code(string country, bool isOne)
    {
        var app = App(Key(Forge.Secret));
        app.DefaultCountry = country;

        var problems = ProblemsOf(new() { ["demo"] = app }).ToList();

        if (isOne) Assert.Empty(problems);
        else Assert.StartsWith("Parley:Apps:demo:DefaultCountry is no calling code", Assert.Single(problems), StringComparison.Ordinal);
    }

    [Fact]
    public void Ids_of_keys_differ()
    {
        var problem = Assert.Single(ProblemsOf(new() { ["demo"] = App(Key(Forge.Secret, "a"), Key(Forge.Secret, "a")) }));
        Assert.StartsWith("Parley:Apps:demo:Keys:1:Id is the id of an earlier key", problem, StringComparison.Ordinal);
    }

    [Fact, Trait("Row", "AU-18")]
    public void Every_secret_of_the_documentation_is_known_to_be_a_sample()
    {
        var secrets = Checkout.Files.Where(file => file.HasExtension(".md"))
            .SelectMany(page => SecretInText().Matches(page.Text).Select(match => match.Groups["secret"].Value));

        Assert.DoesNotContain(secrets, secret => !AppSecret.Samples.Contains(secret));
    }

    [GeneratedRegex("""Secret["']?\s*[:=]\s*["']?(?<secret>[\w:+/=-]{16,})""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex SecretInText();

    [Theory, Trait("Row", "AU-18")]
    [InlineData("", "is empty")]
    [InlineData("secret", "has 6 bytes")]
    [InlineData("put-32-random-bytes-of-your-own-here", "is a sample")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "repeats")]
    [InlineData("k7Qm2vXw9Zr4Ty8B n3Hc6Jd1Lf5Gp0Sa", "has spaces")]
    [InlineData("k7Qm2vXw9Zr4Ty8Bn3Hc6Jd1Lf5Gp0Sä", "has spaces")]
    [InlineData("base64:not base64!", "is not base64")]
    public void An_API_key_that_can_be_guessed_or_not_be_sent_is_refused_without_its_value(string secret, string why)
    {
        var problem = Assert.Single(ProblemsOf(new() { ["demo"] = WithKeys(("backend", secret)) }));

        Assert.StartsWith($"Parley:Apps:demo:ApiKeys:0:Secret {why}", problem, StringComparison.Ordinal);
        if (secret.Length > 0) Assert.DoesNotContain(secret, problem, StringComparison.Ordinal);
    }

    [Fact, Trait("Row", "AU-18")]
    public void API_keys_have_names_of_their_own_and_secrets_that_nothing_else_has()
    {
        const string One = "tO5Bm0y6rcPmAiWmVn1Fq2v0o9kq3Xh1cK6mGJ2y8dI=", Two = "k7Qm2vXw9Zr4Ty8Bn3Hc6Jd1Lf5Gp0Sb";
        Assert.Empty(ProblemsOf(new() { ["demo"] = WithKeys(("old", One), ("new", Two)) }));
        Assert.StartsWith("Parley:Apps:demo:ApiKeys:1:Name is the name of an earlier", Assert.Single(ProblemsOf(new() { ["demo"] = WithKeys(("a", One), ("a", Two)) })), StringComparison.Ordinal);
        foreach (var name in new[] { "", "Backend", "a b", new string('a', 65) })
            Assert.StartsWith("Parley:Apps:demo:ApiKeys:0:Name is not a name", Assert.Single(ProblemsOf(new() { ["demo"] = WithKeys((name, One)) })), StringComparison.Ordinal);
        Assert.Equal(2, ProblemsOf(new() { ["demo"] = WithKeys(("a", One)), ["shop"] = WithKeys(("a", One)) }).Count(problem => problem.Contains("is the secret of another key", StringComparison.Ordinal)));
        Assert.Contains("is the secret of another key", Assert.Single(ProblemsOf(new() { ["demo"] = WithKeys(("a", Forge.Secret)) })), StringComparison.Ordinal);
        Assert.Contains("but may have at most 512", Assert.Single(ProblemsOf(new() { ["demo"] = WithKeys(("a", string.Concat(Enumerable.Repeat(One, 20)))) })), StringComparison.Ordinal);
    }

    [Fact]
    public void Rooms_that_only_the_backend_makes_need_a_key_that_it_shows()
    {
        var app = App(Key(Forge.Secret));
        app.RoomsMadeBy = RoomMakers.Backend;
        Assert.StartsWith("Parley:Apps:demo:RoomsMadeBy is Backend, and its backend has no key", Assert.Single(ProblemsOf(new() { ["demo"] = app })), StringComparison.Ordinal);

        app = WithKeys(("backend", "k7Qm2vXw9Zr4Ty8Bn3Hc6Jd1Lf5Gp0Sb"));
        app.RoomsMadeBy = RoomMakers.Backend;
        Assert.Empty(ProblemsOf(new() { ["demo"] = app }));
    }

    private static AppOptions WithKeys(params (string Name, string Secret)[] keys)
    {
        var app = App(Key(Forge.Secret));
        foreach (var (name, secret) in keys) app.ApiKeys.Add(new ApiKeyOptions { Name = name, Secret = secret });
        return app;
    }

    private static IEnumerable<string> ProblemsOf(AppsOptions apps) => Validator.Validate(null, apps).Failures ?? [];
}
