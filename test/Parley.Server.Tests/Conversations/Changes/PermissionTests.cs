using static Parley.Tests.Asking;

namespace Parley.Tests.Conversations;

public class PermissionTests
{
    private static readonly UserId Alice = new("alice");
    private static readonly UserId Bob = new("bob");
    private static readonly UserId Carol = new("carol");

    [Theory, EveryEngine]
    [Trait("Row", "V33")]
    [Trait("Row", "C3")]
    [Trait("Row", "V13")]
    public async Task Permissions_of_several_are_changed_at_once_with_one_entry_or_not_at_all(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.MakeAsync(GroupOf("bob", "carol"));
        var everything = Permissions.Read | Permissions.Send | Permissions.EditOwn | Permissions.RemoveOwn | Permissions.EditAny | Permissions.RemoveAny
            | Permissions.ManageParticipants | Permissions.ManageConversation | Permissions.Owner;
        var wish = new ChangePermissions(group, CommandId.New(), [new(Bob, everything), new(Carol, Permissions.Read)]);

        var entry = await server.DoAsync("alice", wish);

        Assert.Equal([new Participant(Bob, everything), new Participant(Carol, Permissions.Read)], Assert.IsType<PermissionsChanged>(entry.Event).Participants);
        Assert.Equal((everything, Permissions.Read), (await server.PermissionsOfAsync(group, "bob"), await server.PermissionsOfAsync(group, "carol")));
        Assert.Equal(Refusals.PermissionDenied, (await server.SendAsync("carol", group, "hi")).Refusal);
        Assert.Equal(Json(entry), Json(await server.DoAsync("alice", wish)));
        Assert.Equal(Refusals.Unchanged, await server.RefusalOfAsync("alice", wish with { CommandId = CommandId.New() }));

        // Dave is not in it, so nothing of it is done.
        var both = new ChangePermissions(group, CommandId.New(), [new(Carol, PermissionPresets.Member), new(new UserId("dave"), PermissionPresets.Member)]);
        Assert.Equal(Refusals.InvalidParams, await server.RefusalOfAsync("alice", both));
        Assert.Equal(Permissions.Read, await server.PermissionsOfAsync(group, "carol"));
        Assert.Equal(Refusals.InvalidParams, await server.RefusalOfAsync(
            "alice", wish with { CommandId = CommandId.New(), Participants = [new(Bob, Permissions.Read), new(Bob, Permissions.Send)] }));
    }

    [Theory, EveryEngine]
    [Trait("Row", "V15")]
    [Trait("Row", "V17")]
    public async Task The_creator_owns_it_and_makes_admins_who_look_after_it(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.MakeAsync(GroupOf("bob", "carol") with
        {
            DefaultPermissions = Permissions.Read | Permissions.Send | Permissions.EditOwn | Permissions.RemoveOwn,
        });
        Assert.Equal(PermissionPresets.Owner, await server.PermissionsOfAsync(group, "alice"));
        Assert.Equal(Refusals.PermissionDenied, (await server.AddAsync("bob", group, "dave")).Refusal);

        await server.DoAsync("alice", Give("bob", PermissionPresets.Admin));
        Assert.NotNull((await server.AddAsync("bob", group, "dave")).Value);
        Assert.NotNull((await server.RemoveAsync("bob", group, "dave")).Value);
        await server.DoAsync("bob", Give("carol", PermissionPresets.Admin));
        await server.DoAsync("bob", Give("carol", PermissionPresets.Member));
        await server.DoAsync("bob", new UpdateConversation(group, CommandId.New(), Title: "by an admin"));

        await server.DoAsync("alice", Give("bob", PermissionPresets.Member));
        Assert.Equal(Refusals.PermissionDenied, await server.RefusalOfAsync("bob", Give("carol", PermissionPresets.Member)));
        Assert.NotNull((await server.LeaveAsync("bob", group)).Value);

        ChangePermissions Give(string user, Permissions permissions) => new(group, CommandId.New(), [new(new UserId(user), permissions)]);
    }

    [Theory, EveryEngine]
    [Trait("Row", "B35")]
    public async Task Nobody_gives_what_he_has_not_and_only_owners_touch_owners(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.MakeAsync(GroupOf("bob", "carol"));
        var helper = PermissionPresets.Member | Permissions.ManageParticipants;
        await server.DoAsync("alice", Give(Bob, helper));

        Assert.Equal(Refusals.PermissionDenied, await server.RefusalOfAsync("bob", Give(Carol, PermissionPresets.Admin)));
        Assert.Equal(Refusals.PermissionDenied, await server.RefusalOfAsync("bob", Give(Carol, PermissionPresets.Owner)));
        Assert.Equal(Refusals.PermissionDenied, await server.RefusalOfAsync("bob", Give(Alice, PermissionPresets.Member)));
        Assert.Equal(Refusals.PermissionDenied, await server.RefusalOfAsync("carol", Give(Carol, Permissions.Read)));
        await server.DoAsync("bob", Give(Carol, helper));

        // Several owners, and never none.
        Assert.Equal(Refusals.LastOwner, await server.RefusalOfAsync("alice", Give(Alice, PermissionPresets.Admin)));
        await server.DoAsync("alice", Give(Bob, PermissionPresets.Owner));
        await server.DoAsync("bob", Give(Alice, PermissionPresets.Admin));
        Assert.Equal(Refusals.LastOwner, await server.RefusalOfAsync("bob", Give(Bob, PermissionPresets.Admin)));
        await server.DoAsync("bob", new ChangePermissions(group, CommandId.New(), [new(Bob, PermissionPresets.Member), new(Alice, PermissionPresets.Owner)]));
        Assert.Equal((PermissionPresets.Owner, PermissionPresets.Member), (await server.PermissionsOfAsync(group, "alice"), await server.PermissionsOfAsync(group, "bob")));

        ChangePermissions Give(UserId user, Permissions permissions) => new(group, CommandId.New(), [new(user, permissions)]);
    }

