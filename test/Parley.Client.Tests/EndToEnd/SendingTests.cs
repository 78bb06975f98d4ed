using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Parley.Client.Tests.Support;
using Parley.Tests;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.EndToEnd;

/// <summary>A message from its making to its being on the log, by the SDK against a real server.</summary>
public sealed class SendingTests
{
    [Theory, EveryEngine]
    [Trait("Row", "S04"), Trait("Row", "V24"), Trait("Row", "B22"), Trait("Row", "A02")]
    public async Task A_message_is_made_with_its_id_and_on_the_log_only_when_it_is_sent_which_its_event_confirms(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, bob) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"));
        var (sent, received) = (new ConcurrentQueue<MessageEventArgs>(), new ConcurrentQueue<MessageEventArgs>());
        alice.MessageSent += (_, e) => sent.Enqueue(e);
        bob.MessageReceived += (_, e) => received.Enqueue(e);
        var conversation = (await alice.Conversations.DirectAsync(Bob)).Conversation;

        var (id, content) = (MessageId.New(), new MessageContent([MessagePart.OfText("made")]));
        await bob.Messages.SendAsync(conversation, "before it");
        Assert.Single(await MessagesAsync());
        var entry = await alice.Messages.SendAsync(conversation, content, id);

        var expected = new MessageSent(id, Alice, content);
        Assert.Equal((conversation, 3, expected), (entry.Conversation, entry.Sequence.Value, entry.Event));
        await UntilAsync(() => sent.Count == 1 && received.Count == 1, "both hear of it");
        Assert.Equal((entry, expected), (sent.Single().Entry, sent.Single().Message));
        Assert.Equal((entry, expected), (received.Single().Entry, received.Single().Message));
        Assert.Equal(entry, (await MessagesAsync())[1]);

