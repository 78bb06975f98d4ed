using System.Collections.Concurrent;
using Parley.Client.Tests.Support;
using Parley.Tests;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.EndToEnd;

/// <summary>What the SDK makes of entries that the app keeps no longer, against a real server.</summary>
public sealed class RetentionTests
{
    private static readonly TimeSpan Month = TimeSpan.FromDays(30);

    [Theory, EveryEngine]
    [Trait("Row", "G19")]
    [Trait("Row", "S28")]
    public async Task A_device_that_comes_back_and_one_that_looks_back_see_a_placeholder_and_go_on(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine, ("Apps:demo:Retention:Direct", "30.00:00:00"));
        var alice = await server.ConnectAsync("alice");
        var chat = (await alice.Conversations.DirectAsync(Bob)).Conversation;
        for (var number = 0; number < 150; number++) await alice.Messages.SendAsync(chat, "gone");
        var before = await alice.Conversations.OpenAsync(chat);
        await server.AgeAsync(chat, Month);
        await alice.Messages.SendAsync(chat, "here");
        await alice.Messages.SendAsync(chat, "and here");

        // A device that never was there catches up from the user's cursors, and hears each once.
        var bob = server.Client("bob");
        var heard = new ConcurrentQueue<string>();
        bob.MessageReceived += (_, e) => heard.Enqueue(e.Message.Content.PlainText());
        await bob.ConnectAsync();
        await UntilAsync(() => heard.Count == 2, "bob catches up");
        Assert.Equal(["here", "and here"], heard);
        Assert.Equal(2, (await bob.Inbox.ListAsync()).Conversations.Single().Unread);

        using var live = await bob.Conversations.OpenAsync(chat);
        while (!live.Timeline.IsComplete) await live.LoadEarlierAsync();
        Assert.Equal(
            [new TimelinePlaceholder(new Sequence(1), new Sequence(151), TimelinePlaceholder.Expired)], live.Timeline.Items.OfType<TimelinePlaceholder>());
        Assert.Equal(["here", "and here"], live.Timeline.Items.OfType<TimelineMessage>().Select(message => message.Content.PlainText()));
        Assert.Equal((true, 2), (live.Timeline.Participants!.ContainsKey(Alice), live.Timeline.UnreadCount));
        // What a program holds it may keep.
        Assert.Contains(before.Timeline.Items.OfType<TimelineMessage>(), message => message.Content.PlainText() == "gone");
        before.Dispose();
    }

    [Theory, EveryEngine]
    [Trait("Row", "C10")]
    public async Task A_sender_hears_of_what_went_before_it_was_received(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine, ("Apps:demo:Retention:Direct", "30.00:00:00"));
        var (phone, tablet) = (await server.ConnectAsync("alice", "phone"), await server.ConnectAsync("alice", "tablet"));
        var heard = new ConcurrentQueue<(string Device, MessagesExpired Expired)>();
        phone.MessagesExpired += (_, e) => heard.Enqueue(("phone", e.Expired));
        tablet.MessagesExpired += (_, e) => heard.Enqueue(("tablet", e.Expired));
        var chat = (await phone.Conversations.DirectAsync(Bob)).Conversation;
        var lost = MessageId.New();
        await phone.Messages.SendAsync(chat, MessageContent.OfText("he never came"), lost);

        await server.AgeAsync(chat, Month);

        await UntilAsync(() => heard.Count == 2, "both devices hear of it");
        Assert.Equal(["phone", "tablet"], heard.Select(one => one.Device).Order());
        Assert.All(heard, one => Assert.Equal((chat, 2, 1, lost), (one.Expired.Conversation, one.Expired.UpTo.Value, one.Expired.Count, one.Expired.Messages.Single())));
        var refused = await Assert.ThrowsAsync<ParleyRefusedException>(() => phone.Messages.EditAsync(chat, lost, MessageContent.OfText("x")));
        Assert.Equal(Refusals.MessageNotFound, refused.Refusal);
    }

    [Theory, EveryEngine]
    [Trait("Row", "G8")]
    public async Task Sending_again_what_went_meanwhile_succeeds_with_its_place_and_shows_nothing(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine, ("Apps:demo:Retention:Direct", "01:00:00"));
        var alice = await server.ConnectAsync("alice");
        var chat = (await alice.Conversations.DirectAsync(Bob)).Conversation;
        var message = MessageId.New();
        var first = await alice.Messages.SendAsync(chat, MessageContent.OfText("once"), message);
        await server.AgeAsync(chat, TimeSpan.FromHours(2));

        var again = await (await server.ConnectAsync("alice", "another")).Messages.SendAsync(chat, MessageContent.OfText("once"), message);

        Assert.Equal(first.Sequence, again.Sequence);
        Assert.True(Assert.IsType<MessageSent>(again.Event).Expired);
        Assert.Equal(first.Sequence, (await alice.Conversations.GetAsync(chat)).Head);
    }
}
