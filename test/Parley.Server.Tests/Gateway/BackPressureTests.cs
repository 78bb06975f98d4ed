using System.Collections.Concurrent;
using System.Text;
using Parley.Delivery;
using Parley.Storage;

namespace Parley.Tests.Gateway;

public sealed class BackPressureTests
{
    private readonly Guid _conversation = Guid.NewGuid();

    [Fact]
    public async Task No_more_requests_are_taken_than_may_be_under_way_and_the_rest_waits()
    {
        await using var host = await GatewayHost.StartAsync(limits: limits =>
        {
            limits.RequestsUnderWay = 8;
            limits.SendsPerUserBurst = limits.RequestsBurst = 1_000;
        });
        using var alice = await host.ConnectAsync("alice");
        var origins = new ConcurrentQueue<Origin>();
        host.OnSend = (_, _, origin) => origins.Enqueue(origin);

        for (var index = 0; index < 10; index++) await alice.SendRequestAsync($"{index}", "message.send", GatewayHost.Message(_conversation, $"{index}"));
        var items = Enumerable.Range(10, 10).Select(index =>
            $$$"""{"jsonrpc":"2.0","id":"{{{index}}}","method":"message.send","params":{{{GatewayHost.Message(_conversation, $"{index}")}}}}""");
        await alice.SendAsync($"[{string.Join(',', items)}]");
        await GatewayHost.EventuallyAsync(() => host.Handled.Count == 8);
        await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        Assert.Equal(8, host.Handled.Count);

        for (var index = 0; index < 20; index++)
        {
            Origin? origin = null;
            await GatewayHost.EventuallyAsync(() => origins.TryDequeue(out origin));
            Assert.True(host.Handled.Count <= index + 8);
            origin!.Answer("{}"u8.ToArray());
            Assert.Equal($"{index}", (await alice.ReadMessageAsync()).GetProperty("id").GetString());
        }

        Assert.Equal(Enumerable.Range(0, 20).Select(index => $"{index}"), host.Handled);
    }

    [Fact]
    public async Task Four_reads_are_under_way_and_the_fifth_waits_with_what_came_after_it()
    {
        await using var host = await GatewayHost.StartAsync();
        using var alice = await host.ConnectAsync("alice");
        var gates = new ConcurrentQueue<TaskCompletionSource>();
        host.OnRead = async (origin, cancel) =>
        {
            var gate = new TaskCompletionSource();
            gates.Enqueue(gate);
            await gate.Task.WaitAsync(cancel);
            origin.Answer("{}"u8.ToArray());
        };

        for (var index = 0; index < 5; index++) await alice.SendRequestAsync($"{index}", "conversation.get", $$"""{"conversation":"{{_conversation}}"}""");
        await alice.SendRequestAsync("send", "message.send", GatewayHost.Message(_conversation, "after"));
        await GatewayHost.EventuallyAsync(() => gates.Count == 4);
        await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        Assert.Equal(4, gates.Count);
        Assert.Empty(host.Handled);

        Assert.True(gates.TryDequeue(out var first));
        first.SetResult();
        await GatewayHost.EventuallyAsync(() => gates.Count == 4 && host.Handled.Count == 1);
    }

