using System.Text.Json;
using Parley.Tests.Contracts;
using Parley.Tests.Gateway;

namespace Parley.Tests.Hostile;

/// <summary>Two apps on one server, with the same user ids: neither learns anything of the other.</summary>
public sealed class OtherAppTests
{
    [Fact, Trait("Row", "TE-01")]
    public void Every_method_that_names_a_conversation_is_tried() =>
        Assert.Equal(
            Wire.AllMethods.Select(method => method.Name).Except(Attempts.NameNoConversation).Order(),
            new Attempts(Guid.NewGuid(), Guid.NewGuid(), 1, Guid.NewGuid()).All.Select(attempt => attempt.Method).Distinct().Order());

    [Theory, EveryWay, Trait("Row", "TE-01"), Trait("Row", "TE-02"), Trait("Row", "G23")]
    public async Task Every_method_on_another_apps_conversation_answers_as_for_none_and_nothing_ever_arrives(Engine engine, Way way)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.ConnectAsync("alice");
        using var bob = await server.ConnectAsync("bob");
        using var stranger = await server.TalkAsync(way, "alice", "other");
        using var strangerToo = await server.ConnectAsync("alice", "other", "tablet");
        var group = await alice.CreateGroupAsync("bob", "carol");
        var message = Guid.NewGuid();
        var attempts = new Attempts(group, message, Talk.SequenceOf(await alice.SayAsync(group, "for us", message)), server.Node.Installation.Epoch);
        var before = await StateAsync(alice, group);

        await Alike.AssertAsync(stranger, attempts);
        await strangerToo.SendAsync($$$"""{"jsonrpc":"2.0","method":"receipt.read","params":{"conversation":"{{{group}}}","upTo":2}}""");

