using System.Text;
using System.Text.Json;
using Parley.Tests.Contracts;
using Parley.Tests.Gateway;

namespace Parley.Tests.Hostile;

/// <summary>Frames that are no requests, or nearly.</summary>
public sealed class FrameTests
{
    [Theory, EveryEngine, Trait("Row", "JS-02"), Trait("Row", "JS-04"), Trait("Row", "IN-01")]
    public async Task Every_invalid_frame_of_the_vectors_is_refused_with_its_code_and_the_next_request_is_served(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.ConnectAsync("alice");
        foreach (var vector in Vectors.Read("invalid"))
        {
            var (name, text) = ((string)vector["name"]!, (string)vector["text"]!);
            using var nobody = text.Contains("\"session.open\"", StringComparison.Ordinal) ? await server.ConnectAsync() : null;
            await (nobody ?? alice).SendAsync(text);

            var answer = await (nobody ?? alice).ReadMessageAsync();

            Assert.Equal((name, (string)vector["refusal"]!), (name, Talk.CodeOf(answer)));
            // Under its id, unless that is what nobody can read.
            var isReadable = Talk.CodeOf(answer) is "unknown_method" or "unknown_field" or "invalid_params";
            Assert.True(answer.GetProperty("id").GetRawText() is "1" || (!isReadable && answer.GetProperty("id").ValueKind == JsonValueKind.Null), name);
            Assert.Null(Talk.CodeOf(await alice.AskAsync(Methods.ListInbox, "{}")));
        }

        Assert.Equal(0, await server.NumberAsync($"select count(*) from conversations"));
        Assert.DoesNotContain(server.Log.Served, line => line.Level >= Microsoft.Extensions.Logging.LogLevel.Warning);
    }

    [Theory, EveryEngine, Trait("Row", "JS-03")]
    public async Task Mutated_requests_are_taken_or_refused_and_never_fail_or_hang(Engine engine)
    {
        const int Rounds = 60;
        await using var server = await RunningServer.StartAsync(engine, ("Limits:QueuedBytes", "100000000"));
        using var alice = await server.ConnectAsync("alice");
        var group = await alice.CreateGroupAsync("bob");
        var good = new Attempts(group, Guid.NewGuid(), 1, server.Node.Installation.Epoch).All
            .Append((Methods.CreateConversation, Talk.Group(Guid.NewGuid(), "bob"))).Append((Methods.ListInbox, """{"limit":10}"""))
            .Append((Methods.ReadChanges, """{"since":"AAAA"}"""))
            .Select(attempt => $$"""{"jsonrpc":"2.0","id":"m","method":"{{attempt.Item1}}","params":{{attempt.Item2}}}""").ToList();
        var random = new Random(4711);

        for (var round = 0; round < Rounds; round++)
        {
            foreach (var request in good) await alice.SendAsync(Mutated(request, random));
            var listed = await alice.AskAsync(Methods.ListInbox, "{}", id: $"round {round}");
            Assert.Null(Talk.CodeOf(listed));
        }

        var codes = alice.Notifications.Where(message => message.TryGetProperty("id", out _)).Select(Talk.CodeOf).ToList();
        Assert.InRange(codes.Count, Rounds * good.Count / 2, Rounds * good.Count);
        Assert.All(codes, code => Assert.False(code is "internal" or "unavailable" or "outcome_unknown", code));
        Assert.Contains("invalid_json", codes);
        Assert.Contains("invalid_params", codes);
        Assert.Contains("unknown_field", codes);
        Assert.DoesNotContain(server.Log.Served, line => line.Level >= Microsoft.Extensions.Logging.LogLevel.Warning);
    }

