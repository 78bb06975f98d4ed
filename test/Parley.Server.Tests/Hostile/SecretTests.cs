using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Parley.Tests.Gateway;

namespace Parley.Tests.Hostile;

/// <summary>What must stay between the client and the database, looked for in everything else.</summary>
public sealed class SecretTests
{
    private const string Body = "bumblebee in the body";
    private const string Title = "wasp in the title";
    private const string Client = "hornet\r\nin\u001b[31m the client";

    [Theory, EveryEngine, Trait("Row", "LG-02"), Trait("Row", "LG-01")]
    public async Task Neither_tokens_nor_secrets_nor_content_are_in_any_log_line_metric_or_refusal(Engine engine)
    {
        using var metrics = new RecordedMetrics();
        await using var server = await RunningServer.StartAsync(engine);
        var tokens = new List<string>();
        using var alice = await OpenAsync("alice");
        using var bob = await OpenAsync("bob");
        var refusals = new List<string>();

        // Everything that works, with all of it in.
        var (group, message) = (Guid.NewGuid(), Guid.NewGuid());
        await AskAsync(alice, Methods.CreateConversation, $$"""{"conversation":"{{group}}","kind":"group","participants":["bob"],"title":"{{Title}}"}""");
        await AskAsync(alice, Methods.SendMessage, Talk.Message(group, Body, message));
        foreach (var (method, parameters) in new Attempts(group, message, 2, server.Node.Installation.Epoch).All) await AskAsync(bob, method, parameters);
        await AskAsync(bob, Methods.ListInbox, "{}");
        await AskAsync(alice, Methods.RenewSession, $$"""{"token":"{{TokenOf("alice")}}"}""");

        // Everything that does not.
        await AskAsync(bob, Methods.SendMessage, Talk.Message(group, Body, message));
        await AskAsync(alice, Methods.SendMessage, Talk.Message(Guid.NewGuid(), Body));
        await AskAsync(alice, Methods.SendMessage, Talk.Message(group, Body + new string('x', 8_000)));
        await AskAsync(alice, Methods.SendMessage, Talk.Message(group, Body).Replace("text/plain", Body, StringComparison.Ordinal));
        await AskAsync(alice, Body, "{}");
        await AskAsync(alice, Methods.ListInbox, $$"""{"{{Body}}":1}""");
        await AskAsync(alice, Methods.ListInbox, $$"""{"next":"{{Body}}"}""");
        await AskAsync(alice, Methods.GetConversation, $$"""{"conversation":"{{Body}}"}""");
        await AskAsync(alice, Methods.RenewSession, $$"""{"token":"{{TokenOf("alice")}}x"}""");
        await alice.SendAsync($"{{\"{Body}");
        refusals.Add((await alice.ReadMessageAsync()).GetRawText());
        foreach (var token in new[] { Body, TokenOf("alice")[..^5], RunningServer.SecretOf("demo"), TokenOf("alice") + TokenOf("bob") })
        {
            using var nobody = await server.ConnectAsync();
            await nobody.SendRequestAsync("1", Methods.OpenSession, $$"""{"token":"{{token}}","device":"d","client":"{{Title}}"}""");
            refusals.Add((await nobody.ReadMessageAsync()).GetRawText());
        }

        // And everything that fails.
        await server.ChangeAsync($"alter table entries rename to elsewhere");
        await AskAsync(alice, Methods.SendMessage, Talk.Message(group, Body));
        await AskAsync(alice, Methods.ReadEntries, $$"""{"conversation":"{{group}}"}""");
        await AskAsync(alice, Methods.CreateConversation, $$"""{"conversation":"{{Guid.NewGuid()}}","kind":"group","participants":[],"title":"{{Title}}"}""");
        alice.Dispose();
        bob.Dispose();
        await GatewayHost.EventuallyAsync(() => server.Node.Gateway.Admission.Connections == 0);

        var lines = server.Log.Lines;
        Assert.Contains(lines, line => line.Level == LogLevel.Error);
        Assert.Contains(lines, line => line.Text.Contains("hornet", StringComparison.Ordinal));
        Assert.NotEmpty(metrics.Seen);
        string[] hidden = [Body, Title, .. tokens.SelectMany(token => token.Split('.').Skip(1)), RunningServer.SecretOf("demo"), RunningServer.SecretOf("other")];
        foreach (var secret in hidden)
        {
            Assert.DoesNotContain(lines, line => line.Text.Contains(secret, StringComparison.Ordinal));
            Assert.DoesNotContain(metrics.Seen, seen => seen.Contains(secret, StringComparison.Ordinal));
            if (secret != Body) Assert.DoesNotContain(refusals, refusal => refusal.Contains(secret, StringComparison.Ordinal));
        }

        // One line each: nothing of a client can begin another.
        Assert.All(lines.Where(line => line.Category.StartsWith("Parley", StringComparison.Ordinal) && line.Level < LogLevel.Warning), line =>
            Assert.DoesNotContain(line.Text, character => character is '\r' or '\n' or '\u001b'));

        string TokenOf(string user)
        {
            tokens.Add(RunningServer.TokenOf(user));
            return tokens[^1];
        }

        async Task<RawClient> OpenAsync(string user)
        {
            var client = await server.ConnectAsync();
            Assert.Null(Talk.CodeOf(await client.AskAsync(Methods.OpenSession, $$"""{"token":"{{TokenOf(user)}}","device":"d","client":{{Talk.Quoted(Client)}}}""")));
            return client;
        }

        async Task AskAsync(RawClient client, string method, string parameters)
        {
            var answer = await client.AskAsync(method, parameters);
            if (Talk.CodeOf(answer) is not null) refusals.Add(answer.GetRawText());
        }
    }