        Assert.Empty(await strangerToo.PushedAsync());
        Assert.Equal(before, await StateAsync(alice, group));
        await alice.SayAsync(group, "still for us");
        Assert.Empty(await strangerToo.PushedAsync());
        Assert.Equal(3, (await bob.PushedAsync()).Count);
        Assert.Equal(0, await server.NumberAsync($"select count(*) from fences"));
        Assert.Equal(0, await server.NumberAsync($"select count(*) from participations where user_id = 'mallory'"));
    }

    [Theory, EveryEngine, Trait("Row", "TE-01")]
    public async Task A_key_of_another_app_makes_nobody_an_owner_and_is_answered_as_for_no_conversation(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.ConnectAsync("alice");
        using var backend = HttpTalker.WithKey(server.Address, RunningServer.KeyOf("other"));
        var (group, nothing) = (await alice.CreateGroupAsync("bob"), Guid.NewGuid());

        var answer = await AddAsync(group);

        Assert.Equal("not_found", Talk.CodeOf(answer));
        Assert.Equal((await AddAsync(nothing)).GetRawText().Replace($"{nothing}", $"{group}", StringComparison.Ordinal), answer.GetRawText());
        Assert.Equal(1, await server.NumberAsync($"select sum(owners) from conversations"));
        Assert.Equal(1, await server.NumberAsync($"select head from conversations"));

        Task<JsonElement> AddAsync(Guid conversation) =>
            backend.AskAsync(Methods.AddOwner, $$"""{"conversation":"{{conversation}}","commandId":"{{Guid.NewGuid()}}","user":"bob"}""");
    }

    [Theory, EveryWay, Trait("Row", "TE-04")]
    public async Task The_same_ids_in_two_apps_are_two_things(Engine engine, Way way)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (group, message, fenced, command) = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
        using var here = await server.TalkAsync(way, "alice");
        using var hereToo = await server.ConnectAsync("alice", device: "tablet");
        using var there = await server.TalkAsync(way, "alice", "other");
        using var thereToo = await server.ConnectAsync("alice", "other", "tablet");
        using var bobHere = await server.ConnectAsync("bob");
        using var bobThere = await server.ConnectAsync("bob", "other");

        foreach (var (client, text) in new[] { (here, "here"), (there, "there") })
        {
            Assert.Null(Talk.CodeOf(await client.AskAsync(Methods.CreateConversation, Talk.Group(group, "bob"))));
            Assert.Equal(2, Talk.SequenceOf(await client.SayAsync(group, text, message)));
            Assert.Equal(3, Talk.SequenceOf(await client.AskAsync(
                Methods.AddParticipants, $$"""{"conversation":"{{group}}","commandId":"{{command}}","users":["carol"]}""")));
        }

        await here.AskAsync(Methods.CancelMessage, $$"""{"conversation":"{{group}}","message":"{{fenced}}"}""");
        await bobHere.AskAsync(Methods.MarkRead, $$"""{"conversation":"{{group}}","upTo":2}""");

        Assert.Equal("cancelled", Talk.CodeOf(await here.SayAsync(group, "never", fenced)));
        Assert.Null(Talk.CodeOf(await there.SayAsync(group, "fine", fenced)));
        Assert.Equal(["here"], TextsOf(await bobHere.PushedAsync()));
        Assert.Equal(["there", "fine"], TextsOf(await bobThere.PushedAsync()));
        Assert.Contains(await hereToo.PushedAsync(), push => push.GetProperty("method").GetString() == "receipt");
        Assert.DoesNotContain(await thereToo.PushedAsync(), push => push.GetProperty("method").GetString() == "receipt");
        Assert.Equal((2L, 0L), (await ReadUpToAsync("demo"), await ReadUpToAsync("other")));

        Task<long> ReadUpToAsync(string app) =>
            server.NumberAsync($"select read_up_to from participations where app = {server.Node.Installation.Apps[app].Number} and user_id = 'bob'");
    }

    [Theory, EveryWay, Trait("Row", "TE-04")]
    public async Task A_pair_in_two_apps_has_two_direct_conversations_and_a_device_in_two_apps_two_sessions(Engine engine, Way way)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var here = await server.TalkAsync(way, "alice");
        using var there = await server.TalkAsync(way, "alice", "other");
        var ids = new List<Guid>();
        foreach (var client in new[] { here, there })
        {
            var answer = await client.AskAsync(
                Methods.CreateConversation, $$"""{"conversation":"{{Guid.NewGuid()}}","kind":"direct","participants":["bob"]}""");
            ids.Add(answer.GetProperty("result").GetProperty("conversation").GetProperty("conversation").GetGuid());
        }

        Assert.Distinct(ids);
        Assert.Equal("not_found", Talk.CodeOf(await here.SayAsync(ids[1], "hi")));
        Assert.Null(Talk.CodeOf(await here.SayAsync(ids[0], "hi")));
    }

    [Theory, EveryWay, Trait("Row", "TE-05")]
    public async Task Lists_feeds_and_page_tokens_show_nothing_of_another_app(Engine engine, Way way)
    {
        const string Marker = "bumblebee";
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.TalkAsync(way, "alice");
        using var stranger = await server.TalkAsync(way, "alice", "other");
        for (var i = 0; i < 3; i++) await alice.SayAsync(await alice.CreateGroupAsync("bob"), Marker);
        var page = (await alice.AskAsync(Methods.ListInbox, """{"limit":1}""")).GetProperty("result");
        Assert.Contains(Marker, page.GetRawText(), StringComparison.Ordinal);

        var seen = new List<JsonElement>
        {
            await stranger.AskAsync(Methods.ListInbox, "{}"),
            await stranger.AskAsync(Methods.ListInbox, $$"""{"next":{{page.GetProperty("next").GetRawText()}}}"""),
            await stranger.AskAsync(Methods.ReadChanges, $$"""{"since":"{{await SinceAsync(server, "demo")}}"}"""),
            await stranger.AskAsync(Methods.ReadChanges, $$"""{"since":"{{await SinceAsync(server, "other")}}"}"""),
        };

        Assert.Empty(seen[0].GetProperty("result").GetProperty("conversations").EnumerateArray());
        Assert.Equal(["invalid_params", "invalid_params"], seen[1..3].Select(Talk.CodeOf));
        Assert.Empty(seen[3].GetProperty("result").GetProperty("conversations").EnumerateArray());
        Assert.All(seen, answer => Assert.DoesNotContain(Marker, answer.GetRawText(), StringComparison.Ordinal));
    }

    [Theory, EveryEngine, Trait("Row", "TE-03")]
    public async Task An_app_that_is_named_in_a_request_is_refused_by_every_method_and_the_token_says_the_app(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.ConnectAsync("alice");
        var group = await alice.CreateGroupAsync("bob");
        var before = await StateAsync(alice, group);
        var attempts = new Attempts(group, Guid.NewGuid(), 1, server.Node.Installation.Epoch).All
            .Append((Methods.ListInbox, "{}")).Append((Methods.CreateConversation, Talk.Group(Guid.NewGuid())))
            .Append((Methods.ReadChanges, """{"since":"x"}""")).Append((Methods.RenewSession, $$"""{"token":"{{RunningServer.TokenOf("alice")}}"}"""));

        foreach (var (method, parameters) in attempts)
        {
            var answer = await alice.AskAsync(method, parameters == "{}" ? """{"app":"other"}""" : $"{parameters[..^1]},\"app\":\"other\"}}");
            Assert.Equal((method, "unknown_field", "$.app"), (method, Talk.CodeOf(answer), Talk.DetailOf(answer)));
        }

        Assert.Equal(before, await StateAsync(alice, group));
        using var headed = await RawClient.DialAsync(server.Address);
        await headed.ShakeHandsAsync(server.Address, ("X-App", "other"), ("X-Parley-App", "other"), ("Authorization", $"Bearer {RunningServer.TokenOf("alice", "other")}"));
        var opened = await headed.AskAsync(Methods.OpenSession, $$"""{"token":"{{RunningServer.TokenOf("alice")}}","device":"tablet"}""");
        Assert.Equal("demo", opened.GetProperty("result").GetProperty("app").GetString());
    }

    [Theory, EveryWay, Trait("Row", "TE-07")]
    public async Task An_app_at_its_limits_leaves_the_other_all_of_its_own(Engine engine, Way way)
    {
        await using var server = await RunningServer.StartAsync(
            engine, ("Limits:SendsPerAppPerSecond", "5"), ("Limits:ConnectionsPerUserPerMinute", "1"), ("Limits:ConnectionsPerUserBurst", "1"),
            ("Limits:RequestsPerSecond", "1"), ("Limits:RequestsBurst", "40"), ("Limits:RequestsPerApiKeyPerSecond", "20"));
        using var alice = await server.TalkAsync(way, "alice");
        var group = await alice.CreateGroupAsync("bob");
        Assert.Contains("messages of this app", await UntilRefusedAsync(alice, Methods.SendMessage, () => Talk.Message(group, "again"), 12), StringComparison.Ordinal);
        if (way == Way.WebSocket)
        {
            using var again = await server.ConnectAsync();
            await again.SendRequestAsync("1", Methods.OpenSession, $$"""{"token":"{{RunningServer.TokenOf("alice")}}","device":"tablet"}""");
            Assert.Equal("rate_limited", await again.ReadRefusalAsync("1"));
        }
        else
        {
            var requests = way == Way.Http ? "requests of this user" : "requests with this API key";
            Assert.Contains(requests, await UntilRefusedAsync(alice, Methods.CountUnread, () => "{}", 1_000), StringComparison.Ordinal);
        }

        using var other = await server.TalkAsync(way, "alice", "other");
        var theirs = await other.CreateGroupAsync("bob");
        for (var i = 0; i < 4; i++) Assert.Null(Talk.CodeOf(await other.SayAsync(theirs, "undisturbed")));

        static async Task<string> UntilRefusedAsync(ITalker talker, string method, Func<string> parameters, int tries)
        {
            for (var i = 0; i < tries; i++)
            {
                var answer = await talker.AskAsync(method, parameters());
                if (Talk.CodeOf(answer) is null) continue;
                Assert.Equal("rate_limited", Talk.CodeOf(answer));
                return Talk.DetailOf(answer)!;
            }

            return "";
        }
    }

    private static async Task<string> StateAsync(RawClient client, Guid conversation) =>
        (await client.AskAsync(Methods.GetConversation, $$"""{"conversation":"{{conversation}}"}""")).GetProperty("result").GetRawText()
        + await client.LogAsync(conversation);

    private static async Task<string> SinceAsync(RunningServer server, string app)
    {
        using var client = await server.ConnectAsync();
        var opened = await client.AskAsync(Methods.OpenSession, $$"""{"token":"{{RunningServer.TokenOf("alice", app)}}","device":"{{Guid.NewGuid():n}}"}""");
        return opened.GetProperty("result").GetProperty("changes").GetProperty("since").GetString()!;
    }

    private static IEnumerable<string?> TextsOf(IEnumerable<JsonElement> pushes) =>
        pushes.Where(push => push.GetProperty("method").GetString() == "entry").Select(push => Talk.TextOf(push.GetProperty("params"))).Where(text => text is not null);
}

/// <summary>Compares what is said of something hidden with what is said of nothing.</summary>
internal static class Alike
{
    /// <summary>Each attempt is answered with the bytes that it is answered with where there is nothing, and these say so.</summary>
    public static async Task AssertAsync(ITalker stranger, Attempts attempts)
    {
        var nothing = attempts.OnNothing();
        foreach (var ((method, parameters), (_, onNothing)) in attempts.All.Zip(nothing.All))
        {
            var answer = (await stranger.AskAsync(method, parameters)).GetRawText();
            var ofNothing = (await stranger.AskAsync(method, onNothing)).GetRawText();
            string[] saysNo = ["\"not_found\"", "\"message_not_found\"", "\"notFound\"", "{\"conversations\":[]}"];
            Assert.True(saysNo.Any(no => answer.Contains(no, StringComparison.Ordinal)), $"{method}: {answer}");
            Assert.Equal(ofNothing.Replace($"{nothing.Conversation}", $"{attempts.Conversation}", StringComparison.Ordinal), answer);
        }
    }
}
