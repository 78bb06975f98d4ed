using System.Collections.Concurrent;
using Parley.Client.Tests.Support;
using Parley.Tests;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.EndToEnd;

/// <summary>How far a message got with whom, as a timeline shows it, against a real server.</summary>
public sealed class RecipientStateTests
{
    [Theory, EveryEngine]
    [Trait("Row", "B22"), Trait("Row", "L15"), Trait("Row", "L16"), Trait("Row", "L17"), Trait("Row", "L18"), Trait("Row", "L19"), Trait("Row", "L20"), Trait("Row", "L26"), Trait("Row", "L28")]
    public async Task A_message_is_pending_then_sent_then_delivered_and_read_by_some_and_by_all_and_never_goes_back(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var alice = await server.ConnectAsync("alice");
        var group = (await alice.Conversations.CreateGroupAsync([Bob, Carol])).Conversation;
        await alice.Messages.SendAsync(group, "one that carol does not read");
        using var shown = await alice.Conversations.OpenAsync(group);
        var changes = new ConcurrentQueue<RecipientsChange>();
        shown.Changed += (_, e) =>
        {
            foreach (var change in e.RecipientChanges.Where(change => change.Message.Content.PlainText() == "hi")) changes.Enqueue(change);
        };

        await server.StopAsync();
        var sending = shown.SendAsync("hi");
        await UntilAsync(() => shown.Timeline.Outgoing is [{ State: MessageState.Pending }], "it is pending");
        await server.StartAgainAsync();
        var id = ((MessageSent)(await sending).Event).Message;
        await UntilAsync(() => shown.Timeline.Find(id) is not null && shown.Timeline.Outgoing.IsEmpty, "it is on the log");
        // On nobody's device yet; what she sent she has read.
        Assert.Equal(("bob Sent, carol Sent", RecipientExtent.None, RecipientExtent.None, MessageState.Sent, true), Shown());

        var bob = await server.ConnectAsync("bob");
        await UntilAsync(() => Shown().Recipients == "bob Delivered, carol Sent", "a device of bob has it");
        Assert.Equal((RecipientExtent.Some, RecipientExtent.None, MessageState.Sent), (Shown().Delivery, Shown().Reading, Shown().State));
        using var his = await bob.Conversations.OpenAsync(group);
        Assert.False(his.Timeline.IsRead(his.Timeline.Find(id)!));

        // From sent to read at once: she says nothing of delivery, and has not read what was before it.
        var carol = server.Client("carol", acknowledgesDelivery: false);
        await carol.ConnectAsync();
        await carol.Receipts.MarkReadAsync(group, [id]);
        await UntilAsync(() => Shown().Recipients == "bob Delivered, carol Read", "carol has read it");
        Assert.Equal((RecipientExtent.All, RecipientExtent.Some, MessageState.Delivered), (Shown().Delivery, Shown().Reading, Shown().State));

        await bob.Receipts.MarkAllReadAsync(group);
        await UntilAsync(() => Shown().Recipients == "bob Read, carol Read", "bob has read it");
        Assert.Equal((RecipientExtent.All, RecipientExtent.All, MessageState.Read), (Shown().Delivery, Shown().Reading, Shown().State));
        await UntilAsync(() => his.Timeline.IsRead(his.Timeline.Find(id)!), "bob's own list knows it");

        // Nothing of it goes back: not by an older receipt, nor by what he marks for himself.
        await bob.Receipts.MarkDeliveredAsync(group, new Sequence(1));
        await bob.Receipts.MarkReadAsync(group, new Sequence(1));
        await bob.Inbox.MarkUnreadAsync(group, new Sequence(2));
        Assert.Equal(2, (await bob.Inbox.CountUnreadAsync()).Unread);
        await server.StopAsync();
        await server.StartAgainAsync();
        var answer = await alice.Receipts.GetAsync(new GetReceipts(group, id));
        Assert.Equal((2, 2, 2), (answer.Participants, answer.Delivered, answer.Read));
        Assert.Equal("bob Read, carol Read", Shown().Recipients);
        Assert.Equal(
            ["bob Sent > Delivered", "carol Sent > Read", "bob Delivered > Read"],
            changes.SelectMany(change => change.Now.Keys.Where(user => change.Before[user] != change.Now[user]).Select(user => $"{user} {change.Before[user]} > {change.Now[user]}")));

        (string Recipients, RecipientExtent Delivery, RecipientExtent Reading, MessageState State, bool IsRead) Shown()
        {
            var (timeline, message) = (shown.Timeline, shown.Timeline.Find(id)!);
            return (string.Join(", ", timeline.RecipientsOf(message)!.Select(one => $"{one.Key} {one.Value}")), timeline.DeliveryOf(message), timeline.ReadingOf(message), timeline.StateOf(message), timeline.IsRead(message));
        }
    }

    [Theory, EveryEngine]
    [Trait("Row", "L17"), Trait("Row", "L18"), Trait("Row", "L19"), Trait("Row", "L20"), Trait("Row", "B10")]
    public async Task Who_is_in_a_group_too_large_to_be_told_of_all_asks_and_is_answered_the_same(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, bob) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"));
        // One more than are told with the conversation.
        var people = Enumerable.Range(0, 199).Select(number => new UserId($"u{number:000}")).Append(Bob).ToArray();
        var group = (await alice.Conversations.CreateGroupAsync([.. people.Take(100)])).Conversation;
        await alice.Conversations.AddAsync(group, [.. people.Skip(100)]);
        using var shown = await alice.Conversations.OpenAsync(group);
        var carol = server.Client("u000", acknowledgesDelivery: false);
        await carol.ConnectAsync();

        var id = ((MessageSent)(await alice.Messages.SendAsync(group, "hi")).Event).Message;
        await carol.Receipts.MarkReadAsync(group, [id]);
        var receipts = await alice.Receipts.GetAsync(new GetReceipts(group, id));
        for (var tries = 0; tries < 100 && receipts.Delivered < 2; tries++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            receipts = await alice.Receipts.GetAsync(new GetReceipts(group, id));
        }

        Assert.Equal((200, 2, 1), (receipts.Participants, receipts.Delivered, receipts.Read));
        Assert.Null(shown.Timeline.RecipientsOf(shown.Timeline.Find(id)!));
        var states = new Dictionary<UserId, RecipientState>();
        await foreach (var one in alice.Receipts.ListAsync(group, id)) states.Add(one.User, one.State);
        Assert.Equal((RecipientState.Delivered, RecipientState.Read), (states[Bob], states[new UserId("u000")]));
        Assert.Equal(198, states.Values.Count(state => state == RecipientState.Sent));
        await bob.DisposeAsync();
    }
}
