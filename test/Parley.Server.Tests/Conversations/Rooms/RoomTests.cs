using Parley.Conversations;
using Parley.Tests.Delivery;
using Parley.Tests.Gateway;

namespace Parley.Tests.Conversations;

public sealed class RoomTests
{
    private static CreateConversation Room(NewSettings? settings = null) => new(ConversationId.New(), ConversationKind.Room, [], "Lobby", Settings: settings);

    [Theory, EveryEngine]
    [Trait("Row", "B14")]
    public async Task People_come_and_go_without_an_entry_and_who_comes_sees_the_last_ten(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var room = await Group.OfAsync(server, Room());
        for (var number = 2; number <= 15; number++) await room.SayAsync("alice", $"{number}");

        var joined = await room.EnterAsync("bob");
        var again = await room.EnterAsync("bob");
        var page = (await server.EntriesAsync("bob", new ReadEntries(room.Id))).Value!;

        Assert.Equal((2, 15, false), (joined.Value!.Conversation.ParticipantCount, joined.Value.Conversation.Head.Value, joined.Value.Conversation.Own.Left));
        Assert.Equal(2, again.Value!.Conversation.ParticipantCount);
        Assert.Equal(Enumerable.Range(6, 10).Select(number => (long)number), page.Entries.Select(entry => entry.Sequence.Value));
        Assert.Equal([new SkippedRange(new Sequence(1), new Sequence(5), "hidden")], page.Skipped);
        Assert.Null((await room.SayAsync("bob")).Refusal);
        Assert.Equal(Refusals.NotFound, (await room.SayAsync("carol")).Refusal);
        Assert.Equal(Refusals.NotFound, (await server.EntriesAsync("carol", new ReadEntries(room.Id))).Refusal);

        Assert.Null((await room.ExitAsync("bob")).Refusal);
        Assert.Equal(Refusals.NotFound, (await room.ExitAsync("bob")).Refusal);
        Assert.Equal(Refusals.NotFound, (await room.SayAsync("bob")).Refusal);
        Assert.Equal(1, (await room.StateAsync("alice")).ParticipantCount);
        Assert.Equal(16, (await room.StateAsync("alice")).Head.Value);
    }

    [Theory, EveryEngine]
    [Trait("Row", "B14")]
    public async Task A_room_is_in_no_inbox_and_nothing_in_it_is_unread(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var room = await Group.OfAsync(server, Room());
        await room.EnterAsync("bob");
        await room.SayAsync("alice");

        Assert.Empty((await server.InboxAsync("bob")).Value!.Conversations);
        Assert.Equal(0, (await server.AskAsync<UnreadTotal>(server.As("bob"), new CountUnread())).Value!.Unread);
        Assert.Equal(Refusals.NotForThisKind, (await server.DeliveredAsync("bob", room.Id, 2)).Refusal);
        Assert.Equal(Refusals.NotForThisKind, (await server.ReadAsync("bob", room.Id, 2)).Refusal);
        Assert.Contains(room.Id, (await server.AskAsync<PreviewPage>(server.As("carol"), new ListPublic(ConversationKind.Room))).Value!.Conversations.Select(one => one.Conversation));
    }

    [Theory, EveryEngine]
    public async Task What_a_visitor_had_hidden_and_begun_to_write_goes_when_he_does(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var room = await Group.OfAsync(server, Room());
        var message = MessageId.New();
        await server.SendAsync("alice", room.Id, "hi", message);
        foreach (var user in new[] { "bob", "carol" })
        {
            await room.EnterAsync(user);
            Assert.Null((await server.AskAsync<MessagesRemoved>(server.As(user), new RemoveMessages(room.Id, [message]))).Refusal);
            Assert.Null((await server.AskAsync<InboxFlags>(server.As(user), new UpdateInbox(room.Id, Draft: "a draft"))).Refusal);
        }

        await room.ExitAsync("bob");
        Assert.Equal((1, 1), (await server.NumberAsync($"select count(*) from removals"), await server.NumberAsync($"select count(*) from drafts")));
        await server.RemoveAsync("alice", room.Id, "carol");
        Assert.Equal((0, 0), (await server.NumberAsync($"select count(*) from removals"), await server.NumberAsync($"select count(*) from drafts")));
    }

