using System.Net;
using System.Text;
using System.Text.Json;
using Parley.Delivery;
using Parley.Gateway;

namespace Parley.Tests.Gateway;

/// <summary>Requests over HTTP against handlers that a test holds in its hands.</summary>
public sealed class HttpGatewayTests
{
    private static readonly Guid Conversation = Guid.NewGuid();

    [Fact]
    public async Task A_method_answers_over_HTTP_what_it_answers_on_a_connection()
    {
        await using var host = await GatewayHost.StartAsync();
        using var alice = Alice(host);

        var answer = await alice.AskAsync(Methods.SendMessage, GatewayHost.Message(Conversation, "over HTTP"));

        Assert.Equal(1, answer.GetProperty("result").GetProperty("sequence").GetInt64());
        Assert.Equal(["over HTTP"], host.Handled);
    }

    [Fact]
    public async Task All_devices_of_who_asks_over_HTTP_are_told_as_nobody_of_them_was_answered()
    {
        await using var host = await GatewayHost.StartAsync();
        using var phone = await host.ConnectAsync("alice");
        using var tablet = await host.ConnectAsync("alice", "tablet");
        using var alice = Alice(host);

        await alice.AskAsync(Methods.SendMessage, GatewayHost.Message(Conversation, "hi"));

        foreach (var device in new[] { phone, tablet }) Assert.Equal("entry", (await device.ReadMessageAsync()).GetProperty("method").GetString());
    }

    [Fact]
    public async Task Requests_of_a_user_are_counted_whatever_connections_they_come_on_and_those_of_a_key_apart()
    {
        await using var host = await GatewayHost.StartAsync(limits: limits =>
        {
            (limits.RequestsPerSecond, limits.RequestsBurst, limits.RequestsPerApiKeyPerSecond) = (1, 2, 2);
        });
        using var alice = Alice(host);
        using var again = Alice(host);
        using var bob = HttpTalker.WithToken(host.Address, "demo/bob/3600");
        using var other = HttpTalker.WithToken(host.Address, "other/alice/3600");
        using var backend = HttpTalker.WithKey(host.Address, GatewayHost.KeyOf("demo"), "alice");
        using var otherBackend = HttpTalker.WithKey(host.Address, GatewayHost.KeyOf("other"), "alice");

        Assert.Equal("ok ok rate_limited", await ReadAsync(alice, again, alice));
        Assert.Equal("ok ok", await ReadAsync(bob, other));
        Assert.Equal("ok ok ok ok rate_limited", await ReadAsync(backend, backend, backend, backend, backend));
        Assert.Null(await ReadAsync(otherBackend));
        host.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("ok rate_limited", await ReadAsync(alice, again));
    }

    [Fact]
    public async Task Messages_of_a_backend_count_towards_no_user_but_towards_the_conversation_and_the_app()
    {
        await using var host = await GatewayHost.StartAsync(limits: limits =>
        {
            (limits.SendsPerUserPerSecond, limits.SendsPerUserBurst, limits.SendsPerConversationByApiKeysPerSecond) = (1, 1, 2);
        });
        using var alice = Alice(host);
        using var backend = HttpTalker.WithKey(host.Address, GatewayHost.KeyOf("demo"), "alice");

        Assert.Null(await SendAsync(alice));
        Assert.Equal("messages of this user", Talked(await alice.AskAsync(Methods.SendMessage, GatewayHost.Message(Conversation, "x"))));
        for (var sent = 0; sent < 4; sent++) Assert.Null(await SendAsync(backend));
        Assert.Equal("messages in this conversation", Talked(await backend.AskAsync(Methods.SendMessage, GatewayHost.Message(Conversation, "x"))));
        Assert.Null(Hostile.Talk.CodeOf(await backend.AskAsync(Methods.SendMessage, GatewayHost.Message(Guid.NewGuid(), "x"))));

        static string? Talked(JsonElement answer) => Hostile.Talk.DetailOf(answer);
    }

    [Fact]
    public async Task Strangers_are_counted_by_address_and_whoever_is_known_there_is_served()
    {
        await using var host = await GatewayHost.StartAsync(limits: limits => limits.UnauthorizedPerAddressPerMinute = 3);
        using var stranger = HttpTalker.WithToken(host.Address, "nonsense");
        using var alice = Alice(host);
        for (var tries = 0; tries < 3; tries++) Assert.Equal("unauthorized", await ReadAsync(stranger));

        using var limited = await stranger.SendAsync(HttpMethod.Get, $"/v1/{Methods.GetConversation}");

        Assert.Equal((HttpStatusCode.TooManyRequests, true), (limited.StatusCode, limited.Headers.ConnectionClose));
        Assert.Equal(TimeSpan.FromSeconds(20), limited.Headers.RetryAfter?.Delta);
        Assert.Null(await ReadAsync(alice));
        host.Clock.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal("unauthorized", await ReadAsync(stranger));
    }

