using System.Collections.Concurrent;
using Parley.Client.Tests.Support;
using Parley.Tests;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.EndToEnd;

/// <summary>Settings, permissions, moderation and joining, by the SDK against a real server.</summary>
public sealed class PeopleTests
{
    [Theory, EveryEngine]
    [Trait("Row", "A34")]
    [Trait("Row", "B13")]
    public async Task Whoever_is_in_it_hears_what_becomes_of_it_and_of_him(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var alice = await server.ConnectAsync("alice");
        var bob = await server.ConnectAsync("bob");
        var group = (await alice.Conversations.CreateGroupAsync([Bob, Carol], "lunch")).Conversation;
        using var shown = await bob.Conversations.OpenAsync(group);
        var of = alice.Conversations;

        await of.SetPermissionsAsync(group, Bob, PermissionPresets.Admin);
        await UntilAsync(() => shown.Timeline.Participants![Bob].Permissions == PermissionPresets.Admin, "bob is an admin");
        await of.MuteAsync(group, [Bob]);
        await UntilAsync(() => shown.Timeline.Participants![Bob].MutedUntil == MuteParticipants.Forever, "bob is muted");
        await Assert.ThrowsAnyAsync<ParleyException>(() => bob.Messages.SendAsync(group, "hm"));
        await of.MuteForAsync(group, [Bob], TimeSpan.FromMinutes(10));
        var soon = TimeProvider.System.GetUtcNow() + TimeSpan.FromMinutes(10);
        await UntilAsync(() => shown.Timeline.Participants![Bob].MutedUntil is { } until && until > soon.AddMinutes(-5) && until < soon.AddMinutes(5), "bob is muted for a while");
        await of.UnmuteAsync(group, [Bob]);
        await of.AllowAsync(group, [Bob]);
        await of.MuteAllAsync(group);
        await UntilAsync(() => shown.Timeline is { Settings.Muted: true } now && now.Participants![Bob] is { IsAllowed: true, MutedUntil: null }, "all are muted but bob");
        await of.DisallowAsync(group, [Bob]);
        await of.UnmuteAllAsync(group);
        await of.RemoveAsync(group, [Carol]);
        await UntilAsync(() => shown.Timeline is { Settings.Muted: false, ParticipantCount: 2 }, "carol is out");
        await of.BanAsync(group, [Bob]);
        await UntilAsync(() => shown.Timeline.HasLeft, "bob is out");
        await of.SetTitleAsync(group, "not for bob");
        Assert.Equal("lunch", (await bob.Conversations.GetAsync(group)).Title);

        var other = (await of.CreateGroupAsync([Bob])).Conversation;
        using var last = await bob.Conversations.OpenAsync(other);
        await of.DeleteAsync(other);
        await UntilAsync(() => last.Timeline.IsDeleted, "the group was disbanded");
        Assert.Equal(Refusals.ConversationDeleted, (await Assert.ThrowsAsync<ParleyRefusedException>(() => bob.Conversations.GetAsync(other))).Refusal);
    }

    [Theory, EveryEngine]
    [Trait("Row", "A35")]
    public async Task Who_is_invited_hears_of_it_and_accepts_or_declines(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var alice = await server.ConnectAsync("alice");
        var bob = await server.ConnectAsync("bob");
        var heard = Hear(bob);
        var told = new Told(bob);
        var party = await AskingAsync("party");
        var wake = await AskingAsync("wake");

        await alice.Conversations.InviteAsync(party, [Bob]);
        await UntilAsync(() => heard.Contains(party), "bob hears of the party");
        await alice.Conversations.InviteAsync(wake, [Bob]);
        await UntilAsync(() => heard.Contains(wake), "bob hears of the wake");
        var invited = await bob.Conversations.ListInvitationsAsync().ToListAsync();
        Assert.Equal([("wake", Alice), ("party", Alice)], invited.Select(one => (one.Title, one.Pending!.Actor)));

        await bob.Conversations.AcceptAsync(party);
        await bob.Conversations.DeclineAsync(wake);
        await bob.Messages.SendAsync(party, "here I am");
        Assert.Empty(await bob.Conversations.ListInvitationsAsync().ToListAsync());
        Assert.Equal(Refusals.NotFound, (await Assert.ThrowsAsync<ParleyRefusedException>(() => bob.Conversations.GetAsync(wake))).Refusal);

        var again = heard.Count;
        await alice.Conversations.InviteAsync(wake, [Bob]);
        await alice.Conversations.WithdrawInvitationsAsync(wake, [Bob]);
        await UntilAsync(() => heard.Count >= again + 2, "bob hears that it came and went");
        Assert.DoesNotContain(told.Entries, entry => entry.Conversation == wake);
        Assert.Empty(told.Failures);

        async Task<ConversationId> AskingAsync(string title) => (await alice.Conversations.CreateAsync(
            new CreateConversation(ConversationId.New(), ConversationKind.Group, [], title, Settings: new NewSettings(ConfirmInvitations: true)))).Conversation;
    }

