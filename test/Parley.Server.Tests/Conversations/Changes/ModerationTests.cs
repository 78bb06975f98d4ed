using Parley.Client;
using static Parley.Tests.Asking;

namespace Parley.Tests.Conversations;

public class ModerationTests
{
    [Theory, EveryEngine]
    [Trait("Row", "B13")]
    public async Task Who_is_muted_sends_again_when_the_time_is_over_or_somebody_lifts_it(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.MakeAsync(GroupOf("bob", "carol"));
        var until = TimeProvider.System.GetUtcNow().AddSeconds(2);
        var entry = await server.DoAsync("alice", new MuteParticipants(group, CommandId.New(), Users("bob"), until));

        var muted = Assert.IsType<ParticipantsMuted>(entry.Event);
        Assert.Equal(("bob", until.ToUnixTimeMilliseconds()), (muted.Users.Single().Value, muted.Until.ToUnixTimeMilliseconds()));
        var refusal = (await server.SendAsync("bob", group, "hm")).Refusal!;
        Assert.Equal(Refusals.Muted, refusal);
        Assert.InRange(refusal.RetryAfter!.Value, TimeSpan.Zero, TimeSpan.FromSeconds(2));
        Assert.NotNull((await server.SendAsync("carol", group, "I may")).Value);
        Assert.Equal(["bob"], (await server.ListAsync("carol", group, ParticipantList.Muted)).Users.Select(one => one.User.Value));
        Assert.Equal(muted.Until, (await server.StateAsync("bob", group)).Own.MutedUntil);
        await Task.Delay(refusal.RetryAfter.Value + TimeSpan.FromMilliseconds(50), TimeProvider.System);
        Assert.NotNull((await server.SendAsync("bob", group, "again")).Value);
        Assert.Empty((await server.ListAsync("carol", group, ParticipantList.Muted)).Users);

        await server.DoAsync("alice", new MuteParticipants(group, CommandId.New(), Users("bob")));
        Assert.Null((await server.SendAsync("bob", group, "hm")).Refusal!.RetryAfter);
        Assert.Equal(MuteParticipants.Forever, (await server.StateAsync("alice", group)).Participants!.Single(one => one.User.Value == "bob").MutedUntil);
        await server.DoAsync("alice", new UnmuteParticipants(group, CommandId.New(), Users("bob")));
        Assert.NotNull((await server.SendAsync("bob", group, "thanks")).Value);
        Assert.Equal(Refusals.InvalidParams, await server.RefusalOfAsync("alice", new MuteParticipants(group, CommandId.New(), Users("bob"), DateTimeOffset.UnixEpoch)));
    }

    [Theory, EveryEngine]
    [Trait("Row", "B13")]
    public async Task While_all_are_muted_the_allowed_send_and_who_looks_after_it_but_nobody_who_is_muted_himself(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.MakeAsync(GroupOf("bob", "carol", "dave", "erin"));
        await server.DoAsync("alice", new ChangePermissions(group, CommandId.New(), [new(new UserId("erin"), PermissionPresets.Admin)]));
        await server.DoAsync("alice", new AllowParticipants(group, CommandId.New(), Users("bob", "carol")));
        await server.DoAsync("alice", new MuteParticipants(group, CommandId.New(), Users("carol")));
        await server.DoAsync("alice", new UpdateConversation(group, CommandId.New(), Muted: true));

        foreach (var user in new[] { "alice", "bob", "erin" }) Assert.Null(await RefusalAsync(user));
        Assert.Equal(Refusals.Muted, await RefusalAsync("carol"));
        Assert.Equal(Refusals.ConversationMuted, await RefusalAsync("dave"));
        Assert.Equal(["bob", "carol"], (await server.ListAsync("dave", group, ParticipantList.Allowed)).Users.Select(one => one.User.Value));

        await server.DoAsync("erin", new DisallowParticipants(group, CommandId.New(), Users("bob")));
        Assert.Equal(Refusals.ConversationMuted, await RefusalAsync("bob"));
        await server.DoAsync("alice", new UpdateConversation(group, CommandId.New(), Muted: false));
        Assert.Null(await RefusalAsync("dave"));

        async Task<Refusal?> RefusalAsync(string user) => (await server.SendAsync(user, group, "hi")).Refusal;
    }

