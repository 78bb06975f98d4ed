using System.Text.Json;
using Parley.Delivery;

namespace Parley.Tests.Gateway;

public sealed class DrainTests
{
    [Fact]
    public async Task A_stopping_server_says_when_to_return_answers_what_is_under_way_and_closes()
    {
        await using var host = await GatewayHost.StartAsync();
        using var alice = await host.ConnectAsync("alice");
        using var bob = await host.ConnectAsync("bob");
        using var stranger = await host.ConnectAsync();
        var origins = new List<Origin>();
        host.OnSend = (_, _, origin) => origins.Add(origin);
        await alice.SendRequestAsync("1", "message.send", GatewayHost.Message(Guid.NewGuid(), "hi"));
        await GatewayHost.EventuallyAsync(() => origins.Count == 1);

        var draining = host.Gateway.DrainAsync(CancellationToken.None);

        var closing = await alice.ReadMessageAsync();
        Assert.Equal("session.closing", closing.GetProperty("method").GetString());
        Assert.InRange(closing.GetProperty("params").GetProperty("retryAfterMs").GetInt32(), 0, 30_000);
        Assert.Equal("session.closing", (await bob.ReadMessageAsync()).GetProperty("method").GetString());
        Assert.Equal(1012, await bob.ReadCloseAsync());
        Assert.Equal(1012, await stranger.ReadCloseAsync());

        await alice.SendRequestAsync("2", "message.send", GatewayHost.Message(Guid.NewGuid(), "too late"));
        await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        origins[0].Answer("{}"u8.ToArray());

        Assert.Equal("1", (await alice.ReadMessageAsync()).GetProperty("id").GetString());
        Assert.Equal(1012, await alice.ReadCloseAsync());
        Assert.Single(host.Handled);
        foreach (var client in new[] { alice, bob, stranger }) client.Dispose();
        await draining.WaitAsync(TimeSpan.FromSeconds(5), TimeProvider.System);
    }

    [Fact]
    public async Task While_it_stops_nobody_new_is_taken()
    {
        await using var host = await GatewayHost.StartAsync();
        await host.Gateway.DrainAsync(CancellationToken.None);
        using var client = await RawClient.DialAsync(host.Address);
        var answer = await client.ShakeHandsAsync(host.Address);
        Assert.StartsWith("HTTP/1.1 503 ", answer, StringComparison.Ordinal);
        Assert.Contains("Retry-After: ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_answered_in_time_is_closed_and_who_does_not_close_is_cut_off()
    {
        await using var host = await GatewayHost.StartAsync();
        using var alice = await host.ConnectAsync("alice");
        host.OnSend = (_, _, _) => { };
        await alice.SendRequestAsync("1", "message.send", GatewayHost.Message(Guid.NewGuid(), "hi"));
        await GatewayHost.EventuallyAsync(() => host.Handled.Count == 1);

        var draining = host.Gateway.DrainAsync(CancellationToken.None);
        await alice.ReadMessageAsync();
        host.Clock.Advance(TimeSpan.FromSeconds(9));
        await host.SweptAsync();
        Assert.False(draining.IsCompleted);
        host.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1012, await alice.ReadCloseAsync());
        host.Clock.Advance(TimeSpan.FromSeconds(2));

        await draining.WaitAsync(TimeSpan.FromSeconds(5), TimeProvider.System);
        await GatewayHost.EventuallyAsync(() => host.Gateway.Admission.Connections == 0);
    }

    [Fact]
    public async Task The_waits_are_spread()
    {
        await using var host = await GatewayHost.StartAsync(limits: limits => limits.UnauthenticatedPerAddress = 100);
        var clients = new List<RawClient>();
        for (var index = 0; index < 20; index++) clients.Add(await host.ConnectAsync($"user{index}"));

        var draining = host.Gateway.DrainAsync(CancellationToken.None);

        var waits = new List<JsonElement>();
        foreach (var client in clients) waits.Add((await client.ReadMessageAsync()).GetProperty("params").GetProperty("retryAfterMs"));
        var numbers = waits.Select(wait => wait.GetInt32()).ToList();
        Assert.True(numbers.Max() - numbers.Min() > 5_000);
        clients.ForEach(client => client.Dispose());
        await draining.WaitAsync(TimeSpan.FromSeconds(5), TimeProvider.System);
    }

    [Fact]
    public async Task Stopping_the_host_drains_before_the_port_is_closed()
    {
        await using var host = await GatewayHost.StartAsync();
        using var alice = await host.ConnectAsync("alice");

        var stopping = host.StopAsync();

        Assert.Equal("session.closing", (await alice.ReadMessageAsync()).GetProperty("method").GetString());
        Assert.Equal(1012, await alice.ReadCloseAsync());
        alice.Dispose();
        await stopping.WaitAsync(TimeSpan.FromSeconds(5), TimeProvider.System);
    }
}
