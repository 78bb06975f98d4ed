namespace Parley.Tests.Kinds;

public sealed class KindTests
{
    [Theory, EveryEngine]
    [Trait("Row", "C16")]
    public async Task Notes_to_himself_are_a_direct_conversation_asked_for_explicitly_and_there_is_one(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        CreateConversation Direct(params string[] users) => new(ConversationId.New(), ConversationKind.Direct, Group.Ids(users));

        var notes = await server.CreateAsync("alice", Direct("alice"));
        var again = await server.CreateAsync("alice", Direct("alice"));
        var others = await server.CreateAsync("bob", Direct("bob"));
        var empty = await server.CreateAsync("alice", Direct());

        Assert.Equal("alice", Assert.Single(notes.Value!.Conversation.Participants!).User.Value);
        Assert.Equal((notes.Value.Conversation.Conversation, CreationOutcome.Existing), (again.Value!.Conversation.Conversation, again.Value.Outcome));
        Assert.NotEqual(notes.Value.Conversation.Conversation, others.Value!.Conversation.Conversation);
        Assert.Equal(Refusals.InvalidParams, empty.Refusal);
        Assert.Null((await server.SendAsync("alice", notes.Value.Conversation.Conversation, "milk")).Refusal);
        Assert.Equal(0, Assert.Single((await server.InboxAsync("alice")).Value!.Conversations).Unread);
    }

    [Theory, EveryEngine]
    [Trait("Row", "L01")]
    [Trait("Row", "L03")]
    [Trait("Row", "L04")]
    [Trait("Row", "L06")]
    [Trait("Row", "B23")]
    public async Task There_is_one_distinct_group_of_the_same_people_and_it_keeps_its_title(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        CreateConversation Of(string? title, params string[] users) => new(ConversationId.New(), ConversationKind.Group, Group.Ids(users), title, Distinct: true,
            Settings: title is null ? null : new NewSettings(CustomData: CustomData.Parse($$"""{"t":"{{title}}"}""")));

        var created = await server.CreateAsync("alice", Of("Lunch", "bob", "carol"));
        var silent = await server.CreateAsync("bob", Of(null, "alice", "carol", "bob"));
        var same = await server.CreateAsync("carol", Of("Lunch", "bob", "alice"));
        var different = await server.CreateAsync("carol", Of("Dinner", "bob", "alice"));
        var fewer = await server.CreateAsync("alice", Of("Lunch", "bob"));
        var many = await server.CreateAsync("alice", new CreateConversation(ConversationId.New(), ConversationKind.Group, Group.Ids(["bob", "carol"])));

        var id = created.Value!.Conversation.Conversation;
        Assert.Equal(CreationOutcome.Created, created.Value.Outcome);
        Assert.Equal((id, CreationOutcome.Existing), (silent.Value!.Conversation.Conversation, silent.Value.Outcome));
        Assert.Equal((id, CreationOutcome.Existing), (same.Value!.Conversation.Conversation, same.Value.Outcome));
        Assert.Equal((id, CreationOutcome.Conflict, "Lunch"), (different.Value!.Conversation.Conversation, different.Value.Outcome, different.Value.Conversation.Title));
        Assert.NotEqual(id, fewer.Value!.Conversation.Conversation);
        Assert.NotEqual(id, many.Value!.Conversation.Conversation);
        Assert.False(many.Value.Conversation.Settings!.Distinct);
        Assert.Equal(Refusals.InvalidParams, (await server.CreateAsync("alice", Of("Alone"))).Refusal);
        Assert.Equal(Refusals.InvalidParams, (await server.CreateAsync("alice", Of("Alone", "alice"))).Refusal);
    }

    [Theory, EveryEngine]
    [Trait("Row", "L08")]
    public async Task A_distinct_group_is_one_of_many_as_soon_as_somebody_comes_or_goes(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        CreateConversation Of(params string[] users) => new(ConversationId.New(), ConversationKind.Group, Group.Ids(users), Distinct: true);
        var pair = await Group.OfAsync(server, Of("bob"));
        var three = await Group.OfAsync(server, Of("bob", "carol"));
        var request = Of("bob", "dave");
        var first = await Group.OfAsync(server, request);
        await first.LeaveAsync("bob");

        await pair.AddAsync("alice", "carol");
        var again = await server.CreateAsync("bob", Of("alice"));
        var retried = await server.CreateAsync("alice", request);

        Assert.False((await pair.StateAsync("alice")).Settings!.Distinct);
        Assert.True((await three.StateAsync("alice")).Settings!.Distinct);
        Assert.Equal(CreationOutcome.Created, again.Value!.Outcome);
        Assert.Equal(three.Id, (await server.CreateAsync("carol", Of("alice", "bob"))).Value!.Conversation.Conversation);
        Assert.Equal((first.Id, CreationOutcome.Created), (retried.Value!.Conversation.Conversation, retried.Value.Outcome));
    }