    [Theory, EveryEngine]
    [Trait("Row", "B13")]
    public async Task Who_is_muted_puts_nothing_before_everybody_by_attributes_either_but_takes_away_what_he_set(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.MakeAsync(GroupOf("bob", "carol"));
        UserId?[] owners = [null, new UserId("bob")];
        foreach (var owner in owners) await server.DoAsync("bob", Set(owner, "one", "two", "three", "four"));
        var (toAll, toNobody) = (new UpdateConversation(group, CommandId.New(), Muted: true), new UpdateConversation(group, CommandId.New(), Muted: false));

        await server.DoAsync("alice", new MuteParticipants(group, CommandId.New(), Users("bob")));
        await AreRefusedAsync(Refusals.Muted, "one");
        await server.DoAsync("alice", toAll);
        await AreRefusedAsync(Refusals.Muted, "two");
        await server.DoAsync("alice", new UnmuteParticipants(group, CommandId.New(), Users("bob")));
        await AreRefusedAsync(Refusals.ConversationMuted, "three");
        await server.DoAsync("alice", Set(new UserId("bob"), "by who manages"));
        await server.DoAsync("alice", toNobody);
        await server.AskAsync<UserAccount>(server.As("alice"), new MuteUser(new UserId("bob")));
        await AreRefusedAsync(Refusals.MutedInApp, "four");
        await server.AskAsync<UserAccount>(server.As("alice"), new UnmuteUser(new UserId("bob")));
        foreach (var owner in owners) await server.DoAsync("bob", Set(owner, "again"));

        async Task AreRefusedAsync(Refusal refusal, string name)
        {
            foreach (var owner in owners)
            {
                Assert.Equal(refusal, await server.RefusalOfAsync("bob", Set(owner, "new")));
                Assert.Equal(refusal, await server.RefusalOfAsync("bob", Set(owner, "new") with { Remove = [name] }));
                await server.DoAsync("bob", new SetAttributes(group, CommandId.New(), owner, Remove: [name]));
            }
        }

        SetAttributes Set(UserId? user, params string[] names) => new(group, CommandId.New(), user, names.ToDictionary(name => name, _ => "said"));
    }

    [Theory, EveryEngine]
    [Trait("Row", "B13")]
    public async Task Of_those_who_are_banned_only_who_was_in_it_is_counted_out_also_by_who_knows_only_how_many_they_are(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var room = await Group.OfAsync(server, new CreateConversation(ConversationId.New(), ConversationKind.Room, []));
        foreach (var user in new[] { "bob", "carol", "dave" }) await room.EnterAsync(user);
        await room.PermitAsync("alice", ("carol", PermissionPresets.Admin));
        foreach (var user in new[] { "carol", "dave" }) await room.ExitAsync(user);
        var before = Timeline.At(await room.StateAsync("alice"), new UserId("alice"));

        // One is in it, one is away and looks after it, one has left, and one never came.
        var banned = await server.DoAsync("alice", new BanParticipants(room.Id, CommandId.New(), Users("bob", "carol", "dave", "erin")));
        Assert.Equal((2, 1), (before.ParticipantCount, before.Apply(banned).Timeline.ParticipantCount));
        Assert.Equal(1, (await room.StateAsync("alice")).ParticipantCount);

        // Nor does a ban of somebody from outside end that a group is the one of its people.
        var group = await Group.OfAsync(server, GroupOf("bob") with { Distinct = true });
        var distinct = Timeline.At(await group.StateAsync("alice"), new UserId("alice"));
        var outside = await server.DoAsync("alice", new BanParticipants(group.Id, CommandId.New(), Users("erin")));
        Assert.Equal((true, true), ((await group.StateAsync("alice")).Settings!.Distinct, distinct.Apply(outside).Timeline.Settings!.Distinct));
    }

