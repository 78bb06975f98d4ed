using FsCheck;
using FsCheck.Fluent;
using Parley.Conversations;

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
        var state = (await server.AskAsync<ConversationState>(server.As("alice"), new GetConversation(conversation))).Value!;
        var bob = state.Participants!.Single(one => one.User.Value == "bob");
        Assert.Equal((5, 5), (bob.DeliveredUpTo.Value, bob.ReadUpTo.Value));
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
        Assert.Null((await server.AskAsync<ConversationState>(server.As("bob"), new GetConversation(conversation))).Value!.Own.ReadAhead);
        var stranger = await server.AskAsync<ReceiptCursors>(server.As("bob"), new MarkRead(conversation, Messages: [MessageId.New()]));
        Assert.Equal(Refusals.InvalidParams, stranger.Refusal);

        async Task<ReceiptCursors> ReadAsync(params MessageId[] ids) =>
            (await server.AskAsync<ReceiptCursors>(server.As("bob"), new MarkRead(conversation, Messages: ids))).Value!;

        async Task<int> UnreadAsync() => (await server.InboxAsync("bob")).Value!.Conversations[0].Unread;
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
                    (state, next) => ReadAhead.Merge(state.Cursor, state.Ahead, [new Sequence(next)]));
                var read = order.Select(next => (long)next).ToHashSet();
                var contiguous = Enumerable.Range(1, 401).TakeWhile(next => read.Contains(next)).Count();
                return cursor.Value >= contiguous
                    && ahead.Count <= MarkRead.MaxAhead
                    && ahead.All(sequence => sequence > cursor && read.Contains(sequence.Value))
                    && read.All(next => next <= cursor.Value || ahead.Contains(new Sequence(next)))
                    && (read.Count > MarkRead.MaxAhead || cursor.Value == contiguous);
            }));

    private static (long Delivered, long Read) Of(Outcome<ReceiptCursors> answer) => (answer.Value!.DeliveredUpTo.Value, answer.Value.ReadUpTo.Value);
}