    [Theory, EveryEngine]
    [Trait("Row", "A35")]
    public async Task An_invitation_that_came_while_away_is_to_be_looked_for_after_the_reconnect(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var alice = await server.ConnectAsync("alice");
        var (phone, tablet) = (await server.ConnectAsync("bob", "phone"), await server.ConnectAsync("bob", "tablet"));
        var heard = Hear(phone);
        var party = (await alice.Conversations.CreateAsync(
            new CreateConversation(ConversationId.New(), ConversationKind.Group, [], "party", Settings: new NewSettings(ConfirmInvitations: true)))).Conversation;

        await tablet.Users.EndDeviceAsync(new DeviceId("phone"));
        await UntilAsync(() => phone.State == ConnectionState.Closed, "the phone is away");
        await alice.Conversations.InviteAsync(party, [Bob]);
        Assert.Empty(heard);
        await phone.ConnectAsync();
        await UntilAsync(() => heard.Contains(null), "the phone is to look again");
        Assert.Equal(party, (await phone.Conversations.ListInvitationsAsync().ToListAsync()).Single().Conversation);
    }

    [Theory, EveryEngine]
    [Trait("Row", "V16")]
    [Trait("Row", "B34")]
    public async Task What_is_public_is_found_joined_and_where_somebody_decides_asked_for(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var alice = await server.ConnectAsync("alice");
        var bob = await server.ConnectAsync("bob");
        var (heard, told) = (Hear(bob), new Told(bob));
        var open = (await alice.Conversations.CreateAsync(Public("open", approval: false))).Conversation;
        var club = (await alice.Conversations.CreateAsync(Public("club", approval: true))).Conversation;
        Assert.Equal(["club", "open"], (await bob.Conversations.ListPublicAsync(ConversationKind.Group).ToListAsync()).Select(one => one.Title));

        Assert.IsType<ParticipantJoined>((await bob.Conversations.JoinAsync(open)).Event);
        await alice.Messages.SendAsync(open, "welcome");
        await UntilAsync(() => told.Received.Any(entry => entry.Text() == "welcome"), "bob is in");
        Assert.IsType<JoinRequested>((await bob.Conversations.JoinAsync(club, "please")).Event);
        Assert.Equal("please", (await alice.Conversations.ListParticipantsAsync(club, ParticipantList.Requests).ToListAsync()).Single().Message);
        await alice.Conversations.DeclineJoinsAsync(club, [Bob]);
        await UntilAsync(() => heard.Contains(club), "bob hears of the decision");
        await bob.Conversations.JoinAsync(club);
        await alice.Conversations.ApproveJoinsAsync(club, [Bob]);
        await UntilAsync(() => told.Entries.Any(entry => entry.Conversation == club && entry.Event is ParticipantsAdded), "bob is in the club");
        Assert.Equal(2, (await bob.Conversations.GetManyAsync([open, club])).Count);

        static CreateConversation Public(string title, bool approval) =>
            new(ConversationId.New(), ConversationKind.Group, [], title, Settings: new NewSettings(Public: true, Approval: approval));
    }

    [Theory, EveryEngine]
    [Trait("Row", "V36")]
    [Trait("Row", "V18")]
    public async Task A_conversation_is_opened_to_everybody_and_closed_again_and_each_is_an_entry(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, bob, carol) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"), await server.ConnectAsync("carol"));
        var lunch = (await alice.Conversations.CreateGroupAsync([Carol], "lunch")).Conversation;
        using var shown = await carol.Conversations.OpenAsync(lunch);
        Assert.Empty(await bob.Conversations.ListPublicAsync().ToListAsync());
        await RefusedAsync(Refusals.NotFound, () => bob.Conversations.JoinAsync(lunch));
        await RefusedAsync(Refusals.PermissionDenied, () => carol.Conversations.UpdateAsync(Public(true)));

        var opened = await alice.Conversations.UpdateAsync(Public(true));

