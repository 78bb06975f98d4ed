using Microsoft.Extensions.Options;
using Parley.Egress;
using Parley.Identity;
using static Parley.Tests.Identity.Forge;

namespace Parley.Tests.Identity;

/// <summary>What a configuration may say about identity providers.</summary>
public sealed class KeySetOptionsTests
{
    private const string Url = "https://id.example/.well-known/jwks.json";

    [Theory]
    [InlineData(Url)]
    [InlineData("https://id.example/keys?tenant=1")]
    [InlineData("http://127.0.0.1:8080/realms/shop/protocol/openid-connect/certs")]
    [InlineData("keys/shop.json")]
    [InlineData("/etc/parley/shop.json")]
    [InlineData("httpkeys.json")]
    public void A_key_set_is_an_address_or_a_file(string text) => Assert.Empty(ProblemsOf(new() { ["shop"] = App(text) }));

    [Theory]
    [InlineData("", "is empty: give the provider's jwks_uri, or remove the setting.")]
    [InlineData(" ", "is empty: give the provider's jwks_uri, or remove the setting.")]
    [InlineData("ftp://id.example/keys", "is no https address.")]
    [InlineData("file:///etc/parley/shop.json", "is no https address.")]
    [InlineData("https://", "is no https address.")]
    [InlineData("https:id.example/keys", "is no https address.")]
    [InlineData("https://user:password@id.example/keys", "has a name or a password before its host: remove what stands before the @.")]
    [InlineData("https://id.example/keys#part", "has a fragment: remove what stands from the # on.")]
    [InlineData("https://id.example/\r\nkeys", "has control characters.")]
    [InlineData("{\"keys\":[]}", "is a key set itself: put it into a file, and give the path.")]
    public void What_is_neither_is_refused_with_what_to_do(string text, string problem) =>
        Assert.Equal([$"Parley:Apps:shop:KeySet {problem}"], ProblemsOf(new() { ["shop"] = App(text) }));

    [Fact, Trait("Row", "AU-04")]
    public void A_key_set_needs_an_issuer()
    {
        Assert.Equal(
            ["Parley:Apps:shop:KeySet needs Parley:Apps:shop:Issuer: give what the provider's tokens say in iss, the \"issuer\" of its openid-configuration."],
            ProblemsOf(new() { ["shop"] = App(Url, issuer: null) }));
        Assert.Contains("Parley:Apps:shop:Issuer is empty", Assert.Single(ProblemsOf(new() { ["shop"] = App(Url, issuer: "") })), StringComparison.Ordinal);
    }

    [Fact]
    public void Secrets_and_public_keys_may_stand_beside_a_key_set() =>
        Assert.Empty(ProblemsOf(new() { ["shop"] = App(Url, keys: [Key(Secret), Signer.Ec().Option("mine")]) }));

    [Theory, Trait("Row", "SS-01")]
    [InlineData("https://127.0.0.1/keys")]
    [InlineData("http://127.0.0.1/keys")]
    [InlineData("https://2130706433/keys")]
    [InlineData("https://[::1]/keys")]
    [InlineData("https://169.254.169.254/latest")]
    [InlineData("http://8.8.8.8/keys")]
    [InlineData("https://8.8.8.8:22/keys")]
    public void An_address_that_would_never_be_connected_to_stops_the_start(string text)
    {
        var apps = new AppsOptions { ["shop"] = App(text) };

        var problem = Assert.Single(new KeySetAddressValidator(Options.Create(new EgressOptions())).Validate(null, apps).Failures ?? []);
        Assert.StartsWith("Parley:Apps:shop:KeySet ", problem, StringComparison.Ordinal);

        var allowed = new EgressOptions();
        allowed.AllowedNetworks.Add("0.0.0.0/0");
        allowed.AllowedNetworks.Add("::/0");
        Assert.True(new KeySetAddressValidator(Options.Create(allowed)).Validate(null, apps).Succeeded);
    }

    [Fact]
    public void The_audience_is_the_apps_name_or_its_own()
    {
        var app = App(Key(Secret));
        app.Audience = "https://api.shop.example";
        using var forge = new Forge(new() { ["demo"] = App(Key(Secret)), ["shop"] = app });

        forge.AssertRefused(Token(Claims(aud: "\"shop\"")));
        forge.AssertRefused(Token(Claims(aud: """["demo","https://api.shop.example"]""")));
        Assert.Equal("shop", forge.Verify(Token(Claims(aud: "\"https://api.shop.example\""))).Value?.AppName);
        Assert.Equal("shop", forge.Verify(Token(Claims(aud: """["https://api.shop.example","https://shop.example/userinfo"]"""))).Value?.AppName);
    }

    [Fact, Trait("Row", "AU-03")]
    public void Audiences_of_apps_differ()
    {
        var (twin, empty) = (App(Key(Secret)), App(Key(Secret)));
        (twin.Audience, empty.Audience) = ("shop", "");

        Assert.Equal(
            ["Parley:Apps:twin has the audience of Parley:Apps:shop, so no token would say which is meant: audiences differ."],
            ProblemsOf(new() { ["shop"] = App(Key(Secret)), ["twin"] = twin }));
        Assert.StartsWith("Parley:Apps:shop:Audience is empty", Assert.Single(ProblemsOf(new() { ["shop"] = empty })), StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_are_not_given_up_before_they_are_due()
    {
        var validator = new KeySetsOptionsValidator();

        Assert.True(validator.Validate(null, new KeySetsOptions()).Succeeded);
        Assert.True(validator.Validate(null, new KeySetsOptions { RefreshEvery = TimeSpan.FromHours(1), KeepFor = TimeSpan.FromHours(1) }).Succeeded);
        Assert.Contains("KeepFor is shorter than RefreshEvery", validator.Validate(null, new KeySetsOptions { RefreshEvery = TimeSpan.FromHours(2), KeepFor = TimeSpan.FromHours(1) }).FailureMessage, StringComparison.Ordinal);
        Assert.True(validator.Validate(null, new KeySetsOptions { RefreshEvery = TimeSpan.FromSeconds(9) }).Failed);
        Assert.True(validator.Validate(null, new KeySetsOptions { KeepFor = TimeSpan.FromDays(8) }).Failed);
    }

    private static AppOptions App(string keySet, string? issuer = "https://id.example", params IEnumerable<AppKeyOptions> keys)
    {
        var app = Forge.App(keys);
        (app.KeySet, app.Issuer) = (keySet, issuer);
        return app;
    }

    private static AppOptions App(params IEnumerable<AppKeyOptions> keys) => Forge.App(keys);

    private static IEnumerable<string> ProblemsOf(AppsOptions apps) => new AppsOptionsValidator().Validate(null, apps).Failures ?? [];
}
