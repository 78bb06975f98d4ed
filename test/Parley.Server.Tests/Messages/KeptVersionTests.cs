using System.Text.Json;
using Parley.Storage;

namespace Parley.Tests.Messages;

/// <summary>What messages said before they were edited, where their app keeps that; and that it goes with them.</summary>
public sealed class KeptVersionTests
{
    [Theory, EveryEngine]
    public async Task Nothing_is_kept_unless_the_app_wants_it(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        var message = await server.SayAsync("alice", conversation, "first");

        await server.EditAsync("alice", conversation, message, "second");

        Assert.Equal(0, await CountAsync(server));
    }

    [Theory, EveryEngine]
    public async Task Each_version_is_kept_once_with_who_had_it_say_so_and_since_when(Engine engine)
    {
        await using var server = await StartAsync(engine);
        var group = await Group.OfAsync(server, "alice", "bob");
        var message = await server.SayAsync("bob", group.Id, "first");
        var command = CommandId.New();

        await server.EditAsync("alice", group.Id, message, MessageWords.Text("second"), command);
        await server.EditAsync("alice", group.Id, message, MessageWords.Text("second"), command);
        await server.EditAsync("bob", group.Id, message, "third");

        var log = await server.HistoryAsync("bob", group.Id);
        Assert.Equal(2, await CountAsync(server));
        Assert.Equal(
            [(0, "bob", log[1].At, "first"), (1, "alice", log[2].At, "second")],
            await VersionsAsync(server));
    }

    [Theory, EveryEngine, Trait("Row", "G16")]
    public async Task A_recall_erases_those_of_its_message_and_no_others(Engine engine)
    {
        await using var server = await StartAsync(engine);
        var (conversation, other) = (await server.ConversationOfAsync("alice", "bob"), await server.ConversationOfAsync("alice", "carol"));
        var (message, kept, elsewhere) = (await server.SayAsync("alice", conversation, "marker"), await server.SayAsync("alice", conversation, "kept"), await server.SayAsync("alice", other, "kept"));
        await server.EditAsync("alice", conversation, message, "marker again");
        await server.EditAsync("alice", conversation, kept, "kept again");
        await server.EditAsync("alice", other, elsewhere, "kept again");
        Assert.Equal(3, await CountAsync(server));

        await server.RecallAsync("alice", conversation, message);

        Assert.Equal(["kept", "kept"], (await VersionsAsync(server)).Select(one => one.Text));
    }

    [Theory, EveryEngine, Trait("Row", "G19")]
    public async Task Those_of_a_message_go_when_its_time_is_over(Engine engine)
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(engine, clock: clock, apps: app => (app.Messages.KeepVersions, app.Retention.Direct) = (true, TimeSpan.FromDays(30)));
        var conversation = await server.ConversationOfAsync("alice", "bob");
        var old = await server.SayAsync("alice", conversation, "old");
        clock.Advance(TimeSpan.FromDays(15));
        var young = await server.SayAsync("alice", conversation, "young");
        foreach (var message in new[] { old, young }) await server.EditAsync("alice", conversation, message, "edited");

        await server.Node.Retention.RunAsync(CancellationToken.None);
        Assert.Equal(2, await CountAsync(server));
        clock.Advance(TimeSpan.FromDays(15));
        await server.Node.Retention.RunAsync(CancellationToken.None);

        Assert.Equal(["young"], (await VersionsAsync(server)).Select(one => one.Text));
    }

    [Theory, EveryEngine]
    public async Task Those_of_a_conversation_go_when_it_is_deleted(Engine engine)
    {
        await using var server = await StartAsync(engine);
        var (group, other) = (await Group.OfAsync(server, "alice", "bob"), await Group.OfAsync(server, "alice", "bob"));
        foreach (var one in new[] { group, other }) await server.EditAsync("alice", one.Id, await server.SayAsync("alice", one.Id, "first"), "second");

        await group.DeleteAsync("alice");

        Assert.Equal(1, await CountAsync(server));
    }

    private static Task<TestServer> StartAsync(Engine engine) => TestServer.StartAsync(engine, apps: app => app.Messages.KeepVersions = true);

    private static Task<long> CountAsync(TestServer server) => server.NumberAsync($"select count(*) from message_versions");

    /// <summary>What is kept, read as the bytes it is: as text PostgreSQL would answer it in hexadecimal.</summary>
    private static async Task<List<(int Version, string Actor, DateTimeOffset At, string Text)>> VersionsAsync(TestServer server)
    {
        await using var session = await server.Database.OpenReaderAsync(CancellationToken.None);
        return await session.QueryAsync(
            $"select version, actor, at, content from message_versions order by conversation, original, version",
            row => (row.GetInt32(0), row.GetString(1), row.Time(2), JsonSerializer.Deserialize(row.Bytes(3), ProtocolJson.Lenient.MessageContent)!.PlainText()), CancellationToken.None);
    }
}
