using Parley.Identity;
using static Parley.Tests.Identity.Forge;

namespace Parley.Tests.Identity;

public sealed class TokenIssuerTests
{
    [Fact]
    public void What_it_issues_is_verified()
    {
        var app = App(Key(Secret, "2026-03"));
        app.Issuer = "https://good.example";
        using var forge = new Forge(new() { ["demo"] = app });
        var clock = new Clock();

        var token = new TokenIssuer("demo", app, clock).Issue(new UserId("auth0|alice"), TimeSpan.FromHours(24));

        var verified = forge.Verify(token).Value;
        Assert.Equal(("demo", new UserId("auth0|alice"), Now + TimeSpan.FromHours(24)), (verified?.AppName, verified?.User, verified?.ExpiresAt));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    [InlineData(86_401)]
    public void It_issues_nothing_that_would_be_refused(int seconds) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new TokenIssuer("demo", App(Key(Secret)), new Clock()).Issue(new UserId("alice"), TimeSpan.FromSeconds(seconds)));

    private sealed class Clock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Now;
    }
}
