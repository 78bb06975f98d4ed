using System.Text;
using Parley.Delivery;
using Parley.Gateway;

namespace Parley.Tests.Gateway;

public sealed class HeapTests
{
    private const long Ceiling = 1_000_000;

    [Fact, Trait("Row", "G24")]
    public async Task From_80_percent_on_new_connections_are_refused_before_the_upgrade_and_open_ones_go_on()
    {
        await using var host = await GatewayHost.StartAsync();
        await FillAsync(host, 799_999);
        using var alice = await host.ConnectAsync("alice");
        await FillAsync(host, 800_000);

        using var refused = await RawClient.DialAsync(host.Address);
        var answer = await refused.ShakeHandsAsync(host.Address);

        Assert.StartsWith("HTTP/1.1 503 ", answer, StringComparison.Ordinal);
        Assert.Matches("(?m)^Retry-After: [1-9]", answer);
        await alice.AskAsync("conversation.get", $$"""{"conversation":"{{Guid.NewGuid()}}"}""");

        await FillAsync(host, 799_999);
        using var bob = await host.ConnectAsync("bob");
    }

    [Fact, Trait("Row", "G24")]
    public async Task From_90_percent_on_the_longest_queues_are_closed_until_enough_is_let_go()
    {
        await using var host = await GatewayHost.StartAsync(limits: limits => limits.QueuedBytes = 65_536);
        var stalled = new List<(RawClient Client, Subscriber Subscriber)>();
        foreach (var (user, pieces) in new[] { ("alice", 20), ("bob", 30), ("carol", 25) })
        {
            var client = await RawClient.ConnectAsync(host.Address, receiveBuffer: 4_096);
            await client.OpenAsync(user);
            var subscriber = host.Subscribers.Single(subscriber => subscriber.User.User.Value == user);
            for (var index = 0; index < pieces; index++) subscriber.Answer(Encoding.ASCII.GetBytes($"\"{new string('x', 120_000)}\""));
            stalled.Add((client, subscriber));
        }

        using var dave = await host.ConnectAsync("dave");
        await FillAsync(host, 89_999_999, ceiling: 100_000_000);
        Assert.All(stalled, each => Assert.True(each.Subscriber.QueuedBytes > 1_000_000));

        // Bob's 3.6 MB are not enough, with carol's 3 MB they are.
        await FillAsync(host, 94_000_000, ceiling: 100_000_000);

        Assert.Equal(4008, await stalled[1].Client.ReadCloseAsync());
        Assert.Equal(4008, await stalled[2].Client.ReadCloseAsync());
        Assert.True(stalled[0].Subscriber.QueuedBytes > 1_000_000);
        await dave.AskAsync("conversation.get", $$"""{"conversation":"{{Guid.NewGuid()}}"}""");
        foreach (var (client, _) in stalled) client.Dispose();
    }

    [Fact]
    public async Task Who_reads_is_not_closed_however_full_the_heap_is()
    {
        await using var host = await GatewayHost.StartAsync();
        using var alice = await RawClient.ConnectAsync(host.Address, receiveBuffer: 4_096);
        await alice.OpenAsync("alice");
        host.Subscribers.Single().Answer(Encoding.ASCII.GetBytes($"\"{new string('x', 60_000)}\""));

        await FillAsync(host, Ceiling);

        Assert.Equal(60_000, (await alice.ReadMessageAsync()).GetString()!.Length);
    }

    [Fact]
    public void What_was_let_go_counts_as_free_until_it_had_time_to_be_collected()
    {
        var world = new World { Bytes = 950_000 };

        world.Look();
        Assert.Equal([50_001], world.Asked);
        Assert.True(world.Collections > 0);
        for (var second = 1; second < 10; second++) world.Look();
        Assert.Single(world.Asked);

        // More than was let go came meanwhile.
        world.Bytes = 960_000;
        world.Look(seconds: 0);
        Assert.Single(world.Asked);
        world.Look();
        Assert.Equal([50_001, 60_001], world.Asked);
    }

