namespace Parley.Tests.Kinds;

public sealed class PermissionTests
{
    private const Permissions Member = PermissionPresets.Member;

    [Theory, EveryEngine]
    [Trait("Row", "V17")]
    [Trait("Row", "V33")]
    [Trait("Row", "C3")]
    public async Task Many_participants_are_given_permissions_with_one_entry_or_none_of_them(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await Group.OfAsync(server, "alice", "bob", "carol", "dave");

        var refused = await group.PermitAsync("alice", ("bob", PermissionPresets.Admin), ("erin", Member));
        Assert.Equal(Refusals.InvalidParams, refused.Refusal);
        Assert.Equal(Member, (await group.StateAsync("bob")).Own.Permissions);

        var entry = await group.PermitAsync("alice", ("bob", PermissionPresets.Admin), ("carol", Permissions.Read), ("dave", Member));

        Assert.Equal(["bob", "carol"], Assert.IsType<PermissionsChanged>(entry.Value!.Event).Participants.Select(one => one.User.Value));
        Assert.Equal(PermissionPresets.Admin, (await group.StateAsync("bob")).Own.Permissions);
        Assert.Equal(Refusals.PermissionDenied, (await group.SayAsync("carol")).Refusal);
        Assert.Null((await group.RemoveAsync("bob", "dave")).Refusal);
        Assert.Equal(Refusals.Unchanged, (await group.PermitAsync("alice", ("carol", Permissions.Read))).Refusal);
    }

    [Theory, EveryEngine]
    [Trait("Row", "B35")]
    [Trait("Row", "V13")]
    public async Task Nobody_gives_what_he_does_not_have_and_only_owners_touch_owners(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await Group.OfAsync(server, "alice", "bob", "carol");
        await group.PermitAsync("alice", ("bob", Member | Permissions.ManageParticipants));

        Assert.Equal(Refusals.PermissionDenied, (await group.PermitAsync("carol", ("carol", PermissionPresets.Owner))).Refusal);
        Assert.Equal(Refusals.PermissionDenied, (await group.PermitAsync("bob", ("bob", PermissionPresets.Admin))).Refusal);
        Assert.Equal(Refusals.PermissionDenied, (await group.PermitAsync("bob", ("carol", Member | Permissions.EditAny))).Refusal);
        Assert.Equal(Refusals.PermissionDenied, (await group.PermitAsync("bob", ("alice", Member))).Refusal);
        Assert.Equal(Refusals.PermissionDenied, (await group.PermitAsync("bob", ("carol", PermissionPresets.Owner))).Refusal);
        Assert.Null((await group.PermitAsync("bob", ("carol", Member | Permissions.ManageParticipants))).Refusal);
        Assert.Null((await group.PermitAsync("bob", ("carol", Permissions.Read))).Refusal);
        Assert.Null((await group.PermitAsync("alice", ("carol", PermissionPresets.Owner))).Refusal);
        Assert.Equal(Refusals.PermissionDenied, (await group.BanAsync("bob", "carol")).Refusal);
        Assert.Equal(Refusals.PermissionDenied, (await group.MuteAsync("bob", "carol")).Refusal);
    }

    [Theory, EveryEngine]
    [Trait("Row", "V15")]
    [Trait("Row", "B12")]
    public async Task The_creator_owns_it_and_ownership_is_handed_over_in_one_request(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await Group.OfAsync(server, "alice", "bob", "carol");

        Assert.Equal(PermissionPresets.Owner, (await group.StateAsync("alice")).Own.Permissions);
        Assert.Equal(Refusals.LastOwner, (await group.PermitAsync("alice", ("alice", Member))).Refusal);
        Assert.Equal(Refusals.LastOwner, (await group.LeaveAsync("alice")).Refusal);
        Assert.Null((await group.PermitAsync("alice", ("bob", PermissionPresets.Owner), ("alice", Member))).Refusal);
        Assert.Null((await group.LeaveAsync("alice")).Refusal);
        Assert.Equal(Refusals.LastOwner, (await group.LeaveAsync("bob")).Refusal);
    }

    [Theory, EveryEngine]
    [Trait("Row", "PM-03")]
    public async Task Of_two_owners_who_step_down_at_once_one_stays(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        for (var round = 0; round < 10; round++)
        {
            var group = await Group.OfAsync(server, "alice", "bob", "carol");
            await group.PermitAsync("alice", ("bob", PermissionPresets.Owner));

            var answers = await Task.WhenAll(group.PermitAsync("alice", ("alice", Member)), group.LeaveAsync("bob"));

            Assert.Single(answers, answer => answer.Refusal is null);
            Assert.Single((await group.StateAsync("carol")).Participants!, one => one.Permissions.HasFlag(Permissions.Owner));
        }
    }

    [Theory, EveryEngine]
    [Trait("Row", "L07")]
    [Trait("Row", "C11")]
    public async Task A_conversation_that_nobody_owns_lets_anybody_add_and_remove_anybody(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        const Permissions anybody = Member | Permissions.ManageParticipants;
        var group = await Group.OfAsync(server, new CreateConversation(
            ConversationId.New(), ConversationKind.Group, Group.Ids(["bob", "carol"]), DefaultPermissions: anybody, OwnPermissions: anybody));

        Assert.Null((await group.AddAsync("bob", "dave")).Refusal);
        Assert.Null((await group.RemoveAsync("dave", "alice")).Refusal);
        Assert.Equal(Refusals.PermissionDenied, (await group.PermitAsync("bob", ("bob", PermissionPresets.Owner))).Refusal);
        foreach (var user in new[] { "bob", "carol", "dave" }) Assert.IsType<ParticipantLeft>((await group.LeaveAsync(user)).Value!.Event);
    }

    [Theory, EveryEngine]
    public async Task Reading_can_be_taken_and_given_and_with_it_what_is_received(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await Group.OfAsync(server, "alice", "bob", "carol");
        await group.SayAsync("alice");

        await group.PermitAsync("alice", ("bob", Permissions.Send));
        var hidden = await server.EntriesAsync("bob", new ReadEntries(group.Id));
        var state = await group.StateAsync("bob");
        await group.PermitAsync("alice", ("bob", Member));

        Assert.Equal(Refusals.PermissionDenied, hidden.Refusal);
        Assert.Equal(Sequence.None, state.Head);
        Assert.Equal(4, (await server.HistoryAsync("bob", group.Id)).Count);
    }

    [Theory, EveryEngine]
    [Trait("Row", "PM-02")]
    public async Task After_the_permission_to_send_is_taken_nothing_of_his_is_recorded(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        for (var round = 0; round < 5; round++)
        {
            var group = await Group.OfAsync(server, "alice", "bob", "carol");
            var sends = Enumerable.Range(0, 50).Select(_ => group.SayAsync("bob")).ToList();
            var taken = group.PermitAsync("alice", ("bob", Permissions.Read));
            sends.AddRange(Enumerable.Range(0, 50).Select(_ => group.SayAsync("bob")));

            var cut = (await taken).Value!.Sequence;
            var answers = await Task.WhenAll(sends);

            Assert.All(answers, answer => Assert.True(answer.Refusal == Refusals.PermissionDenied || answer.Value!.Sequence < cut));
            Assert.DoesNotContain(await server.HistoryAsync("alice", group.Id), entry => entry.Sequence > cut && entry.Event is MessageSent);
            Assert.Contains(answers, answer => answer.Refusal is not null);
        }
    }
}
