using Parley.Client.Tests.Support;
using Parley.Tests;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.EndToEnd;

/// <summary>Who may do what, custom data, and how conversations end, by the SDK against a real server.</summary>
public sealed class PermissionTests
{
    private static readonly UserId Dave = new("dave");

    [Theory, EveryEngine]
    [Trait("Row", "C3")]
    [Trait("Row", "V17")]
    public async Task Admins_are_made_and_made_members_again_by_a_method_of_their_own(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, bob) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"));
        var group = (await alice.Conversations.CreateAsync(new CreateConversation(
            ConversationId.New(), ConversationKind.Group, [Bob, Carol], DefaultPermissions: Permissions.Read | Permissions.Send))).Conversation;
        await RefusedAsync(Refusals.PermissionDenied, () => bob.Conversations.MakeAdminsAsync(group, [Bob]));

        var made = Assert.IsType<PermissionsChanged>((await alice.Conversations.MakeAdminsAsync(group, [Bob, Carol])).Event);
        Assert.Equal([Bob, Carol], made.Participants.Select(one => one.User).Order());
        Assert.All(made.Participants, one => Assert.Equal(PermissionPresets.Admin, one.Permissions));
        await bob.Conversations.AddAsync(group, [Dave]);
        await bob.Conversations.RemoveAdminsAsync(group, [Carol]);
        Assert.Equal(Permissions.Read | Permissions.Send, await PermissionsAsync(alice, group, Carol));
        await alice.Conversations.RemoveAdminsAsync(group, [Bob]);

