using Parley.Delivery;
using System.Net;
using System.Text.Json;
using Parley.Gateway;
using Parley.Identity;
using Parley.Storage;

namespace Parley.Tests.Gateway;

public sealed class LimitsTests
{
    private static readonly Caller Alice = new(new AppId(1), new UserId("alice"), new DeviceId("phone"));
    private static readonly string Get = $$"""{"conversation":"{{Guid.NewGuid()}}"}""";

    private readonly GatewayClock _clock = new();

    [Theory, Trait("Row", "G24")]
    [InlineData(0, 1)]
    [InlineData(0.0001, 1)]
    [InlineData(1, 1)]
    [InlineData(1.5, 2)]
    public void A_refusal_for_the_moment_never_says_to_wait_for_nothing(double milliseconds, int told)
    {
        var answer = JsonElement.Parse(Answers.Error("1"u8.ToArray(), Refusals.RateLimited.After(TimeSpan.FromMilliseconds(milliseconds))).Span);

        Assert.Equal(told, answer.GetProperty("error").GetProperty("data").GetProperty("retryAfterMs").GetInt32());
    }

    [Fact]
    public void A_bucket_says_how_long_to_wait_and_means_it()
    {
        var bucket = new TokenBucket(new Rate(PerSecond: 5, Burst: 2), _clock);
        Assert.Null(bucket.TakeOrWait(1));
        Assert.Null(bucket.TakeOrWait(1));
        var wait = bucket.TakeOrWait(1);
        Assert.Equal(TimeSpan.FromMilliseconds(200), wait);

        _clock.Advance(wait!.Value - TimeSpan.FromMilliseconds(1));
        Assert.NotNull(bucket.TakeOrWait(1));
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Null(bucket.TakeOrWait(1));

        _clock.Advance(TimeSpan.FromDays(1));
        Assert.Null(bucket.TakeOrWait(2));
        Assert.NotNull(bucket.TakeOrWait(1));
    }

    [Fact]
    public void Buckets_of_keys_that_have_rested_take_no_memory()
    {
        var buckets = new Buckets<int>(new Rate(PerSecond: 1, Burst: 2), _clock);
        for (var key = 0; key < 1_000; key++) buckets.TakeOrWait(key);
        buckets.Prune();
        Assert.Equal(1_000, buckets.Count);

        _clock.Advance(TimeSpan.FromSeconds(1));
        buckets.TakeOrWait(7);
        buckets.Prune();
        Assert.Equal(1, buckets.Count);
    }

