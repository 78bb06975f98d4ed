using FsCheck;
using FsCheck.Fluent;
using Parley.Conversations;
using Parley.Tests.Delivery;
using Parley.Tests.Gateway;

namespace Parley.Tests.Receipts;

public class ReceiptTests
{
    [Theory, EveryEngine]
    [Trait("Row", "A39")]
    [Trait("Row", "G13")]
    public async Task Cursors_move_forward_and_reading_implies_delivery(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        for (var number = 0; number < 5; number++) await server.SendAsync("alice", conversation, $"{number}");

        Assert.Equal((3, 0), Of(await server.DeliveredAsync("bob", conversation, 3)));
        Assert.Equal((3, 0), Of(await server.DeliveredAsync("bob", conversation, 2)));
        Assert.Equal((5, 5), Of(await server.ReadAsync("bob", conversation, 5)));
        Assert.Equal((5, 5), Of(await server.ReadAsync("bob", conversation, 1)));
        await server.RestartAsync();
        var state = await server.StateAsync("alice", conversation);
        var bob = state.Participants!.Single(one => one.User.Value == "bob");
        Assert.Equal((5, 5), (bob.DeliveredUpTo!.Value.Value, bob.ReadUpTo!.Value.Value));
    }

    [Theory, EveryEngine]
    [Trait("Row", "WS-09")]
    public async Task A_receipt_beyond_the_head_is_refused_and_changes_nothing(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        await server.SendAsync("alice", conversation, "hi");

        var answers = await Task.WhenAll(server.ReadAsync("bob", conversation, 3), server.ReadAsync("bob", conversation, 2), server.ReadAsync("bob", conversation, 4));

        Assert.Equal(Refusals.InvalidParams, answers[0].Refusal);
        Assert.Equal((2, 2), Of(answers[1]));
        Assert.Equal(Refusals.InvalidParams, answers[2].Refusal);
        Assert.Equal(Refusals.NotFound, (await server.ReadAsync("carol", conversation, 1)).Refusal);
        Assert.Equal(Refusals.InvalidParams, (await server.ReadAsync("bob", conversation, 0)).Refusal);
    }

    [Theory, EveryEngine]
    [Trait("Row", "G15")]
    public async Task Messages_read_out_of_order_are_remembered_and_not_counted(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        var messages = Enumerable.Range(0, 5).Select(_ => MessageId.New()).ToArray();
        foreach (var message in messages) await server.SendAsync("alice", conversation, "hi", message);
        await server.ReadAsync("bob", conversation, 1);

        var cursors = await ReadAsync(messages[1], messages[3]);
        Assert.Equal([3, 5], cursors.ReadAhead!.Select(sequence => sequence.Value));
        Assert.Equal(3, await UnreadAsync());

        cursors = await ReadAsync(messages[0]);
        Assert.Equal(3, cursors.ReadUpTo.Value);
        Assert.Equal(2, await UnreadAsync());
        Assert.Equal((6, 6), Of(await server.ReadAsync("bob", conversation, 6)));
        Assert.Equal(0, await UnreadAsync());
        Assert.Null((await server.StateAsync("bob", conversation)).Own.ReadAhead);
        var stranger = await server.AskAsync<ReceiptCursors>(server.As("bob"), new MarkRead(conversation, Messages: [MessageId.New()]));
        Assert.Equal(Refusals.InvalidParams, stranger.Refusal);

        async Task<ReceiptCursors> ReadAsync(params MessageId[] ids) =>
            (await server.AskAsync<ReceiptCursors>(server.As("bob"), new MarkRead(conversation, Messages: ids))).Value!;

        async Task<int> UnreadAsync() => (await server.InboxAsync("bob")).Value!.Conversations[0].Unread;
    }

    [Theory, EveryEngine]
    [Trait("Row", "G15")]
    public async Task The_cursor_passes_what_nobody_reads_and_what_was_read_before(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        var messages = Enumerable.Range(0, 4).Select(_ => MessageId.New()).ToArray();
        await server.SendAsync("alice", conversation, "at 2", messages[0]);
        await server.SendAsync("bob", conversation, "mine, at 3");
        await server.SendAsync("alice", conversation, "at 4", messages[1]);
        await server.SendAsync("alice", conversation, "at 5", messages[2]);
        await server.SendAsync("bob", conversation, "mine, at 6");
        await server.SendAsync("alice", conversation, "at 7", messages[3]);

        var overTheFirstEntry = await ReadAsync(messages[0]);
        var overMine = await ReadAsync(messages[1]);
        var ahead = await ReadAsync(messages[3]);
        var absorbed = (await server.ReadAsync("bob", conversation, 5)).Value!;

        Assert.Equal((2, 4), (overTheFirstEntry.ReadUpTo.Value, overMine.ReadUpTo.Value));
        Assert.Equal((4, 7), (ahead.ReadUpTo.Value, Assert.Single(ahead.ReadAhead!).Value));
        Assert.Equal((7, 7), (absorbed.DeliveredUpTo.Value, absorbed.ReadUpTo.Value));
        Assert.Null(absorbed.ReadAhead);

        async Task<ReceiptCursors> ReadAsync(MessageId message) =>
            (await server.AskAsync<ReceiptCursors>(server.As("bob"), new MarkRead(conversation, Messages: [message]))).Value!;
    }

