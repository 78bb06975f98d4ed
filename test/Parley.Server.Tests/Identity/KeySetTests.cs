using Parley.Identity;
using static Parley.Tests.Identity.Forge;

namespace Parley.Tests.Identity;

/// <summary>When keys are fetched, and what holds while they are not.</summary>
public sealed class KeySetTests
{
    private static readonly Signer Rsa = Signer.Rsa("rsa-1");
    private static readonly Signer Ec = Signer.Ec("ec-1");
    private static readonly Signer Next = Signer.Ec("ec-2");

    [Fact]
    public async Task Tokens_of_published_keys_are_taken()
    {
        await using var provider = await Provider.StartAsync(Rsa, Ec);

        Assert.Equal(new UserId("alice"), (await provider.VerifyAsync(Rsa)).Value?.User);
        Assert.Equal(new UserId("alice"), (await provider.VerifyAsync(Ec)).Value?.User);
        Assert.NotNull((await provider.VerifyAsync(Ec.Named(null))).Value);
        Assert.Same(Refusals.Unauthorized, (await provider.VerifyAsync(Signer.Ec("ec-1"))).Refusal);
        Assert.Equal(1, provider.Reads);
    }

    [Fact]
    public async Task A_token_of_a_key_that_was_just_published_is_taken_at_once()
    {
        await using var provider = await Provider.StartAsync(Rsa, Ec);
        provider.Published = [Rsa, Ec, Next];

        Assert.NotNull((await provider.VerifyAsync(Next)).Value);
        Assert.Equal(2, provider.Reads);
    }

    [Fact]
    public async Task A_token_that_was_compared_with_the_keys_before_these_makes_none_be_fetched()
    {
        await using var provider = new Provider(Rsa);
        var seen = provider.Set.Keys;
        await provider.StartFetchingAsync();

        Assert.True(await provider.Set.IsUpToDateAsync(seen, TestContext.Current.CancellationToken));
        Assert.Equal(1, provider.Reads);

        Assert.True(await provider.Set.IsUpToDateAsync(provider.Set.Keys, TestContext.Current.CancellationToken));
        Assert.Equal(2, provider.Reads);
    }

    [Fact]
    public async Task A_key_without_a_name_can_change_too()
    {
        await using var provider = await Provider.StartAsync(Ec.Named(null));
        provider.Published = [Next.Named(null)];

        Assert.NotNull((await provider.VerifyAsync(Next.Named(null))).Value);
        Assert.Same(Refusals.Unauthorized, (await provider.VerifyAsync(Ec.Named(null))).Refusal);
    }

    [Fact, Trait("Row", "AU-06")]
    public async Task Unknown_keys_make_the_set_be_fetched_once_a_minute()
    {
        await using var provider = await Provider.StartAsync(Ec);
        string[] names = ["unknown", "../../etc/passwd", "' OR 1=1--", "\\u0000", "ec-1\\u0000", "EC-1", ""];

        foreach (var name in names)
            for (var i = 0; i < 50; i++)
                Assert.Same(Refusals.Unauthorized, (await provider.VerifyAsync(Signer.Ec($"{name}{(i == 0 ? "" : i)}"))).Refusal);
        Assert.Equal(2, provider.Reads);

        provider.Clock.Advance(TimeSpan.FromMinutes(1) - TimeSpan.FromTicks(1));
        Assert.Same(Refusals.Unauthorized, (await provider.VerifyAsync(Next)).Refusal);
        Assert.Equal(2, provider.Reads);

        provider.Clock.Advance(TimeSpan.FromTicks(1));
        Assert.Same(Refusals.Unauthorized, (await provider.VerifyAsync(Next)).Refusal);
        Assert.Same(Refusals.Unauthorized, (await provider.VerifyAsync(Next)).Refusal);
        Assert.Equal(3, provider.Reads);
    }

    [Fact, Trait("Row", "AU-06")]
    public async Task What_no_key_set_could_verify_does_not_ask_for_it()
    {
        await using var provider = await Provider.StartAsync(Ec);
        string[] tokens =
        [
            Token(Provider.Claims(), """{"alg":"HS256","kid":"unknown"}""", "another secret of more than 32 bytes"),
            Next.Token(Provider.Claims(), $$"""{"alg":"ES256","kid":"{{new string('k', 10_240)}}"}"""),
            Next.Token(Provider.Claims(), """{"alg":"ES256","kid":["unknown"]}"""),
            Next.Token(Provider.Claims(), """{"alg":"ES384","kid":"unknown"}"""),
            Next.Token(Provider.Claims(aud: "\"other\""), """{"alg":"ES256","kid":"unknown"}"""),
            Next.Token(Provider.Claims(), """{"alg":"ES256","kid":"ec-1"}"""),
            "rubbish",
        ];

        foreach (var token in tokens) Assert.Same(Refusals.Unauthorized, (await provider.VerifyAsync(token)).Refusal);

        Assert.Equal(1, provider.Reads);
    }

