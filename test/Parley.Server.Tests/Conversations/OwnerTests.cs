namespace Parley.Tests.Conversations;

public class OwnerTests
{
    [Theory, EveryEngine]
    [Trait("Row", "PM-03")]
    public async Task Of_several_owners_all_but_the_last_may_go_and_newcomers_are_none(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.ConversationOfAsync("alice", "bob", "carol", "dave", "erin");
        await MakeOwnersAsync(server, group);

        Assert.NotNull((await server.RemoveAsync("alice", group, "bob", "dave")).Value);
        Assert.NotNull((await server.LeaveAsync("carol", group)).Value);
        Assert.Equal(Refusals.LastOwner, (await server.LeaveAsync("alice", group)).Refusal);
        Assert.NotNull((await server.AddAsync("alice", group, "bob", "carol")).Value);
        Assert.NotNull((await server.RemoveAsync("alice", group, "erin")).Value);
        Assert.Equal(Refusals.LastOwner, (await server.LeaveAsync("alice", group)).Refusal);
        Assert.NotNull((await server.RemoveAsync("alice", group, "bob", "carol")).Value);
        Assert.NotNull((await server.LeaveAsync("alice", group)).Value);
    }

    [Theory, EveryEngine]
    [Trait("Row", "G3")]
    public async Task The_rules_of_the_whole_conversation_have_changed_when_an_owner_went_and_not_when_others_did(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.ConversationOfAsync("alice", "bob", "carol", "dave", "erin");
        await MakeOwnersAsync(server, group);
        var before = await RevisionAsync();

        await server.AddAsync("alice", group, "frank");
        await server.RemoveAsync("alice", group, "dave");
        await server.LeaveAsync("erin", group);
        Assert.Equal(before, await RevisionAsync());
        await server.RemoveAsync("alice", group, "bob", "frank");
        Assert.Equal(before + 1, await RevisionAsync());
        await server.LeaveAsync("carol", group);
        Assert.Equal(before + 2, await RevisionAsync());

        async Task<long> RevisionAsync() => (await server.StateAsync("alice", group)).Revision!.Value;
    }

    [Theory, EveryEngine]
    [Trait("Row", "B35")]
    public async Task When_its_owner_is_gone_the_app_makes_another_of_its_participants_one(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await Group.OfAsync(server, "alice", "bob", "carol");
        Assert.Null((await server.AskAsync<UserAccount>(server.As("nobody"), new DeleteUser(new UserId("alice")))).Refusal);
        Assert.Equal(Refusals.PermissionDenied, (await group.PermitAsync("bob", ("bob", PermissionPresets.Owner))).Refusal);
        var command = new AddOwner(group.Id, CommandId.New(), new UserId("bob"));

        var entry = await server.DoAsync("nobody", command);

        var changed = Assert.IsType<PermissionsChanged>(entry.Event);
        Assert.Equal((new UserId("bob"), new Participant(new UserId("bob"), PermissionPresets.Owner)), (changed.Actor, Assert.Single(changed.Participants)));
        Assert.Equal(2, await server.NumberAsync($"select owners from conversations"));
        Assert.Equal(entry.Sequence, (await server.DoAsync("nobody", command)).Sequence);
        Assert.Equal(Refusals.Unchanged, await server.RefusalOfAsync("nobody", command with { CommandId = CommandId.New() }));
        // Now he puts out who is gone, and owns it alone.
        Assert.Null((await group.RemoveAsync("bob", "alice")).Refusal);
        Assert.Equal(Refusals.LastOwner, (await group.LeaveAsync("bob")).Refusal);
        Assert.Equal(PermissionPresets.Owner, (await group.StateAsync("carol")).Participants!.Single(one => one.User.Value == "bob").Permissions);
    }

    [Theory, EveryEngine]
    public async Task The_app_makes_nobody_an_owner_who_is_not_in_it_or_gone_himself_nor_of_what_nobody_owns(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await Group.OfAsync(server, "alice", "bob", "carol");
        await group.LeaveAsync("carol");
        await server.AskAsync<UserAccount>(server.As("nobody"), new SuspendUser(new UserId("bob")));

        Assert.Equal(Refusals.Suspended, await OfAsync(group.Id, "bob"));
        Assert.Equal(Refusals.NotParticipant, await OfAsync(group.Id, "carol"));
        Assert.Equal(Refusals.NotFound, await OfAsync(group.Id, "dave"));
        Assert.Equal(Refusals.NotFound, await OfAsync(ConversationId.New(), "alice"));
        Assert.Equal(Refusals.NotForThisKind, await OfAsync(await server.ConversationOfAsync("alice", "dave"), "alice"));
        var nobodys = await Group.OfAsync(server, Asking.GroupOf("dave") with { OwnPermissions = PermissionPresets.Member });
        Assert.Equal(Refusals.PermissionDenied, await OfAsync(nobodys.Id, "alice"));
        await group.DeleteAsync("alice");
        Assert.Equal(Refusals.ConversationDeleted, await OfAsync(group.Id, "alice"));

        Task<Refusal?> OfAsync(ConversationId id, string user) => server.RefusalOfAsync("nobody", new AddOwner(id, CommandId.New(), new UserId(user)));
    }

    [Theory, EveryEngine]
    public async Task Who_is_made_an_owner_receives_what_he_could_not_read_before(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await Group.OfAsync(server, Asking.GroupOf("bob") with { DefaultPermissions = Permissions.Send });
        var bob = await Delivery.Listener.ConnectAsync(server, "bob");

        var entry = await server.DoAsync("nobody", new AddOwner(group.Id, CommandId.New(), new UserId("bob")));
        await group.SayAsync("alice");

        await Gateway.GatewayHost.EventuallyAsync(() => bob.Told(Methods.Entry).Count == 2);
        Assert.Equal(entry.Sequence.Value, bob.Told(Methods.Entry)[0].GetProperty("sequence").GetInt64());
    }

    /// <summary>Alice makes bob and carol owners beside herself.</summary>
    private static Task<LogEntry> MakeOwnersAsync(TestServer server, ConversationId group) => server.DoAsync(
        "alice", new ChangePermissions(group, CommandId.New(), [new(new UserId("bob"), PermissionPresets.Owner), new(new UserId("carol"), PermissionPresets.Owner)]));
}