    [Fact]
    public async Task Reads_of_the_whole_node_beyond_its_cores_wait_half_a_second_for_their_turn_and_are_refused_then()
    {
        await using var host = await GatewayHost.StartAsync(limits: limits => limits.ReadsPerCore = 1);
        var slots = Environment.ProcessorCount;
        var gates = new ConcurrentQueue<TaskCompletionSource>();
        host.OnRead = async (origin, cancel) =>
        {
            var gate = new TaskCompletionSource();
            gates.Enqueue(gate);
            await gate.Task.WaitAsync(cancel);
            origin.Answer("{}"u8.ToArray());
        };
        var readers = new List<RawClient>();
        for (var index = 0; index <= slots; index++) readers.Add(await host.ConnectAsync($"reader{index}"));
        var (fitting, late) = (readers[..slots], readers[slots]);

        foreach (var reader in fitting) await reader.SendRequestAsync("read", "conversation.get", $$"""{"conversation":"{{_conversation}}"}""");
        await GatewayHost.EventuallyAsync(() => gates.Count == slots);
        await late.SendRequestAsync("late", "conversation.get", $$"""{"conversation":"{{_conversation}}"}""");
        await late.SendRequestAsync("send", "message.send", GatewayHost.Message(_conversation, "not held up by reads"));
        var (sent, refused) = (await late.ReadMessageAsync(), await late.ReadMessageAsync());

        Assert.Equal("send", sent.GetProperty("id").GetString());
        Assert.Equal("rate_limited", refused.GetProperty("error").GetProperty("data").GetProperty("code").GetString());
        Assert.Equal(500, refused.GetProperty("error").GetProperty("data").GetProperty("retryAfterMs").GetInt32());
        Assert.Equal(slots, gates.Count);

        // In time it gets the next place that is free.
        await late.SendRequestAsync("again", "conversation.get", $$"""{"conversation":"{{_conversation}}"}""");
        Assert.True(gates.TryDequeue(out var first));
        first.SetResult();
        await GatewayHost.EventuallyAsync(() => gates.Count == slots);
        foreach (var gate in gates) gate.SetResult();
        Assert.Equal("again", (await late.ReadMessageAsync()).GetProperty("id").GetString());
        Assert.Equal(0, host.Gateway.ReadSlots.Reads);
        foreach (var reader in readers) reader.Dispose();
    }

    [Fact, Trait("Row", "WS-06")]
    public async Task A_client_that_asks_and_does_not_read_is_not_asked_for_more_and_loses_no_answer()
    {
        await using var host = await GatewayHost.StartAsync(limits: limits => limits.RequestsBurst = 10_000);
        using var alice = await RawClient.ConnectAsync(host.Address, receiveBuffer: 4_096);
        await alice.OpenAsync("alice");
        const int Requests = 200;
        var read = $$"""{"conversation":"{{_conversation}}"}""";

        // Two hundred pages of 60 KiB would be 12 MiB; what is in flight is bounded by buffers far below that.
        for (var index = 0; index < Requests; index++) await alice.SendRequestAsync($"{index}", "conversation.entries", read);
        var subscriber = host.Subscribers.Single();
        await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System);
        Assert.InRange(subscriber.QueuedBytes, 60 * 1024, 200 * 1024);

        using var bob = await host.ConnectAsync("bob");
        await bob.SendRequestAsync("1", "conversation.entries", read);
        await bob.ReadMessageAsync();