    [Fact]
    public async Task Tokens_that_come_together_wait_for_one_fetch_and_the_others_for_none()
    {
        await using var provider = await Provider.StartAsync(Ec);
        provider.Published = [Next];
        provider.Held = new TaskCompletionSource();

        var waiting = Enumerable.Range(0, 100).Select(_ => provider.VerifyAsync(Next)).ToList();
        var stranger = provider.VerifyAsync(Signer.Ec("stranger"));

        Assert.NotNull((await provider.VerifyAsync(Ec)).Value);
        Assert.NotNull((await provider.VerifyAsync(Token(Provider.Claims()))).Value);
        Assert.DoesNotContain(waiting, task => task.IsCompleted);
        provider.Held.SetResult();
        Assert.All(await Task.WhenAll(waiting), outcome => Assert.NotNull(outcome.Value));
        Assert.Same(Refusals.Unauthorized, (await stranger).Refusal);
        Assert.Equal(2, provider.Reads);
    }

    [Fact]
    public async Task A_token_waits_three_seconds_and_is_told_to_come_again()
    {
        await using var provider = await Provider.StartAsync(Ec);
        provider.Held = new TaskCompletionSource();

        var waiting = provider.VerifyAsync(Next);
        await provider.Clock.WaitedForAsync(TimeSpan.FromSeconds(3));
        provider.Clock.Advance(TimeSpan.FromSeconds(3));

        AssertLater(await waiting);
    }

    [Fact]
    public async Task The_set_is_fetched_again_every_ten_minutes()
    {
        await using var provider = await Provider.StartAsync(Ec);
        provider.Published = [Next];

        provider.Clock.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromTicks(1));
        Assert.Equal(1, provider.Reads);
        provider.Clock.Advance(TimeSpan.FromTicks(1));
        await provider.RestAsync();

        Assert.Equal(2, provider.Reads);
        Assert.NotNull((await provider.VerifyAsync(Next)).Value);
        Assert.Same(Refusals.Unauthorized, (await provider.VerifyAsync(Ec)).Refusal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("{\"keys\":[]}")]
    [InlineData("<html>Down for maintenance</html>")]
    public async Task Keys_stay_in_use_for_a_day_while_they_cannot_be_fetched(string? instead)
    {
        await using var provider = await Provider.StartAsync(Ec);
        (provider.IsDown, provider.Instead) = (instead is null, instead);
        provider.Clock.Advance(TimeSpan.FromMinutes(10));
        await provider.RestAsync();

        Assert.NotNull((await provider.VerifyAsync(Ec)).Value);
        AssertLater(await provider.VerifyAsync(Next));
        Assert.Contains(provider.Warnings, line => line.Contains("the keys of 600 s ago are used until they are 86400 s old", StringComparison.Ordinal));

        Assert.Equal(TimeSpan.FromMinutes(10), provider.Set.Age);
        provider.Clock.Advance(TimeSpan.FromHours(24) - TimeSpan.FromMinutes(10));
        Assert.Single(provider.Set.Keys);
        provider.Clock.Advance(TimeSpan.FromTicks(1));
        Assert.Empty(provider.Set.Keys);
    }

    [Fact]
    public async Task Keys_that_are_too_old_verify_nothing_until_they_are_fetched()
    {
        await using var provider = await Provider.StartAsync(Ec);
        provider.IsDown = true;
        provider.Clock.Advance(TimeSpan.FromHours(11));
        await provider.RestAsync();
        Assert.NotNull((await provider.VerifyAsync(Ec)).Value);

        provider.Clock.Advance(TimeSpan.FromHours(13) + TimeSpan.FromSeconds(1));
        var token = Ec.Token(Claims(exp: $"{Unix(TimeSpan.FromHours(25))}", extra: $"\"iss\":\"{Provider.Issuer}\""));
        AssertLater(await provider.VerifyAsync(token));

        await provider.Clock.WaitedForAsync(TimeSpan.FromSeconds(10));
        provider.IsDown = false;
        provider.Clock.Advance(TimeSpan.FromSeconds(10));
        await provider.RestAsync();
        Assert.NotNull((await provider.VerifyAsync(token)).Value);
    }

