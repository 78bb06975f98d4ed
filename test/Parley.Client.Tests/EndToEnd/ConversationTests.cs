using Parley.Client.Tests.Support;
using Parley.Tests;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.EndToEnd;

/// <summary>Groups, devices, the inbox and strangers, by the SDK against a real server.</summary>
public sealed class ConversationTests
{
    [Theory, EveryEngine]
    [Trait("Row", "S14")]
    [Trait("Row", "S22")]
    public async Task Two_devices_of_each_see_everything_and_receipts_come_once(Engine engine)
    {
        await using var kit = await Kit.StartAsync(engine);
        var server = kit.Server;
        var alice = await server.ConnectAsync("alice");
        var alicesTablet = await server.ConnectAsync("alice", "tablet");
        var bob = await server.ConnectAsync("bob");
        var bobsTablet = await server.ConnectAsync("bob", "tablet");
        var (phone, tablet) = (new Told(alice), new Told(alicesTablet));
        var told = new[] { new Told(bob), new Told(bobsTablet) };
        var direct = await alice.Conversations.DirectAsync(Bob);

        for (var count = 1; count <= 5; count++) await alice.Messages.SendAsync(direct.Conversation, $"{count}");

        await kit.MomentAsync();

        Assert.All(told, device => Assert.Equal(5, device.Received.Count));
        Assert.Equal(5, tablet.Sent.Count);
        Assert.Equal((5, 5), (phone.Delivered.Count, tablet.Delivered.Count));
    }

    [Theory, EveryEngine]
    [Trait("Row", "G11")]
    public async Task Somebody_who_was_away_gets_everything_in_order_when_he_comes(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var alice = await server.ConnectAsync("alice");
        var direct = await alice.Conversations.DirectAsync(Bob);
        for (var count = 1; count <= 250; count++) await alice.Messages.SendAsync(direct.Conversation, $"{count}");

        await using (var bob = server.Client("bob"))
        {
            var told = new Told(bob);
            await bob.ConnectAsync();
            await UntilAsync(() => told.Received.Count == 250, "bob has all");
            Assert.Equal(Enumerable.Range(1, 250).Select(count => $"{count}"), told.Received.Select(entry => entry.Text()));
            await UntilAsync(() => told.Entries.Last().Sequence.Value == 251, "the creation counts too");
            await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System);
        }

