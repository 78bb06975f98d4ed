using System.Collections.Concurrent;
using Parley.Client.Tests.Support;
using Parley.Tests;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.EndToEnd;

/// <summary>Receipts, unread counts and looking back, by the SDK against a real server.</summary>
public sealed class MessageReceiptTests
{
    [Theory, EveryEngine]
    [Trait("Row", "S10"), Trait("Row", "S14"), Trait("Row", "S19"), Trait("Row", "S22"), Trait("Row", "S24"), Trait("Row", "S34"), Trait("Row", "B01")]
    [Trait("Row", "C5"), Trait("Row", "C12"), Trait("Row", "G14")]
    public async Task Each_recipient_is_told_of_once_on_every_device_of_the_sender_whatever_reconnects(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (phone, laptop) = (await server.ConnectAsync("alice", "phone"), await server.ConnectAsync("alice", "laptop"));
        var told = new[] { phone, laptop }.ToDictionary(device => device, _ => new ConcurrentQueue<string>());
        var (echoed, times) = (new ConcurrentQueue<MessageId>(), new ConcurrentQueue<MessageReceiptEventArgs>());
        phone.MessageDelivered += (_, e) => times.Enqueue(e);
        phone.MessageRead += (_, e) => times.Enqueue(e);
        foreach (var device in told.Keys)
        {
            device.MessageDelivered += (_, e) => told[device].Enqueue($"{e.Message} delivered {e.Recipient}");
            device.MessageRead += (_, e) => told[device].Enqueue($"{e.Message} read {e.Recipient}");
        }

        laptop.MessageSent += (_, e) => echoed.Enqueue(e.Message.Message);
        var group = (await phone.Conversations.CreateGroupAsync([Bob, Carol])).Conversation;
        var recipients = new[] { await server.ConnectAsync("bob", "phone"), await server.ConnectAsync("bob", "tablet"), await server.ConnectAsync("carol") };

        var sent = await phone.Messages.SendAsync(group, "hi");
        var message = Id(sent);

        foreach (var device in told.Values) await UntilAsync(() => device.Count == 2, "both have it");
        // Each with the server's time of it, which stays.
        await UntilAsync(() => times.Count == 2, "both were told");
        Assert.Equal(times.ToDictionary(one => one.Recipient, one => one.At), await TimesAsync(one => one.DeliveredAt));
        Assert.All(times, one => Assert.InRange(one.At!.Value, sent.At, TimeProvider.System.GetUtcNow()));
        var deliveries = await TimesAsync(one => one.DeliveredAt);
        // Delivered is not read.
        Assert.All(told.Values, device => Assert.Equal([$"{message} delivered bob", $"{message} delivered carol"], device.Order()));
        await server.StopAsync();
        await server.StartAgainAsync();
        await recipients[1].Receipts.MarkReadAsync(group, [message]);
        await recipients[0].Receipts.MarkAllReadAsync(group);
        await recipients[2].Receipts.MarkReadAsync(group, new Sequence(2));
        foreach (var device in told.Values) await UntilAsync(() => device.Count == 4, "both have read it");
        await UntilAsync(() => times.Count == 4, "both were told to have read it");
        Assert.Equal(deliveries, await TimesAsync(one => one.DeliveredAt));
        Assert.Equal(times.Skip(2).ToDictionary(one => one.Recipient, one => one.At), await TimesAsync(one => one.ReadAt));
        var receipts = await phone.Receipts.GetAsync(new GetReceipts(group, message));
        Assert.Equal(times.Skip(2).ToDictionary(one => one.Recipient, one => one.At), receipts.Users.ToDictionary(one => one.User, one => one.At));
        await server.StopAsync();
        await server.StartAgainAsync();
        await phone.Messages.SendAsync(group, "after");
        foreach (var device in told.Values) await UntilAsync(() => device.Count == 6, "both have the next");
        Assert.All(told.Values, device => Assert.Equal(
            [$"{message} delivered bob", $"{message} delivered carol", $"{message} read bob", $"{message} read carol"], device.Where(one => one.StartsWith($"{message}", StringComparison.Ordinal)).Order()));
        Assert.Equal(2, echoed.Distinct().Count());

        async Task<Dictionary<UserId, DateTimeOffset?>> TimesAsync(Func<ParticipantState, DateTimeOffset?> which) =>
            (await phone.Conversations.GetAsync(group)).Participants!.Where(one => one.User != Alice).ToDictionary(one => one.User, which);
    }

    [Theory, EveryEngine]
    [Trait("Row", "A49")]
    public async Task A_program_may_say_delivery_itself(Engine engine)
    {
        await using var kit = await Kit.StartAsync(engine);
        var (server, handler) = (kit.Server, kit.Server.HandlerOf("bob"));
        var alice = await server.ConnectAsync("alice");
        await using var silent = new ParleyClient(new ParleyClientOptions
        {
            Endpoint = server.Endpoint, TokenProvider = server.TokensOf("bob"), TimeProvider = kit.Clock, WebSocketHandler = handler, AcknowledgeDelivery = false,
        });
        var heard = new ConcurrentQueue<MessageId>();
        silent.MessageReceived += (_, e) => heard.Enqueue(e.Message.Message);
        await silent.ConnectAsync();
        var delivered = new ConcurrentQueue<MessageId>();
        alice.MessageDelivered += (_, e) => delivered.Enqueue(e.Message);
        var conversation = (await alice.Conversations.DirectAsync(Bob)).Conversation;
        var sent = await alice.Messages.SendAsync(conversation, "hi");
        await kit.Clock.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.Single(heard);
        Assert.Empty(delivered);

        await silent.Receipts.MarkDeliveredAsync(conversation, sent.Sequence);
        await kit.MomentAsync();

        Assert.Single(delivered);
    }