    [Fact]
    public async Task Buckets_give_no_more_than_their_burst_to_many_threads_while_they_are_pruned()
    {
        var buckets = new Buckets<int>(new Rate(PerSecond: 1, Burst: 100), _clock);
        var taken = 0;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var index = 0; index < 1_000; index++)
            {
                if (buckets.TakeOrWait(1) is null) Interlocked.Increment(ref taken);
                buckets.Prune();
            }
        })));
        Assert.Equal(100, taken);
    }

    [Fact]
    public void Sends_are_limited_per_user_conversation_and_app_and_a_refused_one_counts_nowhere()
    {
        var limits = new SendLimits(new LimitsOptions { SendsPerUserBurst = 3, SendsPerConversationPerSecond = 2, SendsPerAppPerSecond = 6 }, _clock);
        var (books, films) = (ConversationId.New(), ConversationId.New());
        Caller Of(string user, int app = 1) => new(new AppId(app), new UserId(user), new DeviceId("phone"));

        for (var index = 0; index < 3; index++) Assert.Null(limits.Take(Of("alice"), books));
        Assert.Contains("user", limits.Take(Of("alice"), films)!.Detail!, StringComparison.Ordinal);
        Assert.Null(limits.Take(Of("bob"), books));
        Assert.Contains("conversation", limits.Take(Of("bob"), books)!.Detail!, StringComparison.Ordinal);
        Assert.Null(limits.Take(Of("bob"), films));
        Assert.Null(limits.Take(Of("bob"), films));
        var app = limits.Take(Of("carol"), films);
        Assert.Contains("app", app!.Detail!, StringComparison.Ordinal);
        Assert.NotNull(app.RetryAfter);

        // The same ids in another app are others (TE-07).
        Assert.Null(limits.Take(Of("alice", app: 2), books));
    }

    [Fact]
    public void A_storm_of_connections_is_told_to_return_spread_over_the_time_it_needs()
    {
        var admission = new Admission(new LimitsOptions { ConnectionsPerSecond = 100, UnauthenticatedConnections = 10_000, UnauthenticatedPerAddress = 10_000 }, _clock);
        var waits = new List<TimeSpan>();
        for (var index = 0; index < 1_100; index++)
        {
            var address = new IPAddress([10, 0, (byte)(index >> 8), (byte)index]);
            if (admission.Enter(address, out var retryAfter) is null) waits.Add(retryAfter);
        }

        Assert.Equal(1_000, waits.Count);
        Assert.InRange(waits[0], TimeSpan.Zero, TimeSpan.FromSeconds(1.1));
        Assert.InRange(waits[^1], TimeSpan.FromSeconds(9), TimeSpan.FromSeconds(11.1));
    }

    [Fact]
    public void A_connection_that_the_node_cannot_take_does_not_count_against_its_address()
    {
        var admission = new Admission(new LimitsOptions { ConnectionsPerSecond = 1, ConnectionsPerAddressPerMinute = 2 }, _clock);
        Assert.NotNull(admission.Enter(IPAddress.Loopback, out _));
        for (var index = 0; index < 5; index++) Assert.Null(admission.Enter(IPAddress.Loopback, out _));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.NotNull(admission.Enter(IPAddress.Loopback, out _));
    }

    [Fact]
    public void Addresses_of_one_network_of_IPv6_are_one_and_mapped_addresses_are_those_they_map()
    {
        var admission = new Admission(new LimitsOptions { UnauthenticatedPerAddress = 1 }, _clock);
        Assert.NotNull(admission.Enter(IPAddress.Parse("2001:db8:0:1::1"), out _));
        Assert.Null(admission.Enter(IPAddress.Parse("2001:db8:0:1:ffff::2"), out _));
        Assert.NotNull(admission.Enter(IPAddress.Parse("2001:db8:0:2::1"), out _));
        Assert.NotNull(admission.Enter(IPAddress.Parse("192.0.2.1"), out _));
        Assert.Null(admission.Enter(IPAddress.Parse("::ffff:192.0.2.1"), out _));
    }

    [Fact]
    public void Places_are_given_back_once()
    {
        var admission = new Admission(new LimitsOptions(), _clock);
        var place = admission.Enter(IPAddress.Loopback, out _)!;
        Assert.Equal((1, 1), (admission.Connections, admission.Unauthenticated));
        place.Authenticated();
        place.Authenticated();
        Assert.Equal((1, 0), (admission.Connections, admission.Unauthenticated));
        place.Leave();
        place.Leave();
        place.Authenticated();
        Assert.Equal((0, 0), (admission.Connections, admission.Unauthenticated));
    }

    [Fact]
    public async Task Requests_over_the_rate_are_refused_with_the_wait_and_after_it_they_are_taken()
    {
        await using var host = await GatewayHost.StartAsync();
        using var alice = await host.ConnectAsync("alice");
        for (var index = 0; index < 60; index++) await alice.SendRequestAsync($"{index}", "conversation.get", Get);
        var refused = 0;
        var wait = TimeSpan.Zero;
        for (var index = 0; index < 60; index++)
        {
            if (!(await alice.ReadMessageAsync()).TryGetProperty("error", out var error)) continue;
            refused++;
            Assert.Equal("rate_limited", error.GetProperty("data").GetProperty("code").GetString());
            wait = TimeSpan.FromMilliseconds(error.GetProperty("data").GetProperty("retryAfterMs").GetInt32());
        }

        // session.open was the first of sixty.
        Assert.Equal(1, refused);
        host.Clock.Advance(wait);
        await alice.SendRequestAsync("again", "conversation.get", Get);
        Assert.True((await alice.ReadMessageAsync()).TryGetProperty("result", out _));
    }

    [Fact]
    public async Task Every_item_of_an_array_is_charged()
    {
        await using var host = await GatewayHost.StartAsync();
        using var alice = await host.ConnectAsync("alice");
        var items = Enumerable.Range(0, 100).Select(index => $$"""{"jsonrpc":"2.0","id":"{{index}}","method":"conversation.get","params":{{Get}}}""");
        await alice.SendAsync($"[{string.Join(',', items)}]");

        var answers = new List<bool>();
        for (var index = 0; index < 100; index++) answers.Add((await alice.ReadMessageAsync()).TryGetProperty("result", out _));
        Assert.Equal(59, answers.Count(isResult => isResult));
    }

    [Fact, Trait("Row", "G24")]
    public async Task A_message_that_is_not_taken_is_neither_read_nor_counted()
    {
        await using var host = await GatewayHost.StartAsync();
        using var alice = await host.ConnectAsync("alice");
        host.Closed = Refusals.Overloaded.After(TimeSpan.FromSeconds(1));
        var items = Enumerable.Range(0, 30).Select(index => $$$"""{"jsonrpc":"2.0","id":"{{{index}}}","method":"message.send","params":{"this":"is no message"}}""");
        await alice.SendAsync($"[{string.Join(',', items)}]");
        for (var index = 0; index < 30; index++) Assert.Equal("overloaded", await alice.ReadRefusalAsync($"{index}"));

        host.Closed = null;
        await alice.SendRequestAsync("bad", "message.send", """{"this":"is no message"}""");
        Assert.Equal("unknown_field", await alice.ReadRefusalAsync("bad"));
        Assert.Empty(host.Handled);
    }

    [Fact, Trait("Row", "G24")]
    public async Task Who_was_refused_as_overloaded_is_not_read_for_a_tenth_of_a_second_and_who_waits_as_told_does_not_notice()
    {
        await using var host = await GatewayHost.StartAsync();
        using var alice = await host.ConnectAsync("alice");

        // The host's clock stands still, so a pause is a whole one each time.
        Assert.Equal(new double[] { 100, 100 }, await WaitsAfterAsync(TimeSpan.FromSeconds(1)));
        host.Clock.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal(new double[] { 40, 40 }, await WaitsAfterAsync(TimeSpan.FromMilliseconds(40)));
        host.Clock.Advance(TimeSpan.FromMilliseconds(40));
        Assert.Empty(await AskTwiceAsync());

        async Task<double[]> WaitsAfterAsync(TimeSpan told)
        {
            host.Closed = Refusals.Overloaded.After(told);
            Assert.Equal("overloaded", (await alice.AskAsync("message.send", "{}")).GetProperty("error").GetProperty("data").GetProperty("code").GetString());
            return await AskTwiceAsync();
        }

        async Task<double[]> AskTwiceAsync()
        {
            host.Clock.Waits.Clear();
            for (var index = 0; index < 2; index++) Assert.True((await alice.AskAsync("conversation.get", Get)).TryGetProperty("result", out _));
            return [.. host.Clock.Waits.Select(wait => wait.TotalMilliseconds)];
        }
    }

    [Fact, Trait("Row", "G24")]
    public async Task While_the_log_takes_nothing_a_message_is_refused_before_it_is_read()
    {
        await using var server = await RunningServer.StartAsync(Engine.Sqlite, ("Storage:MinFreeBytes", "1000000000000000"));
        using var alice = await server.ConnectAsync("alice");
        await alice.SendRequestAsync("one", "message.send", """{"this":"is no message"}""");
        Assert.Equal("storage_full", await alice.ReadRefusalAsync("one"));
    }

    [Fact]
    public async Task Bytes_over_the_rate_are_refused()
    {
        await using var host = await GatewayHost.StartAsync();
        using var alice = await host.ConnectAsync("alice");
        var padding = new string('x', 120_000);
        for (var index = 0; index < 5; index++)
        {
            await alice.SendAsync($$$"""{"jsonrpc":"2.0","id":"{{{index}}}","method":"no.such","params":{"x":"{{{padding}}}"}}""");
            Assert.Equal(index < 4 ? "unknown_method" : "rate_limited", await alice.ReadRefusalAsync($"{index}"));
        }
    }

    [Fact]
    public async Task A_connection_that_goes_on_above_its_rate_is_closed_and_a_burst_is_one_strike()
    {
        await using var host = await GatewayHost.StartAsync();
        using var alice = await host.ConnectAsync("alice");
        for (var round = 0; round < 3; round++)
        {
            for (var index = 0; index < 120; index++) await alice.SendRequestAsync("x", "conversation.get", Get);
            if (round == 2) break;
            for (var index = 0; index < 120; index++) await alice.ReadMessageAsync();
            host.Clock.Advance(TimeSpan.FromSeconds(1.1));
        }

        Assert.Equal(4029, await alice.ReadCloseAsync());
    }

    [Fact]
    public async Task Sends_over_the_users_rate_are_refused_and_not_handled()
    {
        await using var host = await GatewayHost.StartAsync(limits: limits => limits.SendsPerUserBurst = 2);
        using var alice = await host.ConnectAsync("alice");
        var conversation = Guid.NewGuid();
        for (var index = 0; index < 3; index++) await alice.SendRequestAsync($"{index}", "message.send", GatewayHost.Message(conversation, $"{index}"));
        await alice.ReadMessageAsync();
        await alice.ReadMessageAsync();
        Assert.Equal("rate_limited", await alice.ReadRefusalAsync("2"));
        Assert.Equal(2, host.Handled.Count);
    }
}