    [Theory, EveryEngine]
    [Trait("Row", "B13")]
    public async Task Who_looks_after_a_room_keeps_his_permissions_and_who_is_put_out_nothing(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var room = await Group.OfAsync(server, Room());
        foreach (var user in new[] { "bob", "carol", "dave" }) await room.EnterAsync(user);
        await room.PermitAsync("alice", ("bob", PermissionPresets.Admin));

        await room.ExitAsync("bob");
        await room.EnterAsync("bob");
        Assert.Equal(PermissionPresets.Admin, (await room.StateAsync("bob")).Own.Permissions);

        await room.MuteAsync("bob", "dave");
        await room.ExitAsync("dave");
        await room.EnterAsync("dave");
        Assert.Equal(Refusals.Muted, (await room.SayAsync("dave")).Refusal);

        Assert.Null((await room.RemoveAsync("bob", "carol")).Refusal);
        Assert.Null((await room.EnterAsync("carol")).Refusal);
        await room.BanAsync("bob", "carol");
        Assert.Equal(Refusals.Banned, (await room.EnterAsync("carol")).Refusal);
        Assert.Equal(3, (await room.StateAsync("alice")).ParticipantCount);
    }

    [Theory, EveryEngine]
    public async Task An_owner_who_is_banned_while_he_is_away_is_an_owner_no_more(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var room = await Group.OfAsync(server, Room());
        await room.EnterAsync("bob");
        await room.PermitAsync("alice", ("bob", PermissionPresets.Owner));
        await room.ExitAsync("bob");

        Assert.Null((await room.BanAsync("alice", "bob")).Refusal);

        Assert.Equal(1, await server.NumberAsync($"select owners from conversations where conversation = {room.Id.Value}"));
        Assert.Equal(Refusals.LastOwner, (await room.PermitAsync("alice", ("alice", PermissionPresets.Member))).Refusal);
    }

    [Theory, EveryEngine]
    public async Task Who_looks_after_a_room_and_is_away_can_be_relieved_of_it_and_comes_back_like_anybody(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var room = await Group.OfAsync(server, Room());
        foreach (var user in new[] { "bob", "carol", "dave" }) await room.EnterAsync(user);
        await room.PermitAsync("alice", ("bob", PermissionPresets.Owner), ("carol", PermissionPresets.Admin));
        foreach (var user in new[] { "bob", "dave" }) await room.ExitAsync(user);
        var (bob, carol) = (await Listener.ConnectAsync(server, "bob"), await Listener.ConnectAsync(server, "carol"));

        Assert.Equal(Refusals.PermissionDenied, (await room.PermitAsync("carol", ("bob", Permissions.None))).Refusal);
        Assert.Equal(Refusals.InvalidParams, (await room.PermitAsync("alice", ("bob", PermissionPresets.Admin))).Refusal);
        Assert.Equal(Refusals.InvalidParams, (await room.PermitAsync("alice", ("dave", Permissions.None))).Refusal);
        Assert.True((await room.StateAsync("bob")).Own.Left);
        Assert.Null((await room.PermitAsync("alice", ("bob", Permissions.None))).Refusal);

        Assert.Equal(1, await server.NumberAsync($"select owners from conversations where conversation = {room.Id.Value}"));
        Assert.Equal(2, (await room.StateAsync("alice")).ParticipantCount);
        Assert.Equal(Refusals.NotFound, (await room.GetAsync("bob")).Refusal);
        Assert.Equal(Refusals.LastOwner, (await room.PermitAsync("alice", ("alice", PermissionPresets.Member))).Refusal);
        foreach (var text in new[] { "he is gone", "is he?" }) await room.SayAsync("alice", text);
        await GatewayHost.EventuallyAsync(() => carol.Told(Methods.Entry).Count == 3);
        Assert.Empty(bob.Told(Methods.Entry));
        Assert.Equal(PermissionPresets.Member, (await room.EnterAsync("bob")).Value!.Conversation.Own.Permissions);
    }

