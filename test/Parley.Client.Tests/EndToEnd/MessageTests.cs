using System.Collections.Concurrent;
using Parley.Client.Tests.Support;
using Parley.Tests;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.EndToEnd;

/// <summary>What becomes of messages, by the SDK against a real server.</summary>
public sealed class MessageTests
{
    [Theory, EveryEngine]
    [Trait("Row", "V25"), Trait("Row", "V26"), Trait("Row", "A37"), Trait("Row", "L09")]
    public async Task Edits_and_recalls_reach_everybody_who_looks_and_who_comes_back(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, bob) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"));
        var conversation = (await alice.Conversations.DirectAsync(Bob)).Conversation;
        using var shown = await bob.Conversations.OpenAsync(conversation);
        var changes = new ConcurrentQueue<MessageChangedEventArgs>();
        bob.MessageChanged += (_, e) => changes.Enqueue(e);
        var content = new MessageContent([MessagePart.OfText("Look"), MessagePart.OfUrl("image/png", new Uri("https://example.org/a.png"), "a.png"), MessagePart.Of(new Location(52.5, 13.4))],
            CustomData.Parse("""{"color":"red"}"""), new Mentions([Bob]));

        var sent = await alice.Messages.SendAsync(conversation, content);
        var message = ((MessageSent)sent.Event).Message;
        await UntilAsync(() => shown.Timeline.Find(message)?.Content == content, "bob has it whole");
        await alice.Messages.EditAsync(conversation, message, MessageContent.OfText("Look again"));
        await UntilAsync(() => shown.Timeline.Find(message) is { Version: 1 } now && now.Content.PlainText() == "Look again", "bob sees the edit");
        var reply = await bob.Messages.SendAsync(conversation, MessageContent.OfText("I did"), new SendOptions { ReplyTo = message });
        Assert.Equal(message, ((MessageSent)reply.Event).ReplyTo);
        await alice.Messages.RecallAsync(conversation, message);

