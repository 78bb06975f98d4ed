using Parley.Storage;

namespace Parley.Tests.Conversations;

public class ParticipantTests
{
    [Theory, EveryEngine]
    [Trait("Row", "C14")]
    public async Task Racing_creators_of_a_direct_conversation_get_the_same_one(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => server.CreateAsync(
            number % 2 == 0 ? "alice" : "bob",
            new CreateConversation(ConversationId.New(), ConversationKind.Direct, [new UserId(number % 2 == 0 ? "bob" : "alice")]))));

        Assert.Single(answers.Select(answer => answer.Value!.Conversation.Conversation).Distinct());
        Assert.All(answers, answer => Assert.Equal(new Sequence(1), answer.Value!.Entry!.Sequence));
        var tables = new[] { "conversations", "directs", "entries" };
        foreach (var table in tables) Assert.Equal(1, await CountAsync(server, table));
        // Databases hold them in this order already.
        Assert.Equal(1, await server.NumberAsync($"select count(*) from directs where first_user = 'alice' and second_user = 'bob'"));
        Assert.Equal(2, await CountAsync(server, "participations"));
    }

    [Theory, EveryEngine]
    [Trait("Row", "C14")]
    public async Task Racing_creators_on_two_nodes_get_the_same_direct_conversation(Engine engine)
    {
        Assert.SkipWhen(engine == Engine.Sqlite, "one SQLite file is served by one process");
        await using var server = await TestServer.StartAsync(engine);
        var (node, database) = await server.StartAnotherNodeAsync();
        await using (database)
        await using (node)
        {
            for (var round = 0; round < 10; round++)
            {
                var (alice, bob) = ($"alice{round}", $"bob{round}");
                var here = server.CreateAsync(alice, new CreateConversation(ConversationId.New(), ConversationKind.Direct, [new UserId(bob)]));
                var there = new AwaitedOrigin();
                server.Ask(server.As(bob), new CreateConversation(ConversationId.New(), ConversationKind.Direct, [new UserId(alice)]), there, node);

                Assert.Equal((await here).Value!.Conversation.Conversation, (await there.AsAsync<ConversationCreatedAnswer>()).Value!.Conversation.Conversation);
            }

            Assert.Equal(10, await CountAsync(server, "conversations"));
        }
    }

    [Theory, EveryEngine]
    [Trait("Row", "G7")]
    public async Task Creating_again_answers_the_same_conversation_and_another_use_of_its_id_is_refused(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var id = ConversationId.New();
        var command = new CreateConversation(id, ConversationKind.Group, [new UserId("bob")], "lunch");

        var first = await server.CreateAsync("alice", command);
        await server.SendAsync("bob", id, "hi");
        var again = await server.CreateAsync("alice", command);
        var other = await server.CreateAsync("carol", command);
        var participant = await server.CreateAsync("bob", command);
        var changed = await server.CreateAsync("alice", command with { Title = "dinner" });

        Assert.Equal(first.Value!.Entry!.Sequence, again.Value!.Entry!.Sequence);
        Assert.Equal(first.Value.Entry!.At, again.Value.Entry!.At);
        Assert.Equal(new Sequence(2), again.Value.Conversation.Head);
        Assert.Equal(Refusals.IdInUse, other.Refusal);
        Assert.Equal(Refusals.IdInUse, participant.Refusal);
        Assert.Equal(Refusals.IdInUse, changed.Refusal);
    }

    [Theory, EveryEngine]
    public async Task A_group_tells_who_is_in_it_and_newcomers_find_nothing_unread(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.ConversationOfAsync("alice", "bob", "carol");
        await server.SendAsync("alice", group, "before");

        var added = await server.AddAsync("alice", group, "dave", "bob", "dave");
        await server.SendAsync("alice", group, "after");

        Assert.Equal(["dave"], Assert.IsType<ParticipantsAdded>(added.Value!.Event).Participants.Select(one => one.User.Value));
        Assert.Equal(4, (await server.HistoryAsync("dave", group)).Count);
        Assert.Equal(1, (await server.InboxAsync("dave")).Value!.Conversations[0].Unread);
        var state = await server.StateAsync("dave", group);
        Assert.Equal(["alice", "bob", "carol", "dave"], state.Participants!.Select(one => one.User.Value).Order(StringComparer.Ordinal));
        Assert.Equal(4, state.ParticipantCount);
        Assert.Equal((new Sequence(2), new Sequence(2)), Assert.Single(state.Participants!.Where(one => one.User.Value == "dave").Select(one => (one.DeliveredUpTo, one.ReadUpTo))));
        Assert.Equal(Refusals.AlreadyParticipant, (await server.AddAsync("alice", group, "bob")).Refusal);
        Assert.Equal(Refusals.PermissionDenied, (await server.AddAsync("bob", group, "erin")).Refusal);
    }

    [Theory, EveryEngine]
    [Trait("Row", "G18")]
    [Trait("Row", "ID-02")]
    public async Task Who_left_reads_up_to_his_leaving_and_nothing_after(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.ConversationOfAsync("alice", "bob", "carol");
        await server.SendAsync("alice", group, "seen");
        var left = await server.LeaveAsync("bob", group);
        await server.SendAsync("alice", group, "not for bob");

        var history = await server.HistoryAsync("bob", group);
        Assert.Equal(left.Value, history[^1]);
        var state = await server.StateAsync("bob", group);
        Assert.True(state.Own.Left);
        Assert.Equal(left.Value!.Sequence, state.Head);
        Assert.Null(state.Participants);
        var item = (await server.InboxAsync("bob")).Value!.Conversations[0];
        Assert.True(item.Left);
        Assert.Equal("seen", Assert.IsType<MessageSent>(item.LastMessage!.Event).Content.PlainText());
        Assert.Equal(left.Value.At, item.LastActivity);
        Assert.Empty((await server.EntriesAsync("bob", new ReadEntries(group, From: new Sequence(4), To: new Sequence(4)))).Value?.Entries ?? []);

        await server.AddAsync("alice", group, "bob");
        Assert.Equal(5, (await server.HistoryAsync("bob", group)).Count);
        Assert.Equal(1, await server.NumberAsync($"select count(*) from past_participations where user_id = 'bob' and joined_at = 1 and left_at = 3"));
        Assert.Equal(1, await server.NumberAsync($"select count(*) from participations where user_id = 'bob' and joined_at = 5 and left_at is null"));
    }

    [Theory, EveryEngine]
    [Trait("Row", "PM-03")]
    public async Task The_last_owner_leaves_last_and_only_owners_remove_owners(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = ConversationId.New();
        await server.CreateAsync("alice", new CreateConversation(group, ConversationKind.Group, [new UserId("bob")],
            DefaultPermissions: Permissions.Read | Permissions.Send | Permissions.ManageParticipants));

        Assert.Equal(Refusals.LastOwner, (await server.LeaveAsync("alice", group)).Refusal);
        Assert.Equal(Refusals.PermissionDenied, (await server.RemoveAsync("bob", group, "alice")).Refusal);
        Assert.NotNull((await server.RemoveAsync("alice", group, "bob")).Value);
        Assert.IsType<ConversationDeleted>((await server.LeaveAsync("alice", group)).Value!.Event);
        Assert.Equal(Refusals.ConversationDeleted, (await server.SendAsync("alice", group, "hi")).Refusal);
        Assert.Equal(Refusals.ConversationDeleted, (await server.SendAsync("bob", group, "hi")).Refusal);
    }

    [Theory, EveryEngine]
    public async Task A_direct_conversation_is_two_people_for_ever(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var direct = await server.ConversationOfAsync("alice", "bob");

        Assert.Equal(Refusals.NotForThisKind, (await server.AddAsync("alice", direct, "carol")).Refusal);
        Assert.Equal(Refusals.NotForThisKind, (await server.LeaveAsync("alice", direct)).Refusal);
        Assert.Equal(Refusals.NotFound, (await server.LeaveAsync("carol", direct)).Refusal);
        Assert.Equal(Refusals.InvalidParams, (await server.CreateAsync("alice", new CreateConversation(ConversationId.New(), ConversationKind.Direct, []))).Refusal);
    }

    [Theory, EveryEngine]
    public async Task A_request_names_1_to_100_users(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.ConversationOfAsync("alice", "bob", "carol");
        var many = Enumerable.Range(0, 101).Select(number => $"u{number}").ToArray();

        foreach (var change in new Func<string, ConversationId, string[], Task<Outcome<LogEntry>>>[] { server.AddAsync, server.RemoveAsync })
        {
            Assert.NotNull((await change("alice", group, many[..100])).Value);
            var (none, tooMany) = ((await change("alice", group, [])).Refusal!, (await change("alice", group, many)).Refusal!);
            Assert.Equal((Refusals.InvalidParams, "$.users: expected 1 user or more"), (none, none.Detail));
            Assert.Equal((Refusals.TooLarge, "$.users: at most 100"), (tooMany, tooMany.Detail));
        }
    }

    [Theory, EveryEngine]
    [Trait("Row", "PM-04")]
    public async Task A_group_takes_its_cap_and_not_one_more_however_many_are_added_at_once(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = ConversationId.New();
        await server.CreateAsync("alice", new CreateConversation(group, ConversationKind.Group, [.. Enumerable.Range(0, 4_997).Select(number => new UserId($"u{number}"))]));

        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(number => server.AddAsync("alice", group, $"late{number}")));

        Assert.Equal(2, answers.Count(answer => answer.Value is not null));
        Assert.Equal(3, answers.Count(answer => answer.Refusal == Refusals.Full));
        Assert.Equal(5_000, (await server.StateAsync("alice", group)).ParticipantCount);
    }

    private static Task<long> CountAsync(TestServer server, string table) => server.NumberAsync(Sql.Script($"select count(*) from {table}"));
}
