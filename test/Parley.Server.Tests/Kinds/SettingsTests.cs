namespace Parley.Tests.Kinds;

public sealed class SettingsTests
{
    [Theory, EveryEngine]
    [Trait("Row", "V18")]
    [Trait("Row", "V34")]
    [Trait("Row", "V36")]
    public async Task One_request_changes_several_settings_and_the_entry_says_those_that_are_different(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await Group.OfAsync(server, new CreateConversation(ConversationId.New(), ConversationKind.Group, [new UserId("bob")], "Lunch"));

        var entry = await group.UpdateAsync("alice", update => update with { Title = "Lunch", Description = "Where and when", Announcement = "Noon", Public = true, Approval = false });

        Assert.Equal(
            new ConversationChanged(new UserId("alice"), Description: "Where and when", Announcement: "Noon", Public: true), entry.Value!.Event);
        var state = await group.StateAsync("bob");
        Assert.Equal("Lunch", state.Title);
        Assert.Equal(new ConversationSettings("Where and when", "Noon", Public: true), state.Settings);
        Assert.Equal(entry.Value.Sequence, state.Head);
    }

    [Theory, EveryEngine]
    [Trait("Row", "V19")]
    public async Task Custom_data_is_replaced_whole_or_patched_member_by_member_and_empty_takes_it_away(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await Group.OfAsync(server, "alice", "bob", "carol");

        await group.UpdateAsync("alice", update => update with { CustomData = CustomData.Parse("""{"colour":"red","size":{"w":1,"h":2}}""") });
        var patched = await group.UpdateAsync("alice", update => update with { CustomDataPatch = CustomData.Parse("""{"colour":null,"size":{"h":3},"new":[1]}""") });
        Assert.Equal(CustomData.Parse("""{"size":{"w":1,"h":3},"new":[1]}"""), ((ConversationChanged)patched.Value!.Event).CustomData);
        Assert.Equal(CustomData.Parse("""{"size":{"w":1,"h":3},"new":[1]}"""), (await group.StateAsync("bob")).Settings!.CustomData);

        await group.UpdateAsync("alice", update => update with { CustomData = CustomData.Parse("""{"only":"this"}""") });
        Assert.Equal(CustomData.Parse("""{"only":"this"}"""), (await group.StateAsync("bob")).Settings!.CustomData);

        await group.UpdateAsync("alice", update => update with { CustomData = CustomData.Empty });
        Assert.Null((await group.StateAsync("bob")).Settings!.CustomData);
    }

    [Theory, EveryEngine]
    public async Task An_empty_text_takes_a_setting_away_and_what_is_so_already_is_refused_as_unchanged(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await Group.OfAsync(server, new CreateConversation(ConversationId.New(), ConversationKind.Group, [new UserId("bob")], "Lunch"));

        var cleared = await group.UpdateAsync("alice", update => update with { Title = "" });
        var again = await group.UpdateAsync("alice", update => update with { Title = "", Public = false, CustomData = CustomData.Empty });

        Assert.Equal("", ((ConversationChanged)cleared.Value!.Event).Title);
        Assert.Null((await group.StateAsync("bob")).Title);
        Assert.Equal(Refusals.Unchanged, again.Refusal);
    }

    [Theory, EveryEngine]
    public async Task A_change_asked_for_twice_is_made_once_and_the_id_is_good_for_nothing_else(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await Group.OfAsync(server, "alice", "bob", "carol");
        var command = CommandId.New();

        var first = await group.DoAsync("alice", (id, _) => new UpdateConversation(id, command, Title: "One"));
        await group.UpdateAsync("alice", update => update with { Title = "Two" });
        var retried = await group.DoAsync("alice", (id, _) => new UpdateConversation(id, command, Title: "One"));
        var other = await group.DoAsync("alice", (id, _) => new UpdateConversation(id, command, Description: "One"));

        Assert.Equal(first.Value, retried.Value);
        Assert.Equal(Refusals.IdInUse, other.Refusal);
        Assert.Equal("Two", (await group.StateAsync("bob")).Title);
    }

