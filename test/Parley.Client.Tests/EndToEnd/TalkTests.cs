using System.Collections.Concurrent;
using Parley.Client.Tests.Support;
using Parley.Tests;

namespace Parley.Client.Tests.EndToEnd;

/// <summary>The SDK against a real server over real sockets: what somebody who builds an app gets.</summary>
public class TalkTests
{
    [Theory, EveryEngine]
    [Trait("Row", "S03")]
    [Trait("Row", "S10")]
    [Trait("Row", "S15")]
    [Trait("Row", "A38")]
    [Trait("Row", "A39")]
    public async Task A_message_is_acknowledged_received_delivered_by_itself_and_read_when_the_app_says_so(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, bob) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"));
        var (received, delivered, read) = (new ConcurrentQueue<LogEntry>(), new ConcurrentQueue<MessageReceiptEventArgs>(), new ConcurrentQueue<MessageReceiptEventArgs>());
        bob.MessageReceived += (_, message) => received.Enqueue(message.Entry);
        alice.MessageDelivered += (_, receipt) => delivered.Enqueue(receipt);
        alice.MessageRead += (_, receipt) => read.Enqueue(receipt);
        var direct = (await alice.Conversations.DirectAsync(Cast.Bob)).Conversation;

        var sent = await alice.Messages.SendAsync(direct, "hello 🎉\nsecond line");
        await Cast.UntilAsync(() => received.Count == 1 && delivered.Count == 1, "bob receives it and his client says so");
        Assert.Empty(read);
        await bob.Receipts.MarkReadAsync(direct, sent.Sequence);
        await Cast.UntilAsync(() => read.Count == 1, "alice learns that bob read it");

        Assert.Equal(sent, received.Single());
        Assert.Equal("hello 🎉\nsecond line", ((MessageSent)sent.Event).Content.PlainText());
        Assert.Equal((Cast.Bob, sent.Sequence), (delivered.Single().Recipient, delivered.Single().Sequence));
        Assert.Equal(Cast.Bob, read.Single().Recipient);