    [Theory, EveryEngine]
    [Trait("Row", "A40"), Trait("Row", "A43"), Trait("Row", "A45"), Trait("Row", "A50"), Trait("Row", "A51"), Trait("Row", "A56"), Trait("Row", "B37"), Trait("Row", "L26")]
    public async Task What_is_read_singly_or_all_at_once_goes_from_the_badge_and_is_told_to_who_sent_it(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, bob) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"));
        var direct = (await alice.Conversations.DirectAsync(Bob)).Conversation;
        var group = (await alice.Conversations.CreateGroupAsync([Bob, Carol])).Conversation;
        using var shown = await alice.Conversations.OpenAsync(direct);
        var changes = new ConcurrentQueue<RecipientsChange>();
        shown.Changed += (_, e) =>
        {
            foreach (var change in e.RecipientChanges) changes.Enqueue(change);
        };
        var messages = new List<MessageId>();
        for (var number = 0; number < 5; number++) messages.Add(Id(await alice.Messages.SendAsync(direct, $"{number}")));
        await alice.Messages.SendAsync(group, new MessageContent([MessagePart.OfText("you all")], Mentions: new Mentions(All: true)));
        await alice.Messages.SendAsync(group, new MessageContent([MessagePart.OfText("you")], Mentions: new Mentions([Bob], All: true)));
        Assert.Equal(new UnreadTotal(7, false, 2), await bob.Inbox.CountUnreadAsync());

        await bob.Receipts.MarkReadAsync(direct, [messages[3]]);
        await UntilAsync(() => changes.Any(change => change.Message.Message == messages[3] && change.Now[Bob] == RecipientState.Read), "the one was read");
        Assert.DoesNotContain(changes, change => change.Message.Message != messages[3] && change.Now[Bob] == RecipientState.Read);
        Assert.Equal(new UnreadTotal(6, false, 2), await bob.Inbox.CountUnreadAsync());

        await bob.Receipts.MarkAllReadAsync(direct);
        await UntilAsync(() => messages.TrueForAll(message => changes.Any(change => change.Message.Message == message && change.Now[Bob] == RecipientState.Read)), "all were read");
        // Each was read once, and before it was not.
        Assert.Equal(5, changes.Count(change => change.Before[Bob] != RecipientState.Read && change.Now[Bob] == RecipientState.Read));
        Assert.Equal(new UnreadTotal(2, false, 2), await bob.Inbox.CountUnreadAsync());
        Assert.Equal(2, (await bob.Inbox.ListAsync()).Conversations.Single(item => item.Conversation == group).Mentions);

        Assert.Equal(1, await bob.Inbox.ReadAllAsync());
        Assert.Equal(new UnreadTotal(0, false), await bob.Inbox.CountUnreadAsync());
        var receipts = new List<Recipient>();
        await foreach (var recipient in alice.Receipts.ListAsync(direct, messages[0])) receipts.Add(recipient);
        Assert.Equal([new Recipient(Bob, RecipientState.Read)], receipts);
        Assert.Equal(1, (await bob.Receipts.GetAsync(new GetReceipts(direct, messages[0]))).Read);
    }

    [Theory, EveryEngine]
    [Trait("Row", "B07")]
    public async Task Messages_of_a_sort_are_listed_page_by_page_and_a_day_is_found(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, bob) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"));
        var conversation = (await alice.Conversations.DirectAsync(Bob)).Conversation;
        var before = (await bob.Messages.SendAsync(conversation, "before")).At;
        for (var number = 0; number < 7; number++)
        {
            await alice.Messages.SendAsync(conversation, new MessageContent([MessagePart.OfUrl("image/png", new Uri($"https://example.org/{number}.png"))]));
            await bob.Messages.SendAsync(conversation, "nice");
        }

        var pictures = new List<string?>();
        await foreach (var entry in bob.Messages.ListAsync(new ListMessages(conversation, Alice, [ContentKind.Image], Since: before, Limit: 2)))
            pictures.Add(((MessageSent)entry.Event).Content.Parts[0].Url);

        Assert.Equal(Enumerable.Range(0, 7).Reverse().Select(number => $"https://example.org/{number}.png"), pictures);
        Assert.True((await bob.Conversations.FindAsync(conversation, before))!.Value.Value <= 2);
        Assert.Null(await bob.Conversations.FindAsync(conversation, before.AddDays(1)));
        await Assert.ThrowsAsync<ParleyRefusedException>(async () => await (await server.ConnectAsync("carol")).Conversations.FindAsync(conversation, before));
    }

    [Theory, EveryEngine]
    public async Task What_a_message_said_before_is_read_page_by_page_by_who_looks_after_the_group(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine, ("Apps:demo:Messages:KeepVersions", "true"));
        var (alice, bob) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"));
        var group = (await alice.Conversations.CreateGroupAsync([Bob])).Conversation;
        var message = Id(await alice.Messages.SendAsync(group, "0"));
        for (var edit = 1; edit <= 3; edit++) await alice.Messages.EditAsync(group, message, MessageContent.OfText($"{edit}"));

        var versions = new List<(int, string)>();
        await foreach (var version in alice.Messages.VersionsAsync(new ListVersions(group, message, Limit: 2))) versions.Add((version.Version, version.Content.PlainText()));

        Assert.Equal([(2, "2"), (1, "1"), (0, "0")], versions);
        await Assert.ThrowsAsync<ParleyRefusedException>(async () => await bob.Messages.VersionsAsync(new ListVersions(group, message)).GetAsyncEnumerator(CancellationToken.None).MoveNextAsync());
    }

    private static MessageId Id(LogEntry entry) => ((MessageSent)entry.Event).Message;
}