    [Theory, EveryEngine]
    [Trait("Row", "ID-02")]
    public async Task What_was_said_while_he_was_away_can_be_read_by_nobody_and_holds_no_cursor(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await Group.OfAsync(server, new CreateConversation(
            ConversationId.New(), ConversationKind.Group, Group.Ids(["bob", "carol"]), Settings: new NewSettings(History: HistoryVisibility.WhileIn)));
        var messages = Enumerable.Range(0, 6).Select(_ => MessageId.New()).ToArray();
        await server.SendAsync("alice", group.Id, "2", messages[0]);
        await group.RemoveAsync("alice", "bob");
        foreach (var hidden in messages[1..3]) await server.SendAsync("alice", group.Id, "4 and 5", hidden);
        await group.AddAsync("alice", "bob");
        foreach (var seen in messages[3..]) await server.SendAsync("alice", group.Id, "7, 8 and 9", seen);
        Assert.Equal(4, await UnreadAsync());

        foreach (var ids in new[] { messages[1..2], messages[1..3], [messages[0], messages[1]] })
            Assert.Equal(Refusals.InvalidParams, (await ReadAsync(ids)).Refusal);
        Assert.Equal(4, await UnreadAsync());

        // 2 and 8 are read; of 4 and 5, which he never sees, nothing is waited for.
        Assert.Equal(new ReceiptCursors(new Sequence(8), new Sequence(2)), (await ReadAsync(messages[0], messages[4])).Value! with { ReadAhead = null, DeliveredUpTo = new Sequence(8) });
        Assert.Equal(2, await UnreadAsync());
        Assert.Equal(8, (await ReadAsync(messages[3])).Value!.ReadUpTo.Value);
        Assert.Equal(1, await UnreadAsync());
        Assert.Equal(9, (await ReadAsync(messages[5])).Value!.ReadUpTo.Value);
        Assert.Equal(0, await UnreadAsync());

        Task<Outcome<ReceiptCursors>> ReadAsync(params MessageId[] ids) => server.AskAsync<ReceiptCursors>(server.As("bob"), new MarkRead(group.Id, Messages: ids));

        async Task<int> UnreadAsync()
        {
            var listed = Assert.Single((await server.InboxAsync("bob")).Value!.Conversations).Unread;
            Assert.Equal(listed, (await server.AskAsync<UnreadTotal>(server.As("bob"), new CountUnread())).Value!.Unread);
            return listed;
        }
    }

    [Theory, EveryEngine]
    public async Task Of_a_broadcast_the_own_devices_are_told_and_others_learn_by_asking(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var news = await Group.OfAsync(server, new CreateConversation(ConversationId.New(), ConversationKind.Broadcast, Group.Ids(["bob", "carol"]), "News"));
        var message = MessageId.New();
        await server.SendAsync("alice", news.Id, "first");
        await server.SendAsync("alice", news.Id, "second", message);
        var (alice, phone, tablet) = (await Listener.ConnectAsync(server, "alice"), await Listener.ConnectAsync(server, "bob"), await Listener.ConnectAsync(server, "bob", "tablet"));

        await AskAsync(new MarkDelivered(news.Id, new Sequence(2)));
        await AskAsync(new MarkRead(news.Id, Messages: [message]));
        await AskAsync(new MarkRead(news.Id, new Sequence(3)));

        await GatewayHost.EventuallyAsync(() => tablet.ToldReceipts() is [.., var last] && last.ReadUpTo.Value == 3);
        Assert.Equal(2, tablet.ToldReceipts()[0].DeliveredUpTo.Value);
        Assert.Empty(phone.ToldReceipts());
        Assert.Empty(alice.ToldReceipts());
        var bob = (await news.StateAsync("alice")).Participants!.Single(one => one.User.Value == "bob");
        Assert.Equal((3, 3), (bob.DeliveredUpTo!.Value.Value, bob.ReadUpTo!.Value.Value));
        Assert.Equal(0, (await server.InboxAsync("bob")).Value!.Conversations[0].Unread);

        async Task AskAsync(object command)
        {
            var origin = new AwaitedOrigin(phone.Subscriber);
            server.Ask(server.As("bob"), command, origin);
            Assert.Null((await origin.AsAsync<ReceiptCursors>()).Refusal);
        }
    }

