using static Parley.Tests.Asking;

namespace Parley.Tests.Conversations;

public class JoiningTests
{
    [Theory, EveryEngine]
    [Trait("Row", "B34")]
    [Trait("Row", "V16")]
    public async Task What_is_public_is_found_by_anybody_and_joined(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var data = CustomData.Parse("""{"topic":"food"}""");
        var open = await server.MakeAsync(GroupOf("bob") with { Title = "Open", Settings = new NewSettings("all welcome", CustomData: data, Public: true) });
        var news = await server.MakeAsync(GroupOf() with { Kind = ConversationKind.Broadcast, Title = "News", Settings = new NewSettings(Public: true) });
        var closed = await server.MakeAsync(GroupOf("bob") with { Title = "Closed" });

        Assert.Equal([news, open], (await server.PublicAsync("carol")).Select(one => one.Conversation));
        Assert.Equal([open], (await server.PublicAsync("carol", ConversationKind.Group)).Select(one => one.Conversation));
        Assert.Equal(new ConversationPreview(open, ConversationKind.Group, "Open", "all welcome", data, 2, Approval: false), (await server.PublicAsync("carol"))[1]);
        Assert.Empty((await server.AskAsync<PreviewPage>(server.As("carol", "other"), new ListPublic())).Value!.Conversations);

        var joined = await server.DoAsync("carol", new JoinConversation(open, CommandId.New()));
        Assert.Equal(new ParticipantJoined(new UserId("carol")), joined.Event);
        Assert.NotNull((await server.SendAsync("carol", open, "hello")).Value);
        Assert.Equal(PermissionPresets.Member, await server.PermissionsOfAsync(open, "carol"));
        Assert.Equal(Refusals.AlreadyParticipant, await server.RefusalOfAsync("carol", new JoinConversation(open, CommandId.New())));
        Assert.Equal(Refusals.NotFound, await server.RefusalOfAsync("carol", new JoinConversation(closed, CommandId.New())));
        await server.DoAsync("dave", new JoinConversation(news, CommandId.New()));
        Assert.Equal(Refusals.PermissionDenied, (await server.SendAsync("dave", news, "may I?")).Refusal);

        await server.LeaveAsync("carol", open);
        await server.DoAsync("alice", new UpdateConversation(open, CommandId.New(), Public: false));
        Assert.Equal(Refusals.NotParticipant, await server.RefusalOfAsync("carol", new JoinConversation(open, CommandId.New())));
        Assert.Equal([news], (await server.PublicAsync("carol")).Select(one => one.Conversation));
        await server.DoAsync("alice", new BanParticipants(news, CommandId.New(), Users("dave")));
        Assert.Empty(await server.PublicAsync("dave"));
        Assert.Equal(Refusals.Banned, await server.RefusalOfAsync("dave", new JoinConversation(news, CommandId.New())));
        await server.DoAsync("alice", new DeleteConversation(news, CommandId.New()));
        Assert.Empty(await server.PublicAsync("carol"));
        Assert.Equal(Refusals.NotFound, await server.RefusalOfAsync("carol", new JoinConversation(news, CommandId.New())));
    }

    [Theory, EveryEngine]
    [Trait("Row", "B34")]
    public async Task Public_conversations_come_page_by_page(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var all = new List<ConversationId>();
        for (var count = 0; count < 5; count++) all.Add(await server.MakeAsync(GroupOf() with { Settings = new NewSettings(Public: true) }));

        var seen = new List<ConversationId>();
        ConversationId? next = null;
        do
        {
            var page = (await server.AskAsync<PreviewPage>(server.As("carol"), new ListPublic(Next: next, Limit: 2))).Value!;
            Assert.InRange(page.Conversations.Count, 1, 2);
            seen.AddRange(page.Conversations.Select(one => one.Conversation));
            next = page.Next;
        }
        while (next is not null);

        // Ids of one millisecond stand in any order.
        Assert.Equal(all.OrderByDescending(id => $"{id.Value}", StringComparer.Ordinal), seen);
        Assert.Equal(Refusals.InvalidParams, (await server.AskAsync<PreviewPage>(server.As("carol"), new ListPublic(Limit: 101))).Refusal);
    }