    [Theory, EveryEngine]
    [Trait("Row", "G18")]
    public async Task Who_may_not_read_is_in_the_room_and_receives_nothing_however_often_he_comes(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var room = await Group.OfAsync(server, Room() with { DefaultPermissions = Permissions.Send });
        var (bob, carol) = (await Listener.ConnectAsync(server, "bob"), await Listener.ConnectAsync(server, "carol"));
        foreach (var user in new[] { "bob", "carol" }) await room.EnterAsync(user);
        await room.PermitAsync("alice", ("carol", PermissionPresets.Member));
        await room.SayAsync("alice", "one");
        await room.PermitAsync("alice", ("carol", Permissions.Send | Permissions.ManageParticipants));

        // Carol's row is kept with what she may do; here she was put out of hearing, left, and came again.
        await room.EnterAsync("carol");
        await room.SayAsync("alice", "two");
        await room.ExitAsync("carol");
        await room.EnterAsync("carol");
        await room.SayAsync("alice", "three");
        await room.PermitAsync("alice", ("bob", PermissionPresets.Member));
        await room.EnterAsync("bob");
        await room.SayAsync("alice", "four");

        await GatewayHost.EventuallyAsync(() => bob.Told(Methods.Entry).Count == 2);
        Assert.Equal(["permissions.changed", "message.sent", "permissions.changed"], carol.Told(Methods.Entry).Select(Type));
        Assert.Equal(["permissions.changed", "message.sent"], bob.Told(Methods.Entry).Select(Type));
        Assert.Equal("four", Text(bob.Told(Methods.Entry)[1]));

        static string? Type(System.Text.Json.JsonElement entry) => entry.GetProperty("event").GetProperty("type").GetString();
        static string? Text(System.Text.Json.JsonElement entry) => entry.GetProperty("event").GetProperty("content").GetProperty("parts")[0].GetProperty("body").GetString();
    }

    [Theory, EveryEngine]
    [Trait("Row", "B14")]
    public async Task Two_minutes_after_his_last_connection_he_is_out_unless_he_is_on_the_allow_list(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, configureRooms: rooms => rooms.LeaveAfter = TimeSpan.FromSeconds(1));
        var room = await Group.OfAsync(server, Room());
        var other = await Group.OfAsync(server, Room());
        foreach (var user in new[] { "bob", "carol" }) await room.EnterAsync(user);
        await other.EnterAsync("bob");
        await room.AllowAsync("alice", "carol");

        await WaitAsync(async () => (await room.GetAsync("bob")).Refusal == Refusals.NotFound && (await other.GetAsync("bob")).Refusal == Refusals.NotFound);

        Assert.Null((await room.GetAsync("carol")).Refusal);
        Assert.True((await room.StateAsync("alice")).Own.Left);
        await room.EnterAsync("alice");
        Assert.Equal(PermissionPresets.Owner, (await room.StateAsync("alice")).Own.Permissions);