    [Fact]
    public async Task A_write_whose_outcome_does_not_come_is_unknown_and_goes_on()
    {
        var held = new TaskCompletionSource<Origin>();
        await using var host = await GatewayHost.StartAsync(gateway => gateway.AnswerDeadline = TimeSpan.FromMilliseconds(300));
        host.OnSend = (_, _, origin) => held.SetResult(origin);
        using var alice = Alice(host);

        using var answer = await alice.PostAsync($"/v1/{Methods.SendMessage}", HttpTalker.Json(Encoding.UTF8.GetBytes(GatewayHost.Message(Conversation, "late"))));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("outcome_unknown", Hostile.Talk.CodeOf(await HttpTalker.ReadAsync(answer)));
        (await held.Task).Answer("{}"u8.ToArray());
        host.OnSend = null;
        Assert.Null(await SendAsync(alice));
        Assert.DoesNotContain(host.LogLines, line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_read_that_takes_too_long_is_refused_and_cancelled()
    {
        var cancelled = new TaskCompletionSource();
        await using var host = await GatewayHost.StartAsync(gateway => gateway.AnswerDeadline = TimeSpan.FromMilliseconds(300));
        host.OnRead = async (_, cancel) =>
        {
            await using var registered = cancel.Register(cancelled.SetResult);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancel);
        };
        using var alice = Alice(host);

        Assert.Equal("overloaded", await ReadAsync(alice));
        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.DoesNotContain(host.LogLines, line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_goes_away_ends_his_read_and_not_his_write()
    {
        var (reading, cancelled, writing) = (new TaskCompletionSource(), new TaskCompletionSource(), new TaskCompletionSource<Origin>());
        await using var host = await GatewayHost.StartAsync();
        host.OnRead = async (_, cancel) =>
        {
            await using var registered = cancel.Register(cancelled.SetResult);
            reading.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancel);
        };
        host.OnSend = (_, _, origin) => writing.SetResult(origin);
        using (var half = await RawClient.DialAsync(host.Address))
        using (var reader = await RawClient.DialAsync(host.Address))
        using (var writer = await RawClient.DialAsync(host.Address))
        {
            await reader.SendBytesAsync(Raw($"GET /v1/{Methods.GetConversation}?conversation={Conversation} HTTP/1.1"));
            await writer.SendBytesAsync(Raw($"POST /v1/{Methods.SendMessage} HTTP/1.1", GatewayHost.Message(Conversation, "and gone")));
            await half.SendBytesAsync(Raw($"POST /v1/{Methods.SendMessage} HTTP/1.1", GatewayHost.Message(Conversation, "never whole"))[..^20]);
            await reading.Task.WaitAsync(TimeSpan.FromSeconds(10));
            await writing.Task.WaitAsync(TimeSpan.FromSeconds(10));
        }

        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(10));
        (await writing.Task).Answer("{}"u8.ToArray());
        Assert.Equal(["and gone"], host.Handled);
        Assert.DoesNotContain(host.LogLines, line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_body_that_does_not_come_is_not_waited_for()
    {
        await using var host = await GatewayHost.StartAsync(gateway => gateway.MessageDeadline = TimeSpan.FromMilliseconds(300));
        using var client = await RawClient.DialAsync(host.Address);

        var head = await client.RequestAsync(
            $"POST /v1/{Methods.SendMessage} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer demo/alice/3600\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{\"conv");

        Assert.StartsWith("HTTP/1.1 408 ", head, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: close\r\n", head, StringComparison.Ordinal);
        Assert.Empty(host.Handled);
    }

    [Fact]
    public async Task A_server_that_is_going_or_short_of_memory_or_behind_says_when_to_come_back()
    {
        await using var host = await GatewayHost.StartAsync();
        using var alice = Alice(host);

        host.Closed = Refusals.Overloaded.After(TimeSpan.FromMilliseconds(1_500));
        Assert.Equal("overloaded", await SendAsync(alice));
        Assert.Null(await ReadAsync(alice));
        host.Closed = null;

        host.HeapUse = new HeapUse(900_000, 1_000_000);
        host.Clock.Advance(TimeSpan.FromSeconds(2));
        await host.SweptAsync();
        Assert.Equal("overloaded", await SendAsync(alice));
        host.HeapUse = new HeapUse(0, 1_000_000);
        host.Clock.Advance(TimeSpan.FromSeconds(2));
        await host.SweptAsync();
        Assert.Null(await SendAsync(alice));

        await host.Gateway.DrainAsync(CancellationToken.None);
        using var going = await alice.PostAsync($"/v1/{Methods.GetConversation}", HttpTalker.Json("{}"u8.ToArray()));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, true), (going.StatusCode, going.Headers.ConnectionClose));
        Assert.Equal("restarting", Hostile.Talk.CodeOf(await HttpTalker.ReadAsync(going)));
    }

    [Fact]
    public async Task A_handler_that_fails_is_told_under_the_name_that_is_in_the_log()
    {
        await using var host = await GatewayHost.StartAsync();
        host.OnSend = (_, _, _) => throw new InvalidOperationException("a bug");
        host.OnRead = (_, _) => throw new InvalidOperationException("another");
        using var alice = Alice(host);
        foreach (var (method, parameters) in new[] { (Methods.SendMessage, GatewayHost.Message(Conversation, "x")), (Methods.GetConversation, $$"""{"conversation":"{{Conversation}}"}""") })
        {
            using var answer = await alice.PostAsync($"/v1/{method}", HttpTalker.Json(Encoding.UTF8.GetBytes(parameters)));
            var name = Assert.Single(answer.Headers.GetValues("Parley-Request"));

            Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
            Assert.Equal(("internal", name), (Hostile.Talk.CodeOf(await HttpTalker.ReadAsync(answer)), Hostile.Talk.DetailOf(await HttpTalker.ReadAsync(answer))));
            Assert.Contains(host.LogLines, line => line.StartsWith("Error", StringComparison.Ordinal) && line.Contains(name, StringComparison.Ordinal) && line.Contains(method, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_method_of_the_platform_is_asked_with_a_key_in_nobodys_name_and_knows_whose_it_is()
    {
        await using var host = await GatewayHost.StartAsync();
        using var backend = HttpTalker.WithKey(host.Address, GatewayHost.KeyOf("demo"));
        using var other = HttpTalker.WithKey(host.Address, GatewayHost.KeyOf("other"));
        using var named = HttpTalker.WithKey(host.Address, GatewayHost.KeyOf("demo"), "alice");
        using var alice = Alice(host);

        Assert.Null(await AskAsync(backend));
        Assert.Null(await AskAsync(other));
        Assert.Equal("bad_request", await AskAsync(named));
        Assert.Equal("unknown_method", await AskAsync(alice));
        Assert.Equal("verb_not_allowed", Hostile.Talk.CodeOf(await backend.GetAsync(Methods.CountUnread)));
        Assert.Equal("unknown_field", Hostile.Talk.CodeOf(await backend.AskAsync(Methods.CountUnread, """{"user":"alice"}""")));
        Assert.Equal(["1 backend", "2 backend"], host.Handled);

        static async Task<string?> AskAsync(HttpTalker talker) => Hostile.Talk.CodeOf(await talker.AskAsync(Methods.CountUnread, "{}"));
    }

    [Fact, Trait("Row", "HT-02")]
    public async Task Pages_of_allowed_origins_may_ask_and_read_and_of_no_others()
    {
        const string Allowed = "https://chat.example";
        await using var host = await GatewayHost.StartAsync(gateway => gateway.AllowedOrigins.Add(Allowed));
        using var alice = Alice(host);
        foreach (var (origin, isAllowed) in new[]
        {
            (Allowed, true), ("https://chat.example.evil", false), ("https://evil.chat.example", false), ("http://chat.example", false), ("https://chat.example:443", false), ("null", false), ("*", false),
            ("HTTPS://CHAT.EXAMPLE", false), ($"http://{host.Address}", false),
        })
        {
            using var preflight = await alice.SendAsync(HttpMethod.Options, $"/v1/{Methods.SendMessage}", null, ("Origin", origin), ("Access-Control-Request-Method", "POST"));
            using var answer = await alice.SendAsync(HttpMethod.Get, $"/v1/{Methods.GetConversation}?conversation={Conversation}", null, ("Origin", origin));

            Assert.Equal((origin, isAllowed ? HttpStatusCode.NoContent : HttpStatusCode.MethodNotAllowed), (origin, preflight.StatusCode));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            foreach (var response in new[] { preflight, answer })
            {
                Assert.Equal((origin, isAllowed), (origin, response.Headers.TryGetValues("Access-Control-Allow-Origin", out var allowed)));
                if (isAllowed) Assert.Equal([Allowed], allowed);
                Assert.False(response.Headers.Contains("Access-Control-Allow-Credentials"));
                Assert.Equal(["Origin"], response.Headers.Vary);
            }

            if (isAllowed) Assert.Equal(["GET, POST"], preflight.Headers.GetValues("Access-Control-Allow-Methods"));
        }
    }

    private static HttpTalker Alice(GatewayHost host) => HttpTalker.WithToken(host.Address, "demo/alice/3600");

    private static async Task<string?> ReadAsync(HttpTalker talker) => Hostile.Talk.CodeOf(await talker.GetAsync(Methods.GetConversation, $"?conversation={Conversation}"));

    /// <summary>The codes of one read of each, in order.</summary>
    private static async Task<string> ReadAsync(params HttpTalker[] talkers)
    {
        var codes = new List<string>();
        foreach (var talker in talkers) codes.Add(await ReadAsync(talker) ?? "ok");
        return string.Join(' ', codes);
    }

    private static async Task<string?> SendAsync(HttpTalker talker) => Hostile.Talk.CodeOf(await talker.AskAsync(Methods.SendMessage, GatewayHost.Message(Conversation, "hi")));

    private static byte[] Raw(string line, string body = "") => Encoding.UTF8.GetBytes(
        $"{line}\r\nHost: x\r\nAuthorization: Bearer demo/alice/3600\r\n{(body.Length > 0 ? $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n" : "")}\r\n{body}");
}