    [Theory, EveryEngine]
    [Trait("Row", "B12")]
    public async Task Where_joining_is_approved_he_waits_until_somebody_lets_him_in_or_not(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.MakeAsync(GroupOf("bob") with { Settings = new NewSettings(Public: true, Approval: true) });

        var asked = await server.DoAsync("carol", new JoinConversation(group, CommandId.New(), "let me in"));
        Assert.Equal(new JoinRequested(new UserId("carol"), "let me in"), asked.Event);
        Assert.Equal(Refusals.NotFound, (await server.EntriesAsync("carol", new ReadEntries(group))).Refusal);
        Assert.Equal(Refusals.Unchanged, await server.RefusalOfAsync("carol", new JoinConversation(group, CommandId.New())));
        var waiting = Assert.Single((await server.ListAsync("alice", group, ParticipantList.Requests)).Users);
        Assert.Equal(("carol", "let me in", asked.At), (waiting.User.Value, waiting.Message, waiting.At));
        Assert.Equal(PendingState.Requested, Assert.Single(await server.InvitationsAsync("carol")).Pending!.State);

        Assert.Equal(Refusals.PermissionDenied, await server.RefusalOfAsync("bob", new ApproveJoins(group, CommandId.New(), Users("carol"))));
        Assert.Equal(Refusals.InvalidParams, await server.RefusalOfAsync("alice", new ApproveJoins(group, CommandId.New(), Users("dave"))));
        await server.DoAsync("alice", new DeclineJoins(group, CommandId.New(), Users("carol")));
        Assert.Empty(await server.InvitationsAsync("carol"));
        Assert.Equal(Refusals.NotFound, (await server.EntriesAsync("carol", new ReadEntries(group))).Refusal);

        await server.DoAsync("carol", new JoinConversation(group, CommandId.New()));
        var let = await server.DoAsync("alice", new ApproveJoins(group, CommandId.New(), Users("carol")));
        Assert.Equal(["carol"], Assert.IsType<ParticipantsAdded>(let.Event).Participants.Select(one => one.User.Value));
        Assert.Equal(Json(let), Json((await server.HistoryAsync("carol", group))[^1]));
        Assert.Empty((await server.ListAsync("alice", group, ParticipantList.Requests)).Users);
        Assert.Empty(await server.InvitationsAsync("carol"));

        // Who asked is answered, not invited.
        await server.DoAsync("dave", new JoinConversation(group, CommandId.New(), "me too"));
        await server.DoAsync("alice", new UpdateConversation(group, CommandId.New(), ConfirmInvitations: true));
        Assert.Equal(Refusals.InvalidParams, await server.RefusalOfAsync("alice", new InviteParticipants(group, CommandId.New(), Users("dave"))));
        Assert.Equal("me too", Assert.Single((await server.ListAsync("alice", group, ParticipantList.Requests)).Users).Message);
    }

    [Theory, EveryEngine]
    [Trait("Row", "B12")]
    public async Task Who_is_invited_is_in_at_once_or_asked_as_the_conversation_says(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var plain = await server.MakeAsync(GroupOf("bob"));
        var asking = await server.MakeAsync(GroupOf("bob") with { Title = "Party", Settings = new NewSettings(ConfirmInvitations: true, Approval: true) });

        Assert.IsType<ParticipantsAdded>((await server.DoAsync("alice", new InviteParticipants(plain, CommandId.New(), Users("carol")))).Event);
        Assert.Equal(Refusals.Unchanged, await server.RefusalOfAsync("alice", new InviteParticipants(plain, CommandId.New(), Users("carol"))));

        var invited = await server.DoAsync("alice", new InviteParticipants(asking, CommandId.New(), Users("carol", "dave", "bob")));
        Assert.Equal(["carol", "dave"], Assert.IsType<ParticipantsInvited>(invited.Event).Users.Select(user => user.Value));
        Assert.Equal(Refusals.NotFound, (await server.EntriesAsync("carol", new ReadEntries(asking))).Refusal);
        var invitation = Assert.Single(await server.InvitationsAsync("carol"));
        Assert.Equal((asking, "Party", new PendingEntry(PendingState.Invited, new UserId("alice"), invited.At)), (invitation.Conversation, invitation.Title, invitation.Pending));
        Assert.Equal([("carol", "alice"), ("dave", "alice")],
            (await server.ListAsync("bob", asking, ParticipantList.Invited)).Users.Select(one => (one.User.Value, one.Actor!.Value.Value)));

        // An invitation needs no approval, and is for who is invited only.
        var joined = await server.DoAsync("carol", new JoinConversation(asking, CommandId.New()));
        Assert.Equal(new ParticipantJoined(new UserId("carol"), InvitedBy: new UserId("alice")), joined.Event);
        Assert.Equal(Refusals.NotFound, await server.RefusalOfAsync("erin", new JoinConversation(asking, CommandId.New())));
        await server.DoAsync("dave", new DeclineInvitation(asking, CommandId.New()));
        Assert.Equal(Refusals.NotFound, await server.RefusalOfAsync("dave", new JoinConversation(asking, CommandId.New())));
        Assert.Equal(Refusals.NotFound, await server.RefusalOfAsync("dave", new DeclineInvitation(asking, CommandId.New())));
        Assert.Empty(await server.InvitationsAsync("dave"));
    }

