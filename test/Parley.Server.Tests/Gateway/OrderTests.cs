using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Parley.Delivery;
using Parley.Storage;

namespace Parley.Tests.Gateway;

public sealed class OrderTests
{
    private readonly Guid _conversation = Guid.NewGuid();

    [Fact]
    public async Task A_message_is_answered_to_its_sender_and_pushed_to_the_others()
    {
        await using var host = await GatewayHost.StartAsync();
        using var alice = await host.ConnectAsync("alice");
        using var tablet = await host.ConnectAsync("alice", "tablet");
        using var bob = await host.ConnectAsync("bob");

        await alice.SendRequestAsync("7", "message.send", GatewayHost.Message(_conversation, "hi"));

        var answer = await alice.ReadMessageAsync();
        Assert.Equal("7", answer.GetProperty("id").GetString());
        foreach (var other in new[] { tablet, bob })
        {
            var push = await other.ReadMessageAsync();
            Assert.Equal("entry", push.GetProperty("method").GetString());
            Assert.True(JsonElement.DeepEquals(answer.GetProperty("result"), push.GetProperty("params")));
        }
    }

    [Fact]
    public async Task An_ordinary_client_talks_to_it()
    {
        await using var host = await GatewayHost.StartAsync();
        using var client = new ClientWebSocket();
        await client.ConnectAsync(new Uri($"ws://{host.Address}/v1/realtime"), CancellationToken.None);
        await client.SendAsync(
            """{"jsonrpc":"2.0","id":1,"method":"session.open","params":{"token":"demo/alice/3600","device":"d"}}"""u8.ToArray(),
            WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);

        var buffer = new byte[1_000];
        var received = await client.ReceiveAsync(buffer, CancellationToken.None);

        Assert.Equal("""{"jsonrpc":"2.0","id":1,"result":{"user":"alice"}}""", Encoding.UTF8.GetString(buffer, 0, received.Count));
        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        Assert.Equal(WebSocketCloseStatus.NormalClosure, client.CloseStatus);
    }

    [Fact]
    public async Task Pipelined_requests_are_handled_in_the_order_of_the_frames_whatever_answers_late()
    {
        await using var host = await GatewayHost.StartAsync(limits: limits => limits.SendsPerUserBurst = 1_000);
        using var alice = await host.ConnectAsync("alice");
        var late = new List<Origin>();
        host.OnSend = (_, _, origin) => late.Add(origin);

        for (var index = 0; index < 40; index++) await alice.SendRequestAsync($"{index}", "message.send", GatewayHost.Message(_conversation, $"{index}"));
        await GatewayHost.EventuallyAsync(() => host.Handled.Count == 40);
        for (var index = late.Count - 1; index >= 0; index--) late[index].Answer("{}"u8.ToArray());

        Assert.Equal(Enumerable.Range(0, 40).Select(index => $"{index}"), host.Handled);
        for (var index = 39; index >= 0; index--) Assert.Equal($"{index}", (await alice.ReadMessageAsync()).GetProperty("id").GetString());
    }

    [Fact]
    public async Task On_one_connection_answers_and_pushes_come_in_the_order_of_the_log()
    {
        await using var host = await GatewayHost.StartAsync(limits: limits =>
        {
            limits.SendsPerUserBurst = limits.RequestsBurst = 10_000;
            limits.SendsPerConversationPerSecond = 1_000;
        });
        using var alice = await host.ConnectAsync("alice");
        using var bob = await host.ConnectAsync("bob");

        await Task.WhenAll(new[] { alice, bob }.Select(async client =>
        {
            for (var index = 0; index < 200; index++) await client.SendRequestAsync("x", "message.send", GatewayHost.Message(_conversation, "hi"));
        }));

        foreach (var client in new[] { alice, bob })
        {
            for (var sequence = 1; sequence <= 400; sequence++)
            {
                var message = await client.ReadMessageAsync();
                var entry = message.TryGetProperty("result", out var result) ? result : message.GetProperty("params");
                Assert.Equal(sequence, entry.GetProperty("sequence").GetInt32());
            }
        }
    }