    [Theory, EveryEngine]
    public async Task Texts_and_custom_data_have_limits_and_at_the_limit_they_are_taken(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await Group.OfAsync(server, "alice", "bob", "carol");
        var data = CustomData.Parse($$"""{"a":"{{new string('x', CustomData.MaxBytes - 8)}}"}""");

        Assert.Equal(CustomData.MaxBytes, TextSize.Bytes(data.Json));
        Assert.Null((await group.UpdateAsync("alice", update => update with { Title = new string('t', 128), Description = new string('d', 512), Announcement = new string('a', 512), CustomData = data })).Refusal);
        Assert.Equal(Refusals.InvalidParams, (await group.UpdateAsync("alice", update => update with { Title = new string('t', 129) })).Refusal);
        Assert.Equal(Refusals.InvalidParams, (await group.UpdateAsync("alice", update => update with { Description = new string('t', 513) })).Refusal);
        Assert.Equal(Refusals.InvalidParams, (await group.UpdateAsync("alice", update => update with { Announcement = new string('t', 513) })).Refusal);
        Assert.Equal(Refusals.TooLarge, (await group.UpdateAsync("alice", update => update with { CustomData = CustomData.Parse($$"""{"a":"{{new string('x', CustomData.MaxBytes - 7)}}"}""") })).Refusal);
        Assert.Equal(Refusals.TooLarge, (await group.UpdateAsync("alice", update => update with { CustomDataPatch = CustomData.Parse("""{"b":1}""") })).Refusal);
        Assert.Equal(data, (await group.StateAsync("bob")).Settings!.CustomData);

        Assert.Null((await group.UpdateAsync("alice", update => update with { CustomData = Nested(CustomData.MaxDepth) })).Refusal);
        Assert.Equal(Refusals.InvalidParams, (await group.UpdateAsync("alice", update => update with { CustomData = Nested(CustomData.MaxDepth + 1) })).Refusal);
        Assert.Equal(Refusals.InvalidParams, (await group.UpdateAsync("alice", update => update)).Refusal);
        Assert.Equal(Refusals.InvalidParams, (await group.UpdateAsync("alice", update => update with { CustomData = data, CustomDataPatch = data })).Refusal);

        static CustomData Nested(int levels) => CustomData.Parse(string.Concat(Enumerable.Repeat("""{"a":""", levels - 1)) + "{}" + new string('}', levels - 1));
    }

    [Theory, EveryEngine]
    [Trait("Row", "V11")]
    public async Task Default_permissions_are_inherited_by_newcomers_and_a_change_concerns_those_who_come_later(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await Group.OfAsync(server, new CreateConversation(
            ConversationId.New(), ConversationKind.Group, [new UserId("bob")], DefaultPermissions: Permissions.Read | Permissions.Send));

        await group.AddAsync("alice", "carol");
        await group.UpdateAsync("alice", update => update with { DefaultPermissions = Permissions.Read });
        await group.AddAsync("alice", "dave");

        Assert.Null((await group.SayAsync("carol")).Refusal);
        Assert.Equal(Refusals.PermissionDenied, (await group.SayAsync("dave")).Refusal);
        Assert.Equal(Permissions.Read | Permissions.Send, (await group.StateAsync("bob")).Own.Permissions);
        Assert.Equal(Permissions.Read, (await group.StateAsync("dave")).Own.Permissions);
        Assert.Equal(Refusals.InvalidParams, (await group.UpdateAsync("alice", update => update with { DefaultPermissions = Permissions.Owner })).Refusal);
    }

    [Theory, EveryEngine]
    public async Task Who_left_is_told_the_title_as_it_was_and_no_other_setting(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await Group.OfAsync(server, new CreateConversation(
            ConversationId.New(), ConversationKind.Group, [new UserId("bob")], "Before", Settings: new NewSettings(Description: "d", CustomData: CustomData.Parse("""{"a":1}"""))));
        await group.LeaveAsync("bob");
        await group.UpdateAsync("alice", update => update with { Title = "After", Announcement = "secret" });

        var state = await group.StateAsync("bob");

        Assert.Equal("Before", state.Title);
        Assert.Null(state.Settings);
        Assert.Null(state.DefaultPermissions);
        Assert.Equal("Before", Assert.Single((await server.InboxAsync("bob")).Value!.Conversations).Title);
        Assert.Equal("After", Assert.Single((await server.InboxAsync("alice")).Value!.Conversations).Title);

        await group.AddAsync("alice", "bob");
        Assert.Equal("After", (await group.StateAsync("bob")).Title);
    }

    [Theory, EveryEngine]
    public async Task A_direct_conversation_has_no_settings(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var direct = new Group(server, await server.ConversationOfAsync("alice", "bob"));

        Assert.Equal(Refusals.NotForThisKind, (await direct.UpdateAsync("alice", update => update with { Title = "us" })).Refusal);
        Assert.Equal(Refusals.NotForThisKind, (await direct.PermitAsync("alice", ("bob", Permissions.Read))).Refusal);
        Assert.Equal(Refusals.NotForThisKind, (await direct.MuteAsync("alice", "bob")).Refusal);
        Assert.Equal(Refusals.NotForThisKind, (await direct.BanAsync("alice", "bob")).Refusal);
        Assert.Equal(Refusals.NotForThisKind, (await direct.DeleteAsync("alice")).Refusal);
        Assert.Equal(Refusals.NotForThisKind, (await direct.InviteAsync("alice", "carol")).Refusal);
        Assert.Equal(Refusals.NotForThisKind, (await direct.JoinAsync("alice")).Refusal);
    }
}
