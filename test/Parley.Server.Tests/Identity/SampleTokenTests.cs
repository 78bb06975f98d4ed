using EmbeddedServer;

namespace Parley.Tests.Identity;

/// <summary>What docs/guide/tokens.md tells backends to do, done.</summary>
public sealed class SampleTokenTests : IDisposable
{
    private readonly Forge _forge = new();

    public void Dispose() => _forge.Dispose();

    [Fact]
    public void The_token_of_the_guide_is_taken()
    {
        var verified = _forge.Verify(new ChatTokens("demo", Forge.Secret, new Stopped()).Create("auth0|alice")).Value;

        Assert.Equal((new UserId("auth0|alice"), "demo", Forge.Now + TimeSpan.FromHours(1)), (verified!.User, verified.AppName, verified.ExpiresAt));
    }

    [Fact]
    public void The_token_of_the_guide_with_another_secret_is_not_taken() =>
        _forge.AssertRefused(new ChatTokens("demo", Forge.Secret + "!", new Stopped()).Create("alice"));

    private sealed class Stopped : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Forge.Now;
    }
}