    [Theory, EveryEngine]
    [Trait("Row", "B12")]
    public async Task Participants_invite_where_they_may_and_withdraw_their_own(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.MakeAsync(GroupOf("bob", "carol") with { Settings = new NewSettings(ConfirmInvitations: true) });
        Assert.Equal(Refusals.PermissionDenied, await server.RefusalOfAsync("bob", Invite("dave")));
        await server.DoAsync("alice", new UpdateConversation(group, CommandId.New(), MembersInvite: true));

        await server.DoAsync("bob", Invite("dave", "erin"));
        Assert.Equal(Refusals.PermissionDenied, await server.RefusalOfAsync("carol", Withdraw("dave")));
        await server.DoAsync("bob", Withdraw("dave"));
        await server.DoAsync("alice", Withdraw("erin"));
        Assert.Equal(Refusals.InvalidParams, await server.RefusalOfAsync("alice", Withdraw("erin")));
        Assert.Empty(await server.InvitationsAsync("dave"));
        Assert.Equal(Refusals.NotFound, await server.RefusalOfAsync("erin", new JoinConversation(group, CommandId.New())));

        // Where nobody is asked, they let in whom they invite; to add is not to invite.
        await server.DoAsync("alice", new UpdateConversation(group, CommandId.New(), ConfirmInvitations: false));
        var let = Assert.IsType<ParticipantsAdded>((await server.DoAsync("bob", Invite("dave"))).Event);
        Assert.Equal((new UserId("bob"), new UserId("dave")), (let.Actor, let.Participants.Single().User));
        Assert.Equal(Refusals.PermissionDenied, (await server.AddAsync("bob", group, "erin")).Refusal);
        await server.DoAsync("alice", new UpdateConversation(group, CommandId.New(), MembersInvite: false));
        Assert.Equal(Refusals.PermissionDenied, await server.RefusalOfAsync("bob", Invite("erin")));

        InviteParticipants Invite(params string[] users) => new(group, CommandId.New(), Users(users));
        WithdrawInvitations Withdraw(params string[] users) => new(group, CommandId.New(), Users(users));
    }

    [Theory, EveryEngine]
    [Trait("Row", "PM-04")]
    public async Task Two_who_join_for_one_place_leave_one_outside(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.MakeAsync(new CreateConversation(
            ConversationId.New(), ConversationKind.Group, [.. Enumerable.Range(0, 4_998).Select(number => new UserId($"u{number}"))], Settings: new NewSettings(Public: true)));

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(number => server.ChangeAsync($"late{number}", new JoinConversation(group, CommandId.New()))));