    [Theory, EveryEngine, Trait("Row", "LG-02"), Trait("Row", "LG-03")]
    public async Task A_refusal_repeats_nothing_of_what_was_sent(Engine engine)
    {
        const string Marker = "bumblebee";
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.ConnectAsync("alice");
        var group = await alice.CreateGroupAsync("bob");
        foreach (var (method, parameters) in new[]
        {
            (Methods.SendMessage, Talk.Message(group, Marker + new string('x', 8_000))), (Methods.SendMessage, Talk.Message(Guid.NewGuid(), Marker)),
            (Methods.SendMessage, Talk.Message(group, "x").Replace("text/plain", Marker, StringComparison.Ordinal)), (Marker, "{}"),
            (Methods.ListInbox, $$"""{"next":"{{Marker}}"}"""), (Methods.GetConversation, $$"""{"conversation":"{{Marker}}"}"""),
            (Methods.ReadChanges, $$"""{"since":"{{Marker}}"}"""), (Methods.RenewSession, $$"""{"token":"{{Marker}}"}"""),
            (Methods.CreateConversation, $$"""{"conversation":"{{Guid.NewGuid()}}","kind":"{{Marker}}","participants":[]}"""),
            (Methods.CreateConversation, $$"""{"conversation":"{{Guid.NewGuid()}}","kind":"group","participants":["{{Marker}} "]}"""),
            (Methods.CreateConversation, $$"""{"conversation":"{{Guid.NewGuid()}}","kind":"group","participants":[],"title":"{{Marker}}{{new string('x', 128)}}"}"""),
            (Methods.CreateConversation, $$"""{"conversation":"{{Guid.NewGuid()}}","kind":"group","participants":[],"defaultPermissions":["{{Marker}}"]}"""),
        })
        {
            var answer = await alice.AskAsync(method, parameters);
            Assert.NotNull(Talk.CodeOf(answer));
            Assert.DoesNotContain(Marker, answer.GetRawText(), StringComparison.Ordinal);
        }
    }