        await RefusedAsync(Refusals.PermissionDenied, () => bob.Conversations.RemoveAsync(group, [Dave]));
        await bob.Messages.SendAsync(group, "as everybody");
    }

    [Theory, EveryEngine]
    [Trait("Row", "V11")]
    [Trait("Row", "V12")]
    public async Task Newcomers_may_do_what_was_said_at_creation_and_else_read_send_and_change_what_is_theirs(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, bob) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"));
        var quiet = (await alice.Conversations.CreateAsync(new CreateConversation(
            ConversationId.New(), ConversationKind.Group, [Bob], DefaultPermissions: Permissions.Read))).Conversation;
        var usual = (await alice.Conversations.CreateGroupAsync([Bob])).Conversation;
        foreach (var group in new[] { quiet, usual }) await alice.Conversations.AddAsync(group, [Carol]);

        foreach (var user in new[] { Bob, Carol })
        {
            Assert.Equal(Permissions.Read, await PermissionsAsync(alice, quiet, user));
            Assert.Equal(Permissions.Read | Permissions.Send | Permissions.EditOwn | Permissions.RemoveOwn, await PermissionsAsync(alice, usual, user));
        }

        await RefusedAsync(Refusals.PermissionDenied, () => bob.Messages.SendAsync(quiet, "may I?"));
        await bob.Messages.SendAsync(usual, "I may");
        using var shown = await bob.Conversations.OpenAsync(quiet);
        await alice.Conversations.UpdateAsync(new UpdateConversation(quiet, CommandId.New(), DefaultPermissions: PermissionPresets.Member));
        await alice.Conversations.AddAsync(quiet, [Dave]);
        await UntilAsync(() => shown.Timeline.Participants!.ContainsKey(Dave), "bob sees dave");
        Assert.Equal((PermissionPresets.Member, Permissions.Read), (shown.Timeline.Participants![Dave].Permissions, shown.Timeline.Participants![Bob].Permissions));
    }

    [Theory, EveryEngine]
    [Trait("Row", "V13")]
    [Trait("Row", "V33")]
    public async Task Permissions_of_many_are_changed_by_one_call_all_of_them_or_none(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, bob, carol) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"), await server.ConnectAsync("carol"));
        var group = (await alice.Conversations.CreateGroupAsync([Bob, Carol, Dave])).Conversation;
        using var shown = await bob.Conversations.OpenAsync(group);
        var head = shown.Timeline.Head;
        ParticipantPermissions[] wish =
        [
            new(Bob, PermissionPresets.Member | Permissions.EditAny | Permissions.RemoveAny), new(Carol, PermissionPresets.Listener), new(Dave, Permissions.Send | Permissions.ManageParticipants),
        ];

        await RefusedAsync(Refusals.InvalidParams, () => alice.Conversations.SetPermissionsAsync(group, [.. wish, new(new UserId("erin"), PermissionPresets.Member)]));
        foreach (var user in new[] { Bob, Carol, Dave }) Assert.Equal(PermissionPresets.Member, await PermissionsAsync(alice, group, user));
        var changed = await alice.Conversations.SetPermissionsAsync(group, wish);

        Assert.Equal(head.Next, changed.Sequence);
        Assert.Equal([Bob, Carol, Dave], Assert.IsType<PermissionsChanged>(changed.Event).Participants.Select(one => one.User).Order());
        await UntilAsync(() => shown.Timeline.Head == changed.Sequence, "bob has the one entry");
        foreach (var (user, permissions) in wish)
        {
            Assert.Equal(permissions, shown.Timeline.Participants![user].Permissions);
            Assert.Equal(permissions, await PermissionsAsync(bob, group, user));
        }

        await RefusedAsync(Refusals.PermissionDenied, () => carol.Messages.SendAsync(group, "may I?"));
        var said = (MessageSent)(await alice.Messages.SendAsync(group, "lunhc")).Event;
        await bob.Messages.EditAsync(group, said.Message, MessageContent.OfText("lunch"));
        await RefusedAsync(Refusals.PermissionDenied, () => bob.Conversations.SetPermissionsAsync(group, [new(Carol, PermissionPresets.Member), new(Dave, PermissionPresets.Member)]));
    }

    [Theory, EveryEngine]
    [Trait("Row", "L07")]
    [Trait("Row", "V32")]
    public async Task Where_the_conversation_says_so_all_write_and_manage_each_other_and_nobody_edits_what_is_others(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, bob, dave) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"), await server.ConnectAsync("dave"));
        var all = PermissionPresets.Member | Permissions.ManageParticipants;
        var free = (await alice.Conversations.CreateAsync(new CreateConversation(
            ConversationId.New(), ConversationKind.Group, [Bob, Carol], DefaultPermissions: all, OwnPermissions: all))).Conversation;

        await bob.Conversations.AddAsync(free, [Dave]);
        await dave.Messages.SendAsync(free, "hello");
        await dave.Conversations.RemoveAsync(free, [Carol]);
        await bob.Conversations.RemoveAsync(free, [Alice]);

        var listed = await bob.Conversations.ListParticipantsAsync(free).ToListAsync();
        Assert.Equal([(Bob, all), (Dave, all)], listed.OrderBy(one => one.User).Select(one => (one.User, one.Permissions!.Value)));
        Assert.False(all.HasFlag(Permissions.EditAny) || all.HasFlag(Permissions.RemoveAny));
        await RefusedAsync(Refusals.PermissionDenied, () => bob.Conversations.SetPermissionsAsync(free, Bob, PermissionPresets.Owner));
        await RefusedAsync(Refusals.PermissionDenied, () => bob.Conversations.SetPermissionsAsync(free, Bob, all | Permissions.EditAny));
    }

    [Theory, EveryEngine]
    [Trait("Row", "V19")]
    [Trait("Row", "V31")]
    public async Task Custom_data_is_replaced_whole_or_patched_and_looks_the_same_to_everybody(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, bob) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"));
        var group = (await alice.Conversations.CreateAsync(new CreateConversation(
            ConversationId.New(), ConversationKind.Group, [Bob], Settings: new NewSettings(CustomData: CustomData.Parse("""{"a":1,"b":{"c":2,"d":3}}"""))))).Conversation;
        using var shown = await bob.Conversations.OpenAsync(group);

        await alice.Conversations.UpdateAsync(new UpdateConversation(group, CommandId.New(), CustomDataPatch: CustomData.Parse("""{"a":null,"b":{"c":4}}""")));
        await IsAsync("""{"b":{"c":4,"d":3}}""");
        await alice.Conversations.UpdateAsync(new UpdateConversation(group, CommandId.New(), CustomData: CustomData.Parse("""{"z":0}""")));
        await IsAsync("""{"z":0}""");
        await alice.Conversations.UpdateAsync(new UpdateConversation(group, CommandId.New(), CustomData: CustomData.Empty));
        await IsAsync(null);

        async Task IsAsync(string? json)
        {
            var expected = json is null ? null : CustomData.Parse(json);
            await UntilAsync(() => Equals(shown.Timeline.Settings!.CustomData, expected), $"bob sees {json}");
            Assert.Equal(expected, (await bob.Conversations.GetAsync(group)).Settings!.CustomData);
        }
    }

    [Theory, EveryEngine]
    [Trait("Row", "V21")]
    [Trait("Row", "C13")]
    public async Task The_owner_who_removes_all_others_and_leaves_deletes_it(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var alice = await server.ConnectAsync("alice");
        var group = (await alice.Conversations.CreateGroupAsync([Bob, Carol])).Conversation;
        using var shown = await alice.Conversations.OpenAsync(group);
        await alice.Conversations.RemoveAsync(group, [Bob]);
        await RefusedAsync(Refusals.LastOwner, () => alice.Conversations.LeaveAsync(group));
        await alice.Conversations.RemoveAsync(group, [Carol]);

        Assert.IsType<ConversationDeleted>((await alice.Conversations.LeaveAsync(group)).Event);

        await UntilAsync(() => shown.Timeline.IsDeleted, "alice sees that it is gone");
        Assert.Empty((await alice.Inbox.ListAsync()).Conversations);
        await RefusedAsync(Refusals.ConversationDeleted, () => alice.Conversations.GetAsync(group));
    }

    private static async Task<Permissions> PermissionsAsync(ParleyClient client, ConversationId group, UserId user) =>
        (await client.Conversations.GetAsync(group)).Participants!.Single(one => one.User == user).Permissions;

    private static async Task RefusedAsync(Refusal expected, Func<Task> ask) =>
        Assert.Equal(expected, (await Assert.ThrowsAsync<ParleyRefusedException>(ask)).Refusal);
}