    [Theory, EveryEngine, Trait("Row", "JS-01"), Trait("Row", "JS-05")]
    public async Task Depth_and_breadth_are_refused_at_once_while_others_are_served(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.ConnectAsync("alice");
        using var bob = await server.ConnectAsync("bob");
        foreach (var (text, code) in new[]
        {
            (new string('[', 100_000), "invalid_json"), (Repeat("{\"a\":", 26_000), "invalid_json"), (Repeat("[{\"a\":", 20_000), "invalid_json"),
            (Wrapped($"{new string('[', 65)}{new string(']', 65)}"), "invalid_json"),
            (Wrapped($"[{Repeat("1,", 60_000)}1]"), "unknown_field"), (Wrapped($"{{{Repeat("\"a\":1,", 16_000)}\"b\":1}}"), "invalid_json"),
            (Wrapped($"{{{string.Join(',', Enumerable.Range(0, 10_000).Select(i => $"\"m{i}\":1"))}}}"), "unknown_field"),
            ($"[{Repeat("1,", 60_000)}1]", "invalid_request"), (Wrapped($"\"{new string('x', 130_000)}\""), "unknown_field"),
            (Wrapped($"{new string('9', 130_000)}"), "unknown_field"),
        })
        {
            var watch = System.Diagnostics.Stopwatch.StartNew();
            await alice.SendAsync(text);
            Assert.Equal((text[..20], code), (text[..20], Talk.CodeOf(await alice.ReadMessageAsync())));
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(1), $"{text[..20]}: {watch.Elapsed}");
            Assert.Null(Talk.CodeOf(await bob.AskAsync(Methods.ListInbox, "{}")));
        }

        static string Wrapped(string value) => $$$"""{"jsonrpc":"2.0","id":"x","method":"inbox.list","params":{"x":{{{value}}}}}""";
        static string Repeat(string text, int times) => string.Concat(Enumerable.Repeat(text, times));
    }

    [Theory, EveryEngine, Trait("Row", "WS-03"), Trait("Row", "WS-04"), Trait("Row", "WS-05")]
    public async Task What_came_before_a_broken_frame_is_recorded_once_and_what_is_broken_or_comes_after_it_is_not(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var bob = await server.ConnectAsync("bob");
        var group = await bob.CreateGroupAsync("alice");
        byte[][] broken =
        [
            [0x81, 0x02, (byte)'h', (byte)'i'], RawClient.Frame(0xC1, "{}"u8.ToArray()), RawClient.Frame(0x83, []), RawClient.Frame(0x88, [0x03]),
            RawClient.Frame(0x81, [0xC3, 0x28]), RawClient.Header(0x81, (128 * 1024) + 1), RawClient.Header(0x81, 1UL << 63), RawClient.Frame(0x82, Request("binary")),
            // Half a message; and a whole one whose last fragment is not UTF-8.
            RawClient.Frame(0x01, Request("half")), [.. RawClient.Frame(0x01, Request("spoiled")), .. RawClient.Frame(0x80, [0xFF])],
        ];

        foreach (var bytes in broken)
        {
            using var alice = await server.ConnectAsync("alice");
            await alice.SendBytesAsync([.. RawClient.Frame(0x81, Request("before")), .. bytes, .. RawClient.Frame(0x88, [0x03, 0xE8])]);
            Assert.NotEqual(0, await alice.ReadCloseAsync());
        }

        await WaitForAsync(broken.Length + 1);
        var texts = (await bob.EntriesAsync(group)).GetProperty("result").GetProperty("entries").EnumerateArray().Select(Talk.TextOf).Skip(1).ToList();
        Assert.Equal(Enumerable.Repeat("before", broken.Length), texts);

        // A request that was taken is done, also when its connection has gone meanwhile.
        async Task WaitForAsync(int entries)
        {
            for (var tries = 0; tries < 200 && await server.NumberAsync($"select count(*) from entries") < entries; tries++)
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }

        byte[] Request(string text) => Encoding.UTF8.GetBytes($$"""{"jsonrpc":"2.0","id":"1","method":"message.send","params":{{Talk.Message(group, text)}} }""");
    }

    /// <summary>A few characters changed, always valid UTF-8.</summary>
    private static string Mutated(string request, Random random)
    {
        const string Spice = "{}[]\",:\\0159-+.eEu\u0001\u00e9\u2028 \tnulltrue";
        var text = new StringBuilder(request);
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            var at = random.Next(text.Length);
            switch (random.Next(4))
            {
                case 0: text.Remove(at, Math.Min(random.Next(1, 6), text.Length - at)); break;
                case 1: text.Insert(at, Spice[random.Next(Spice.Length)]); break;
                case 2: text[at] = Spice[random.Next(Spice.Length)]; break;
                default: text.Insert(at, text.ToString(at, Math.Min(random.Next(1, 30), text.Length - at))); break;
            }

            if (text.Length == 0) return "";
        }

        return text.ToString();
    }
}
