using Parley.Moderation;

namespace Parley.Tests.Moderation;

/// <summary>A hook that does not answer is left alone for a while.</summary>
public sealed class HookBreakerTests
{
    private readonly ManualClock _clock = new();
    private readonly HookBreaker _breaker;

    public HookBreakerTests() => _breaker = new HookBreaker(_clock);

    [Fact, Trait("Row", "B19")]
    public void After_twenty_failures_in_a_row_nobody_asks_for_thirty_seconds()
    {
        Fail(HookBreaker.Failures - 1);
        Assert.True(_breaker.MayAsk());
        Fail(1);
        Assert.False(_breaker.MayAsk());
        _clock.Advance(HookBreaker.Rest - TimeSpan.FromMilliseconds(1));
        Assert.False(_breaker.MayAsk());
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(_breaker.MayAsk());
    }

    [Fact]
    public void An_answer_between_begins_the_count_again()
    {
        Fail(HookBreaker.Failures - 1);
        _breaker.Answered();
        Fail(HookBreaker.Failures - 1);
        Assert.True(_breaker.MayAsk());
    }

    [Fact]
    public void After_its_rest_one_tries_and_the_others_wait_for_what_becomes_of_it()
    {
        Fail(HookBreaker.Failures);
        _clock.Advance(HookBreaker.Rest);
        Assert.True(_breaker.MayAsk());
        Assert.False(_breaker.MayAsk());
        Fail(1);
        _clock.Advance(HookBreaker.Rest - TimeSpan.FromMilliseconds(1));
        Assert.False(_breaker.MayAsk());
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(_breaker.MayAsk());
        _breaker.Answered();
        Assert.True(_breaker.MayAsk());
        Assert.True(_breaker.MayAsk());
    }

    private void Fail(int times)
    {
        for (var time = 0; time < times; time++) _breaker.Failed();
    }
}
