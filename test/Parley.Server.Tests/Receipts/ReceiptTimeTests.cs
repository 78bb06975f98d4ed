using Parley.Identity;
using Parley.Tests.Delivery;
using Parley.Tests.Messages;

namespace Parley.Tests.Receipts;

/// <summary>When messages were delivered and read, as far as it is known.</summary>
public class ReceiptTimeTests
{
    [Theory, EveryEngine]
    [Trait("Row", "S24")]
    [Trait("Row", "B01")]
    public async Task Each_cursor_has_the_time_at_which_it_came_where_it_is_and_keeps_it(Engine engine)
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(engine, clock: clock);
        var direct = await server.ConversationOfAsync("alice", "bob");
        var message = await server.SayAsync("alice", direct, "hi"); // 2
        Assert.Equal((null, null), await TimesAsync());
        var alice = await Listener.ConnectAsync(server, "alice");

        clock.Advance(TimeSpan.FromMinutes(1));
        var delivered = clock.Now();
        await server.DeliveredAsync("bob", direct, 2);
        Assert.Equal((delivered, null), await TimesAsync());
        Assert.Equal(delivered, await AtAsync());
        clock.Advance(TimeSpan.FromMinutes(1));
        var read = clock.Now();
        await server.ReadAsync("bob", direct, 2);
        clock.Advance(TimeSpan.FromMinutes(1));
        // Twice, and an older one, change nothing.
        await server.ReadAsync("bob", direct, 2);
        await server.DeliveredAsync("bob", direct, 1);

        Assert.Equal((delivered, read), await TimesAsync());
        Assert.Equal(read, await AtAsync());
        await Gateway.GatewayHost.EventuallyAsync(() => alice.ToldReceipts().Count == 2);
        Assert.Equal([delivered, read], alice.ToldReceipts().Select(told => told.At));
        await server.RestartAsync();
        Assert.Equal((delivered, read), await TimesAsync());
        // Who came back reads them with what changed, too.
        var since = (await server.Node.Handlers.Changes.ReadAsync(server.As("alice").Key, null, CancellationToken.None)).Value!.Since;
        await server.SayAsync("alice", direct, "again"); // 3
        clock.Advance(TimeSpan.FromMinutes(1));
        await server.ReadAsync("bob", direct, 3);
        var synced = (await server.AskAsync<ConversationsSynced>(
            server.As("alice"), new SyncConversations(server.Node.Installation.Epoch, [new SyncPosition(direct, new Sequence(2))], since))).Value!.Conversations[0];
        Assert.Equal((clock.Now(), clock.Now()), Times(synced.ChangedParticipants!));

        async Task<(DateTimeOffset?, DateTimeOffset?)> TimesAsync() => Times((await server.StateAsync("alice", direct)).Participants!);

        static (DateTimeOffset?, DateTimeOffset?) Times(IReadOnlyList<ParticipantState> participants) =>
            participants.Where(one => one.User.Value == "bob").Select(one => (one.DeliveredAt, one.ReadAt)).Single();

