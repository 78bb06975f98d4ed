namespace Parley.Client.Tests.Connections;

public sealed class BackoffTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 2)]
    [InlineData(3, 8)]
    [InlineData(4, 16)]
    [InlineData(5, 30)]
    [InlineData(1_000_000, 30)]
    public void The_wait_is_drawn_between_nothing_and_a_cap_that_doubles_up_to_half_a_minute(int attempt, int cap)
    {
        Assert.Equal(TimeSpan.Zero, Backoff.Wait(attempt, 0));
        Assert.Equal(TimeSpan.FromSeconds(cap) / 2, Backoff.Wait(attempt, 0.5));
        Assert.True(Backoff.Wait(attempt, 0.999999) < TimeSpan.FromSeconds(cap));
    }

    [Fact]
    public void The_count_starts_again_only_after_a_minute_of_stability()
    {
        var backoff = new Backoff(() => 0.5);
        backoff.Next();
        backoff.Next();
        backoff.Ended(TimeSpan.FromSeconds(59.9));
        Assert.Equal(TimeSpan.FromSeconds(2), backoff.Next());

        backoff.Ended(TimeSpan.FromSeconds(60));

        Assert.Equal(TimeSpan.FromSeconds(0.5), backoff.Next());
    }
}
