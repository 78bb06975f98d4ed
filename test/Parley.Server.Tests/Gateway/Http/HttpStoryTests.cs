using Parley.Tests.Contracts;
using Parley.Tests.Hostile;

namespace Parley.Tests.Gateway;

/// <summary>Whole servers that are asked over HTTP, beside their connections.</summary>
public sealed class HttpStoryTests
{
    [Theory, EveryEngine]
    public async Task The_table_of_methods_is_the_wire(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);

        var rows = server.Node.Gateway.Router.Rows.Select(row => (row.Name, row.Params.Type, row.Result.Type));

        string[] sessions = [Methods.OpenSession, Methods.RenewSession];
        Assert.Equal(
            Wire.AllMethods.Where(method => !sessions.Contains(method.Name)).Select(method => (method.Name, method.Params, method.Result)).OrderBy(method => method.Name, StringComparer.Ordinal), rows);
    }

    [Theory, EveryEngine, Trait("Row", "G7")]
    public async Task The_same_message_sent_both_ways_is_one_and_gets_the_first_answer(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var bob = await server.ConnectAsync("bob");
        using var connection = await server.ConnectAsync("alice");
        using var http = await server.TalkAsync(Way.Http, "alice");
        using var backend = await server.TalkAsync(Way.Backend, "alice");
        var (group, message) = (await http.CreateGroupAsync("bob"), Guid.NewGuid());

        var answers = new List<string>();
        foreach (var talker in new ITalker[] { http, connection, backend }) answers.Add((await talker.SayAsync(group, "once", message)).GetProperty("result").GetRawText());

        Assert.Single(answers.Distinct());
        Assert.Equal("id_in_use", Talk.CodeOf(await http.SayAsync(group, "other", message)));
        // Two entries, the creation and the message, came to everybody; the connection of who sent over HTTP too.
        foreach (var device in new[] { bob, connection }) Assert.Equal(2, (await device.PushedAsync()).Count(push => push.GetProperty("method").GetString() == "entry"));
    }

    [Theory, EveryEngine]
    public async Task Messages_sent_at_once_over_HTTP_are_all_recorded_and_seen_by_the_next_read(Engine engine)
    {
        const int Count = 40;
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.TalkAsync(Way.Http, "alice");
        using var bob = await server.TalkAsync(Way.Http, "bob");
        var group = await alice.CreateGroupAsync("bob");

        var sequences = await Task.WhenAll(Enumerable.Range(0, Count).Select(async number => Talk.SequenceOf(await alice.SayAsync(group, $"{number}"))));

        Assert.Equal(Enumerable.Range(2, Count).Select(number => (long)number), sequences.Order());
        Assert.Equal(Count + 1, (await bob.EntriesAsync(group)).GetProperty("result").GetProperty("entries").GetArrayLength());
    }

    [Theory, EveryEngine]
    public async Task A_backend_acts_for_the_users_of_its_own_app_and_of_no_other(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var backend = await server.TalkAsync(Way.Backend, "alice");
        using var other = await server.TalkAsync(Way.Backend, "alice", "other");
        using var alice = await server.ConnectAsync("alice");
        var group = await backend.CreateGroupAsync("bob");

        Assert.Equal("not_found", Talk.CodeOf(await other.SayAsync(group, "hi")));
        Assert.Equal("alice", (await backend.SayAsync(group, "hi")).GetProperty("result").GetProperty("event").GetProperty("sender").GetString());
        Assert.Null(Talk.CodeOf(await alice.EntriesAsync(group)));
        foreach (var app in new[] { "demo", "other" })
        {
            using var key = HttpTalker.WithKey(server.Address, RunningServer.KeyOf(app));
            var described = (await key.GetAsync(Methods.GetApp)).GetProperty("result");
            Assert.Equal((app, "backend", server.Node.Installation.Epoch), (described.GetProperty("app").GetString(), described.GetProperty("apiKey").GetString(), described.GetProperty("epoch").GetGuid()));
        }
    }

    [Theory, EveryWay]
    public async Task Any_user_makes_rooms_unless_the_app_leaves_that_to_its_backend(Engine engine, Way way)
    {
        await using var server = await RunningServer.StartAsync(engine, ("Apps:demo:RoomsMadeBy", "Backend"));
        using var alice = await server.TalkAsync(way, "alice");
        using var other = await server.TalkAsync(way, "alice", "other");

        var answer = await alice.AskAsync(Methods.CreateConversation, Room());

        if (way == Way.Backend) Assert.Null(Talk.CodeOf(answer));
        else Assert.Equal(("permission_denied", "in this app only its backend makes rooms"), (Talk.CodeOf(answer), Talk.DetailOf(answer)));
        Assert.Equal(way == Way.Backend ? 1 : 0, await server.NumberAsync($"select count(*) from conversations"));
        Assert.Null(Talk.CodeOf(await other.AskAsync(Methods.CreateConversation, Room())));
        await alice.CreateGroupAsync("bob");

        static string Room() => $$"""{"conversation":"{{Guid.NewGuid()}}","kind":"room","participants":[]}""";
    }
}