    [Fact]
    public async Task A_push_that_comes_while_the_session_is_opened_leaves_after_the_answer()
    {
        await using var host = await GatewayHost.StartAsync();
        host.OnOpen = async subscriber =>
        {
            subscriber.Push(GatewayHost.Entry(new ConversationKey(new AppId(1), new ConversationId(_conversation)), 1, "early"));
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            return null;
        };
        using var alice = await host.ConnectAsync("alice");
        Assert.Equal("entry", (await alice.ReadMessageAsync()).GetProperty("method").GetString());
    }

    [Fact]
    public async Task The_items_of_an_array_are_handled_in_order_and_a_bad_one_spoils_no_other()
    {
        await using var host = await GatewayHost.StartAsync();
        using var alice = await host.ConnectAsync("alice");
        var (first, last) = (GatewayHost.Message(_conversation, "first"), GatewayHost.Message(_conversation, "last"));

        await alice.SendAsync($$$"""
            [{"jsonrpc":"2.0","id":"a","method":"message.send","params":{{{first}}}},
             5,
             {"jsonrpc":"2.0","id":"b","method":"message.send","params":{"x":"\ud800"}},
             {"jsonrpc":"2.0","id":"c","method":"message.send","params":{"nonsense":true}},
             {"jsonrpc":"2.0","method":"receipt.delivered","params":{"conversation":"{{{_conversation}}}","upTo":1}},
             {"jsonrpc":"2.0","id":"d","method":"message.send","params":{{{last}}}}]
            """);

        Assert.Equal("a", (await alice.ReadMessageAsync()).GetProperty("id").GetString());
        Assert.Equal("invalid_request", await alice.ReadRefusalAsync(null));
        Assert.Equal("invalid_json", await alice.ReadRefusalAsync("b"));
        Assert.Equal("unknown_field", await alice.ReadRefusalAsync("c"));
        Assert.Equal("d", (await alice.ReadMessageAsync()).GetProperty("id").GetString());
        Assert.Equal(["first", "delivered 1", "last"], host.Handled);
    }

    [Theory, Trait("Row", "JS-03")]
    [InlineData("{nonsense", "invalid_json"), InlineData("[]", "invalid_request"), InlineData("", "invalid_json"), InlineData("[1,2", "invalid_json")]
    public async Task A_frame_that_is_nothing_is_refused_without_an_id_and_the_connection_goes_on(string frame, string code)
    {
        await using var host = await GatewayHost.StartAsync();
        using var alice = await host.ConnectAsync("alice");

        await alice.SendAsync(frame);
        Assert.Equal(code, await alice.ReadRefusalAsync(null));

        await alice.SendRequestAsync("1", "conversation.get", $$"""{"conversation":"{{_conversation}}"}""");
        Assert.Equal("1", (await alice.ReadMessageAsync()).GetProperty("id").GetString());
    }

    [Fact]
    public async Task A_receipt_without_an_id_is_done_and_not_answered()
    {
        await using var host = await GatewayHost.StartAsync();
        using var alice = await host.ConnectAsync("alice");

        await alice.SendAsync($$$"""{"jsonrpc":"2.0","method":"receipt.delivered","params":{"conversation":"{{{_conversation}}}","upTo":3}}""");
        await alice.SendAsync($$$"""{"jsonrpc":"2.0","method":"message.send","params":{{{GatewayHost.Message(_conversation, "never")}}}}""");

        Assert.Equal("invalid_request", await alice.ReadRefusalAsync(null));
        Assert.Equal(["delivered 3"], host.Handled);
    }

    [Fact]
    public async Task What_waits_leaves_in_one_frame()
    {
        await using var host = await GatewayHost.StartAsync();
        using var alice = await host.ConnectAsync("alice");
        var origins = new List<Origin>();
        host.OnSend = (_, _, origin) => origins.Add(origin);
        await alice.SendRequestAsync("1", "message.send", GatewayHost.Message(_conversation, "a"));
        await GatewayHost.EventuallyAsync(() => origins.Count == 1);

        // The first wakes the loop that sends; what comes before it looks goes along.
        for (var index = 0; index < 2_000; index++) origins[0].Subscriber!.Answer("1"u8.ToArray());

        var frames = 0;
        for (var items = 0; items < 2_000; frames++)
        {
            var json = JsonSerializer.Deserialize<JsonElement>((await alice.ReadFrameAsync())!.Value.Payload);
            items += json.ValueKind == JsonValueKind.Array ? json.GetArrayLength() : 1;
        }

        Assert.True(frames < 500, $"{frames} frames");
    }

