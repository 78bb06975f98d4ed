using Parley.Client.Tests.Support;
using Parley.Tests;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.EndToEnd;

/// <summary>How conversations are made, whose they are, and what is seen of their past, by the SDK against a real server.</summary>
public sealed class KindTests
{
    [Theory, EveryEngine]
    [Trait("Row", "V14")]
    [Trait("Row", "L01")]
    [Trait("Row", "L04")]
    [Trait("Row", "V15")]
    public async Task A_conversation_is_made_of_people_alone_or_with_everything_else_it_begins_with(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, bob) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"));
        var data = CustomData.Parse("""{"type":"chat"}""");
        var wish = new NewSettings("about", "read this", data, HistoryVisibility.WhileIn, Public: true, Approval: true, MembersInvite: true, ConfirmInvitations: true, Muted: true);

        var plain = (await alice.Conversations.CreateGroupAsync([Bob, Carol])).Conversation;
        var full = (await alice.Conversations.CreateAsync(
            new CreateConversation(ConversationId.New(), ConversationKind.Group, [Bob], "Chess", Permissions.Read, Settings: wish))).Conversation;
        var direct = (await alice.Conversations.CreateAsync(new CreateConversation(ConversationId.New(), ConversationKind.Direct, [Bob]))).Conversation;

        var (seen, told, pair) = (await bob.Conversations.GetAsync(plain), await bob.Conversations.GetAsync(full), await bob.Conversations.GetAsync(direct));
        Assert.Equal((ConversationKind.Group, null, new ConversationSettings()), (seen.Kind, seen.Title, seen.Settings));
        Assert.Equal([(Alice, PermissionPresets.Owner), (Bob, PermissionPresets.Member), (Carol, PermissionPresets.Member)], PeopleOf(seen));
        var expected = new ConversationSettings("about", "read this", data, HistoryVisibility.WhileIn, true, true, true, true, true);
        Assert.Equal((ConversationKind.Group, "Chess", Permissions.Read, expected), (told.Kind, told.Title, told.DefaultPermissions, told.Settings));
        Assert.Equal([(Alice, PermissionPresets.Owner), (Bob, Permissions.Read)], PeopleOf(told));
        Assert.Equal((ConversationKind.Direct, null), (pair.Kind, pair.Title));
        Assert.Equal([Alice, Bob], PeopleOf(pair).Select(one => one.User));
        using var shown = await bob.Conversations.OpenAsync(full);
        Assert.Equal(("Chess", expected), (shown.Timeline.Title, shown.Timeline.Settings));
        // Everything is every flag there is: also those of a later version.
        Assert.All(Enum.GetValues<Permissions>(), flag => Assert.True(PermissionPresets.Owner.HasFlag(flag)));
    }

    [Theory, EveryEngine]
    [Trait("Row", "B33")]
    public async Task A_direct_conversation_is_two_people_and_one_for_ever_and_nothing_of_it_changes(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, bob) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"));
        var direct = (await alice.Conversations.DirectAsync(Bob)).Conversation;
        var of = alice.Conversations;

        Assert.Equal(direct, (await bob.Conversations.DirectAsync(Alice)).Conversation);
        Assert.Equal(direct, (await of.DirectAsync(Bob)).Conversation);
        Func<Task>[] changes =
        [
            () => of.AddAsync(direct, [Carol]), () => of.InviteAsync(direct, [Carol]), () => of.RemoveAsync(direct, [Bob]), () => of.BanAsync(direct, [Bob]), () => of.LeaveAsync(direct),
            () => of.JoinAsync(direct), () => of.UpdateAsync(new UpdateConversation(direct, CommandId.New(), Public: true)), () => of.SetTitleAsync(direct, "us"),
            () => of.SetPermissionsAsync(direct, Bob, Permissions.Read), () => of.DeleteAsync(direct),
        ];
        foreach (var change in changes) await RefusedAsync(Refusals.NotForThisKind, change);
        await RefusedAsync(Refusals.Full, () => of.CreateAsync(new CreateConversation(ConversationId.New(), ConversationKind.Direct, [Bob, Carol])));
        await RefusedAsync(Refusals.NotForThisKind, () => of.CreateAsync(
            new CreateConversation(ConversationId.New(), ConversationKind.Direct, [Carol], Settings: new NewSettings(Public: true))));
        Assert.Empty(await bob.Conversations.ListPublicAsync().ToListAsync());
        Assert.Single((await bob.Inbox.ListAsync()).Conversations);
    }

    [Theory, EveryEngine]
    [Trait("Row", "C16")]
    public async Task Notes_to_oneself_are_asked_for_and_a_distinct_group_needs_somebody_else(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, bob) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"));

        var notes = await alice.Conversations.NotesAsync();
        await alice.Messages.SendAsync(notes.Conversation, "buy milk");

        Assert.Equal(notes.Conversation, (await alice.Conversations.NotesAsync()).Conversation);
        Assert.Equal((ConversationKind.Direct, 1), (notes.Kind, notes.ParticipantCount));
        Assert.NotEqual(notes.Conversation, (await bob.Conversations.NotesAsync()).Conversation);
        await RefusedAsync(Refusals.NotFound, () => bob.Messages.SendAsync(notes.Conversation, "me too"));
        await RefusedAsync(Refusals.InvalidParams, () => alice.Conversations.CreateDistinctAsync([]));
        await RefusedAsync(Refusals.InvalidParams, () => alice.Conversations.CreateDistinctAsync([Alice]));
        await RefusedAsync(Refusals.InvalidParams, () => alice.Conversations.CreateAsync(new CreateConversation(ConversationId.New(), ConversationKind.Direct, [])));
    }

    [Theory, EveryEngine]
    [Trait("Row", "L06")]
    [Trait("Row", "L08")]
    public async Task Who_comes_or_goes_ends_that_a_group_is_the_one_of_its_people_and_others_are_beside_it(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, bob) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"));
        var pair = await DistinctAsync(alice, Bob);
        var beside = (await alice.Conversations.CreateGroupAsync([Bob], "one")).Conversation;
        Assert.NotEqual(beside, (await alice.Conversations.CreateGroupAsync([Bob], "two")).Conversation);
        Assert.Equal((true, false), ((await bob.Conversations.GetAsync(pair)).Settings!.Distinct, (await bob.Conversations.GetAsync(beside)).Settings!.Distinct));
        Assert.Equal(pair, await DistinctAsync(bob, Alice));
        var three = await DistinctAsync(alice, Bob, Carol);
        using var shown = await bob.Conversations.OpenAsync(pair);

        await alice.Conversations.AddAsync(pair, [Carol]);

        await UntilAsync(() => shown.Timeline is { ParticipantCount: 3, Settings.Distinct: false }, "bob sees that it is no longer the one");
        Assert.Equal(three, await DistinctAsync(bob, Alice, Carol));
        Assert.True((await bob.Conversations.GetAsync(three)).Settings!.Distinct);
        var another = await DistinctAsync(bob, Alice);
        Assert.DoesNotContain(another, new[] { pair, beside, three });
        await bob.Conversations.RemoveAsync(another, [Alice]);
        await alice.Conversations.RemoveAsync(pair, [Carol]);
        Assert.False((await alice.Conversations.GetAsync(pair)).Settings!.Distinct);
        Assert.DoesNotContain(await DistinctAsync(alice, Bob), new[] { pair, beside, three, another });

        static async Task<ConversationId> DistinctAsync(ParleyClient client, params UserId[] others) =>
            (await client.Conversations.CreateDistinctAsync(others)).Conversation.Conversation;
    }

    [Theory, EveryEngine]
    [Trait("Row", "B32")]
    public async Task Where_history_is_that_of_a_participation_nothing_is_shown_of_what_was_said_outside_it(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, bob, carol) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"), await server.ConnectAsync("carol"));
        var told = new Told(carol);
        var group = (await alice.Conversations.CreateAsync(new CreateConversation(
            ConversationId.New(), ConversationKind.Group, [Bob], Settings: new NewSettings(History: HistoryVisibility.WhileIn)))).Conversation;
        await alice.Messages.SendAsync(group, "before carol");
        await alice.Conversations.AddAsync(group, [Carol]);
        await alice.Messages.SendAsync(group, "for carol");
        await UntilAsync(() => told.Received.Count == 1, "carol hears what is said to her");
        using var open = await carol.Conversations.OpenAsync(group);
        await alice.Conversations.RemoveAsync(group, [Carol]);
        await alice.Messages.SendAsync(group, "while she is away");
        await alice.Conversations.AddAsync(group, [Carol]);
        await alice.Messages.SendAsync(group, "for carol again");
        await UntilAsync(() => told.Received.Count == 2, "carol hears what is said to her again");

        Assert.Equal(["for carol", "for carol again"], told.Received.Select(entry => entry.Text()));
        await UntilAsync(() => Said(open.Timeline) is [_, "for carol again"], "what she has open goes on");
        using var anew = await carol.Conversations.OpenAsync(group);
        foreach (var timeline in new[] { open.Timeline, anew.Timeline })
        {
            Assert.Equal(["for carol", "for carol again"], Said(timeline));
            Assert.Equal([(1, 2), (6, 6)], timeline.Items.OfType<TimelinePlaceholder>().Select(one => (one.From.Value, one.To.Value)));
            Assert.All(timeline.Items.OfType<TimelinePlaceholder>(), one => Assert.Equal(TimelinePlaceholder.Hidden, one.Why));
        }

        var listed = await carol.Messages.ListAsync(new ListMessages(group)).ToListAsync();
        Assert.Equal(["for carol again", "for carol"], listed.Select(entry => entry.Text()));
        using var whole = await bob.Conversations.OpenAsync(group);
        Assert.Equal(4, Said(whole.Timeline).Length);
    }

    [Theory, EveryEngine]
    [Trait("Row", "C9")]
    public async Task Users_whose_ids_differ_in_case_alone_are_different_people(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        UserId big = new("Bob"), loud = new("BOB");
        var (alice, bob, other) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"), await server.ConnectAsync("Bob"));
        var (told, toldOther) = (new Told(bob), new Told(other));
        await other.Users.UpdateAsync(displayName: "with a capital");

        var (small, capital) = ((await alice.Conversations.DirectAsync(Bob)).Conversation, (await alice.Conversations.DirectAsync(big)).Conversation);
        await alice.Messages.SendAsync(capital, "for Bob");
        await alice.Messages.SendAsync(small, "for bob");
        var group = await alice.Conversations.CreateGroupAsync([loud, Bob, big]);

        await UntilAsync(() => told.Received.Count == 1 && toldOther.Received.Count == 1, "each hears what is his");
        Assert.Equal(("for bob", "for Bob"), (told.Received.Single().Text(), toldOther.Received.Single().Text()));
        Assert.Equal([loud, big, Alice, Bob], group.Participants!.Select(one => one.User));
        Assert.Equal([big], (await alice.Users.GetAsync([Bob, big, loud])).Where(one => one.DisplayName is not null).Select(one => one.User));
        Assert.Equal(big, other.Session!.User);
        Assert.Equal([big, Bob], (await alice.Inbox.AllAsync().ToListAsync()).Select(one => one.Peer).OfType<UserId>().Order());
        var history = await other.Conversations.ReadEntriesAsync(new ReadEntries(capital));
        Assert.Equal("for Bob", history.Entries[^1].Text());
        await RefusedAsync(Refusals.NotFound, () => bob.Conversations.GetAsync(capital));
    }

    private static IEnumerable<(UserId User, Permissions Permissions)> PeopleOf(ConversationState state) =>
        state.Participants!.OrderBy(one => one.User).Select(one => (one.User, one.Permissions));

    private static string[] Said(Timeline timeline) => [.. timeline.Items.OfType<TimelineMessage>().Select(message => message.Content.PlainText())];

    private static async Task RefusedAsync(Refusal expected, Func<Task> ask) =>
        Assert.Equal(expected, (await Assert.ThrowsAsync<ParleyRefusedException>(ask)).Refusal);
}
