using System.Text.Json;
using Parley.Client;
using Parley.Tests.Gateway;
using Parley.Tests.Presence;

namespace Parley.Tests.Conversations;

public sealed class RoomSignalTests
{
    [Theory, EveryEngine]
    public async Task What_is_told_last_is_how_many_are_there_however_late_the_answer_to_one_of_them_was(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var room = await Group.OfAsync(server, new CreateConversation(ConversationId.New(), ConversationKind.Room, [], "Lobby"));
        var alice = new Device(server, "alice", "phone");
        server.Node.Subscriptions.Register(alice.Subscriber);
        server.Node.Subscriptions.Follow(alice.Subscriber, [room.Id]);
        var (reached, release) = HoldTheAnswerToTheNext(server);

        var bob = room.EnterAsync("bob");
        await reached;
        Assert.Null((await room.EnterAsync("carol")).Refusal);
        release.SetResult();
        Assert.Null((await bob).Refusal);

        var told = new List<string>();
        await GatewayHost.EventuallyAsync(() =>
        {
            told.AddRange(alice.Notifications().Where(one => one.GetProperty("method").GetString() == Methods.Room).Select(Word));
            return told.Count == 2;
        });
        Assert.Equal(["2 +bob", "3 +carol"], told);
    }

    [Theory, EveryEngine]
    public async Task Who_folds_what_he_is_told_counts_as_the_room_does_whoever_was_put_out_before_he_was_announced(Engine engine)
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(engine, clock: clock);
        var room = await Group.OfAsync(server, new CreateConversation(ConversationId.New(), ConversationKind.Room, [], "Lobby"));
        var alice = new Device(server, "alice", "phone");
        server.Node.Subscriptions.Register(alice.Subscriber);
        server.Node.Subscriptions.Follow(alice.Subscriber, [room.Id]);
        var timeline = Timeline.At(await room.StateAsync("alice"), new UserId("alice"));

        // Bob is told at once, carol and dave within the second after him: by then both are out again.
        foreach (var user in new[] { "bob", "carol", "dave" }) await room.EnterAsync(user);
        clock.Advance(TimeSpan.FromMilliseconds(600));
        await room.BanAsync("alice", "carol");
        await room.RemoveAsync("alice", "dave");
        Assert.Equal(2, await CountedAsync());

        // Beside a window in which nothing waits.
        await room.EnterAsync("erin");
        Assert.Equal(3, await CountedAsync());
        await room.EnterAsync("frank");
        await room.RemoveAsync("alice", "erin");
        Assert.Equal(3, await CountedAsync());

        // And where nothing was told for a while.
        clock.Advance(TimeSpan.FromSeconds(5));
        await room.BanAsync("alice", "frank");
        Assert.Equal(2, await CountedAsync());

        async Task<int> CountedAsync()
        {
            // What the requests before it caused was told when this is answered; its own entry comes a moment later.
            var last = (await room.SayAsync("alice")).Value!.Sequence;
            for (var passed = 0; passed < 4; passed++) clock.Advance(TimeSpan.FromMilliseconds(500));
            await GatewayHost.EventuallyAsync(() =>
            {
                timeline = alice.Notifications().Aggregate(timeline, Fold);
                return timeline.Head == last;
            });
            Assert.Equal((await room.StateAsync("alice")).ParticipantCount, timeline.ParticipantCount);
            return timeline.ParticipantCount!.Value;
        }
    }

    private static Timeline Fold(Timeline timeline, JsonElement notification)
    {
        var parameters = notification.GetProperty("params");
        return notification.GetProperty("method").GetString() == Methods.Room
            ? timeline.Visited(parameters.Deserialize(ProtocolJson.Lenient.RoomChanged)!)
            : timeline.Apply(parameters.Deserialize(ProtocolJson.Lenient.LogEntry)!).Timeline;
    }

    /// <summary>Who comes in next is in, and what he will be answered is not read yet.</summary>
    private static (Task Reached, TaskCompletionSource Release) HoldTheAnswerToTheNext(TestServer server)
    {
        var (reached, release, reads) = (new TaskCompletionSource(), new TaskCompletionSource(), 0);
        server.Faults.BeforeCommit = () =>
        {
            server.Faults.BeforeCommit = () => Task.CompletedTask;
            server.Faults.BeforeRead = () =>
            {
                if (Interlocked.Increment(ref reads) > 1) return Task.CompletedTask;
                reached.SetResult();
                return release.Task;
            };
            return Task.CompletedTask;
        };
        return (reached.Task, release);
    }

    private static string Word(JsonElement notification)
    {
        var changed = notification.GetProperty("params").Deserialize(ProtocolJson.Lenient.RoomChanged)!;
        return $"{changed.ParticipantCount} {string.Join(' ', (changed.Joined ?? []).Select(user => $"+{user}"))}";
    }
}
