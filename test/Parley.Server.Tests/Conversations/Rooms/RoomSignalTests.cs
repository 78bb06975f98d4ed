using System.Text.Json;
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