        // What was acknowledged does not come again to a new process.
        var later = server.Client("bob");
        var again = new Told(later);
        await later.ConnectAsync();
        await alice.Messages.SendAsync(direct.Conversation, "251");
        await UntilAsync(() => again.Received.Count == 1, "the next message came");
        Assert.Equal("251", again.Received.Single().Text());
    }

    [Theory, EveryEngine]
    [Trait("Row", "B21")]
    public async Task Who_left_still_has_it_in_his_list_without_participants(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, bob) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"));
        var lunch = (await alice.Conversations.CreateGroupAsync([Bob, Carol], "lunch")).Conversation;
        using var shown = await bob.Conversations.OpenAsync(lunch);

        await bob.Conversations.LeaveAsync(lunch);
        await alice.Conversations.SetTitleAsync(lunch, "without bob");

        var item = Assert.Single((await bob.Inbox.ListAsync()).Conversations);
        Assert.Equal((lunch, true, "lunch"), (item.Conversation, item.Left, item.Title));
        var state = await bob.Conversations.GetAsync(lunch);
        Assert.Equal((null, null, true), (state.Participants, state.ParticipantCount, state.Own.Left));
        await UntilAsync(() => shown.Timeline.HasLeft, "what he has open says so");
        using var again = await bob.Conversations.OpenAsync(lunch);
        Assert.Equal((true, "lunch"), (again.Timeline.HasLeft, again.Timeline.Title));
    }

    [Theory, EveryEngine]
    [Trait("Row", "V07")]
    public async Task Up_to_thirty_conversations_are_got_at_once(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, bob) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"));
        var made = new List<ConversationId>();
        for (var number = 0; number < 28; number++) made.Add((await alice.Conversations.CreateGroupAsync([], $"{number}")).Conversation);
        var theirs = (await bob.Conversations.CreateGroupAsync([])).Conversation;

        var got = await alice.Conversations.GetManyAsync([.. Enumerable.Reverse(made), theirs, ConversationId.New()]);

        Assert.Equal(Enumerable.Range(0, 28).Reverse().Select(number => $"{number}"), got.Select(one => one.Title));
        var refused = await Assert.ThrowsAsync<ParleyRefusedException>(() => alice.Conversations.GetManyAsync([.. made, .. made]));
        Assert.Equal(Refusals.TooLarge, refused.Refusal);
    }

    [Theory, EveryEngine]
    public async Task A_group_is_made_grown_and_left(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var alice = await server.ConnectAsync("alice");
        var bob = await server.ConnectAsync("bob");
        var carol = await server.ConnectAsync("carol");
        var (toldBob, toldCarol) = (new Told(bob), new Told(carol));
        var lunch = (await alice.Conversations.CreateGroupAsync([Bob], "lunch")).Conversation;
        using var shown = await alice.Conversations.OpenAsync(lunch);

        await alice.Messages.SendAsync(lunch, "before carol");
        await alice.Conversations.AddAsync(lunch, [Carol]);
        await alice.Messages.SendAsync(lunch, "hello carol");
        await UntilAsync(() => toldCarol.Received.Count == 1, "carol has what came after her");
        Assert.Equal("hello carol", toldCarol.Received.Single().Text());
        await UntilAsync(() => shown.Timeline.Participants!.Count == 3, "alice sees three");

        await bob.Conversations.LeaveAsync(lunch);
        await alice.Messages.SendAsync(lunch, "bob is gone");
        await UntilAsync(() => toldCarol.Received.Count == 2, "carol hears it");
        Assert.DoesNotContain(toldBob.Received, entry => entry.Text() == "bob is gone");
        var refused = await Assert.ThrowsAsync<ParleyRefusedException>(() => bob.Messages.SendAsync(lunch, "am I?"));
        Assert.Equal(Refusals.NotParticipant, refused.Refusal);
        await UntilAsync(() => shown.Timeline.Participants!.Count == 2, "alice sees two");
    }

    [Theory, EveryEngine]
    public async Task The_inbox_counts_what_is_unread(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var alice = await server.ConnectAsync("alice");
        var bob = await server.ConnectAsync("bob");
        var direct = await alice.Conversations.DirectAsync(Bob);
        for (var count = 0; count < 3; count++) await alice.Messages.SendAsync(direct.Conversation, "hi");

        using var shown = await bob.Conversations.OpenAsync(direct.Conversation);
        Assert.Equal((3, 3), ((await bob.Inbox.ListAsync()).Conversations.Single().Unread, shown.Timeline.UnreadCount));
        await shown.MarkReadAsync();

        await UntilAsync(() => shown.Timeline.UnreadCount == 0, "nothing is unread here");
        Assert.Equal(0, (await bob.Inbox.ListAsync()).Conversations.Single().Unread);
        Assert.Single(await bob.Inbox.AllAsync().ToListAsync());
    }

    [Theory, EveryEngine]
    [Trait("Row", "ID-01")]
    public async Task A_stranger_learns_nothing(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var alice = await server.ConnectAsync("alice");
        var carol = await server.ConnectAsync("carol");
        var direct = await alice.Conversations.DirectAsync(Bob);

        var refused = await Assert.ThrowsAsync<ParleyRefusedException>(() => carol.Conversations.OpenAsync(direct.Conversation));
        var nowhere = await Assert.ThrowsAsync<ParleyRefusedException>(() => carol.Conversations.OpenAsync(ConversationId.New()));

        Assert.Equal(Refusals.NotFound, refused.Refusal);
        Assert.Equal(nowhere.Message, refused.Message);
    }

    [Theory, EveryEngine]
    [Trait("Row", "G9")]
    public async Task A_cancelled_id_is_never_recorded_and_a_recorded_one_is_found(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var alice = await server.ConnectAsync("alice");
        var direct = await alice.Conversations.DirectAsync(Bob);
        var (fenced, landed) = (MessageId.New(), MessageId.New());
        var entry = await alice.Messages.SendAsync(direct.Conversation, MessageContent.OfText("here"), landed);

        Assert.Null(await alice.Messages.CancelAsync(direct.Conversation, fenced));
        Assert.Equal(entry.Sequence, (await alice.Messages.CancelAsync(direct.Conversation, landed))?.Sequence);
        var failed = await Assert.ThrowsAsync<MessageNotSentException>(() => alice.Messages.SendAsync(direct.Conversation, MessageContent.OfText("late"), fenced));
        Assert.Equal(fenced, failed.MessageId);
    }
}
