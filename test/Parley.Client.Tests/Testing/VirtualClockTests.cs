using System.Collections.Concurrent;
using Parley.Client.Testing;

namespace Parley.Client.Tests.Testing;

public sealed class VirtualClockTests
{
    private readonly VirtualClock _clock = new();
    private readonly ConcurrentQueue<string> _ran = [];

    [Fact]
    public void What_is_due_runs_in_the_order_of_its_times_while_the_clock_shows_them()
    {
        var start = _clock.GetUtcNow();
        foreach (var seconds in new[] { 3, 1, 2 }) At(seconds);

        _clock.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(["1 at 1", "2 at 2", "3 at 3"], _ran);
        Assert.Equal(start.AddSeconds(10), _clock.GetUtcNow());
    }

    [Fact]
    public void A_time_is_not_reached_a_tick_before_it()
    {
        At(1);

        _clock.Advance(TimeSpan.FromSeconds(1) - TimeSpan.FromTicks(1));
        Assert.Empty(_ran);
        _clock.Advance(TimeSpan.FromTicks(1));

        Assert.Equal(["1 at 1"], _ran);
    }

    [Fact]
    public void Among_equals_who_asked_first_is_first()
    {
        foreach (var name in new[] { "a", "b", "c" }) _clock.CreateTimer(_ => _ran.Enqueue(name), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);

        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(["a", "b", "c"], _ran);
    }

    [Fact]
    public void What_repeats_runs_each_time()
    {
        _clock.CreateTimer(_ => _ran.Enqueue("tick"), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));

        _clock.Advance(TimeSpan.FromSeconds(6));

        Assert.Equal(3, _ran.Count);
    }

    [Fact]
    public void A_timer_that_was_disposed_of_or_put_off_does_not_run()
    {
        var gone = At(1);
        var later = At(1);
        gone.Dispose();
        Assert.True(later.Change(TimeSpan.FromSeconds(5), Timeout.InfiniteTimeSpan));
        Assert.False(gone.Change(TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan));

        _clock.Advance(TimeSpan.FromSeconds(4));

        Assert.Empty(_ran);
    }

    [Fact]
    public async Task Waits_in_a_row_are_each_as_long_as_they_say()
    {
        var waiting = WaitAsync();

        await _clock.AdvanceAsync(TimeSpan.FromMinutes(5));

        Assert.Equal(["60", "120", "180"], _ran);
        await waiting;

        async Task WaitAsync()
        {
            var start = _clock.GetTimestamp();
            for (var times = 0; times < 3; times++)
            {
                await Task.Delay(TimeSpan.FromMinutes(1), _clock).ConfigureAwait(false);
                // As a program does that works on another thread.
                await Task.Run(() => _ran.Enqueue($"{_clock.GetElapsedTime(start).TotalSeconds}"));
            }
        }
    }

    [Fact]
    public async Task What_is_due_at_once_runs_without_a_move()
    {
        var ran = new TaskCompletionSource();
        _clock.CreateTimer(_ => ran.SetResult(), null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);

        await ran.Task.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
    }

    [Fact]
    public async Task Moving_until_something_is_so_stops_there()
    {
        var start = _clock.GetUtcNow();
        for (var seconds = 10; seconds <= 50; seconds += 10) At(seconds);

        await _clock.AdvanceUntilAsync(() => _ran.Count == 2);

        Assert.Equal(start.AddSeconds(20), _clock.GetUtcNow());
    }

    [Fact]
    public async Task What_is_never_so_is_an_error_at_the_end_of_the_time_given()
    {
        var start = _clock.GetUtcNow();

        await Assert.ThrowsAsync<TimeoutException>(() => _clock.AdvanceUntilAsync(() => false, TimeSpan.FromDays(1)));

        Assert.Equal(start.AddDays(1), _clock.GetUtcNow());
    }

    [Fact]
    public async Task Time_does_not_go_back()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _clock.Advance(TimeSpan.FromTicks(-1)));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => _clock.AdvanceAsync(TimeSpan.FromTicks(-1)));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => _clock.AdvanceToAsync(_clock.GetUtcNow() - TimeSpan.FromTicks(1)));
    }

    private ITimer At(int seconds)
    {
        var start = _clock.GetUtcNow();
        return _clock.CreateTimer(_ => _ran.Enqueue($"{seconds} at {(_clock.GetUtcNow() - start).TotalSeconds}"), null, TimeSpan.FromSeconds(seconds), Timeout.InfiniteTimeSpan);
    }
}