    [Fact]
    public async Task A_server_starts_without_its_providers_and_says_later_instead_of_no()
    {
        await using var provider = new Provider(Ec) { IsDown = true };
        await provider.StartFetchingAsync();

        AssertLater(await provider.VerifyAsync(Ec));
        Assert.NotNull((await provider.VerifyAsync(Token(Provider.Claims()))).Value);
        Assert.Same(Refusals.Unauthorized, (await provider.VerifyAsync(Token(Provider.Claims(), secret: "another secret of more than 32 bytes"))).Refusal);
        Assert.Contains(provider.Warnings, line => line.Contains("could not be reached (test); until it was fetched, none of its tokens can be verified", StringComparison.Ordinal));

        provider.IsDown = false;
        provider.Clock.Advance(TimeSpan.FromSeconds(5));
        await provider.RestAsync();
        Assert.NotNull((await provider.VerifyAsync(Ec)).Value);
        Assert.Equal([new KeySetFetch("demo", "failed"), new KeySetFetch("demo", "fetched")], provider.Fetches);
    }

    [Fact]
    public async Task A_provider_that_is_down_is_asked_less_and_less_often()
    {
        await using var provider = new Provider(Ec) { IsDown = true };
        await provider.StartFetchingAsync();
        var reads = 1;
        foreach (var seconds in new[] { 5, 10, 20, 40, 60, 60, 60 })
        {
            var wait = TimeSpan.FromSeconds(seconds);
            await provider.Clock.WaitedForAsync(wait);
            Assert.Equal(reads, provider.Reads);
            for (var i = 0; i < 100; i++) AssertLater(await provider.VerifyAsync(Ec));
            provider.Clock.Advance(wait);
            reads++;
        }

        await provider.Clock.WaitedForAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(reads, provider.Reads);
    }

    [Fact]
    public async Task A_fetch_that_a_token_asked_for_and_that_fails_is_tried_again_soon()
    {
        await using var provider = await Provider.StartAsync(Ec);
        provider.IsDown = true;

        AssertLater(await provider.VerifyAsync(Next));
        await provider.RestAsync();
        (provider.IsDown, provider.Published) = (false, [Next]);
        provider.Clock.Advance(TimeSpan.FromSeconds(5));
        await provider.RestAsync();

        Assert.NotNull((await provider.VerifyAsync(Next)).Value);
        Assert.Equal(3, provider.Reads);
    }

    [Fact, Trait("Row", "AU-04")]
    public async Task A_token_of_another_issuer_with_the_same_keys_is_refused()
    {
        await using var provider = await Provider.StartAsync(Ec);

        foreach (var issuer in new[] { "https://evil.example", $"{Provider.Issuer}/", "", "HTTPS://ID.EXAMPLE" })
            Assert.Same(Refusals.Unauthorized, (await provider.VerifyAsync(Ec.Token(Provider.Claims(issuer)))).Refusal);
        Assert.Same(Refusals.Unauthorized, (await provider.VerifyAsync(Ec.Token(Forge.Claims()))).Refusal);
        Assert.NotNull((await provider.VerifyAsync(Ec)).Value);
    }

    [Fact, Trait("Row", "AU-04")]
    public async Task The_provider_of_one_app_signs_nothing_for_another_under_the_same_key_name()
    {
        var theirs = Signer.Ec("ec-1");
        await using var ours = await Provider.StartAsync(Ec);

        Assert.Same(Refusals.Unauthorized, (await ours.VerifyAsync(theirs)).Refusal);
        Assert.Same(Refusals.Unauthorized, (await ours.VerifyAsync(theirs.Token(Provider.Claims("https://their.example")))).Refusal);
        Assert.Equal(1, ours.Reads);
    }

    [Fact]
    public async Task A_set_that_is_being_fetched_can_be_disposed()
    {
        var provider = await Provider.StartAsync(Ec);
        provider.Held = new TaskCompletionSource();
        var waiting = provider.VerifyAsync(Next);
        await Gateway.GatewayHost.EventuallyAsync(() => provider.Reads == 2);

        await provider.Set.DisposeAsync();

        AssertLater(await waiting);
    }

    private static void AssertLater(Outcome<VerifiedToken> outcome)
    {
        Assert.Equal(Refusals.KeysUnavailable, outcome.Refusal);
        Assert.Equal(TimeSpan.FromSeconds(5), outcome.Refusal?.RetryAfter);
    }
}