    [Theory, EveryEngine]
    [Trait("Row", "V15")]
    public async Task Ownership_is_handed_over_in_one_request_and_who_has_it_cannot_leave(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.MakeAsync(GroupOf("bob", "carol"));
        Assert.Equal(Refusals.LastOwner, (await server.LeaveAsync("alice", group)).Refusal);

        await server.DoAsync("alice", new ChangePermissions(group, CommandId.New(), [new(Bob, PermissionPresets.Owner), new(Alice, PermissionPresets.Member)]));

        Assert.IsType<ParticipantLeft>((await server.LeaveAsync("alice", group)).Value!.Event);
        Assert.Equal(Refusals.LastOwner, (await server.LeaveAsync("bob", group)).Refusal);
    }

    [Theory, EveryEngine]
    [Trait("Row", "B35")]
    [Trait("Row", "PM-03")]
    public async Task Two_owners_who_give_it_up_at_once_leave_one(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        for (var round = 0; round < 10; round++)
        {
            var group = await server.MakeAsync(GroupOf("bob"));
            await server.DoAsync("alice", new ChangePermissions(group, CommandId.New(), [new(Bob, PermissionPresets.Owner)]));

            var bobGoes = round % 2 == 0;
            var answers = await Task.WhenAll(
                server.ChangeAsync("alice", new ChangePermissions(group, CommandId.New(), [new(Alice, PermissionPresets.Member)])),
                bobGoes ? server.LeaveAsync("bob", group) : server.ChangeAsync("bob", new ChangePermissions(group, CommandId.New(), [new(Bob, PermissionPresets.Member)])));

            Assert.Single(answers, answer => answer.Value is not null);
            Assert.Single(answers, answer => answer.Refusal == Refusals.LastOwner);
        }
    }

    [Theory, EveryEngine]
    [Trait("Row", "L07")]
    [Trait("Row", "V32")]
    [Trait("Row", "C11")]
    public async Task Where_the_conversation_says_so_anybody_adds_and_removes_anybody_and_nobody_owns_it(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var layer = PermissionPresets.Member | Permissions.ManageParticipants;
        var free = await server.MakeAsync(GroupOf("bob", "carol") with { DefaultPermissions = layer, OwnPermissions = layer });
        var owned = await server.MakeAsync(GroupOf("bob", "carol"));

        Assert.NotNull((await server.AddAsync("bob", free, "dave")).Value);
        Assert.NotNull((await server.RemoveAsync("dave", free, "carol")).Value);
        Assert.NotNull((await server.RemoveAsync("bob", free, "alice")).Value);
        Assert.Equal(Refusals.PermissionDenied, await server.RefusalOfAsync("bob", new ChangePermissions(free, CommandId.New(), [new(Bob, PermissionPresets.Owner)])));
        Assert.NotNull((await server.AddAsync("bob", free, "alice")).Value);
        await server.DoAsync("alice", new ChangePermissions(free, CommandId.New(), [new(Bob, PermissionPresets.Member)]));
        Assert.Equal(Refusals.PermissionDenied, (await server.RemoveAsync("bob", free, "alice")).Refusal);
        Assert.NotNull((await server.RemoveAsync("dave", free, "alice")).Value);
        foreach (var user in new[] { "bob", "dave" }) Assert.IsType<ParticipantLeft>((await server.LeaveAsync(user, free)).Value!.Event);
        Assert.Equal(Refusals.PermissionDenied, (await server.RemoveAsync("bob", owned, "carol")).Refusal);
    }

    [Theory, EveryEngine]
    [Trait("Row", "PM-01")]
    public async Task Who_loses_read_reads_no_more_and_who_gets_it_reads_all(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.MakeAsync(GroupOf("bob"));
        await server.SendAsync("alice", group, "first");
        await server.DoAsync("alice", new ChangePermissions(group, CommandId.New(), [new(Bob, Permissions.Send)]));

        Assert.Equal(Refusals.PermissionDenied, (await server.EntriesAsync("bob", new ReadEntries(group))).Refusal);
        Assert.Equal(Sequence.None, (await server.StateAsync("bob", group)).Head);
        await server.DoAsync("alice", new ChangePermissions(group, CommandId.New(), [new(Bob, Permissions.Read)]));
        Assert.Equal(4, (await server.HistoryAsync("bob", group)).Count);
    }

    [Theory, EveryEngine]
    [Trait("Row", "PM-02")]
    public async Task After_the_permission_to_send_is_taken_nothing_of_his_is_recorded(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        for (var round = 0; round < 5; round++)
        {
            var group = await server.MakeAsync(GroupOf("bob", "carol"));
            var sends = Enumerable.Range(0, 50).Select(number => server.SendAsync("bob", group, $"{number}")).ToList();
            var taken = server.DoAsync("alice", new ChangePermissions(group, CommandId.New(), [new(Bob, Permissions.Read)]));
            sends.AddRange(Enumerable.Range(50, 50).Select(number => server.SendAsync("bob", group, $"{number}")));

            var cut = (await taken).Sequence;
            var answers = await Task.WhenAll(sends);

            Assert.All(answers, answer => Assert.True(answer.Refusal == Refusals.PermissionDenied || answer.Value!.Sequence < cut));
            Assert.DoesNotContain(await server.HistoryAsync("alice", group), entry => entry.Sequence > cut && entry.Event is MessageSent);
            Assert.Contains(answers, answer => answer.Refusal is not null);
        }
    }
}