    [Theory, EveryEngine]
    [Trait("Row", "B13")]
    [Trait("Row", "G18")]
    public async Task Who_is_banned_is_out_and_cannot_come_back_whoever_lets_him_in(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.MakeAsync(GroupOf("bob", "carol") with { Settings = new NewSettings(Public: true) });
        var entry = await server.DoAsync("alice", new BanParticipants(group, CommandId.New(), Users("bob", "dave")));
        await server.SendAsync("alice", group, "bob is out");

        Assert.Equal(["bob", "dave"], Assert.IsType<ParticipantsBanned>(entry.Event).Users.Select(user => user.Value));
        Assert.Equal((Json(entry), true), (Json((await server.HistoryAsync("bob", group))[^1]), (await server.StateAsync("bob", group)).Own.Left));
        Assert.Equal(Refusals.Banned, (await server.SendAsync("bob", group, "hi")).Refusal);
        foreach (var user in new[] { "bob", "dave" })
        {
            Assert.Equal(Refusals.Banned, await server.RefusalOfAsync(user, new JoinConversation(group, CommandId.New())));
            Assert.Equal(Refusals.Banned, (await server.AddAsync("alice", group, user)).Refusal);
            Assert.Equal(Refusals.Banned, await server.RefusalOfAsync("alice", new InviteParticipants(group, CommandId.New(), Users(user))));
            Assert.Empty(await server.PublicAsync(user));
        }

        Assert.Equal(["bob", "dave"], (await server.ListAsync("carol", group, ParticipantList.Banned)).Users.Select(one => one.User.Value));
        Assert.Equal(2, (await server.StateAsync("alice", group)).ParticipantCount);
        Assert.Equal(Refusals.NotFound, (await server.EntriesAsync("dave", new ReadEntries(group))).Refusal);

        await server.DoAsync("alice", new UnbanParticipants(group, CommandId.New(), Users("bob")));
        Assert.Equal(Refusals.NotParticipant, (await server.SendAsync("bob", group, "hi")).Refusal);
        await server.DoAsync("bob", new JoinConversation(group, CommandId.New()));
        Assert.NotNull((await server.SendAsync("bob", group, "back")).Value);
    }

    [Theory, EveryEngine]
    [Trait("Row", "B13")]
    public async Task Moderating_needs_the_permission_and_spares_owners_and_oneself(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.MakeAsync(GroupOf("bob", "carol"));
        await server.DoAsync("alice", new ChangePermissions(group, CommandId.New(), [new(new UserId("bob"), PermissionPresets.Admin)]));
        object[] Of(string user) =>
        [
            new MuteParticipants(group, CommandId.New(), Users(user)), new BanParticipants(group, CommandId.New(), Users(user)), new AllowParticipants(group, CommandId.New(), Users(user)),
        ];

        foreach (var change in Of("bob")) Assert.Equal(Refusals.PermissionDenied, await server.RefusalOfAsync("carol", change));
        foreach (var change in Of("alice")) Assert.Equal(Refusals.PermissionDenied, await server.RefusalOfAsync("bob", change));
        foreach (var change in Of("bob")) Assert.Equal(Refusals.InvalidParams, await server.RefusalOfAsync("bob", change));
        foreach (var change in Of("carol")) Assert.Equal(Refusals.NotFound, await server.RefusalOfAsync("dave", change));
        await server.DoAsync("bob", new MuteParticipants(group, CommandId.New(), Users("carol")));
        Assert.Equal(Refusals.Unchanged, await server.RefusalOfAsync("bob", new MuteParticipants(group, CommandId.New(), Users("carol"))));
        Assert.Equal(Refusals.InvalidParams, await server.RefusalOfAsync("bob", new MuteParticipants(group, CommandId.New(), Users("dave"))));
        Assert.Equal(Refusals.Unchanged, await server.RefusalOfAsync("bob", new UnbanParticipants(group, CommandId.New(), Users("dave"))));
    }

    [Theory, EveryEngine]
    [Trait("Row", "B13")]
    public async Task A_mute_stays_when_somebody_leaves_and_comes_back_and_so_does_being_allowed(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.MakeAsync(GroupOf("bob", "carol"));
        await server.DoAsync("alice", new MuteParticipants(group, CommandId.New(), Users("bob")));
        await server.DoAsync("alice", new AllowParticipants(group, CommandId.New(), Users("carol")));
        await server.DoAsync("alice", new UpdateConversation(group, CommandId.New(), Muted: true));
        foreach (var user in new[] { "bob", "carol" })
        {
            await server.LeaveAsync(user, group);
            await server.AddAsync("alice", group, user);
        }

        Assert.Equal(Refusals.Muted, (await server.SendAsync("bob", group, "hi")).Refusal);
        Assert.NotNull((await server.SendAsync("carol", group, "hi")).Value);
    }

    [Theory, EveryEngine]
    [Trait("Row", "PM-02")]
    public async Task A_mute_beside_many_sends_is_followed_by_none(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.MakeAsync(GroupOf("bob"));

        var sends = Enumerable.Range(0, 60).Select(number => server.SendAsync("bob", group, $"{number}")).ToArray();
        var muted = await server.DoAsync("alice", new MuteParticipants(group, CommandId.New(), Users("bob")));
        var answers = await Task.WhenAll(sends);

        Assert.All(answers, answer => Assert.True(answer.Value is null ? answer.Refusal == Refusals.Muted : answer.Value.Sequence < muted.Sequence));
        Assert.Equal(Refusals.Muted, (await server.SendAsync("bob", group, "late")).Refusal);
    }
}