    [Theory, EveryEngine, Trait("Row", "AU-12"), Trait("Row", "LG-02")]
    public async Task A_token_in_an_address_or_a_header_is_refused_or_ignored_and_not_logged(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var token = RunningServer.TokenOf("alice");
        foreach (var query in new[] { $"token={token}", $"access_token={token}", $"x=1&TOKEN={token}", $"%74oken={token}", $"token=&x={token}", $"jwt={token}" })
        {
            using var client = await RawClient.DialAsync(server.Address);
            var head = await client.RequestAsync(
                $"GET /v1/realtime?{query} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
            Assert.StartsWith(query.StartsWith("jwt", StringComparison.Ordinal) ? "HTTP/1.1 101" : "HTTP/1.1 400", head, StringComparison.Ordinal);
        }

        foreach (var header in new[] { "Authorization", "Sec-WebSocket-Protocol", "Cookie", "X-Token", "User-Agent", "Referer" })
        {
            using var client = await RawClient.DialAsync(server.Address);
            await client.ShakeHandsAsync(server.Address, (header, token));
            await client.SendRequestAsync("1", Methods.ListInbox, "{}");
            Assert.Equal("unauthorized", await client.ReadRefusalAsync("1"));
            Assert.Equal(4401, await client.ReadCloseAsync());
        }

        var signature = token.Split('.')[2];
        Assert.DoesNotContain(server.Log.Served, line => line.Text.Contains(signature, StringComparison.Ordinal));
    }

    [Theory, EveryEngine, Trait("Row", "LG-01")]
    public async Task What_a_stranger_writes_into_names_paths_and_headers_begins_no_line_and_fills_no_log(Engine engine)
    {
        const string Nasty = "%0d%0aFAKE%1b[31m";
        await using var server = await RunningServer.StartAsync(engine);
        foreach (var request in new[]
        {
            $"GET /{Nasty} HTTP/1.1\r\nHost: x\r\n\r\n", $"GET /health/live?{Nasty}{new string('x', 7_000)} HTTP/1.1\r\nHost: x\r\n\r\n", $"GET /v1/realtime HTTP/1.1\r\nHost: x\r\nUser-Agent: \u001b[31m{new string('y', 9_000)}\r\n\r\n",
            $"GET / HTTP/1.1\r\nHost: x\r\nX: a\rFAKE: b\r\n\r\n", $"\u001b[31m / HTTP/1.1\r\n\r\n", $"GET / HTTP/1.1\r\nHost: {Nasty}\u0001\r\n\r\n",
        })
        {
            using var client = await RawClient.DialAsync(server.Address);
            await client.RequestAsync(request);
        }

        var header = Identity.Forge.Encode("""{"alg":"HS256","kid":"a\r\nFAKE\u001b[31m"}""");
        var names = new[] { "a\r\nFAKE\u001b[31m", new string('m', 100_000) };
        foreach (var (token, client) in new[] { ($"{header}.e30.AAAA", names[0]), (RunningServer.TokenOf("alice"), "a\r\nFAKE\u001b[31m\u2028\u0085" + new string('c', 100)) })
        {
            using var connection = await server.ConnectAsync();
            await connection.AskAsync(Methods.OpenSession, $$"""{"token":"{{token}}","device":"d","client":{{Talk.Quoted(client)}}}""");
            foreach (var name in names) await connection.SendRequestAsync("1", name.Replace("\r\n", "\\r\\n", StringComparison.Ordinal).Replace("\u001b", "\\u001b", StringComparison.Ordinal), "{}");
            if (token[0] != 'e' || client.Length > 100) await connection.ReadMessageAsync();
        }

        Assert.All(server.Log.Served, line =>
        {
            Assert.DoesNotContain(line.Text, character => character is '\r' or '\n' or '\u001b' or '\u2028' or '\u0085');
            Assert.InRange(line.Text.Length, 0, 2_048);
        });
    }
}