    [Theory, EveryEngine]
    [Trait("Row", "L05")]
    [Trait("Row", "C14")]
    public async Task Those_who_create_the_same_distinct_group_at_once_get_one(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        string[] people = ["alice", "bob", "carol", "dave"];
        for (var round = 0; round < 5; round++)
        {
            var extra = $"x{round}";
            var answers = await Task.WhenAll(people.SelectMany(creator => Enumerable.Range(0, 3).Select(_ => server.CreateAsync(creator,
                new CreateConversation(ConversationId.New(), ConversationKind.Group, Group.Ids([.. people.Where(user => user != creator), extra]), Distinct: true)))));

            Assert.Single(answers.Select(answer => answer.Value!.Conversation.Conversation).Distinct());
            Assert.Single(answers, answer => answer.Value!.Outcome == CreationOutcome.Created);
        }
    }

    [Theory, EveryEngine]
    [Trait("Row", "B32")]
    public async Task Where_history_is_of_ones_own_time_nobody_reads_what_was_said_without_him(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await Group.OfAsync(server, new CreateConversation(
            ConversationId.New(), ConversationKind.Group, [new UserId("bob")], Settings: new NewSettings(History: HistoryVisibility.WhileIn)));
        await group.SayAsync("alice", "before carol");            // 2
        await group.AddAsync("alice", "carol");                   // 3
        await group.SayAsync("alice", "with carol");              // 4
        await group.LeaveAsync("carol");                          // 5
        await group.SayAsync("alice", "without carol");           // 6
        await group.SayAsync("alice", "still without");           // 7
        await group.AddAsync("alice", "carol");                   // 8
        await group.SayAsync("alice", "again with");              // 9

        var forward = (await server.EntriesAsync("carol", new ReadEntries(group.Id, After: Sequence.None))).Value!;
        var backward = (await server.EntriesAsync("carol", new ReadEntries(group.Id))).Value!;
        var range = (await server.EntriesAsync("carol", new ReadEntries(group.Id, From: new Sequence(6), To: new Sequence(7)))).Value!;
        var paged = (await server.EntriesAsync("carol", new ReadEntries(group.Id, Before: new Sequence(9), Limit: 2))).Value!;
        var synced = Assert.Single((await server.AskAsync<ConversationsSynced>(
            server.As("carol"), new SyncConversations(server.Node.Installation.Epoch, [new SyncPosition(group.Id, new Sequence(4))]))).Value!.Conversations);

        Assert.Equal([3, 4, 5, 8, 9], forward.Entries.Select(entry => entry.Sequence.Value));
        Assert.Equal([(1, 2, "hidden"), (6, 7, "hidden")], forward.Skipped!.Select(range => (range.From.Value, range.To.Value, range.Why)));
        Assert.Equal(forward.Entries.Select(entry => entry.Sequence), backward.Entries.Select(entry => entry.Sequence));
        Assert.Equal(forward.Skipped, backward.Skipped);
        Assert.Empty(range.Entries);
        Assert.Equal([new SkippedRange(new Sequence(6), new Sequence(7), "hidden")], range.Skipped);
        Assert.Equal([5, 8], paged.Entries.Select(entry => entry.Sequence.Value));
        Assert.Equal([new SkippedRange(new Sequence(6), new Sequence(7), "hidden")], paged.Skipped);
        Assert.True(paged.More);
        Assert.Equal([5, 8, 9], synced.Entries.Select(entry => entry.Sequence.Value));
        Assert.Equal([new SkippedRange(new Sequence(6), new Sequence(7), "hidden")], synced.Skipped);
        Assert.Equal(2, Assert.Single((await server.InboxAsync("carol")).Value!.Conversations).Unread);
        Assert.Null((await server.EntriesAsync("bob", new ReadEntries(group.Id))).Value!.Skipped);
    }

