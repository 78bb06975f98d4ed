using System.Text.Json;
using Parley.Delivery;

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

    private static OutboundQueue Connect(TestServer server, string user)
    {
        var queue = new OutboundQueue(OutboundBounds.Default);
        var subscriber = new Subscriber(server.As(user).Key, new DeviceId("phone"), Receives.Everything, queue);
        server.Node.Subscriptions.Register(subscriber);
        server.Node.Subscriptions.Follow(subscriber, []);
        return queue;
    }

    private static bool Nothing(OutboundQueue queue)
    {
        byte[]? buffer = null;
        return queue.Take(ref buffer).IsEmpty;
    }

    private static void FailOnce(TestServer server)
    {
        var commits = 0;
        server.Faults.OnCommit = () => commits++ == 0 ? CommitFault.AnswerLost : CommitFault.None;
    }
}