        for (var index = 0; index < Requests; index++) Assert.Equal($"{index}", (await alice.ReadMessageAsync()).GetProperty("id").GetString());
    }

    [Fact]
    public async Task A_client_that_does_not_read_its_pushes_gets_heads_and_then_the_entries_that_follow()
    {
        await using var host = await GatewayHost.StartAsync();
        using var alice = await RawClient.ConnectAsync(host.Address, receiveBuffer: 4_096);
        await alice.OpenAsync("alice");
        var text = new string('x', 8_000);
        var conversation = new ConversationId(_conversation);

        for (var index = 0; index < 2_000; index++) host.Record(new AppId(1), conversation, text, origin: null);

        var (last, heads) = (0L, 0);
        while (last < 2_000)
        {
            var message = await alice.ReadMessageAsync();
            var isHead = message.GetProperty("method").GetString() == "head";
            var sequence = message.GetProperty("params").GetProperty(isHead ? "head" : "sequence").GetInt64();
            if (isHead) heads++;
            else Assert.Equal(last + 1, sequence);
            Assert.True(sequence > last);
            last = sequence;
        }

        Assert.InRange(heads, 1, 100);
        host.Record(new AppId(1), conversation, "after", origin: null);
        Assert.Equal(2_001, (await alice.ReadMessageAsync()).GetProperty("params").GetProperty("sequence").GetInt64());
    }

    [Fact]
    public async Task A_slow_consumer_beyond_the_bound_is_closed_with_slow_while_others_get_everything()
    {
        await using var host = await GatewayHost.StartAsync(limits: limits => limits.QueuedPushes = 100);
        using var slow = await RawClient.ConnectAsync(host.Address, receiveBuffer: 4_096);
        await slow.OpenAsync("alice");
        using var bob = await host.ConnectAsync("bob");
        var text = new string('x', 20_000);
        var reading = Task.Run(async () =>
        {
            for (var index = 0; index < 200; index++) await bob.ReadMessageAsync();
        });

        // Of ever other conversations, so that heads do not save it.
        for (var index = 0; index < 200; index++)
        {
            host.Record(new AppId(1), ConversationId.New(), text, origin: null);
            await GatewayHost.EventuallyAsync(() => host.Subscribers.Where(subscriber => subscriber.User.User.Value == "bob").All(subscriber => subscriber.QueuedBytes < 60_000));
        }

        await reading;
        Assert.Equal(4008, await slow.ReadCloseAsync());
    }

    [Fact]
    public async Task A_client_that_takes_nothing_of_a_write_is_cut_off_at_the_deadline()
    {
        await using var host = await GatewayHost.StartAsync(options => options.DeadAfter = TimeSpan.FromMinutes(20));
        using var stalled = await RawClient.ConnectAsync(host.Address, receiveBuffer: 4_096);
        await stalled.OpenAsync("alice");
        var subscriber = host.Subscribers.Single();
        for (var index = 0; index < 20; index++) subscriber.Answer(Encoding.ASCII.GetBytes($"\"{new string('x', 120_000)}\""));

        await host.PassUntilAsync(Task.Run(async () =>
        {
            await GatewayHost.EventuallyAsync(() => host.LogLines.Any(line => line.Contains("ended with 4008", StringComparison.Ordinal)));
            return true;
        }));
        Assert.Equal(0, host.Gateway.Admission.Connections);
    }

    [Fact]
    public async Task When_too_much_waits_for_all_the_longest_queues_are_closed()
    {
        await using var host = await GatewayHost.StartAsync(limits: limits => limits.QueuedBytesOfAll = 1_048_576);
        using var stalled = await RawClient.ConnectAsync(host.Address, receiveBuffer: 4_096);
        await stalled.OpenAsync("alice");
        using var bob = await host.ConnectAsync("bob");
        var subscriber = host.Subscribers.Single(subscriber => subscriber.User.User.Value == "alice");

        for (var index = 0; index < 20; index++) subscriber.Answer(Encoding.ASCII.GetBytes($"\"{new string('x', 120_000)}\""));

        await GatewayHost.EventuallyAsync(() => subscriber.QueuedBytes < 200_000);
        Assert.Equal(4008, await stalled.ReadCloseAsync());
        await bob.SendRequestAsync("1", "conversation.get", $$"""{"conversation":"{{_conversation}}"}""");
        await bob.ReadMessageAsync();
    }

    [Fact]
    public async Task A_connection_that_waits_for_room_can_still_be_ended()
    {
        await using var host = await GatewayHost.StartAsync(limits: limits => limits.RequestsUnderWay = 1);
        using var alice = await host.ConnectAsync("alice");
        host.OnSend = (_, _, _) => { };
        for (var index = 0; index < 3; index++) await alice.SendRequestAsync($"{index}", "message.send", GatewayHost.Message(_conversation, "never answered"));
        await GatewayHost.EventuallyAsync(() => host.Handled.Count == 1);

        using var replacing = await host.ConnectAsync("alice");

        Assert.Equal(4010, await alice.ReadCloseAsync());
        alice.Dispose();
        await GatewayHost.EventuallyAsync(() => host.Gateway.Admission.Connections == 1);
        Assert.Single(host.Handled);
    }
}