        // What a node forgets when it stops, it finds in the database.
        await server.RestartAsync();
        await WaitAsync(async () => (await room.StateAsync("alice")).Own.Left);
    }

    [Theory, EveryEngine]
    [Trait("Row", "B14")]
    public async Task Who_could_not_be_taken_out_is_taken_out_later(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, configureRooms: rooms => rooms.LeaveAfter = TimeSpan.FromSeconds(1));
        var room = await Group.OfAsync(server, Room());
        foreach (var user in new[] { "bob", "carol" }) await room.EnterAsync(user);
        await room.AllowAsync("alice", "carol");

        // The disk is full when their time has come.
        var refused = 0;
        server.Faults.OnCommit = () =>
        {
            Interlocked.Increment(ref refused);
            return CommitFault.DiskFull;
        };
        await WaitAsync(() => Task.FromResult(Volatile.Read(ref refused) > 0));
        server.Faults.OnCommit = () => CommitFault.None;

        await WaitAsync(async () => (await room.GetAsync("bob")).Refusal == Refusals.NotFound);
        Assert.Null((await room.GetAsync("carol")).Refusal);
        await room.EnterAsync("alice");
        await room.DisallowAsync("alice", "carol");
        await WaitAsync(async () => (await room.GetAsync("carol")).Refusal == Refusals.NotFound);
    }

    [Theory, EveryEngine]
    [Trait("Row", "B14")]
    public async Task A_room_takes_twenty_messages_a_second_and_refuses_first_what_matters_least(Engine engine)
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(engine, configureRooms: rooms => rooms.SendsPerSecond = 20, clock: clock);
        var room = await Group.OfAsync(server, Room());
        await room.EnterAsync("bob");

        // Half is left for what matters more than low, a tenth for what is high; each is told when there is room for one of its own.
        Assert.Equal((10, 50), await TakenAsync(MessagePriority.Low));
        Assert.Equal((8, 50), await TakenAsync(null));
        Assert.Equal((2, 50), await TakenAsync(MessagePriority.High));
        Assert.Equal((0, 550), await TakenAsync(MessagePriority.Low));
        Assert.Equal((0, 150), await TakenAsync(MessagePriority.Normal));
        Assert.Null((await room.SayAsync("alice")).Refusal);

        clock.Advance(TimeSpan.FromMilliseconds(49));
        Assert.Equal((0, 1), await TakenAsync(MessagePriority.High));
        clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal((1, 50), await TakenAsync(MessagePriority.High));
        clock.Advance(TimeSpan.FromMilliseconds(150));
        Assert.Equal((1, 50), await TakenAsync(null));
        Assert.Equal((2, 50), await TakenAsync(MessagePriority.High));
        clock.Advance(TimeSpan.FromMilliseconds(550));
        Assert.Equal((1, 50), await TakenAsync(MessagePriority.Low));
        // What is not used within a second is not saved up.
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((20, 50), await TakenAsync(MessagePriority.High));

        async Task<(int Taken, double WaitMs)> TakenAsync(MessagePriority? priority)
        {
            for (var taken = 0; ; taken++)
            {
                if ((await room.SayAsync("bob", priority: priority)).Refusal is not { } refusal) continue;
                Assert.Equal(Refusals.RateLimited, refusal);
                return (taken, Math.Round(refusal.RetryAfter!.Value.TotalMilliseconds, 3));
            }
        }
    }

    [Theory, EveryEngine]
    [Trait("Row", "B14")]
    public async Task Attributes_count_towards_what_a_room_takes_unless_who_looks_after_it_sets_them(Engine engine)
    {
        // One comes back in a minute and more: however slow the machine is, not meanwhile.
        await using var server = await TestServer.StartAsync(engine, configureRooms: rooms => rooms.SendsPerSecond = 20, clock: new ManualClock());
        var room = await Group.OfAsync(server, Room());
        await room.EnterAsync("bob");
        var bob = new UserId("bob");

        var taken = 0;
        for (Refusal? refusal = null; refusal is null; taken++)
        {
            refusal = (await SetAsync("bob", taken % 2 == 0 ? null : bob, $"{taken % 4}")).Refusal;
            if (refusal is not null) Assert.Equal((Refusals.RateLimited, true), (refusal, refusal.RetryAfter > TimeSpan.Zero));
            Assert.InRange(taken, 0, 30);
        }

        // A tenth is for what matters more.
        Assert.Equal(19, taken);
        Assert.Equal(Refusals.RateLimited, (await room.SayAsync("bob")).Refusal);
        for (var number = 0; number < 25; number++) Assert.Null((await SetAsync("alice", null, $"alice-{number}")).Refusal);
        Assert.Equal(1 + 18 + 25, (await room.StateAsync("alice")).Head.Value);

        Task<Outcome<LogEntry>> SetAsync(string actor, UserId? of, string name) => room.DoAsync(
            actor, (id, command) => new SetAttributes(id, command, of, new Dictionary<string, string> { [name] = $"{command}" }));
    }

    [Theory, EveryEngine]
    public async Task Who_leaves_a_room_leaves_no_draft_there_and_who_looks_after_it_keeps_his(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var room = await Group.OfAsync(server, Room());
        foreach (var user in new[] { "bob", "carol", "dave", "erin" }) await room.EnterAsync(user);
        await room.PermitAsync("alice", ("erin", PermissionPresets.Admin));
        foreach (var user in new[] { "alice", "bob", "carol", "dave", "erin" })
            Assert.Null((await server.AskAsync<InboxFlags>(server.As(user), new UpdateInbox(room.Id, Draft: "half a th"))).Refusal);

        await room.ExitAsync("bob");
        await room.RemoveAsync("alice", "carol");
        await room.BanAsync("alice", "dave");
        await room.ExitAsync("erin");

        Assert.Equal(2, await server.NumberAsync($"select count(*) from drafts"));
        await room.EnterAsync("bob");
        Assert.Null((await room.StateAsync("bob")).Own.Flags);
        await room.EnterAsync("erin");
        Assert.Equal("half a th", (await room.StateAsync("erin")).Own.Flags!.Draft);

        await room.ExitAsync("erin");
        await room.PermitAsync("alice", ("erin", Permissions.None));
        Assert.Equal(1, await server.NumberAsync($"select count(*) from drafts"));
    }

    [Theory, EveryEngine]
    [Trait("Row", "G18")]
    public async Task A_ban_and_coming_in_at_the_same_time_leave_him_out_whichever_was_first(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var room = await Group.OfAsync(server, Room());
        for (var round = 0; round < 20; round++)
        {
            var user = $"u{round}";
            await Task.WhenAll(room.EnterAsync(user), room.BanAsync("alice", user), room.EnterAsync(user));

            Assert.Equal(Refusals.Banned, (await room.EnterAsync(user)).Refusal);
            Assert.NotNull((await room.SayAsync(user)).Refusal);
        }

        Assert.Equal(1, (await room.StateAsync("alice")).ParticipantCount);
    }

    [Theory, EveryEngine]
    public async Task Many_come_at_once_and_each_is_counted_once(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var room = await Group.OfAsync(server, Room());

        var joins = await Task.WhenAll(Enumerable.Range(0, 500).Select(number => room.EnterAsync($"u{number % 400}")));
        Assert.All(joins, answer => Assert.Null(answer.Refusal));
        Assert.Equal(401, (await room.StateAsync("alice")).ParticipantCount);

        await Task.WhenAll(Enumerable.Range(0, 400).Select(number => number % 2 == 0 ? (Task)room.ExitAsync($"u{number}") : room.EnterAsync($"u{number}")));
        Assert.Equal(201, (await room.StateAsync("alice")).ParticipantCount);
        Assert.Equal(201, await server.NumberAsync($"select count(*) from participations where conversation = {room.Id.Value} and left_at is null"));
    }

    [Theory, EveryEngine]
    public async Task A_room_is_joined_as_a_room_and_a_group_as_a_group(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var room = await Group.OfAsync(server, Room());
        var group = await Group.OfAsync(server, new CreateConversation(ConversationId.New(), ConversationKind.Group, [], Settings: new NewSettings(Public: true)));

        Assert.Equal(Refusals.NotForThisKind, (await room.JoinAsync("bob")).Refusal);
        Assert.Equal(Refusals.NotForThisKind, (await room.LeaveAsync("alice")).Refusal);
        Assert.Equal(Refusals.NotForThisKind, (await room.AddAsync("alice", "bob")).Refusal);
        Assert.Equal(Refusals.NotForThisKind, (await room.InviteAsync("alice", "bob")).Refusal);
        Assert.Equal(Refusals.NotForThisKind, (await room.UpdateAsync("alice", update => update with { Public = false })).Refusal);
        Assert.Equal(Refusals.NotForThisKind, (await group.EnterAsync("bob")).Refusal);
        Assert.Equal(Refusals.NotForThisKind, (await group.ExitAsync("alice")).Refusal);
        Assert.Equal(Refusals.NotFound, (await new Group(server, ConversationId.New()).EnterAsync("bob")).Refusal);
        Assert.Equal(Refusals.NotForThisKind, (await server.CreateAsync("alice", Room() with { Participants = [new UserId("bob")] })).Refusal);
        Assert.Equal(Refusals.NotForThisKind, (await server.CreateAsync("alice", Room(new NewSettings(Approval: true)))).Refusal);
    }

    private static async Task WaitAsync(Func<Task<bool>> holds)
    {
        for (var tries = 0; !await holds(); tries++)
        {
            Assert.True(tries < 600, "it did not come to that");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
