using System.Text.Json;
using Parley.Delivery;
using Parley.Storage;

namespace Parley.Tests.Conversations;

/// <summary>A request that comes again, in a batch that must run again: what is old stays old.</summary>
public class RepeatedRequestTests
{
    [Theory, EveryEngine]
    [Trait("Row", "G18")]
    [Trait("Row", "G7")]
    public async Task An_old_add_asked_for_again_does_not_bring_back_who_was_removed(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.ConversationOfAsync("alice", "carol", "dave");
        var add = new AddParticipants(group, CommandId.New(), [new UserId("bob")]);
        var added = (await server.AskAsync<LogEntry>(server.As("alice"), add)).Value!;
        await server.RemoveAsync("alice", group, "bob");
        var queue = Connect(server, "bob");

        FailOnce(server);
        var again = (await server.AskAsync<LogEntry>(server.As("alice"), add)).Value!;
        await server.SendAsync("alice", group, "not for bob");

        Assert.Equal(added.Sequence, again.Sequence);
        Assert.True(Nothing(queue));
    }

    [Theory, EveryEngine]
    [Trait("Row", "G18")]
    [Trait("Row", "G7")]
    public async Task An_old_creation_asked_for_again_answers_what_is_and_tells_nobody(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var create = new CreateConversation(ConversationId.New(), ConversationKind.Group, [new UserId("bob"), new UserId("carol")]);
        var first = (await server.CreateAsync("alice", create)).Value!;
        await server.RemoveAsync("alice", create.Conversation, "bob");
        var queue = Connect(server, "bob");

        FailOnce(server);
        var again = (await server.CreateAsync("alice", create)).Value!;
        await server.SendAsync("alice", create.Conversation, "not for bob");

        Assert.Equal(JsonSerializer.Serialize(first.Entry, ProtocolJson.Lenient.LogEntry), JsonSerializer.Serialize(again.Entry, ProtocolJson.Lenient.LogEntry));
        Assert.Equal((2, 2), ((int)again.Conversation.Head.Value, again.Conversation.ParticipantCount));
        Assert.True(Nothing(queue));
    }

    [Theory, EveryEngine]
    [Trait("Row", "G7")]
    public async Task A_creation_asked_for_twice_lists_its_participants_in_the_same_order_whoever_made_it(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var create = new CreateConversation(ConversationId.New(), ConversationKind.Group, [new UserId("carol"), new UserId("alice")]);

        var first = (await server.CreateAsync("bob", create)).Value!;
        var again = (await server.CreateAsync("bob", create)).Value!;

        Assert.Equal(["alice", "bob", "carol"], first.Conversation.Participants!.Select(one => one.User.Value));
        Assert.Equal(JsonSerializer.Serialize(first, ProtocolJson.Lenient.ConversationCreatedAnswer), JsonSerializer.Serialize(again, ProtocolJson.Lenient.ConversationCreatedAnswer));
    }

    [Theory, EveryEngine]
    [Trait("Row", "G7")]
    [Trait("Row", "G2")]
    public async Task A_creation_that_was_in_doubt_is_told_to_everybody_in_it_once(Engine engine)
    {
        foreach (var faults in new CommitFault[][] { [CommitFault.AnswerLost], [CommitFault.NeverArrived, CommitFault.AnswerLost] })
        {
            await using var server = await TestServer.StartAsync(engine);
            var queue = Connect(server, "bob");
            var commits = 0;
            server.Faults.OnCommit = () => commits < faults.Length ? faults[commits++] : CommitFault.None;

            var created = (await server.CreateAsync("alice", new CreateConversation(ConversationId.New(), ConversationKind.Group, [new UserId("bob")]))).Value!;

            Assert.Equal(faults.Length, commits);
            using var told = JsonDocument.Parse(await FirstAsync(queue));
            Assert.Equal(Methods.Entry, told.RootElement.GetProperty("method").GetString());
            Assert.Equal(created.Entry!.Conversation.Value, told.RootElement.GetProperty("params").GetProperty("conversation").GetGuid());
            Assert.True(Nothing(queue));
        }
    }

    [Theory, EveryEngine]
    public async Task A_creation_that_failed_may_be_asked_for_again(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, storage => storage.MaxPending = 3);
        var create = new CreateConversation(ConversationId.New(), ConversationKind.Group, [new UserId("bob")]);
        server.Faults.OnCommit = () => CommitFault.DiskFull;
        for (var time = 0; time < 4; time++) Assert.Equal(Refusals.StorageFull, (await server.CreateAsync("alice", create)).Refusal);

        server.Faults.OnCommit = () => CommitFault.None;

        Assert.NotNull((await server.CreateAsync("alice", create)).Value);
        Assert.NotNull((await server.SendAsync("bob", create.Conversation, "hi")).Value);
    }

    [Theory, EveryEngine]
    public async Task Who_asks_again_for_what_cannot_be_read_now_is_told_so(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var create = new CreateConversation(ConversationId.New(), ConversationKind.Group, [new UserId("bob")]);
        await server.CreateAsync("alice", create);
        server.Faults.BeforeRead = () => Task.FromException(FaultyDatabase.Failing(StorageFailure.Unavailable));

        Assert.Equal(Refusals.Unavailable, (await server.CreateAsync("alice", create)).Refusal);
    }

    private static OutboundQueue Connect(TestServer server, string user)
    {
        var queue = new OutboundQueue(OutboundBounds.Default);
        var subscriber = new Subscriber(server.As(user).Key, new DeviceId("phone"), Receives.Everything, queue);
        server.Node.Subscriptions.Register(subscriber);
        server.Node.Subscriptions.Follow(subscriber, []);
        return queue;
    }

    private static bool Nothing(OutboundQueue queue) => Take(queue).IsEmpty;

    /// <summary>What comes first; who asked may have his answer before others are told.</summary>
    private static async Task<ReadOnlyMemory<byte>> FirstAsync(OutboundQueue queue)
    {
        for (var wait = 0; wait < 1_000; wait++)
        {
            if (Take(queue) is { IsEmpty: false } first) return first;
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }

        return default;
    }

    private static ReadOnlyMemory<byte> Take(OutboundQueue queue)
    {
        byte[]? buffer = null;
        return queue.Take(ref buffer);
    }

    private static void FailOnce(TestServer server)
    {
        var commits = 0;
        server.Faults.OnCommit = () => commits++ == 0 ? CommitFault.AnswerLost : CommitFault.None;
    }
}
