using System.Diagnostics;
using System.Text.Json;
using Parley.Identity;
using Parley.Tests.Gateway;

namespace Parley.Tests.Hostile;

/// <summary>Sessions that are not, not yet, or no longer somebody's.</summary>
public sealed class SessionTests
{
    [Theory, EveryEngine, Trait("Row", "AU-11")]
    public async Task When_the_token_ends_the_connection_does_and_what_is_sent_behind_it_is_not_done(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var owner = await server.ConnectAsync("bob");
        var group = await owner.CreateGroupAsync("alice");
        using var alice = await server.ConnectAsync();
        var watch = Stopwatch.StartNew();
        await alice.AskAsync(Methods.OpenSession, $$"""{"token":"{{RunningServer.TokenOf("alice", endsIn: TimeSpan.FromSeconds(2) - TokenVerifier.ClockSkew)}}","device":"phone"}""");
        Assert.Null(Talk.CodeOf(await alice.SayAsync(group, "in time")));

        Assert.Equal(4401, await alice.ReadCloseAsync());
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(7), $"closed after {watch.Elapsed}");
        await alice.SendRequestAsync("late", Methods.SendMessage, Talk.Message(group, "too late"));
        await owner.SayAsync(group, "afterwards");

        Assert.DoesNotContain("too late", await owner.LogAsync(group), StringComparison.Ordinal);
        Assert.Equal(1, await server.NumberAsync($"select count(*) from entries where actor = 'alice'"));
    }

    [Theory, EveryEngine, Trait("Row", "AU-13")]
    public async Task Before_its_session_is_open_nobody_is_granted_any_method(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.ConnectAsync("alice");
        var (group, message) = (await alice.CreateGroupAsync("bob"), Guid.NewGuid());
        await alice.SayAsync(group, "hi", message);
        var before = await alice.LogAsync(group);
        var attempts = new Attempts(group, message, 2, server.Node.Installation.Epoch).All
            .Append((Methods.ListInbox, "{}")).Append((Methods.ReadChanges, """{"since":"x"}"""))
            .Append((Methods.CreateConversation, Talk.Group(Guid.NewGuid(), "bob")))
            .Append((Methods.RenewSession, $$"""{"token":"{{RunningServer.TokenOf("alice")}}"}"""));

        foreach (var (method, parameters) in attempts)
        {
            using var nobody = await server.ConnectAsync();
            // The session that is opened behind it comes too late.
            var open = $$"""{"token":"{{RunningServer.TokenOf("bob")}}","device":"{{Guid.NewGuid():n}}"}""";
            await nobody.SendAsync($$"""[{{Request("1", method, parameters)}},{{Request("2", Methods.OpenSession, open)}},{{Request("3", method, parameters)}}]""");

            Assert.Equal("unauthorized", await nobody.ReadRefusalAsync("1"));
            Assert.Equal(4401, await nobody.ReadCloseAsync());
        }

        Assert.Equal(before, await alice.LogAsync(group));
        Assert.Equal(1, await server.NumberAsync($"select count(*) from conversations"));
        Assert.Equal(0, await server.NumberAsync($"select max(read_up_to) from participations"));
    }

    [Theory, EveryEngine, Trait("Row", "AU-13")]
    public async Task Whoever_becomes_somebody_else_on_a_connection_is_cut_off_as_himself(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.ConnectAsync("alice");
        var group = await alice.CreateGroupAsync("bob");
        foreach (var (method, token) in new[]
        {
            (Methods.OpenSession, RunningServer.TokenOf("alice")), (Methods.OpenSession, RunningServer.TokenOf("mallory")),
            (Methods.RenewSession, RunningServer.TokenOf("alice")), (Methods.RenewSession, RunningServer.TokenOf("mallory", "other")),
        })
        {
            using var mallory = await server.ConnectAsync("mallory");
            var parameters = method == Methods.OpenSession ? $$"""{"token":"{{token}}","device":"d"}""" : $$"""{"token":"{{token}}"}""";
            await mallory.SendAsync($"[{Request("1", method, parameters)},{Request("2", Methods.SendMessage, Talk.Message(group, "as alice"))}]");

            Assert.NotNull(await mallory.ReadRefusalAsync("1"));
            Assert.Equal(4400, await mallory.ReadCloseAsync());
        }

        Assert.Equal(1, await server.NumberAsync($"select count(*) from entries"));
    }

    [Theory, EveryEngine, Trait("Row", "WS-08")]
    public async Task A_session_is_resumed_with_what_was_given_to_this_user_and_with_nothing_else(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.ConnectAsync("alice");
        await alice.CreateGroupAsync("bob");
        var (mine, epoch) = await OpenedAsync("alice", "");
        var (bobs, _) = await OpenedAsync("bob", "");
        var flipped = mine[..^1] + (mine[^1] == 'A' ? 'B' : 'A');

        // Somebody else's, of no user, tampered with, cut, of the other feed, too long.
        foreach (var since in new[] { bobs, "", "AAAA", flipped, mine[..^4], mine + mine, "'; drop table entries; --", new string('A', 10_240) })
        {
            using var client = await server.ConnectAsync();
            await client.SendRequestAsync("1", Methods.OpenSession, Open("alice", $$""","epoch":"{{epoch}}","since":{{JsonSerializer.Serialize(since)}}"""));
            Assert.Equal("invalid_params", await client.ReadRefusalAsync("1"));
            Assert.Equal(4401, await client.ReadCloseAsync());
        }

        using var other = await server.ConnectAsync();
        var reset = (await other.AskAsync(Methods.OpenSession, Open("alice", $$""","since":"{{mine}}","epoch":"{{Guid.NewGuid()}}" """))).GetProperty("result");
        Assert.True(reset.GetProperty("reset").GetBoolean());
        Assert.Single(reset.GetProperty("changes").GetProperty("conversations").EnumerateArray());
        using var same = await server.ConnectAsync();
        var resumed = (await same.AskAsync(Methods.OpenSession, Open("alice", $$""","since":"{{mine}}","epoch":"{{epoch}}" """))).GetProperty("result");
        Assert.False(resumed.GetProperty("reset").GetBoolean());

        async Task<(string Since, string Epoch)> OpenedAsync(string user, string more)
        {
            using var client = await server.ConnectAsync();
            var result = (await client.AskAsync(Methods.OpenSession, Open(user, more))).GetProperty("result");
            return (result.GetProperty("changes").GetProperty("since").GetString()!, result.GetProperty("epoch").GetString()!);
        }
    }

    private static string Open(string user, string more) => $$"""{"token":"{{RunningServer.TokenOf(user)}}","device":"{{Guid.NewGuid():n}}"{{more}}}""";

    private static string Request(string id, string method, string parameters) => $$"""{"jsonrpc":"2.0","id":"{{id}}","method":"{{method}}","params":{{parameters}}}""";
}