        await UntilAsync(() => shown.Timeline.Find(message) is { IsRecalled: true }, "bob sees the recall");
        await UntilAsync(() => changes.Count == 2, "bob was told of both");
        Assert.Equal([("Look again", false), (null, true)], changes.Select(change => (change.Content?.PlainText(), change.IsRecalled)));
        using var again = await alice.Conversations.OpenAsync(conversation);
        Assert.Equal(again.Timeline.Items.OfType<TimelineMessage>(), shown.Timeline.Items.OfType<TimelineMessage>());
    }

    [Theory, EveryEngine]
    [Trait("Row", "B30")]
    public async Task What_is_removed_on_one_device_is_hidden_on_the_other_and_shown_to_the_others(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, bob) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"));
        var tablet = await server.ConnectAsync("bob", device: "tablet");
        var conversation = (await alice.Conversations.DirectAsync(Bob)).Conversation;
        var (one, two) = (await alice.Messages.SendAsync(conversation, "one"), await alice.Messages.SendAsync(conversation, "two"));
        using var here = await bob.Conversations.OpenAsync(conversation);
        using var there = await tablet.Conversations.OpenAsync(conversation);
        using var hers = await alice.Conversations.OpenAsync(conversation);

        await bob.Messages.RemoveAsync(conversation, [((MessageSent)one.Event).Message]);

        foreach (var shown in new[] { here, there })
            await UntilAsync(() => shown.Timeline.Items.Exists(item => item is TimelinePlaceholder { Why: TimelinePlaceholder.Hidden } hidden && hidden.From == one.Sequence), "it is hidden");
        await tablet.Messages.RemoveUpToAsync(conversation, two.Sequence);
        await UntilAsync(() => here.Timeline.Items is [TimelinePlaceholder all] && all.To == two.Sequence, "all of it is hidden");
        Assert.Equal(["one", "two"], hers.Timeline.Items.OfType<TimelineMessage>().Select(item => item.Content.PlainText()));
    }

    [Theory, EveryEngine]
    public async Task A_forward_arrives_with_who_said_it_first(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, bob) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"));
        var carol = await server.ConnectAsync("carol");
        var (from, to) = ((await alice.Conversations.DirectAsync(Bob)).Conversation, (await bob.Conversations.DirectAsync(Carol)).Conversation);
        var message = ((MessageSent)(await alice.Messages.SendAsync(from, "pass it on")).Event).Message;
        using var shown = await carol.Conversations.OpenAsync(to);

        await bob.Messages.ForwardAsync(to, from, message);

        await UntilAsync(() => shown.Timeline.Items.OfType<TimelineMessage>().Any(item => item.Forwarded?.Sender == Alice && item.Content.PlainText() == "pass it on"), "carol has it");
        Assert.Equal(Refusals.MessageNotFound, (await Assert.ThrowsAsync<ParleyRefusedException>(() => carol.Messages.ForwardAsync(to, from, message))).Refusal);
    }

    [Theory, EveryEngine]
    [Trait("Row", "S07")]
    public async Task A_message_to_a_group_is_sent_once_and_delivered_once_to_each(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, bob, carol) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"), await server.ConnectAsync("carol"));
        var group = (await alice.Conversations.CreateGroupAsync([Bob, Carol])).Conversation;
        var (told, states) = (new Told(alice), new ConcurrentQueue<MessageState>());
        var message = alice.Messages.Create(group, MessageContent.OfText("hello both"));
        message.StateChanged += (_, e) => states.Enqueue(e.State);

        var entry = await message.SendAsync();
        await bob.Receipts.MarkReadAsync(group, entry.Sequence);
        await carol.Receipts.MarkReadAsync(group, entry.Sequence);
        await UntilAsync(() => told.Read.Count == 2, "both have read it");

        Assert.Equal([MessageState.Sent], states);
        Assert.Equal([entry], told.Sent);
        Assert.Equal(new HashSet<(MessageId, UserId)> { (message.Id, Bob), (message.Id, Carol) }, told.Delivered.ToHashSet());
        Assert.Equal(2, told.Delivered.Count);
    }

    [Theory, EveryEngine]
    [Trait("Row", "S07"), Trait("Row", "S17"), Trait("Row", "S19"), Trait("Row", "S25"), Trait("Row", "S33"), Trait("Row", "S34")]
    public async Task One_message_to_several_is_sent_once_and_told_once_for_each(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, bob, tablet, carol) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob", "phone"), await server.ConnectAsync("bob", "tablet"), await server.ConnectAsync("carol"));
        var told = new ConcurrentQueue<string>();
        var received = new ConcurrentQueue<MessageSent>();
        alice.MessageSent += (_, e) => told.Enqueue($"sent {e.Message.Message}");
        alice.MessageDelivered += (_, e) => told.Enqueue($"delivered {e.Message} to {e.Recipient}");
        bob.MessageReceived += (_, e) => received.Enqueue(e.Message);
        carol.MessageReceived += (_, e) => received.Enqueue(e.Message);
        var message = MessageId.New();
        MessageRecipient[] recipients = [new(User: Bob), new(User: Carol), new(Email: "nobody@example.org")];

        var outcomes = await alice.Messages.SendToAsync(recipients, MessageContent.OfText("hello both"), message);

        Assert.Equal([null, null, "not_found"], outcomes.Select(one => one.Refusal?.Code));
        Assert.Equal(recipients, outcomes.Select(one => one.Recipient));
        await UntilAsync(() => received.Count == 2 && told.Count == 4, $"all is told; it was {string.Join(", ", told)}");
        Assert.All(received, one => Assert.Equal([Bob, Carol], one.Recipients!));
        Assert.Equal(outcomes, await alice.Messages.SendToAsync(recipients, MessageContent.OfText("hello both"), message));
        await alice.Inbox.ListAsync();
        Assert.Equal(
            [$"delivered {message} to bob", $"delivered {message} to carol", $"sent {message}", $"sent {message}"], told.Order(StringComparer.Ordinal));
        using var live = await carol.Conversations.OpenAsync(outcomes[1].Conversation!.Value);
        Assert.Equal([Bob, Carol], live.Timeline.Items.OfType<TimelineMessage>().Single().Recipients!);
        await tablet.DisposeAsync();
        var refused = await Assert.ThrowsAsync<ParleyRefusedException>(() => alice.Messages.SendToAsync([], MessageContent.OfText("x")));
        Assert.Equal(Refusals.InvalidParams, refused.Refusal);
    }
}