    [Theory, EveryEngine]
    public async Task Others_learn_what_was_read_ahead_when_they_ask_and_not_more_than_an_answer_holds(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.ConversationOfAsync(["alice", .. Enumerable.Range(0, 9).Select(number => $"u{number}")]);
        var message = MessageId.New();
        await server.SendAsync("alice", group, "not read by u0");
        await server.SendAsync("alice", group, "read by u0", message);
        await server.AskAsync<ReceiptCursors>(server.As("u0"), new MarkRead(group, Messages: [message]));
        Assert.Equal([new Sequence(3)], (await ParticipantsAsync())[1].ReadAhead);

        for (var number = 1; number <= 8; number++) await ReadAheadAsync($"u{number}", MarkRead.MaxAhead - (number == 1 ? 1 : 0));
        Assert.All((await ParticipantsAsync()).Skip(1), one => Assert.NotNull(one.ReadAhead));
        Assert.Equal(ParticipantState.MaxAheadInAnswer, (await ParticipantsAsync()).Sum(one => one.ReadAhead?.Count ?? 0));
        await ReadAheadAsync("u1", MarkRead.MaxAhead);
        Assert.Equal(Enumerable.Range(0, 8).Select(number => $"u{number}"), (await ParticipantsAsync()).Where(one => one.ReadAhead is not null).Select(one => one.User.Value));

        // Sent and read one by one, these would be thousands of requests.
        Task ReadAheadAsync(string user, int count) => server.ChangeAsync(
            $"update participations set read_ahead = {string.Join(',', Enumerable.Range(1_000, count))} where conversation = {group.Value} and user_id = {user}");

        async Task<IReadOnlyList<ParticipantState>> ParticipantsAsync()
        {
            var got = (await server.StateAsync("alice", group)).Participants!;
            var position = new SyncConversations(server.Node.Installation.Epoch, [new SyncPosition(group, default)]);
            var synced = (await server.AskAsync<ConversationsSynced>(server.As("alice"), position)).Value!.Conversations[0].Participants!;
            Assert.Equal(got.Select(one => one.ReadAhead), synced.Select(one => one.ReadAhead));
            return got;
        }
    }

    [Theory]
    [InlineData(MarkRead.MaxAhead, 0)]
    [InlineData(MarkRead.MaxAhead + 1, 2)]
    public void As_many_as_can_be_remembered_are_and_with_one_more_the_cursor_moves_to_the_first(int count, long cursor)
    {
        var read = Enumerable.Range(1, count).Select(number => new Sequence(2 * number)).ToArray();

        var (readUpTo, ahead) = ReadAhead.Merge(Sequence.None, read[1..], read[..1]);

        Assert.Equal((cursor, MarkRead.MaxAhead), (readUpTo.Value, ahead.Count));
        Assert.Equal(read[^MarkRead.MaxAhead..], ahead);
    }

    [Fact]
    [Trait("Row", "G15")]
    public void Reading_ahead_in_any_order_ends_where_reading_in_order_does() =>
        Check.QuickThrowOnFailure(Prop.ForAll(
            Gen.Choose(1, 400).ArrayOf().ToArbitrary(),
            order =>
            {
                var (cursor, ahead) = order.Aggregate(
                    (Cursor: Sequence.None, Ahead: (IReadOnlyList<Sequence>)[]),
                    (state, next) => ReadOne(state.Cursor, state.Ahead, new Sequence(next)));
                var read = order.Select(next => (long)next).ToHashSet();
                var contiguous = Enumerable.Range(1, 401).TakeWhile(next => read.Contains(next)).Count();
                return cursor.Value >= contiguous
                    && ahead.Count <= MarkRead.MaxAhead
                    && ahead.All(sequence => sequence > cursor && read.Contains(sequence.Value))
                    && read.All(next => next <= cursor.Value || ahead.Contains(new Sequence(next)))
                    && (read.Count > MarkRead.MaxAhead || cursor.Value == contiguous);
            }));

    /// <summary>Reads one of a log of others' messages only.</summary>
    private static (Sequence ReadUpTo, IReadOnlyList<Sequence> Ahead) ReadOne(Sequence readUpTo, IReadOnlyList<Sequence> ahead, Sequence next)
    {
        (readUpTo, ahead) = ReadAhead.Merge(readUpTo, ahead, [next]);
        var unread = readUpTo.Next;
        while (ahead.Contains(unread)) unread = unread.Next;
        return ReadAhead.Advance(readUpTo, ahead, unread);
    }

    private static (long Delivered, long Read) Of(Outcome<ReceiptCursors> answer) => (answer.Value!.DeliveredUpTo.Value, answer.Value.ReadUpTo.Value);
}
