using Microsoft.Extensions.Logging.Abstractions;
using Parley.Presence;
using Parley.Storage;
using Parley.Tests.People;

namespace Parley.Tests.Presence;

public class LastSeenTests
{
    [Theory, EveryEngine]
    [Trait("Row", "B29")]
    public async Task When_somebody_was_seen_last_is_known_at_once_and_after_a_restart(Engine engine)
    {
        await using var town = await Town.StartAsync(engine);
        var (alice, hidden) = (town.Connect("alice"), town.Connect("hidden", remembered: new SetPresence(PresenceStatus.Invisible)));
        town.Pass(10);
        var gone = town.Clock.GetUtcNow();
        alice.Disconnect();
        hidden.Disconnect();
        town.Pass(5);

        Assert.Equal(gone, (await town.StateAsync("bob", "alice")).LastSeen);
        await town.Server.RestartAsync();
        Assert.Equal(new PresenceState(new UserId("alice"), PresenceStatus.Offline, LastSeen: gone), await town.StateAsync("bob", "alice"));
        Assert.Null((await town.StateAsync("bob", "hidden")).LastSeen);
        // So is who follows her told, and nobody who is invisible moves it.
        var bob = new Device(town.Server, "bob", "phone");
        town.Board.Connected(bob.Subscriber, null);
        Assert.Equal(gone, (await bob.SubscribeAsync("alice")).Users[0].LastSeen);
        town.Connect("alice", remembered: new SetPresence(PresenceStatus.Invisible)).Disconnect();
        town.Pass(60);
        Assert.Equal(gone, (await town.StateAsync("bob", "alice")).LastSeen);
        Assert.Equal("", bob.Heard());
    }

    [Theory, EveryEngine]
    public async Task Of_a_deleted_user_nobody_is_told_when_he_was_seen_last(Engine engine)
    {
        await using var town = await Town.StartAsync(engine);
        var (alice, here, bob) = (town.Connect("alice"), town.Connect("here"), town.Connect("bob"));
        await bob.SubscribeAsync("alice", "here");
        town.Pass(10);
        alice.Disconnect();
        town.Pass(6);
        Assert.NotNull((await town.StateAsync("bob", "alice")).LastSeen);

        foreach (var user in new[] { "alice", "here" }) await town.Server.PlatformAsync(new DeleteUser(new UserId(user)));
        await NobodyKnowsAsync("alice");
        here.Disconnect();
        town.Pass(60);
        await NobodyKnowsAsync("alice", "here");
        await town.Server.RestartAsync();
        await NobodyKnowsAsync("alice", "here");

        async Task NobodyKnowsAsync(params string[] users)
        {
            foreach (var user in users) Assert.Equal(new PresenceState(new UserId(user), PresenceStatus.Offline), await town.StateAsync("bob", user));
        }
    }

    [Theory, EveryEngine]
    public async Task A_server_that_stops_notes_that_everybody_was_there(Engine engine)
    {
        await using var town = await Town.StartAsync(engine);
        town.Connect("alice");
        town.Connect("hidden", remembered: new SetPresence(PresenceStatus.Invisible));
        town.Pass(10);

        await town.Server.RestartAsync();

        Assert.Equal(town.Clock.GetUtcNow(), (await town.StateAsync("bob", "alice")).LastSeen);
        Assert.Null((await town.StateAsync("bob", "hidden")).LastSeen);
    }

    [Theory, EveryEngine]
    public async Task A_thousand_who_come_and_go_write_nothing_until_all_are_written_together(Engine engine)
    {
        await using var town = await Town.StartAsync(engine);
        var (faults, before) = (town.Server.Faults, town.Server.Faults.Commits);
        for (var times = 0; times < 3; times++)
        {
            var devices = Enumerable.Range(0, 1_000).Select(number => town.Connect($"user-{number}")).ToArray();
            await devices[0].SubscribeAsync("user-1", "user-2", "user-3");
            await devices[1].SetAsync(PresenceStatus.Busy);
            foreach (var device in devices) device.Disconnect();
            town.Pass(6);
        }

        Assert.Equal(before, faults.Commits);
        town.Pass(30);
        await Gateway.GatewayHost.EventuallyAsync(() => faults.Commits >= before + 2);
        await town.Server.RestartAsync();
        Assert.Equal(before + 2, faults.Commits);
        Assert.Equal(1_000, await town.Server.NumberAsync($"select count(*) from last_seen"));
    }

    [Theory, EveryEngine]
    public async Task What_could_not_be_written_is_written_later(Engine engine)
    {
        await using var town = await Town.StartAsync(engine);
        town.Server.Faults.OnCommit = () => CommitFault.DiskFull;
        town.Connect("alice").Disconnect();
        town.Pass(35);
        await Gateway.GatewayHost.EventuallyAsync(() => town.Server.Log.Lines.Any(line => line.Category.EndsWith(nameof(LastSeenQueue), StringComparison.Ordinal)));
        Assert.Equal(0, await town.Server.NumberAsync($"select count(*) from last_seen"));

        town.Server.Faults.OnCommit = () => CommitFault.None;
        town.Pass(30);
        await Gateway.GatewayHost.EventuallyAsync(() => town.Server.Faults.Commits > 0);
        await town.Server.RestartAsync();
        Assert.Equal(1, await town.Server.NumberAsync($"select count(*) from last_seen"));
    }

    [Fact]
    public async Task What_waits_to_be_written_has_a_bound()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        await using var journal = new Journal(server.Database, _ => { }, TimeProvider.System, NullLogger<Journal>.Instance);
        var queue = new LastSeenQueue(journal, new PresenceOptions(), new ManualClock(), NullLogger<LastSeenQueue>.Instance);
        UserKey Key(int number) => new(server.App, new UserId($"user-{number}"));

        for (var number = 0; number <= LastSeenQueue.MaxWaiting; number++) queue.Note(Key(number), DateTimeOffset.UnixEpoch);
        queue.Note(Key(0), DateTimeOffset.UnixEpoch.AddSeconds(1));

        Assert.NotNull(queue.Find(Key(LastSeenQueue.MaxWaiting - 1)));
        Assert.Null(queue.Find(Key(LastSeenQueue.MaxWaiting)));
        Assert.Equal(DateTimeOffset.UnixEpoch.AddSeconds(1), queue.Find(Key(0)));
    }
}