        // The one client does both: who sends receives, and who received answers.
        var answered = new ConcurrentQueue<LogEntry>();
        alice.MessageReceived += (_, message) => answered.Enqueue(message.Entry);
        var answer = await bob.Messages.SendAsync(direct, "hello yourself");
        await Cast.UntilAsync(() => !answered.IsEmpty, "alice receives it");
        Assert.Equal([answer], answered);
        Assert.Equal([sent], received);
    }

    [Theory, EveryEngine]
    [Trait("Row", "S22")]
    [Trait("Row", "G10")]
    public async Task What_one_device_sends_is_told_to_the_other_and_read_there_at_once(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (phone, laptop) = (await server.ConnectAsync("alice", "phone"), await server.ConnectAsync("alice", "laptop"));
        var echoed = new ConcurrentQueue<LogEntry>();
        var own = 0;
        laptop.MessageSent += (_, message) => echoed.Enqueue(message.Entry);
        laptop.MessageReceived += (_, _) => Interlocked.Increment(ref own);
        var direct = (await phone.Conversations.DirectAsync(Cast.Bob)).Conversation;

        for (var number = 0; number < 20; number++)
        {
            var sent = await phone.Messages.SendAsync(direct, $"{number}");
            var page = await laptop.Conversations.ReadEntriesAsync(new ReadEntries(direct));
            Assert.Equal(sent, page.Entries[^1]);
        }

        await Cast.UntilAsync(() => echoed.Count == 20, "the laptop is told of all twenty");
        Assert.Equal(Enumerable.Range(2, 20).Select(number => (long)number), echoed.Select(entry => entry.Sequence.Value));
        Assert.Equal(0, own);
    }

    [Theory, EveryEngine]
    [Trait("Row", "C12")]
    public async Task Delivery_is_told_once_per_recipient_however_many_devices_and_reconnects_there_are(Engine engine)
    {
        await using var kit = await Kit.StartAsync(engine);
        var server = kit.Server;
        var alice = await server.ConnectAsync("alice");
        var delivered = new ConcurrentQueue<(MessageId, UserId)>();
        alice.MessageDelivered += (_, receipt) => delivered.Enqueue((receipt.Message, receipt.Recipient));
        var group = (await alice.Conversations.CreateGroupAsync([Cast.Bob, Cast.Carol], "three")).Conversation;
        await server.ConnectAsync("bob", "phone");
        await server.ConnectAsync("bob", "laptop");
        await server.ConnectAsync("carol");

        var first = (MessageSent)(await alice.Messages.SendAsync(group, "one")).Event;
        await kit.MomentAsync();
        Assert.Equal(2, delivered.Count);
        await server.RestartAsync();
        var second = (MessageSent)(await kit.Clock.AdvanceUntilAsync(alice.Messages.SendAsync(group, "two"))).Event;
        await kit.Clock.AdvanceAsync(TimeSpan.FromMinutes(5));

        Assert.Equal(4, delivered.Count);
        Assert.Equal(
            new HashSet<(MessageId, UserId)> { (first.Message, Cast.Bob), (first.Message, Cast.Carol), (second.Message, Cast.Bob), (second.Message, Cast.Carol) },
            delivered.ToHashSet());
    }

    [Theory, EveryEngine]
    [Trait("Row", "V03")]
    [Trait("Row", "G11")]
    [Trait("Row", "G4")]
    public async Task A_server_that_goes_and_comes_back_costs_neither_a_message_nor_the_order(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, bob) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"));
        var received = new ConcurrentQueue<LogEntry>();
        bob.MessageReceived += (_, message) => received.Enqueue(message.Entry);
        var direct = (await alice.Conversations.DirectAsync(Cast.Bob)).Conversation;

        var sends = new List<Task<LogEntry>>();
        for (var round = 0; round < 3; round++)
        {
            for (var number = 0; number < 20; number++) sends.Add(alice.Messages.SendAsync(direct, $"{sends.Count}"));
            await sends[^10];
            await server.StopAsync();
            for (var number = 0; number < 5; number++) sends.Add(alice.Messages.SendAsync(direct, $"{sends.Count}"));
            await server.StartAgainAsync();
        }

        var entries = await Task.WhenAll(sends);
        await Cast.UntilAsync(() => received.Count >= entries.Length, "bob has everything");
        await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System);

        Assert.Equal(Enumerable.Range(0, 75).Select(number => $"{number}"), received.Select(entry => ((MessageSent)entry.Event).Content.PlainText()));
        Assert.Equal(Enumerable.Range(2, 75).Select(number => (long)number), received.Select(entry => entry.Sequence.Value));
        Assert.Equal(entries, received);
    }

    [Theory, EveryEngine]
    [Trait("Row", "G11")]
    public async Task Who_was_away_gets_every_message_in_order_at_any_backlog(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var alice = await server.ConnectAsync("alice");
        var direct = (await alice.Conversations.DirectAsync(Cast.Bob)).Conversation;
        var bob = await server.ConnectAsync("bob", "phone");
        var received = new ConcurrentQueue<long>();
        bob.MessageReceived += (_, message) => received.Enqueue(message.Entry.Sequence.Value);
        var expected = 1L;
        foreach (var backlog in new[] { 0, 1, 99, 100, 101, 1_000 })
        {
            await server.StopAsync();
            await server.StartAgainAsync();
            await Task.WhenAll(Enumerable.Range(0, backlog).Select(number => alice.Messages.SendAsync(direct, $"{number}")));
            expected += backlog;
            await Cast.UntilAsync(() => received.Count >= expected - 1, $"a backlog of {backlog} arrives");
        }

        Assert.Equal(Enumerable.Range(2, (int)expected - 1).Select(number => (long)number), received);
    }

    [Theory, EveryEngine]
    [Trait("Row", "G18")]
    public async Task Who_was_removed_hears_of_his_removal_and_of_nothing_after(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, bob, carol) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"), await server.ConnectAsync("carol"));
        var (seenByBob, seenByCarol) = (new ConcurrentQueue<long>(), new ConcurrentQueue<long>());
        bob.EntryReceived += (_, entry) => seenByBob.Enqueue(entry.Entry.Sequence.Value);
        carol.EntryReceived += (_, entry) => seenByCarol.Enqueue(entry.Entry.Sequence.Value);
        var group = (await alice.Conversations.CreateGroupAsync([Cast.Bob, Cast.Carol], "three")).Conversation;

        var sending = Task.WhenAll(Enumerable.Range(0, 50).Select(number => carol.Messages.SendAsync(group, $"{number}")));
        var removal = await alice.Conversations.RemoveAsync(group, [Cast.Bob]);
        await sending;
        await alice.Messages.SendAsync(group, "the end");
        await Cast.UntilAsync(() => seenByCarol.Contains(53) && seenByBob.Contains(removal.Sequence.Value), "both heard what is for them");
        await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System);

        Assert.Equal(removal.Sequence.Value, seenByBob.Max());
        Assert.Equal(seenByBob.Order(), seenByBob);
        var refused = await Assert.ThrowsAsync<ParleyRefusedException>(() => bob.Messages.SendAsync(group, "me too"));
        Assert.Equal(Refusals.NotParticipant, refused.Refusal);
    }

    [Theory, EveryEngine]
    [Trait("Row", "G5")]
    [Trait("Row", "G3")]
    public async Task What_was_acknowledged_before_another_send_began_stands_before_it(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, bob) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"));
        var direct = (await alice.Conversations.DirectAsync(Cast.Bob)).Conversation;
        var last = new LogEntry(direct, new Sequence(1), DateTimeOffset.MinValue, null!);
        for (var number = 0; number < 60; number++)
        {
            var next = await (number % 2 == 0 ? alice : bob).Messages.SendAsync(direct, $"{number}");
            Assert.True(next.Sequence > last.Sequence && next.At >= last.At, $"{next.Sequence} at {next.At} after {last.Sequence} at {last.At}");
            last = next;
        }
    }
}
