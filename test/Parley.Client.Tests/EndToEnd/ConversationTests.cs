using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.EndToEnd;

/// <summary>The SDK against the server as it ships.</summary>
public sealed class ConversationTests : IAsyncLifetime
{
    private RealServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await RealServer.StartNewAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    [Trait("Row", "S10")]
    [Trait("Row", "S15")]
    [Trait("Row", "A38")]
    [Trait("Row", "A39")]
    public async Task A_message_is_sent_received_delivered_and_read()
    {
        await using var alice = await ConnectedAsync("alice");
        await using var bob = await ConnectedAsync("bob");
        var (toldAlice, toldBob) = (new Told(alice), new Told(bob));
        var direct = await alice.Conversations.DirectAsync(Bob);
        Assert.Equal(direct.Conversation, (await bob.Conversations.DirectAsync(Alice)).Conversation);

        var sent = await alice.Messages.SendAsync(direct.Conversation, "hello 🎉\nsecond line");

        await UntilAsync(() => toldBob.Received.Count == 1 && toldAlice.Delivered.Count == 1, "bob has it and alice knows");
        var received = toldBob.Received.Single();
        Assert.Equal((sent.Sequence, sent.At, "hello 🎉\nsecond line"), (received.Sequence, received.At, received.Text()));
        Assert.Empty(toldAlice.Read);
        await bob.Receipts.MarkReadAsync(direct.Conversation, sent.Sequence);
        await UntilAsync(() => toldAlice.Read.Count == 1, "alice knows that it was read");
        Assert.Equal((((MessageSent)sent.Event).Message, Bob), toldAlice.Read.Single());
    }

    [Fact]
    [Trait("Row", "S14")]
    [Trait("Row", "S22")]
    public async Task Two_devices_of_each_see_everything_and_receipts_come_once()
    {
        await using var alice = await ConnectedAsync("alice");
        await using var alicesTablet = await ConnectedAsync("alice", "tablet");
        await using var bob = await ConnectedAsync("bob");
        await using var bobsTablet = await ConnectedAsync("bob", "tablet");
        var (phone, tablet) = (new Told(alice), new Told(alicesTablet));
        var told = new[] { new Told(bob), new Told(bobsTablet) };
        var direct = await alice.Conversations.DirectAsync(Bob);

        for (var count = 1; count <= 5; count++) await alice.Messages.SendAsync(direct.Conversation, $"{count}");

        await UntilAsync(() => told.All(device => device.Received.Count == 5) && tablet.Sent.Count == 5, "all devices have all");
        await UntilAsync(() => phone.Delivered.Count == 5 && tablet.Delivered.Count == 5, "both of alice's devices know of the delivery");
        await Task.Delay(TimeSpan.FromMilliseconds(700), TimeProvider.System);
        Assert.Equal((5, 5), (phone.Delivered.Count, tablet.Delivered.Count));
    }

    [Fact]
    [Trait("Row", "G11")]
    public async Task Somebody_who_was_away_gets_everything_in_order_when_he_comes()
    {
        await using var alice = await ConnectedAsync("alice");
        var direct = await alice.Conversations.DirectAsync(Bob);
        for (var count = 1; count <= 250; count++) await alice.Messages.SendAsync(direct.Conversation, $"{count}");

        await using (var bob = _server.ClientOf("bob"))
        {
            var told = new Told(bob);
            await bob.ConnectAsync();
            await UntilAsync(() => told.Received.Count == 250, "bob has all");
            Assert.Equal(Enumerable.Range(1, 250).Select(count => $"{count}"), told.Received.Select(entry => entry.Text()));
            await UntilAsync(() => told.Entries.Last().Sequence.Value == 251, "the creation counts too");
            await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System);
        }

        // What was acknowledged does not come again to a new process.
        await using var later = _server.ClientOf("bob");
        var again = new Told(later);
        await later.ConnectAsync();
        await alice.Messages.SendAsync(direct.Conversation, "251");
        await UntilAsync(() => again.Received.Count == 1, "the next message came");
        Assert.Equal("251", again.Received.Single().Text());
    }

    [Fact]
    public async Task A_group_is_made_grown_and_left()
    {
        await using var alice = await ConnectedAsync("alice");
        await using var bob = await ConnectedAsync("bob");
        await using var carol = await ConnectedAsync("carol");
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

    [Fact]
    public async Task The_inbox_counts_what_is_unread()
    {
        await using var alice = await ConnectedAsync("alice");
        await using var bob = await ConnectedAsync("bob");
        var direct = await alice.Conversations.DirectAsync(Bob);
        for (var count = 0; count < 3; count++) await alice.Messages.SendAsync(direct.Conversation, "hi");

        using var shown = await bob.Conversations.OpenAsync(direct.Conversation);
        Assert.Equal((3, 3), ((await bob.Inbox.ListAsync()).Conversations.Single().Unread, shown.Timeline.UnreadCount));
        await shown.MarkReadAsync();

        await UntilAsync(() => shown.Timeline.UnreadCount == 0, "nothing is unread here");
        Assert.Equal(0, (await bob.Inbox.ListAsync()).Conversations.Single().Unread);
        Assert.Single(await bob.Inbox.AllAsync().ToListAsync());
    }

    [Fact]
    [Trait("Row", "ID-01")]
    public async Task A_stranger_learns_nothing()
    {
        await using var alice = await ConnectedAsync("alice");
        await using var carol = await ConnectedAsync("carol");
        var direct = await alice.Conversations.DirectAsync(Bob);

        var refused = await Assert.ThrowsAsync<ParleyRefusedException>(() => carol.Conversations.OpenAsync(direct.Conversation));
        var nowhere = await Assert.ThrowsAsync<ParleyRefusedException>(() => carol.Conversations.OpenAsync(ConversationId.New()));

        Assert.Equal(Refusals.NotFound, refused.Refusal);
        Assert.Equal(nowhere.Message, refused.Message);
    }

    [Fact]
    [Trait("Row", "G9")]
    public async Task A_cancelled_id_is_never_recorded_and_a_recorded_one_is_found()
    {
        await using var alice = await ConnectedAsync("alice");
        var direct = await alice.Conversations.DirectAsync(Bob);
        var (fenced, landed) = (MessageId.New(), MessageId.New());
        var entry = await alice.Messages.SendAsync(direct.Conversation, MessageContent.OfText("here"), landed);

        Assert.Null(await alice.Messages.CancelAsync(direct.Conversation, fenced));
        Assert.Equal(entry.Sequence, (await alice.Messages.CancelAsync(direct.Conversation, landed))?.Sequence);
        var failed = await Assert.ThrowsAsync<MessageNotSentException>(() => alice.Messages.SendAsync(direct.Conversation, MessageContent.OfText("late"), fenced));
        Assert.Equal(fenced, failed.MessageId);
    }

    private async Task<ParleyClient> ConnectedAsync(string user, string device = "phone")
    {
        var client = _server.ClientOf(user, device);
        await client.ConnectAsync();
        return client;
    }
}
