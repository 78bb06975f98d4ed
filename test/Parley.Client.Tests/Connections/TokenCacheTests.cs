using Parley.Client.Tests.Support;

namespace Parley.Client.Tests.Connections;

public sealed class TokenCacheTests
{
    private readonly StoppedClock _clock = new();
    private readonly TokenCache _cache;
    private int _asked;

    public TokenCacheTests() => _cache = new TokenCache(_ => ValueTask.FromResult($"token-{++_asked}"), _clock);

    [Fact]
    public async Task A_token_is_asked_for_again_half_a_minute_before_it_ends()
    {
        Assert.Equal("token-1", await TokenAsync());
        _cache.Accepted(TimeSpan.FromMinutes(10));
        _clock.Move(TimeSpan.FromMinutes(10) - TimeSpan.FromSeconds(30) - TimeSpan.FromTicks(1));
        Assert.Equal("token-1", await TokenAsync());

        _clock.Move(TimeSpan.FromTicks(1));
        Assert.Equal("token-2", await TokenAsync());
    }

    [Fact]
    public async Task A_token_that_is_shorter_than_that_is_used_once()
    {
        await TokenAsync();
        _cache.Accepted(TimeSpan.FromSeconds(30));

        Assert.Equal("token-2", await TokenAsync());
    }

    [Fact]
    public async Task A_token_that_nothing_is_known_of_is_kept_until_it_is_refused()
    {
        await TokenAsync();
        _clock.Move(TimeSpan.FromDays(1));
        Assert.Equal("token-1", await TokenAsync());

        _cache.Refused("token-1");
        Assert.Equal("token-2", await TokenAsync());
        Assert.True(_cache.WasRefused("token-1"));
        _cache.Refused("token-1");
        Assert.Equal("token-2", await TokenAsync());
    }

    [Fact]
    public async Task Many_that_need_one_at_once_ask_the_app_once()
    {
        var answer = new TaskCompletionSource<string>();
        var asked = 0;
        var cache = new TokenCache(
            async cancel =>
            {
                asked++;
                return await answer.Task.WaitAsync(cancel);
            },
            _clock);
        var needed = Enumerable.Range(0, 20).Select(_ => cache.GetAsync(CancellationToken.None).AsTask()).ToList();

        answer.SetResult("token");

        Assert.Equal(["token"], (await Task.WhenAll(needed)).Distinct());
        Assert.Equal(1, asked);
    }

    private ValueTask<string> TokenAsync() => _cache.GetAsync(CancellationToken.None);
}