        async Task<LogEntry[]> MessagesAsync() => [.. (await bob.Conversations.ReadEntriesAsync(new ReadEntries(conversation))).Entries.Where(one => one.Event is MessageSent)];
    }

    [Theory, EveryEngine]
    [Trait("Row", "S16")]
    public async Task A_connection_for_sending_only_is_answered_and_told_nothing_of_what_others_do(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (phone, bob) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"));
        var conversation = (await bob.Conversations.DirectAsync(Alice)).Conversation;
        var onPhone = new ConcurrentQueue<LogEntry>();
        phone.EntryReceived += (_, e) => onPhone.Enqueue(e.Entry);
        using var sensor = new ClientWebSocket();
        await sensor.ConnectAsync(server.Address, CancellationToken.None);
        await AskAsync(sensor, 1, "session.open", $$"""{"token":"{{RunningServer.TokenOf("alice")}}","device":"sensor","receive":false}""");

        await bob.Messages.SendAsync(conversation, "hi");
        await UntilAsync(() => onPhone.Any(entry => entry.Event is MessageSent), "the phone hears bob");
        var told = await AskAsync(sensor, 2, "message.send", $$$"""{"conversation":"{{{conversation}}}","message":"{{{Guid.NewGuid()}}}","content":{"parts":[{"type":"text/plain","body":"21 °C"}]}}""");

        await UntilAsync(() => onPhone.Count(entry => entry.Event is MessageSent) == 2, "the phone hears what was sent");
        // One frame since the session was opened: whatever is told comes in order, so a push would have been before the answer.
        var answer = Assert.Single(told);
        Assert.Equal((2, 3), (answer.GetProperty("id").GetInt32(), answer.GetProperty("result").GetProperty("sequence").GetInt32()));
    }

    /// <summary>Asks, and answers every message that came until the answer, with it.</summary>
    private static async Task<IReadOnlyList<JsonElement>> AskAsync(ClientWebSocket socket, int id, string method, string parameters)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(40));
        await socket.SendAsync(Encoding.UTF8.GetBytes($$"""{"jsonrpc":"2.0","id":{{id}},"method":"{{method}}","params":{{parameters}}}"""), WebSocketMessageType.Text, endOfMessage: true, patience.Token);
        var (told, buffer, length) = (new List<JsonElement>(), new byte[256 * 1024], 0);
        while (true)
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(length), patience.Token);
            length += read.Count;
            if (!read.EndOfMessage) continue;
            var frame = JsonElement.Parse(buffer.AsSpan(0, length));
            length = 0;
            told.AddRange(frame.ValueKind == JsonValueKind.Array ? frame.EnumerateArray() : [frame]);
            if (told.Exists(one => one.TryGetProperty("id", out var of) && of.GetInt32() == id)) return told;
        }
    }

    [Theory, EveryEngine]
    [Trait("Row", "S30"), Trait("Row", "B28"), Trait("Row", "G7"), Trait("Row", "G9")]
    public async Task What_was_given_up_is_stale_for_good_and_the_same_under_a_new_id_is_sent_once(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, bob) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"));
        var conversation = (await alice.Conversations.CreateGroupAsync([Bob])).Conversation;
        var (stale, content) = (MessageId.New(), MessageContent.OfText("hi"));
        Assert.Null(await alice.Messages.CancelAsync(conversation, stale));

        for (var times = 0; times < 2; times++)
        {
            var failed = await Assert.ThrowsAsync<MessageNotSentException>(() => alice.Messages.SendAsync(conversation, content, stale));
            Assert.Equal((conversation, stale, FailureReason.Cancelled), (failed.Conversation, failed.MessageId, failed.Reason));
            await server.StopAsync();
            await server.StartAgainAsync();
        }

        var clone = MessageId.New();
        var entry = await alice.Messages.SendAsync(conversation, content, clone);
        // Twice is once: the first entry again, for the same; anything else, and anybody else, is refused.
        Assert.Equal(entry, await alice.Messages.SendAsync(conversation, content, clone));
        var other = await Assert.ThrowsAsync<ParleyRefusedException>(() => alice.Messages.SendAsync(conversation, MessageContent.OfText("something else"), clone));
        var others = await Assert.ThrowsAsync<ParleyRefusedException>(() => bob.Messages.SendAsync(conversation, content, clone));
        Assert.Equal([Refusals.IdInUse, Refusals.IdInUse], [other.Refusal, others.Refusal]);
        Assert.Equal(entry, await alice.Messages.CancelAsync(conversation, clone));
        Assert.Single((await bob.Conversations.ReadEntriesAsync(new ReadEntries(conversation))).Entries, one => one.Event is MessageSent);
        // What came since a time is read from its place on.
        var from = await bob.Conversations.FindAsync(conversation, entry.At);
        Assert.Equal([entry], (await bob.Conversations.ReadEntriesAsync(new ReadEntries(conversation, From: from, To: entry.Sequence))).Entries.Where(one => one.At >= entry.At));
    }

    [Theory, EveryEngine]
    [Trait("Row", "S11"), Trait("Row", "S15"), Trait("Row", "C18"), Trait("Row", "S33")]
    public async Task Every_listener_hears_every_message_and_every_receipt_with_who_sent_it_and_to_whom(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, bob, carol) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"), await server.ConnectAsync("carol"));
        var heard = new ConcurrentQueue<string>();
        foreach (var listener in new[] { "first", "second", "third" })
        {
            bob.MessageReceived += (_, e) => heard.Enqueue($"{listener} received {e.Message.Content.PlainText()} from {e.Message.Sender} to {string.Join('+', e.Message.Recipients ?? [])}");
            alice.MessageDelivered += (_, e) => heard.Enqueue($"{listener} delivered to {e.Recipient}");
            alice.MessageRead += (_, e) => heard.Enqueue($"{listener} read by {e.Recipient}");
        }

        var outcomes = await alice.Messages.SendToAsync([new MessageRecipient(User: Bob), new MessageRecipient(User: Carol)], MessageContent.OfText("hello"));
        await UntilAsync(() => heard.Count == 9, "three heard of the message and of two deliveries");
        foreach (var (client, outcome) in new[] { bob, carol }.Zip(outcomes)) await client.Receipts.MarkAllReadAsync(outcome.Conversation!.Value);
        await UntilAsync(() => heard.Count == 15, "three heard of two readings");

        foreach (var kind in new[] { "received hello from alice to bob+carol", "delivered to bob", "delivered to carol", "read by bob", "read by carol" })
            Assert.Equal(["first", "second", "third"], heard.Where(one => one.EndsWith(kind, StringComparison.Ordinal)).Select(one => one.Split(' ')[0]));
    }

    [Theory, EveryEngine]
    [Trait("Row", "V29"), Trait("Row", "V30"), Trait("Row", "B40")]
    public async Task A_hundred_entries_up_to_a_place_are_read_at_once_and_a_refusal_says_its_code_and_why(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, bob) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"));
        var conversation = (await alice.Conversations.DirectAsync(Bob)).Conversation;
        await Task.WhenAll(Enumerable.Range(2, 119).Select(number => alice.Messages.SendAsync(conversation, $"{number}")));

        var page = await bob.Conversations.ReadEntriesAsync(new ReadEntries(conversation, Before: new Sequence(111), Limit: 100));
        var fewer = await bob.Conversations.ReadEntriesAsync(new ReadEntries(conversation, Before: new Sequence(11), Limit: 100));
        var refused = await Assert.ThrowsAsync<ParleyRefusedException>(() => bob.Conversations.ReadEntriesAsync(new ReadEntries(conversation, Before: new Sequence(111), Limit: 101)));
        var unknown = await Assert.ThrowsAsync<ParleyRefusedException>(() => bob.Conversations.ReadEntriesAsync(new ReadEntries(ConversationId.New(), Before: new Sequence(1))));

        Assert.Equal(Enumerable.Range(11, 100), page.Entries.Select(entry => (int)entry.Sequence.Value));
        Assert.Equal(Enumerable.Range(11, 100).Select(number => $"{number}"), page.Entries.Select(entry => entry.Text()));
        Assert.Equal(Enumerable.Range(1, 10), fewer.Entries.Select(entry => (int)entry.Sequence.Value));
        Assert.Equal(("invalid_params", -32602, RetryPolicy.Never), (refused.Refusal.Code, refused.Refusal.Number, refused.Refusal.Retry));
        Assert.Contains("$.limit", refused.Refusal.Detail, StringComparison.Ordinal);
        Assert.Equal(("not_found", 4040, "There is no such thing, or the user may not know of it."), (unknown.Refusal.Code, unknown.Refusal.Number, unknown.Refusal.Meaning));
        Assert.Contains(unknown.Refusal.Meaning, unknown.Message, StringComparison.Ordinal);
        Assert.False(unknown.IsTransient);
    }
}
