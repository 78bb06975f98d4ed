using Parley.Gateway;

namespace Parley.Tests.Gateway;

public sealed class LivenessTests
{
    private static readonly ConnectionSigns Quiet = new(
        Heard: 100, Written: 100, Writes: 0, Messages: 0, Listening: true, HasBegun: true, Closing: false, CloseSent: false);

    private readonly GatewayClock _clock = new();
    private readonly ConnectionHealth _health;

    public LivenessTests() => _health = new ConnectionHealth(new GatewayOptions(), _clock);

    [Fact]
    public void A_silent_connection_is_pinged_once_and_dead_within_35_seconds()
    {
        var (verdicts, written) = (new List<Verdict>(), 100);
        for (var second = 0; second < 40; second++)
        {
            verdicts.Add(Look(Quiet with { Written = written }));
            if (verdicts[^1] == Verdict.Ping) written += 2;
        }

        Assert.Equal(24, verdicts.IndexOf(Verdict.Ping));
        Assert.Equal(24, verdicts.LastIndexOf(Verdict.Ping));
        Assert.Equal(34, verdicts.IndexOf(Verdict.Dead));
    }

    [Fact]
    public void A_connection_that_answers_its_pings_lives_and_is_pinged_again()
    {
        var (heard, pings) = (0, 0);
        for (var second = 0; second < 300; second++)
        {
            var verdict = Look(Quiet with { Heard = heard, Written = 100 + pings });
            Assert.NotEqual(Verdict.Dead, verdict);
            if (verdict != Verdict.Ping) continue;
            pings++;
            heard++;
        }

        Assert.InRange(pings, 10, 13);
    }

    [Fact]
    public void A_ping_that_gave_way_to_a_write_is_tried_again_so_that_who_only_listens_can_answer_one()
    {
        var (heard, pings) = (0, 0);
        for (var second = 0; second < 100; second++)
        {
            // Each write was taken by the system at once, which says nothing of the client.
            var verdict = Look(Quiet with { Heard = heard, Written = second, Writes = 2 * second });
            Assert.NotEqual(Verdict.Dead, verdict);
            if (verdict != Verdict.Ping) continue;
            if (pings++ % 2 == 0) _health.NotPinged();
            else heard++;
        }

        Assert.Equal(6, pings);
    }

    [Fact]
    public void A_client_that_only_talks_is_pinged_too_so_that_it_hears_something()
    {
        var verdicts = new List<Verdict>();
        for (var second = 0; second < 30; second++) verdicts.Add(Look(Quiet with { Heard = second }));
        Assert.Contains(Verdict.Ping, verdicts);
    }

    [Fact]
    public void Bytes_that_the_client_takes_count_as_life_and_silence_counts_for_nothing_while_nobody_listens()
    {
        for (var second = 0; second < 100; second++) Assert.NotEqual(Verdict.Dead, Look(Quiet with { Heard = second, Written = second }));
        for (var second = 0; second < 100; second++) Assert.NotEqual(Verdict.Dead, Look(Quiet with { Listening = false }));
    }

    [Fact]
    public void A_write_that_does_not_move_is_noticed_within_its_deadline_and_writes_that_do_are_not()
    {
        Assert.Equal((9, Verdict.NotReading), Watch(Quiet with { Writes = 5 }, seconds: 20).First());
        for (var write = 7; write < 60; write += 2) Assert.Equal(Verdict.Healthy, Look(Quiet with { Writes = write, Written = write, Heard = write }));
    }

    [Fact]
    public void A_message_that_does_not_end_is_noticed_within_its_deadline()
    {
        var heard = 0;
        var verdicts = Enumerable.Range(0, 8).Select(_ => Look(Quiet with { Messages = 3, Heard = ++heard })).ToList();
        Assert.Equal(4, verdicts.IndexOf(Verdict.Unfinished));
    }

    [Fact]
    public void A_session_that_is_not_opened_is_noticed_after_5_seconds()
    {
        Assert.Equal((5, Verdict.NoSession), Watch(Quiet with { HasBegun = false }, seconds: 10).First());
    }

    [Fact]
    public void A_closed_connection_has_a_moment_for_the_clients_close_and_a_closing_one_for_what_it_still_sends()
    {
        Assert.Equal((9, Verdict.Dead), Watch(Quiet with { Closing = true }, seconds: 20).First());
        Assert.Equal(Verdict.Healthy, Look(Quiet with { Closing = true, CloseSent = true }));
        Assert.Equal(Verdict.Dead, Look(Quiet with { Closing = true, CloseSent = true }));
    }

    [Fact, Trait("Row", "WS-06")]
    public async Task A_silent_client_is_pinged_and_then_cut_off_while_one_that_answers_stays()
    {
        await using var host = await GatewayHost.StartAsync();
        using var silent = await host.ConnectAsync("alice");
        using var lively = await host.ConnectAsync("bob");
        await host.SweptAsync();

        host.Clock.Advance(TimeSpan.FromSeconds(26));
        Assert.Equal(0x89, (await silent.ReadFrameAsync())!.Value.First);
        Assert.Equal(0x89, (await lively.ReadFrameAsync())!.Value.First);
        await lively.SendBytesAsync(RawClient.Frame(0x8A, []));
        await TalkAsync(lively);
        host.Clock.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(1006, await silent.ReadCloseAsync());
        await TalkAsync(lively);
        await GatewayHost.EventuallyAsync(() => host.LogLines.Any(line => line.Contains("ended with 1006", StringComparison.Ordinal)));
    }

    private static async Task TalkAsync(RawClient client)
    {
        await client.SendRequestAsync("1", "conversation.get", $$"""{"conversation":"{{Guid.NewGuid()}}"}""");
        Assert.Equal("1", (await client.ReadMessageAsync()).GetProperty("id").GetString());
    }

    private IEnumerable<(int Second, Verdict Verdict)> Watch(ConnectionSigns signs, int seconds)
    {
        for (var second = 0; second < seconds; second++)
        {
            if (Look(signs) is var verdict and not Verdict.Healthy) yield return (second, verdict);
        }
    }

    private Verdict Look(ConnectionSigns signs)
    {
        var verdict = _health.Judge(_clock.GetTimestamp(), signs);
        _clock.Advance(TimeSpan.FromSeconds(1));
        return verdict;
    }
}