    [Fact]
    public async Task A_second_answer_is_not_sent()
    {
        await using var host = await GatewayHost.StartAsync();
        using var alice = await host.ConnectAsync("alice");
        host.OnSend = (_, _, origin) =>
        {
            origin.Answer("{}"u8.ToArray());
            origin.Refuse(Refusals.Internal);
        };

        await alice.SendRequestAsync("1", "message.send", GatewayHost.Message(_conversation, "a"));
        await alice.SendRequestAsync("2", "conversation.get", $$"""{"conversation":"{{_conversation}}"}""");

        Assert.Equal("1", (await alice.ReadMessageAsync()).GetProperty("id").GetString());
        Assert.Equal("2", (await alice.ReadMessageAsync()).GetProperty("id").GetString());
        Assert.Contains(host.LogLines, line => line.Contains("answered twice", StringComparison.Ordinal));
    }

    [Fact, Trait("Row", "LG-03")]
    public async Task A_handler_that_fails_answers_internal_with_the_name_it_has_in_the_log_and_nothing_else()
    {
        await using var host = await GatewayHost.StartAsync();
        using var alice = await host.ConnectAsync("alice");
        host.OnSend = (_, command, _) => throw new InvalidOperationException("the marker");
        host.OnRead = (_, _) => Task.FromException(new FakeDbException());

        await alice.SendRequestAsync("1", "message.send", GatewayHost.Message(_conversation, "content marker"));
        var failed = (await alice.ReadMessageAsync()).GetProperty("error");
        await alice.SendRequestAsync("2", "conversation.get", $$"""{"conversation":"{{_conversation}}"}""");

        Assert.Equal("internal", failed.GetProperty("data").GetProperty("code").GetString());
        Assert.DoesNotContain("marker", failed.GetRawText(), StringComparison.Ordinal);
        var name = failed.GetProperty("data").GetProperty("detail").GetString()!;
        Assert.Contains(host.LogLines, line => line.StartsWith("Error", StringComparison.Ordinal) && line.Contains(name, StringComparison.Ordinal));
        Assert.DoesNotContain(host.LogLines, line => line.Contains("content marker", StringComparison.Ordinal));
        Assert.Equal("unavailable", await alice.ReadRefusalAsync("2"));
    }

    [Fact]
    public async Task A_read_that_ends_without_an_answer_is_answered_internal()
    {
        await using var host = await GatewayHost.StartAsync();
        using var alice = await host.ConnectAsync("alice");
        host.OnRead = (_, _) => Task.CompletedTask;
        await alice.SendRequestAsync("2", "conversation.get", $$"""{"conversation":"{{_conversation}}"}""");
        Assert.Equal("internal", await alice.ReadRefusalAsync("2"));
    }

    [Fact, Trait("Row", "LG-02")]
    public async Task Neither_tokens_nor_content_are_logged()
    {
        await using var host = await GatewayHost.StartAsync();
        using var alice = await host.ConnectAsync("alice", more: ",\"client\":\"cli\\u001b[31m\\r\\nforged line\"");
        await alice.SendRequestAsync("1", "message.send", GatewayHost.Message(_conversation, "content marker"));
        await alice.ReadMessageAsync();
        await alice.SendAsync("""{"jsonrpc":"2.0","id":"2","method":"message.send","params":{"content marker":1}}""");
        await alice.ReadMessageAsync();

        Assert.DoesNotContain(host.LogLines, line => line.Contains("demo/alice", StringComparison.Ordinal) || line.Contains("content marker", StringComparison.Ordinal));
        Assert.Contains(host.LogLines, line => line.Contains("cli?[31m??forged line", StringComparison.Ordinal));
    }

    private sealed class FakeDbException : System.Data.Common.DbException;
}