        async Task<DateTimeOffset?> AtAsync() => (await server.AskAsync<MessageReceipts>(server.As("alice"), new GetReceipts(direct, message))).Value!.Users[0].At;
    }

    [Theory, EveryEngine]
    [Trait("Row", "B01")]
    public async Task How_far_one_message_got_has_a_time_while_the_cursor_stands_at_it_and_none_where_it_is_not_known(Engine engine)
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(engine, clock: clock);
        var group = await server.ConversationOfAsync("alice", "bob", "carol", "dave", "erin");
        var first = await server.SayAsync("alice", group, "one"); // 2
        var second = await server.SayAsync("alice", group, "two"); // 3
        await server.SayAsync("alice", group, "three"); // 4
        await PassAsync(() => server.DeliveredAsync("bob", group, 2));
        await PassAsync(() => server.ReadAsync("bob", group, 1));
        await PassAsync(() => server.ReadAsync("carol", group, 3));
        await PassAsync(() => server.DeliveredAsync("carol", group, 4));
        await PassAsync(() => server.DeliveredAsync("dave", group, 2));
        await PassAsync(async () => await server.AskAsync<ReceiptCursors>(server.As("dave"), new MarkRead(group, Messages: [second])));
        Assert.Equal("bob Delivered 1, carol Read, dave Delivered 5, erin Sent", await TextAsync(first));
        Assert.Equal("bob Sent, carol Read 3, dave Read, erin Sent", await TextAsync(second));
        // His cursor goes over what he had read ahead: it came there now.
        await PassAsync(async () => await server.AskAsync<ReceiptCursors>(server.As("dave"), new MarkRead(group, Messages: [first])));
        Assert.Equal("bob Sent, carol Read 3, dave Read 7, erin Sent", await TextAsync(second));
        // When it was delivered is not when it was read.
        await PassAsync(() => server.DeliveredAsync("erin", group, 3));
        Assert.Equal("bob Sent, carol Read 3, dave Read 7, erin Delivered 8", await TextAsync(second));
        await PassAsync(async () => await server.AskAsync<ReceiptCursors>(server.As("erin"), new MarkRead(group, Messages: [second])));
        Assert.Equal("bob Sent, carol Read 3, dave Read 7, erin Read", await TextAsync(second));

        async Task PassAsync<T>(Func<Task<T>> move)
        {
            clock.Advance(TimeSpan.FromMinutes(1));
            await move();
        }

        async Task<string> TextAsync(MessageId message)
        {
            var start = new ManualClock().Now();
            var users = (await server.AskAsync<MessageReceipts>(server.As("alice"), new GetReceipts(group, message))).Value!.Users;
            return string.Join(", ", users.Select(one => $"{one.User} {one.State} {(one.At - start)?.TotalMinutes}".TrimEnd()));
        }
    }

    [Theory, EveryEngine]
    [Trait("Row", "B01")]
    public async Task Nothing_is_received_or_read_before_it_was_sent_whatever_a_clock_says(Engine engine)
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(engine, clock: clock);
        var direct = await server.ConversationOfAsync("alice", "bob");
        var sent = (await server.SendAsync("alice", direct, "hi")).Value!.At;
        var message = await server.SayAsync("alice", direct, "and"); // 3
        clock.Advance(TimeSpan.FromHours(-1));

        await server.DeliveredAsync("bob", direct, 2);
        await server.AskAsync<ReceiptCursors>(server.As("bob"), new MarkRead(direct, Messages: [message]));
        await server.ReadAsync("bob", direct, 2);

        var bob = (await server.StateAsync("alice", direct)).Participants!.Single(one => one.User.Value == "bob");
        Assert.Equal((3, sent, sent), (bob.ReadUpTo!.Value.Value, bob.DeliveredAt, bob.ReadAt));
    }

    [Theory, EveryEngine]
    [Trait("Row", "B10")]
    public async Task Where_others_cursors_are_not_told_their_times_are_not_either(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, apps: app => app.Receipts = ReceiptAudience.Sender);
        var direct = await server.ConversationOfAsync("alice", "bob");
        await server.SayAsync("alice", direct, "hi");
        await server.ReadAsync("bob", direct, 2);

        var participants = (await server.StateAsync("alice", direct)).Participants!;

        Assert.All(participants, one => Assert.Equal((null, null), (one.DeliveredAt, one.ReadAt)));
        Assert.NotNull((await server.StateAsync("bob", direct)).Participants!.Single(one => one.User.Value == "bob").ReadAt);
    }

    [Theory, EveryEngine]
    public async Task Of_what_moved_before_times_were_kept_none_is_made_up(Engine engine)
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(engine, clock: clock);
        var direct = await server.ConversationOfAsync("alice", "bob");
        var message = await server.SayAsync("alice", direct, "hi");
        await server.ReadAsync("bob", direct, 2);
        await server.ChangeAsync($"update participations set delivered_at = null, read_at = null");
        var alice = await Listener.ConnectAsync(server, "alice");
        // A mark that ends is told, and nothing moved.
        await server.AskAsync<InboxFlags>(server.As("bob"), new MarkUnread(direct, new Sequence(2)));
        clock.Advance(TimeSpan.FromMinutes(1));
        await server.ReadAsync("bob", direct, 2);

        var bob = (await server.StateAsync("alice", direct)).Participants!.Single(one => one.User.Value == "bob");
        Assert.Equal((2, null, null), (bob.ReadUpTo!.Value.Value, bob.DeliveredAt, bob.ReadAt));
        var receipt = (await server.AskAsync<MessageReceipts>(server.As("alice"), new GetReceipts(direct, message))).Value!.Users[0];
        Assert.Equal((RecipientState.Read, null), (receipt.State, receipt.At));
        Assert.Equal(clock.Now(), Assert.Single(alice.ToldReceipts()).At);
    }
}