        Assert.Single(answers, answer => answer.Value is not null);
        Assert.Equal(3, answers.Count(answer => answer.Refusal == Refusals.Full));
    }

    [Theory, EveryEngine]
    [Trait("Row", "PM-04")]
    public async Task Of_twenty_who_join_a_broadcast_for_three_places_seventeen_stay_outside(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var news = await Group.OfAsync(server, new CreateConversation(ConversationId.New(), ConversationKind.Broadcast, [], Settings: new NewSettings(Public: true)));
        await server.ChangeAsync($"update conversations set participants = {99_997} where conversation = {news.Id.Value}");

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => number % 2 == 0 ? news.JoinAsync($"late{number}") : news.AddAsync("alice", $"late{number}")));

        Assert.Equal((3, 17), (answers.Count(answer => answer.Value is not null), answers.Count(answer => answer.Refusal == Refusals.Full)));
        Assert.Equal((100_000, 4), ((await news.StateAsync("alice")).ParticipantCount, (await news.StateAsync("alice")).Head.Value));
        Assert.Equal(4, await server.NumberAsync($"select count(*) from participations"));
    }

    [Theory, EveryEngine]
    [Trait("Row", "PM-04")]
    public async Task Of_twenty_who_come_into_a_room_for_three_places_seventeen_stay_outside(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var room = await Group.OfAsync(server, new CreateConversation(ConversationId.New(), ConversationKind.Room, []));
        await server.ChangeAsync($"update conversations set participants = {99_997} where conversation = {room.Id.Value}");

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => room.EnterAsync($"late{number}")));

        Assert.Equal((3, 17), (answers.Count(answer => answer.Value is not null), answers.Count(answer => answer.Refusal == Refusals.Full)));
        Assert.Equal(100_000, (await room.StateAsync("alice")).ParticipantCount);
        Assert.Equal(4, await server.NumberAsync($"select count(*) from participations where left_at is null"));
    }

    [Theory, EveryEngine]
    [Trait("Row", "PM-04")]
    public async Task Who_is_let_in_and_who_accepts_an_invitation_come_in_for_three_places_no_more_than_who_joins_and_who_is_added(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        foreach (var (kind, cap) in new[] { (ConversationKind.Group, 5_000), (ConversationKind.Broadcast, 100_000) })
        {
            var wish = new CreateConversation(ConversationId.New(), kind, [], Settings: new NewSettings(Public: true, Approval: true, ConfirmInvitations: true));
            var group = await Group.OfAsync(server, wish);
            string[] asking = [.. Names("asking", 5)], invited = [.. Names("invited", 5)];
            foreach (var user in asking) Assert.IsType<JoinRequested>((await group.JoinAsync(user)).Value!.Event);
            Assert.Null((await group.InviteAsync("alice", invited)).Refusal);
            // Who asked goes on waiting; who comes now need not.
            Assert.Null((await group.UpdateAsync("alice", change => change with { Approval = false })).Refusal);
            await server.ChangeAsync($"update conversations set participants = {cap - 3} where conversation = {group.Id.Value}");

            var answers = await Task.WhenAll(Enumerable.Range(0, 5).SelectMany(number => new[]
            {
                ApproveAsync(asking[number]), group.JoinAsync(invited[number]), group.JoinAsync($"late{number}"), group.AddAsync("alice", $"added{number}"),
            }));

            Assert.Equal((kind, 3, 17), (kind, answers.Count(answer => answer.Value is not null), answers.Count(answer => answer.Refusal == Refusals.Full)));
            Assert.Equal(cap, (await group.StateAsync("alice")).ParticipantCount);
            Assert.Equal(4, await server.NumberAsync($"select count(*) from participations where conversation = {group.Id.Value} and left_at is null"));

            // Who found it full waits on, and comes in when there is a place: of several at once all, or nobody.
            string[] waiting = [.. await group.ListAsync("alice", ParticipantList.Requests)], still = [.. await group.ListAsync("alice", ParticipantList.Invited)];
            Assert.Equal(10 - answers.Count(answer => answer.Value?.Event is ParticipantsAdded added && asking.Contains(added.Participants[0].User.Value)
                || answer.Value?.Event is ParticipantJoined { InvitedBy: not null }), waiting.Length + still.Length);
            await server.ChangeAsync($"update conversations set participants = {cap - 1} where conversation = {group.Id.Value}");
            Assert.Equal(Refusals.Full, (await ApproveAsync(waiting[..2])).Refusal);
            Assert.Equal(waiting, await group.ListAsync("alice", ParticipantList.Requests));
            Assert.Null((await ApproveAsync(waiting[0])).Refusal);
            Assert.Equal(Refusals.Full, (await group.JoinAsync(still[0])).Refusal);
            Assert.Equal(cap, (await group.StateAsync("alice")).ParticipantCount);

            Task<Outcome<LogEntry>> ApproveAsync(params string[] users) => group.DoAsync("alice", (id, command) => new ApproveJoins(id, command, Users(users)));
        }

        static IEnumerable<string> Names(string what, int count) => Enumerable.Range(0, count).Select(number => $"{what}{number}");
    }

    [Fact]
    [Trait("Row", "PM-04")]
    public async Task Of_those_who_join_on_two_nodes_for_three_places_three_are_in()
    {
        await using var server = await TestServer.StartAsync(Engine.Postgres);
        var (other, database) = await server.StartAnotherNodeAsync();
        var settings = new NewSettings(Public: true);
        foreach (var (kind, cap) in new[] { (ConversationKind.Group, 5_000), (ConversationKind.Broadcast, 100_000), (ConversationKind.Room, 100_000) })
        {
            var wish = new CreateConversation(ConversationId.New(), kind, [], Settings: kind == ConversationKind.Room ? null : settings);
            var group = await Group.OfAsync(server, wish);
            await server.ChangeAsync($"update conversations set participants = {cap - 3} where conversation = {group.Id.Value}");

            var refusals = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => JoinAsync(group.Id, kind, $"late{number}", number % 2 == 0 ? server.Node : other)));

            Assert.Equal((kind, 3, 17), (kind, refusals.Count(refusal => refusal is null), refusals.Count(refusal => refusal == Refusals.Full)));
            Assert.Equal(cap, (await group.StateAsync("alice")).ParticipantCount);
            Assert.Equal(4, await server.NumberAsync($"select count(*) from participations where conversation = {group.Id.Value} and left_at is null"));
        }

        await other.DisposeAsync();
        await database.DisposeAsync();

        async Task<Refusal?> JoinAsync(ConversationId id, ConversationKind kind, string user, Parley.Hosting.ParleyNode node) => kind == ConversationKind.Room
            ? (await server.AskAsync<RoomJoined>(server.As(user), new JoinRoom(id), node)).Refusal
            : (await server.AskAsync<LogEntry>(server.As(user), new JoinConversation(id, CommandId.New()), node)).Refusal;
    }

    [Theory, EveryEngine]
    public async Task Every_id_that_a_client_may_make_is_listed_the_last_of_them_too(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        ConversationId[] ids = [new(Guid.AllBitsSet), ConversationId.New(), new(Guid.Parse("00000000-0000-0000-0000-000000000001"))];
        foreach (var id in ids)
        {
            await server.MakeAsync(new CreateConversation(id, ConversationKind.Group, [], Settings: new NewSettings(Public: true, ConfirmInvitations: true)));
            await server.DoAsync("alice", new InviteParticipants(id, CommandId.New(), Users("bob")));
        }

        foreach (var page in new Func<ConversationId?, Task<Outcome<PreviewPage>>>[]
        {
            next => server.AskAsync<PreviewPage>(server.As("bob"), new ListPublic(Next: next, Limit: 1)),
            next => server.AskAsync<PreviewPage>(server.As("bob"), new ListInvitations(Next: next, Limit: 1)),
        })
        {
            var (listed, next) = (new List<ConversationId>(), (ConversationId?)null);
            do
            {
                var got = (await page(next)).Value!;
                listed.AddRange(got.Conversations.Select(one => one.Conversation));
                next = got.Next;
            }
            while (next is not null);

            Assert.Equal(ids, listed);
        }
    }

    [Theory, EveryEngine]
    public async Task Joining_again_under_the_same_id_answers_the_same_also_after_leaving(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.MakeAsync(GroupOf() with { Settings = new NewSettings(Public: true) });
        var join = new JoinConversation(group, CommandId.New());

        var first = await server.DoAsync("carol", join);
        await server.LeaveAsync("carol", group);

        Assert.Equal(first, await server.DoAsync("carol", join));
        Assert.True((await server.StateAsync("carol", group)).Own.Left);
        Assert.Equal(Refusals.IdInUse, await server.RefusalOfAsync("dave", join));
    }
}
