using System.Diagnostics;
using System.Text;

namespace Parley.Tests.Gateway;

public sealed class FrameRulesTests
{
    private const byte Text = 0x81;

    private static readonly byte[] Mask = [1, 2, 3, 4];

    public static TheoryData<string, byte[], int> BrokenFrames => new()
    {
        { "unmasked", [0x81, 0x02, (byte)'h', (byte)'i'], 1002 },
        { "RSV1", RawClient.Frame(0xC1, "{}"u8.ToArray()), 1002 },
        { "RSV2", RawClient.Frame(0xA1, "{}"u8.ToArray()), 1002 },
        { "RSV3", RawClient.Frame(0x91, "{}"u8.ToArray()), 1002 },
        { "opcode 3", RawClient.Frame(0x83, "{}"u8.ToArray()), 1002 },
        { "opcode 11", RawClient.Frame(0x8B, []), 1002 },
        { "fragmented ping", RawClient.Frame(0x09, []), 1002 },
        { "126 byte ping", RawClient.Frame(0x89, new byte[126]), 1002 },
        { "126 byte close", RawClient.Frame(0x88, new byte[126]), 1002 },
        { "close code 1005", RawClient.Frame(0x88, [0x03, 0xED]), 1002 },
        { "close code 999", RawClient.Frame(0x88, [0x03, 0xE7]), 1002 },
        { "close of one byte", RawClient.Frame(0x88, [0x03]), 1002 },
        { "continuation of nothing", RawClient.Frame(0x80, "{}"u8.ToArray()), 1002 },
        { "a message within a message", [.. RawClient.Frame(0x01, "{"u8.ToArray()), .. RawClient.Frame(Text, "}"u8.ToArray())], 1002 },
        { "binary", RawClient.Frame(0x82, "{}"u8.ToArray()), 1003 },
        { "invalid UTF-8", RawClient.Frame(Text, [(byte)'"', 0xC3, 0x28, (byte)'"']), 1007 },
        { "overlong", RawClient.Frame(Text, [(byte)'"', 0xC0, 0xAF, (byte)'"']), 1007 },
        { "a surrogate in UTF-8", RawClient.Frame(Text, [(byte)'"', 0xED, 0xA0, 0x80, (byte)'"']), 1007 },
        { "half a character at the end", RawClient.Frame(Text, [(byte)'"', 0xF0, 0x9F]), 1007 },
        { "half a character between fragments", [.. RawClient.Frame(0x01, [0xF0, 0x9F]), .. RawClient.Frame(0x80, [(byte)'"', (byte)'"'])], 1007 },
        { "2^63 bytes", RawClient.Header(Text, 1UL << 63), 1009 },
        { "2^62 bytes", RawClient.Header(Text, 1UL << 62), 1009 },
        { "4 GiB and 2 bytes", RawClient.Header(Text, (1UL << 32) + 2), 1009 },
        { "128 KiB + 1", RawClient.Header(Text, (128 * 1024) + 1), 1009 },
        { "128 KiB + 1 in two", [.. RawClient.Frame(0x01, new byte[64 * 1024]), .. RawClient.Header(0x80, (64 * 1024) + 1)], 1009 },
        { "17 fragments", [.. RawClient.Frame(0x01, []), .. Enumerable.Repeat(RawClient.Frame(0x00, []), 16).SelectMany(frame => frame)], 1008 },
    };