        Assert.Equal(new ConversationChanged(Alice, Public: true), opened.Event);
        await UntilAsync(() => shown.Timeline is { Settings.Public: true } now && now.Head == opened.Sequence, "carol sees that it is public");
        Assert.Equal((lunch, "lunch", 2), (await bob.Conversations.ListPublicAsync().ToListAsync()).Select(one => (one.Conversation, one.Title, one.ParticipantCount)).Single());
        Assert.IsType<ParticipantJoined>((await bob.Conversations.JoinAsync(lunch)).Event);
        await bob.Messages.SendAsync(lunch, "here I am");
        await RefusedAsync(Refusals.Unchanged, () => alice.Conversations.UpdateAsync(Public(true)));
        Assert.Equal(new ConversationChanged(Alice, Public: false), (await alice.Conversations.UpdateAsync(Public(false))).Event);
        await UntilAsync(() => shown.Timeline is { Settings.Public: false }, "carol sees that it is not");
        var dave = await server.ConnectAsync("dave");
        Assert.Empty(await dave.Conversations.ListPublicAsync().ToListAsync());
        await RefusedAsync(Refusals.NotFound, () => dave.Conversations.JoinAsync(lunch));
        await bob.Messages.SendAsync(lunch, "here I stay");

        UpdateConversation Public(bool isPublic) => new(lunch, CommandId.New(), Public: isPublic);
    }

    [Theory, EveryEngine]
    [Trait("Row", "A41")]
    [Trait("Row", "L03")]
    [Trait("Row", "L05")]
    [Trait("Row", "B23")]
    public async Task Who_makes_a_conversation_hears_of_it_and_those_in_it_too(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var alice = await server.ConnectAsync("alice");
        var bob = await server.ConnectAsync("bob");
        var (toldAlice, toldBob) = (new Told(alice), new Told(bob));

        var group = (await alice.Conversations.CreateGroupAsync([Bob], "lunch")).Conversation;
        await UntilAsync(() => toldAlice.Entries.Any(IsMade) && toldBob.Entries.Any(IsMade), "both hear that it was made");

        var (one, two) = (alice.Conversations.CreateDistinctAsync([Bob], "pair"), bob.Conversations.CreateDistinctAsync([Alice], "pair"));
        Assert.Equal((await one).Conversation.Conversation, (await two).Conversation.Conversation);
        Assert.Equal([CreationOutcome.Created, CreationOutcome.Existing], new[] { (await one).Outcome, (await two).Outcome }.Order());
        Assert.Equal(CreationOutcome.Conflict, (await bob.Conversations.CreateDistinctAsync([Alice], "couple")).Outcome);
        var notes = await alice.Conversations.NotesAsync();
        Assert.Equal((notes.Conversation, ConversationKind.Direct, 1), ((await alice.Conversations.NotesAsync()).Conversation, notes.Kind, notes.ParticipantCount));

        bool IsMade(LogEntry entry) => entry.Conversation == group && entry.Event is ConversationCreated { Title: "lunch" };
    }

    [Theory, EveryEngine]
    [Trait("Row", "V15")]
    [Trait("Row", "V17")]
    [Trait("Row", "V20")]
    [Trait("Row", "B35")]
    public async Task A_broadcast_is_handed_over_in_one_step(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var alice = await server.ConnectAsync("alice");
        var bob = await server.ConnectAsync("bob");
        var news = (await alice.Conversations.CreateBroadcastAsync([Bob, Carol], "news")).Conversation;
        Assert.Equal(PermissionPresets.Owner, (await alice.Conversations.GetAsync(news)).Own.Permissions);
        await Assert.ThrowsAnyAsync<ParleyException>(() => bob.Messages.SendAsync(news, "may I?"));

        await alice.Conversations.TransferOwnershipAsync(news, Bob);

        await bob.Messages.SendAsync(news, "now I may");
        var listed = (await bob.Conversations.ListParticipantsAsync(news).ToListAsync()).ToDictionary(one => one.User, one => one.Permissions);
        Assert.Equal((PermissionPresets.Admin, PermissionPresets.Owner, PermissionPresets.Listener), (listed[Alice], listed[Bob], listed[Carol]));
        Assert.Equal(Refusals.LastOwner, (await Assert.ThrowsAsync<ParleyRefusedException>(() => bob.Conversations.LeaveAsync(news))).Refusal);
        await alice.Conversations.LeaveAsync(news);
    }

    [Theory, EveryEngine]
    [Trait("Row", "V34")]
    [Trait("Row", "B12")]
    public async Task Settings_and_attributes_are_changed_and_told(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var alice = await server.ConnectAsync("alice");
        var bob = await server.ConnectAsync("bob");
        var group = (await alice.Conversations.CreateGroupAsync([Bob])).Conversation;
        using var shown = await bob.Conversations.OpenAsync(group);
        var data = CustomData.Parse("""{"color":"red"}""");

        await alice.Conversations.UpdateAsync(new UpdateConversation(group, CommandId.New(), Title: "lunch", Announcement: "fish", CustomData: data));
        await UntilAsync(() => shown.Timeline is { Title: "lunch", Settings.Announcement: "fish" } now && data.Equals(now.Settings.CustomData), "bob sees the settings");

        await bob.Conversations.SetAttributesAsync(group, new Dictionary<string, string> { ["nick"] = "bobby", ["mood"] = "hungry" }, user: Bob);
        await bob.Conversations.SetAttributesAsync(group, null, ["mood"], Bob);
        Assert.Equal([KeyValuePair.Create("nick", "bobby")], await alice.Conversations.GetAttributesAsync(group, Bob));
        Assert.Empty(await alice.Conversations.GetAttributesAsync(group));
    }

    [Theory, EveryEngine]
    [Trait("Row", "B14")]
    [Trait("Row", "B12")]
    public async Task What_is_open_has_all_attributes_as_they_are_now(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var alice = await server.ConnectAsync("alice");
        var bob = await server.ConnectAsync("bob");
        var group = (await alice.Conversations.CreateGroupAsync([Bob, Carol])).Conversation;
        // More than a page of the conversation's, and somebody's.
        for (var some = 0; some < 4; some++)
            await alice.Conversations.SetAttributesAsync(group, Enumerable.Range(0, 12).ToDictionary(number => $"{some}-{number:00}", _ => new string('x', 4_000)));
        await bob.Conversations.SetAttributesAsync(group, new Dictionary<string, string> { ["nick"] = "bobby", ["mood"] = "hungry" }, user: Bob);

        using var shown = await bob.Conversations.OpenAsync(group);
        Assert.Equal(48, shown.Timeline.Attributes!.Count);
        Assert.Equal(["mood", "nick"], shown.Timeline.Participants![Bob].Attributes!.Keys);
        Assert.Empty(shown.Timeline.Participants[Carol].Attributes!);

        await alice.Conversations.SetAttributesAsync(group, new Dictionary<string, string> { ["0-00"] = "y" }, [.. Enumerable.Range(1, 11).Select(number => $"0-{number:00}")]);
        await bob.Conversations.SetAttributesAsync(group, null, ["mood"], Bob);
        await alice.Conversations.SetAttributesAsync(group, new Dictionary<string, string> { ["nick"] = "c" }, user: Carol);
        await alice.Conversations.RemoveAsync(group, [Carol]);
        await alice.Conversations.AddAsync(group, [Carol]);
        await UntilAsync(() => shown.Timeline.Items[^1] is TimelineEvent { Event: ParticipantsAdded }, "bob sees all of it");

        var now = shown.Timeline;
        Assert.Equal(await bob.Conversations.GetAttributesAsync(group), now.Attributes!);
        Assert.Equal((37, "y"), (now.Attributes!.Count, now.Attributes["0-00"]));
        Assert.Equal([KeyValuePair.Create("nick", "bobby")], now.Participants![Bob].Attributes!);
        Assert.Empty(now.Participants[Carol].Attributes!);
        Assert.Equal([Bob], (await alice.Conversations.ListAttributesAsync(group).ToListAsync()).Select(one => one.User));
    }

    [Theory, EveryEngine]
    public async Task Lists_of_many_come_whole(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var alice = await server.ConnectAsync("alice");
        UserId[] others = [.. Enumerable.Range(0, 250).Select(number => new UserId($"u{number:000}"))];
        var group = (await alice.Conversations.CreateGroupAsync(others)).Conversation;

        var listed = await alice.Conversations.ListParticipantsAsync(group).ToListAsync();

        Assert.Equal(others.Append(Alice).Order(), listed.Select(one => one.User).Order());
        using var shown = await alice.Conversations.OpenAsync(group);
        Assert.Equal((251, null), (shown.Timeline.ParticipantCount, (object?)shown.Timeline.Participants));
    }

    private static async Task RefusedAsync(Refusal expected, Func<Task> ask) =>
        Assert.Equal(expected, (await Assert.ThrowsAsync<ParleyRefusedException>(ask)).Refusal);

    private static ConcurrentQueue<ConversationId?> Hear(ParleyClient client)
    {
        var heard = new ConcurrentQueue<ConversationId?>();
        client.InvitationsChanged += (_, e) => heard.Enqueue(e.Conversation);
        return heard;
    }
}
