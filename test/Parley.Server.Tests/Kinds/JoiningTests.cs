namespace Parley.Tests.Kinds;

public sealed class JoiningTests
{
    [Theory, EveryEngine]
    [Trait("Row", "V16")]
    [Trait("Row", "B34")]
    public async Task Anybody_finds_and_joins_what_is_public_and_what_is_not_does_not_exist(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var open = await Group.OfAsync(server, new CreateConversation(
            ConversationId.New(), ConversationKind.Group, [], "Open", Settings: new NewSettings(Description: "for all", Public: true)));
        var closed = await Group.OfAsync(server, "alice", "bob");

        var listed = (await server.AskAsync<PreviewPage>(server.As("carol"), new ListPublic())).Value!;
        var joined = await open.JoinAsync("carol");

        Assert.Equal([new ConversationPreview(open.Id, ConversationKind.Group, "Open", "for all", null, 1, Approval: false)], listed.Conversations);
        Assert.Equal(new ParticipantJoined(new UserId("carol")), joined.Value!.Event);
        Assert.Null((await open.SayAsync("carol")).Refusal);
        Assert.Equal(Refusals.AlreadyParticipant, (await open.JoinAsync("carol")).Refusal);
        Assert.Equal(Refusals.NotFound, (await closed.JoinAsync("carol")).Refusal);
        Assert.Equal(Refusals.NotFound, (await new Group(server, ConversationId.New()).JoinAsync("carol")).Refusal);

        await open.UpdateAsync("alice", update => update with { Public = false });
        Assert.Empty((await server.AskAsync<PreviewPage>(server.As("dave"), new ListPublic())).Value!.Conversations);
        Assert.Equal(Refusals.NotFound, (await open.JoinAsync("dave")).Refusal);
    }

    [Theory, EveryEngine]
    [Trait("Row", "B12")]
    [Trait("Row", "A34")]
    public async Task Where_joining_waits_for_approval_somebody_who_manages_decides(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await Group.OfAsync(server, new CreateConversation(
            ConversationId.New(), ConversationKind.Group, [new UserId("bob")], Settings: new NewSettings(Public: true, Approval: true)));

        var asked = await group.JoinAsync("carol", "let me in");
        await group.JoinAsync("dave");

        Assert.Equal(new JoinRequested(new UserId("carol"), "let me in"), asked.Value!.Event);
        Assert.Equal(Refusals.Unchanged, (await group.JoinAsync("carol")).Refusal);
        Assert.Equal(Refusals.NotFound, (await group.SayAsync("carol")).Refusal);
        Assert.Equal(Refusals.NotFound, (await server.EntriesAsync("carol", new ReadEntries(group.Id))).Refusal);
        Assert.Equal(["carol", "dave"], (await group.ListAsync("alice", ParticipantList.Requests)).Order());
        Assert.Equal(PendingState.Requested, Assert.Single((await server.AskAsync<PreviewPage>(server.As("carol"), new ListInvitations())).Value!.Conversations).Pending!.State);
        Assert.Equal(Refusals.PermissionDenied, (await group.DoAsync("bob", (id, command) => new ApproveJoins(id, command, [new UserId("carol")]))).Refusal);
        Assert.Equal(Refusals.InvalidParams, (await group.DoAsync("alice", (id, command) => new ApproveJoins(id, command, [new UserId("erin")]))).Refusal);

        var approved = await group.DoAsync("alice", (id, command) => new ApproveJoins(id, command, [new UserId("carol")]));
        var declined = await group.DoAsync("alice", (id, command) => new DeclineJoins(id, command, [new UserId("dave")]));

        Assert.IsType<ParticipantsAdded>(approved.Value!.Event);
        Assert.IsType<JoinsDeclined>(declined.Value!.Event);
        Assert.Null((await group.SayAsync("carol")).Refusal);
        Assert.Equal(Refusals.NotFound, (await group.SayAsync("dave")).Refusal);
        Assert.Empty(await group.ListAsync("alice", ParticipantList.Requests));
        Assert.Empty((await server.AskAsync<PreviewPage>(server.As("dave"), new ListInvitations())).Value!.Conversations);
    }