    [Theory, Trait("Row", "WS-03"), Trait("Row", "WS-04"), Trait("Row", "WS-05")]
    [MemberData(nameof(BrokenFrames))]
    public async Task A_broken_rule_closes_with_its_code_and_others_are_served_on(string what, byte[] bytes, int code)
    {
        await using var host = await GatewayHost.StartAsync();
        using var client = await host.ConnectAsync("alice");

        await client.SendBytesAsync(bytes);

        Assert.True(code == await client.ReadCloseAsync(), what);
        using var other = await host.ConnectAsync("bob");
        client.Dispose();
        await GatewayHost.EventuallyAsync(() => host.LogLines.Any(line => line.Contains($"ended with {code}", StringComparison.Ordinal)));
        Assert.DoesNotContain(host.LogLines, line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_message_in_16_fragments_of_single_bytes_with_pings_between_is_one_message()
    {
        await using var host = await GatewayHost.StartAsync();
        using var client = await host.ConnectAsync("alice");
        var request = Encoding.UTF8.GetBytes("""{"jsonrpc":"2.0","id":1,"method":"é🎉"}""");
        var parts = request.Chunk((request.Length + 15) / 16).ToList();

        for (var index = 0; index < parts.Count; index++)
        {
            var frame = RawClient.Frame((byte)((index == 0 ? 1 : 0) | (index == parts.Count - 1 ? 0x80 : 0)), parts[index]);
            foreach (var single in frame) await client.SendBytesAsync([single]);
            if (index == 5) await client.SendBytesAsync(RawClient.Frame(0x89, "now"u8.ToArray()));
        }

        var pong = await client.ReadFrameAsync();
        Assert.Equal((0x8A, "now"), (pong!.Value.First, Encoding.UTF8.GetString(pong.Value.Payload)));
        Assert.Equal(1, (await client.ReadMessageAsync()).GetProperty("id").GetInt32());
    }

    [Fact]
    public async Task The_largest_message_is_taken()
    {
        await using var host = await GatewayHost.StartAsync();
        using var client = await host.ConnectAsync("alice");
        var start = """{"jsonrpc":"2.0","id":"a","method":"no.such","params":{"x":" """;

        await client.SendAsync(start + new string('x', (128 * 1024) - start.Length - 3) + "\"}}");

        Assert.Equal("unknown_method", await client.ReadRefusalAsync("a"));
    }

    [Fact, Trait("Row", "WS-06")]
    public async Task A_flood_of_pings_is_stopped()
    {
        await using var host = await GatewayHost.StartAsync();
        using var client = await host.ConnectAsync("alice");
        var pings = Enumerable.Repeat(RawClient.Frame(0x89, []), 1_000).SelectMany(frame => frame).ToArray();

        await client.SendBytesAsync(pings);

        Assert.Equal(1008, await client.ReadCloseAsync());
    }

    [Fact, Trait("Row", "WS-05")]
    public async Task A_message_that_never_ends_is_closed_in_time()
    {
        await using var host = await GatewayHost.StartAsync(options => options.DeadAfter = TimeSpan.FromMinutes(20));
        using var client = await host.ConnectAsync("alice");

        await client.SendBytesAsync([.. RawClient.Header(0x01, 100), (byte)'{']);

        Assert.Equal(1008, await host.PassUntilAsync(client.ReadCloseAsync()));
    }

    [Fact]
    public async Task A_client_that_closes_gets_its_close_back_and_leaves_nothing_behind()
    {
        await using var host = await GatewayHost.StartAsync();
        using var client = await host.ConnectAsync("alice");

        await client.SendBytesAsync(RawClient.Frame(0x88, [0x03, 0xE8, .. "bye"u8]));

        Assert.Equal(1000, await client.ReadCloseAsync());
        await GatewayHost.EventuallyAsync(() => host.Gateway.Admission.Connections == 0 && host.Subscribers.Count == 0);
    }

    [Fact]
    public async Task A_client_that_vanishes_leaves_nothing_behind()
    {
        await using var host = await GatewayHost.StartAsync();
        var client = await host.ConnectAsync("alice");

        client.Dispose();

        await GatewayHost.EventuallyAsync(() => host.Gateway.Admission.Connections == 0 && host.Subscribers.Count == 0);
        Assert.DoesNotContain(host.LogLines, line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    [Fact, Trait("Row", "WS-05")]
    public async Task The_code_arrives_although_the_client_had_sent_much_more()
    {
        await using var host = await GatewayHost.StartAsync();
        using var client = await host.ConnectAsync("alice");

        await client.SendBytesAsync([.. RawClient.Header(Text, 1_000_000), .. new byte[700_000]]);

        await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
        Assert.Equal(1009, await client.ReadCloseAsync());
    }

    [Fact]
    public async Task The_frames_before_a_broken_one_are_still_served()
    {
        await using var host = await GatewayHost.StartAsync();
        using var client = await host.ConnectAsync("alice");
        var message = GatewayHost.Message(Guid.NewGuid(), "kept");
        var request = Encoding.UTF8.GetBytes($$"""{"jsonrpc":"2.0","id":"a","method":"message.send","params":{{message}}}""");

        await client.SendBytesAsync([.. RawClient.Frame(Text, request), .. RawClient.Header(Text, 1UL << 40), .. Mask]);

        Assert.Equal(1009, await client.ReadCloseAsync());
        Assert.Equal(["kept"], host.Handled);
    }

    [Fact]
    public async Task An_unfinished_handshake_or_frame_costs_nobody_else_anything()
    {
        await using var host = await GatewayHost.StartAsync();
        using var slow = await RawClient.DialAsync(host.Address);
        await slow.SendBytesAsync("GET /v1/realtime HTTP/1.1\r\nHost: "u8.ToArray());
        using var half = await host.ConnectAsync("alice");
        await half.SendBytesAsync([0x81]);

        var watch = Stopwatch.StartNew();
        using var other = await host.ConnectAsync("bob");
        await other.SendRequestAsync("1", "conversation.get", $$"""{"conversation":"{{Guid.NewGuid()}}"}""");
        await other.ReadMessageAsync();
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5));
    }
}
