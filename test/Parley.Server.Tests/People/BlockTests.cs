using static Parley.Tests.People.PeopleWords;

namespace Parley.Tests.People;

/// <summary>Block lists, and what they change between two users.</summary>
public sealed class BlockTests
{
    [Theory, EveryEngine, Trait("Row", "B11"), Trait("Row", "A57")]
    public async Task Who_is_blocked_cannot_message_the_blocker_who_still_can_message_him(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var direct = await server.ConversationOfAsync("alice", "bob");
        var message = MessageId.New();
        var sent = await server.SendAsync("bob", direct, "before", message);

        await server.DoAsync<BlockList>("alice", new AddBlocks([Id("bob")]));

        Assert.Equal(Refusals.Blocked, (await server.SendAsync("bob", direct, "after")).Refusal);
        Assert.NotNull((await server.SendAsync("alice", direct, "still")).Value);
        // What was recorded before is answered as before.
        Assert.Equal(sent.Value!.Sequence, (await server.SendAsync("bob", direct, "before", message)).Value!.Sequence);
        await server.DoAsync<BlockList>("alice", new RemoveBlocks([Id("bob")]));
        Assert.NotNull((await server.SendAsync("bob", direct, "at last")).Value);
    }

    [Theory, EveryEngine, Trait("Row", "B11")]
    public async Task Who_is_blocked_makes_no_conversation_with_the_blocker_but_talks_in_groups(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await server.DoAsync<BlockList>("alice", new AddBlocks([Id("bob")]));
        var fromBob = new CreateConversation(ConversationId.New(), ConversationKind.Direct, [Id("alice")]);

        Assert.Equal(Refusals.Blocked, (await server.CreateAsync("bob", fromBob)).Refusal);
        Assert.Equal(0, await server.NumberAsync($"select count(*) from conversations"));
        var fromAlice = (await server.CreateAsync("alice", new CreateConversation(ConversationId.New(), ConversationKind.Direct, [Id("bob")]))).Value!;
        // The one they have is named to him, and takes nothing of his.
        Assert.Equal(fromAlice.Conversation.Conversation, (await server.CreateAsync("bob", fromBob)).Value!.Conversation.Conversation);
        Assert.Equal(Refusals.Blocked, (await server.SendAsync("bob", fromAlice.Conversation.Conversation, "hi")).Refusal);
        var group = (await server.CreateAsync("bob", new CreateConversation(ConversationId.New(), ConversationKind.Group, [Id("alice")]))).Value!;
        Assert.NotNull((await server.SendAsync("bob", group.Conversation.Conversation, "hello group")).Value);
    }

    [Theory, EveryEngine, Trait("Row", "B11")]
    public async Task A_list_takes_five_hundred_users_and_not_one_more(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        for (var hundred = 0; hundred < 4; hundred++)
            await server.DoAsync<BlockList>("alice", new AddBlocks([.. Enumerable.Range(hundred * 100, 100).Select(number => Id($"u{number:000}"))]));
        var ninetyNine = await server.DoAsync<BlockList>("alice", new AddBlocks([.. Enumerable.Range(400, 99).Select(number => Id($"u{number:000}"))]));
        Assert.Equal(499, ninetyNine.Users.Count);

        Assert.Equal(Refusals.ListFull, await server.RefusalAsync<BlockList>("alice", new AddBlocks([Id("x"), Id("y")])));
        Assert.Equal(499, (await server.DoAsync<BlockList>("alice", new ListBlocks())).Users.Count);
        Assert.Equal(500, (await server.DoAsync<BlockList>("alice", new AddBlocks([Id("x")]))).Users.Count);
        Assert.Equal(Refusals.ListFull, await server.RefusalAsync<BlockList>("alice", new AddBlocks([Id("y")])));
        // Who is on it already takes no place.
        Assert.Equal(500, (await server.DoAsync<BlockList>("alice", new AddBlocks([Id("x"), Id("u000")]))).Users.Count);
        Assert.Equal(Refusals.TooLarge, await server.RefusalAsync<BlockList>("alice", new AddBlocks([.. Enumerable.Range(0, 101).Select(number => Id($"u{number:000}"))])));
        Assert.Equal(Refusals.InvalidParams, await server.RefusalAsync<BlockList>("alice", new AddBlocks([])));
        Assert.Equal(Refusals.InvalidParams, await server.RefusalAsync<BlockList>("alice", new AddBlocks([Id("alice")])));
        Assert.Equal(499, (await server.DoAsync<BlockList>("alice", new RemoveBlocks([Id("x"), Id("nobody")]))).Users.Count);
        Assert.Empty((await server.AskAsync<BlockList>(server.As("alice", "other"), new ListBlocks())).Value!.Users);
    }

    [Theory, EveryEngine, Trait("Row", "A36")]
    public async Task Every_answer_is_the_whole_list_and_a_device_that_was_away_is_told_to_read_it(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        Assert.Equal([Id("bob"), Id("carol")], (await server.DoAsync<BlockList>("alice", new AddBlocks([Id("carol"), Id("bob"), Id("bob")]))).Users);
        var before = (await server.Node.Handlers.Changes.ReadAsync(server.As("alice").Key, null, CancellationToken.None)).Value!;
        Assert.Equal([UserList.Blocks], before.Lists!);

        Assert.Equal([Id("carol")], (await server.DoAsync<BlockList>("alice", new RemoveBlocks([Id("bob")]))).Users);

        Assert.Equal([UserList.Blocks], (await server.DoAsync<InboxChanges>("alice", new ReadChanges(before.Since))).Lists!);
        Assert.Equal([Id("carol")], (await server.DoAsync<BlockList>("alice", new ListBlocks())).Users);
    }

    [Fact, Trait("Row", "B11")]
    public async Task A_block_on_one_node_is_found_by_what_is_sent_on_another()
    {
        await using var server = await TestServer.StartAsync(Engine.Postgres);
        var (other, database) = await server.StartAnotherNodeAsync();
        var direct = await server.ConversationOfAsync("alice", "bob");
        for (var round = 0; round < 10; round++)
        {
            var asking = new AwaitedOrigin();
            var sends = new List<AwaitedOrigin>();
            for (var number = 0; number < 30; number++)
            {
                if (number == 15) server.Ask(server.As("alice"), new AddBlocks([Id("bob")]), asking, other);
                sends.Add(new AwaitedOrigin());
                server.Ask(server.As("bob"), new SendMessage(direct, MessageId.New(), MessageContent.OfText($"{number}")), sends[^1]);
                if (number % 5 == 0) await sends[^1].AsAsync<LogEntry>();
            }

            Assert.Null((await asking.AsAsync<BlockList>()).Refusal);
            var head = await server.NumberAsync($"select head from conversations");
            foreach (var send in sends) await send.AsAsync<LogEntry>();
            Assert.Equal(Refusals.Blocked, (await server.SendAsync("bob", direct, "last")).Refusal);
            Assert.Equal(head, await server.NumberAsync($"select head from conversations"));
            await server.DoAsync<BlockList>("alice", new RemoveBlocks([Id("bob")]));
            Assert.NotNull((await server.SendAsync("bob", direct, "again")).Value);
        }

        await other.DisposeAsync();
        await database.DisposeAsync();
    }
}