    [Fact]
    public void What_comes_while_garbage_waits_to_be_collected_is_let_go_too()
    {
        var world = new World { Bytes = 900_000 };
        world.Look();
        world.Bytes = 900_001;
        world.Look();
        world.Look();

        Assert.Equal([1, 1], world.Asked);
    }

    [Fact]
    public void One_byte_below_nothing_is_let_go_and_nothing_is_refused()
    {
        var world = new World { Bytes = 899_999 };
        world.Look();
        Assert.Empty(world.Asked);
        Assert.True(world.Watch.IsFull);
        Assert.Equal((899_999, Ceiling), (world.Watch.Bytes, world.Watch.Ceiling));

        world.Bytes = 799_999;
        world.Look();
        Assert.False(world.Watch.IsFull);
    }

    [Fact]
    public void While_it_lasts_one_line_a_minute_is_logged()
    {
        var world = new World { Bytes = 799_999 };
        world.Look();
        Assert.Empty(world.Log.Lines);

        world.Bytes = 850_000;
        for (var second = 0; second < 30; second++) world.Look();
        world.Bytes = 901_000;
        for (var second = 0; second < 31; second++) world.Look();

        Assert.Equal(2, world.Log.Lines.Count);
        Assert.Contains("at 85 % of its 1000000 bytes", world.Log.Lines[0].Text, StringComparison.Ordinal);
        Assert.Contains("at 90 %", world.Log.Lines[1].Text, StringComparison.Ordinal);
        Assert.Contains($"{world.Asked.Count} clients", world.Log.Lines[1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Garbage_does_not_keep_connections_out_for_long()
    {
        var world = new World { Bytes = 800_000 };
        world.Look();
        Assert.Equal(1, world.Collections);
        for (var second = 0; second < 60; second++) world.Look();
        Assert.Equal(2, world.Collections);
    }

    [Fact]
    public void Percentages_are_settings()
    {
        var world = new World(new LimitsOptions { HeapPercentForConnections = 10, HeapPercentForQueues = 20 }) { Bytes = 100_000 };
        world.Look();
        Assert.True(world.Watch.IsFull);
        Assert.Empty(world.Asked);
        world.Bytes = 200_000;
        world.Look();
        Assert.Equal([1], world.Asked);
    }

    [Fact]
    public void The_heap_of_the_process_is_somewhere_between_nothing_and_its_ceiling()
    {
        var use = Heap.OfProcess.Measure();
        Assert.InRange(use.Bytes, 1, use.Ceiling - 1);
        Heap.OfProcess.Collect();
    }

    private static async Task FillAsync(GatewayHost host, long bytes, long ceiling = Ceiling)
    {
        host.HeapUse = new HeapUse(bytes, ceiling);
        host.Clock.Advance(TimeSpan.FromSeconds(1));
        await host.SweptAsync();
    }

    /// <summary>A watch on a heap of a test's own, where every client that is closed lets go of exactly what was asked for.</summary>
    private sealed class World
    {
        private readonly GatewayClock _clock = new();

        public World(LimitsOptions? limits = null) =>
            Watch = new HeapWatch(new Heap(() => new HeapUse(Bytes, Ceiling), () => Collections++), limits ?? new LimitsOptions(), _clock, Log.CreateLogger("heap"));

        public HeapWatch Watch { get; }

        public long Bytes { get; set; }

        public int Collections { get; private set; }

        public List<long> Asked { get; } = [];

        public RecordedLog Log { get; } = new();

        public void Look(int seconds = 1)
        {
            _clock.Advance(TimeSpan.FromSeconds(seconds));
            Watch.Look(_clock.GetTimestamp(), bytes =>
            {
                Asked.Add(bytes);
                return new Shedding(bytes, 1);
            });
        }
    }
}