    [Theory, EveryEngine]
    [Trait("Row", "V20")]
    public async Task In_a_broadcast_few_write_and_the_others_read(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var news = await Group.OfAsync(server, new CreateConversation(ConversationId.New(), ConversationKind.Broadcast, Group.Ids(["bob", "carol"]), "News"));

        Assert.Null((await news.SayAsync("alice")).Refusal);
        Assert.Equal(Refusals.PermissionDenied, (await news.SayAsync("bob")).Refusal);
        await news.PermitAsync("alice", ("bob", PermissionPresets.Member));
        Assert.Null((await news.SayAsync("bob")).Refusal);
        await news.AddAsync("alice", "dave");
        Assert.Equal(Permissions.Read, (await news.StateAsync("dave")).Own.Permissions);
        Assert.Equal(2, Assert.Single((await server.InboxAsync("carol")).Value!.Conversations).Unread);
    }

    [Theory, EveryEngine]
    [Trait("Row", "V21")]
    [Trait("Row", "C13")]
    public async Task What_is_deleted_is_gone_for_everybody_and_the_last_owner_leaving_alone_deletes_it(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await Group.OfAsync(server, "alice", "bob", "carol");
        var said = MessageId.New();
        await server.SendAsync("bob", group.Id, "hi", said);
        var since = (await server.Node.Handlers.Changes.ReadAsync(server.As("bob").Key, null, CancellationToken.None)).Value!.Since;
        Assert.Equal(Refusals.PermissionDenied, (await group.DeleteAsync("bob")).Refusal);

        var deleted = await group.DeleteAsync("alice");

        Assert.IsType<ConversationDeleted>(deleted.Value!.Event);
        Assert.Equal(Refusals.ConversationDeleted, (await group.GetAsync("bob")).Refusal);
        Assert.Equal(Refusals.ConversationDeleted, (await server.EntriesAsync("bob", new ReadEntries(group.Id))).Refusal);
        Assert.Equal(Refusals.ConversationDeleted, (await group.SayAsync("bob")).Refusal);
        Assert.Equal(Refusals.NotFound, (await group.SayAsync("dave")).Refusal);
        Assert.Null((await server.SendAsync("bob", group.Id, "hi", said)).Refusal);
        Assert.Empty((await server.InboxAsync("bob")).Value!.Conversations);
        Assert.True(Assert.Single((await server.AskAsync<InboxChanges>(server.As("bob"), new ReadChanges(since))).Value!.Conversations).Deleted);
        Assert.Equal(SyncStatus.Deleted, Assert.Single((await server.AskAsync<ConversationsSynced>(
            server.As("bob"), new SyncConversations(server.Node.Installation.Epoch, [new SyncPosition(group.Id, new Sequence(1))]))).Value!.Conversations).Status);

        var other = await Group.OfAsync(server, "alice", "bob", "carol");
        Assert.Equal(Refusals.LastOwner, (await other.LeaveAsync("alice")).Refusal);
        await other.RemoveAsync("alice", "bob", "carol");
        Assert.IsType<ConversationDeleted>((await other.LeaveAsync("alice")).Value!.Event);
        Assert.Equal(Refusals.ConversationDeleted, (await other.GetAsync("bob")).Refusal);
    }

    [Theory, EveryEngine]
    [Trait("Row", "V07")]
    public async Task Several_conversations_are_got_at_once_and_those_of_others_are_left_out(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var mine = await Group.OfAsync(server, "alice", "bob", "carol");
        var left = await Group.OfAsync(server, "alice", "bob", "carol");
        var theirs = await Group.OfAsync(server, "carol", "dave", "erin");
        await left.LeaveAsync("bob");
        Task<Outcome<ConversationStates>> Many(params ConversationId[] ids) => server.AskAsync<ConversationStates>(server.As("bob"), new GetConversations(ids));

        var states = (await Many(left.Id, theirs.Id, ConversationId.New(), mine.Id)).Value!.Conversations;

        Assert.Equal([left.Id, mine.Id], states.Select(state => state.Conversation));
        Assert.Equal((true, false), (states[0].Own.Left, states[1].Own.Left));
        Assert.Equal(3, states[1].Participants!.Count);
        Assert.Equal(Refusals.TooLarge, (await Many([.. Enumerable.Range(0, 31).Select(_ => ConversationId.New())])).Refusal);
        Assert.Empty((await Many([.. Enumerable.Range(0, 30).Select(_ => ConversationId.New())])).Value!.Conversations);
        Assert.Equal(Refusals.InvalidParams, (await Many()).Refusal);
    }
}
