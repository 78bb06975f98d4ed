namespace Parley.Tests.Kinds;

public sealed class ModerationTests
{
    [Theory, EveryEngine]
    [Trait("Row", "B13")]
    [Trait("Row", "A42")]
    public async Task Who_is_muted_is_told_and_nobody_receives_what_he_wrote(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await Group.OfAsync(server, "alice", "bob", "carol");
        var until = DateTimeOffset.FromUnixTimeMilliseconds(TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeMilliseconds());

        var muted = await group.MuteAsync("alice", "bob", until);
        var refused = await group.SayAsync("bob");

        Assert.Equal(until, Assert.IsType<ParticipantsMuted>(muted.Value!.Event).Until);
        Assert.Equal(Refusals.Muted, refused.Refusal);
        Assert.Contains(until.UtcDateTime.Year.ToString(System.Globalization.CultureInfo.InvariantCulture), refused.Refusal!.Detail, StringComparison.Ordinal);
        Assert.InRange(refused.Refusal.RetryAfter!.Value, TimeSpan.FromMinutes(59), TimeSpan.FromHours(1));
        Assert.DoesNotContain(await server.HistoryAsync("carol", group.Id), entry => entry.Event is MessageSent);
        Assert.Equal(until, (await group.StateAsync("bob")).Own.MutedUntil);
        Assert.Equal(until, (await group.StateAsync("carol")).Participants!.Single(one => one.User.Value == "bob").MutedUntil);
        Assert.Equal(["bob"], await group.ListAsync("carol", ParticipantList.Muted));

        await group.UnmuteAsync("alice", "bob");
        Assert.Null((await group.SayAsync("bob")).Refusal);
        Assert.Null((await group.StateAsync("bob")).Own.MutedUntil);
    }

    [Theory, EveryEngine]
    [Trait("Row", "B13")]
    public async Task A_mute_ends_by_itself_and_outlives_leaving_and_coming_back(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await Group.OfAsync(server, "alice", "bob", "carol");

        await group.MuteAsync("alice", "bob");
        await group.LeaveAsync("bob");
        await group.AddAsync("alice", "bob");
        Assert.Equal(Refusals.Muted, (await group.SayAsync("bob")).Refusal);

        Assert.Equal(Refusals.Unchanged, (await group.MuteAsync("alice", "bob")).Refusal);
        await group.MuteAsync("alice", "bob", TimeProvider.System.GetUtcNow().AddMilliseconds(300));
        while ((await group.SayAsync("bob")).Refusal is { } refusal)
        {
            Assert.Equal(Refusals.Muted, refusal);
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        Assert.Empty(await group.ListAsync("alice", ParticipantList.Muted));
        Assert.Equal(Refusals.InvalidParams, (await group.MuteAsync("alice", "bob", TimeProvider.System.GetUtcNow().AddSeconds(-1))).Refusal);
    }

    [Theory, EveryEngine]
    [Trait("Row", "B13")]
    public async Task In_a_muted_conversation_only_the_allowed_and_who_looks_after_it_speak_and_a_mute_beats_the_allow_list(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await Group.OfAsync(server, "alice", "bob", "carol", "dave");
        await group.PermitAsync("alice", ("dave", PermissionPresets.Member | Permissions.ManageParticipants));

        await group.UpdateAsync("alice", update => update with { Muted = true });
        await group.AllowAsync("alice", "carol");

        Assert.Equal(Refusals.ConversationMuted, (await group.SayAsync("bob")).Refusal);
        Assert.Null((await group.SayAsync("carol")).Refusal);
        Assert.Null((await group.SayAsync("dave")).Refusal);
        Assert.Null((await group.SayAsync("alice")).Refusal);
        Assert.Equal(["carol"], await group.ListAsync("bob", ParticipantList.Allowed));

        await group.MuteAsync("alice", "carol");
        Assert.Equal(Refusals.Muted, (await group.SayAsync("carol")).Refusal);
        await group.UnmuteAsync("alice", "carol");
        await group.DisallowAsync("alice", "carol");
        Assert.Equal(Refusals.ConversationMuted, (await group.SayAsync("carol")).Refusal);
        await group.UpdateAsync("alice", update => update with { Muted = false });
        Assert.Null((await group.SayAsync("bob")).Refusal);
    }

    [Theory, EveryEngine]
    [Trait("Row", "B13")]
    [Trait("Row", "B12")]
    public async Task Who_is_banned_is_out_and_cannot_come_back_whoever_lets_him_in(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await Group.OfAsync(server, new CreateConversation(
            ConversationId.New(), ConversationKind.Group, Group.Ids(["bob", "carol"]), Settings: new NewSettings(Public: true, ConfirmInvitations: true)));

        var banned = await group.BanAsync("alice", "bob");
        await group.BanAsync("alice", "dave");

        Assert.Equal(banned.Value!.Sequence, (await group.StateAsync("bob")).Head);
        Assert.Equal(2, (await group.StateAsync("carol")).ParticipantCount);
        Assert.Equal(Refusals.Banned, (await group.SayAsync("bob")).Refusal);
        Assert.Equal(Refusals.Banned, (await group.JoinAsync("bob")).Refusal);
        Assert.Equal(Refusals.Banned, (await group.JoinAsync("dave")).Refusal);
        Assert.Equal(Refusals.Banned, (await group.AddAsync("alice", "erin", "bob")).Refusal);
        Assert.Equal(Refusals.Banned, (await group.InviteAsync("alice", "dave")).Refusal);
        Assert.Equal(["bob", "dave"], (await group.ListAsync("carol", ParticipantList.Banned)).Order());
        Assert.DoesNotContain(group.Id, (await server.AskAsync<PreviewPage>(server.As("dave"), new ListPublic())).Value!.Conversations.Select(one => one.Conversation));

        await group.UnbanAsync("alice", "bob");
        Assert.Null((await group.JoinAsync("bob")).Refusal);
    }

    [Theory, EveryEngine]
    public async Task Moderating_takes_the_permission_and_nobody_does_it_to_himself(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await Group.OfAsync(server, "alice", "bob", "carol");

        Assert.Equal(Refusals.PermissionDenied, (await group.MuteAsync("bob", "carol")).Refusal);
        Assert.Equal(Refusals.PermissionDenied, (await group.BanAsync("bob", "carol")).Refusal);
        Assert.Equal(Refusals.PermissionDenied, (await group.AllowAsync("bob", "bob")).Refusal);
        Assert.Equal(Refusals.InvalidParams, (await group.MuteAsync("alice", "alice")).Refusal);
        Assert.Equal(Refusals.InvalidParams, (await group.MuteAsync("alice", "erin")).Refusal);
        Assert.Equal(Refusals.NotFound, (await group.MuteAsync("erin", "bob")).Refusal);
        Assert.Equal(Refusals.Unchanged, (await group.UnmuteAsync("alice", "bob")).Refusal);
        Assert.Equal(Refusals.Unchanged, (await group.UnbanAsync("alice", "bob")).Refusal);
    }
}