    [Theory, EveryEngine]
    [Trait("Row", "B12")]
    [Trait("Row", "A35")]
    public async Task Who_is_invited_is_asked_where_it_is_so_and_accepts_or_declines(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await Group.OfAsync(server, new CreateConversation(
            ConversationId.New(), ConversationKind.Group, [new UserId("bob")], "Lunch", Settings: new NewSettings(ConfirmInvitations: true)));

        var invited = await group.InviteAsync("alice", "carol", "dave", "erin");
        Assert.Equal(["carol", "dave", "erin"], Assert.IsType<ParticipantsInvited>(invited.Value!.Event).Users.Select(user => user.Value));
        var preview = Assert.Single((await server.AskAsync<PreviewPage>(server.As("carol"), new ListInvitations())).Value!.Conversations);
        Assert.Equal(("Lunch", 2, PendingState.Invited, "alice"), (preview.Title, preview.ParticipantCount, preview.Pending!.State, preview.Pending.Actor.Value));
        Assert.Equal(Refusals.NotFound, (await group.GetAsync("carol")).Refusal);
        Assert.Equal(Refusals.Unchanged, (await group.InviteAsync("alice", "carol", "bob")).Refusal);

        var accepted = await group.JoinAsync("carol");
        var declined = await group.DoAsync("dave", (id, command) => new DeclineInvitation(id, command));
        var withdrawn = await group.DoAsync("alice", (id, command) => new WithdrawInvitations(id, command, [new UserId("erin")]));

        Assert.Equal(new UserId("alice"), Assert.IsType<ParticipantJoined>(accepted.Value!.Event).InvitedBy);
        Assert.IsType<InvitationDeclined>(declined.Value!.Event);
        Assert.IsType<InvitationsWithdrawn>(withdrawn.Value!.Event);
        Assert.Equal(Refusals.NotFound, (await group.JoinAsync("dave")).Refusal);
        Assert.Equal(Refusals.NotFound, (await group.JoinAsync("erin")).Refusal);
        Assert.Equal(Refusals.NotFound, (await group.DoAsync("dave", (id, command) => new DeclineInvitation(id, command))).Refusal);
        Assert.Equal(3, (await group.StateAsync("carol")).ParticipantCount);
    }

    [Theory, EveryEngine]
    [Trait("Row", "B12")]
    public async Task Members_invite_where_it_is_so_and_take_back_only_their_own(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await Group.OfAsync(server, "alice", "bob", "carol");

        Assert.Equal(Refusals.PermissionDenied, (await group.InviteAsync("bob", "dave")).Refusal);
        await group.UpdateAsync("alice", update => update with { MembersInvite = true });
        Assert.IsType<ParticipantsAdded>((await group.InviteAsync("bob", "dave")).Value!.Event);
        await group.UpdateAsync("alice", update => update with { ConfirmInvitations = true });
        Assert.IsType<ParticipantsInvited>((await group.InviteAsync("bob", "erin")).Value!.Event);
        Assert.Equal(Refusals.PermissionDenied, (await group.DoAsync("carol", (id, command) => new WithdrawInvitations(id, command, [new UserId("erin")]))).Refusal);
        Assert.Null((await group.DoAsync("bob", (id, command) => new WithdrawInvitations(id, command, [new UserId("erin")]))).Refusal);
        Assert.Equal(Refusals.PermissionDenied, (await group.AddAsync("bob", "frank")).Refusal);
    }

    [Theory, EveryEngine]
    [Trait("Row", "PM-04")]
    public async Task Of_many_who_take_the_last_place_at_once_one_gets_it(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await Group.OfAsync(server, new CreateConversation(
            ConversationId.New(), ConversationKind.Group, [.. Enumerable.Range(0, 4_998).Select(number => new UserId($"u{number}"))], Settings: new NewSettings(Public: true)));

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(number => group.JoinAsync($"late{number}")));

        Assert.Single(answers, answer => answer.Refusal is null);
        Assert.Equal(9, answers.Count(answer => answer.Refusal == Refusals.Full));
        Assert.Equal(5_000, (await group.StateAsync("alice")).ParticipantCount);
    }
}
