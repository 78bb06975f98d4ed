using Parley.Conversations;
using Parley.Delivery;
using Parley.Storage;

namespace Parley.Tests.Conversations;

/// <summary>What one batch takes, what waits for the next one, and that nothing waits for ever.</summary>
public class BatchTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    [Theory, EveryEngine]
    public async Task A_batch_takes_a_thousand_requests_and_one_more_makes_the_next(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (one, other) = await WarmAsync(server);

        foreach (var many in new[] { AppendBatch.MaxRequests, AppendBatch.MaxRequests + 1 })
        {
            var answers = await server.TogetherAsync(other, () => Enumerable.Range(0, many).Select(number => server.SendAsync("bob", one, $"{number}")));

            Assert.All(answers, answer => Assert.NotNull(answer.Value));
            Assert.Equal(many == AppendBatch.MaxRequests ? [many] : [AppendBatch.MaxRequests, 1], server.Faults.Batches);
        }
    }

    [Theory, EveryEngine]
    public async Task A_batch_takes_as_many_bytes_as_it_may_and_one_request_that_is_larger_alone(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (one, other) = await WarmAsync(server);
        const int Half = AppendBatch.MaxBytes / 2;

        await BatchesAsync([Half, Half], [2]);
        await BatchesAsync([Half, Half, 1], [2, 1]);
        await BatchesAsync([1, AppendBatch.MaxBytes + 1, 1], [1, 1, 1]);

        async Task BatchesAsync(int[] sizes, int[] batches)
        {
            var answers = await server.TogetherAsync(other, () => sizes.Select(size => server.RecordAsync(origin => new Sized(Key(server, one), size, origin))));
            Assert.All(answers, answer => Assert.NotNull(answer.Value));
            Assert.Equal(batches, server.Faults.Batches);
        }
    }

    [Theory, EveryEngine]
    public async Task What_finds_no_room_goes_with_the_next_batch_whatever_conversation_it_is_of(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (one, other) = await WarmAsync(server);
        var third = await server.ConversationOfAsync("alice", "dave");
        await server.SendAsync("alice", third, "warm");

        var answers = await server.TogetherAsync(other, () =>
        [
            server.RecordAsync(origin => new Sized(Key(server, one), AppendBatch.MaxBytes, origin)),
            server.RecordAsync(origin => new Sized(Key(server, third), 1, origin)),
        ]);

        Assert.All(answers, answer => Assert.NotNull(answer.Value));
        Assert.Equal([1, 1], server.Faults.Batches);
    }

    [Fact]
    public void A_request_is_as_large_as_all_that_it_records()
    {
        var (key, alice, origin) = (new ConversationKey(new AppId(1), ConversationId.New()), new UserId("alice"), new AwaitedOrigin());
        var content = new MessageContent([new MessagePart(MessagePart.PlainText, "é"), new MessagePart(MessagePart.PlainText, "abc")]);

        Assert.Equal(5, new SendAppend(key, alice, new SendMessage(key.Conversation, MessageId.New(), content), content, [], (_, _) => { }, origin).Bytes);
        Assert.Equal(8, new ChangeAppend(key, CommandId.New(), alice, [], new Needed([alice]), 8, (rules, _) => rules.Leave(alice), origin).Bytes);
    }

    [Theory, EveryEngine]
    [Trait("Row", "G7")]
    public async Task Two_copies_of_a_message_are_never_in_one_batch_and_are_answered_alike(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (one, other) = await WarmAsync(server);
        var message = MessageId.New();

        var answers = await server.TogetherAsync(other, () => [server.SendAsync("bob", one, "twice", message), server.SendAsync("bob", one, "twice", message)]);

        Assert.NotNull(answers[0].Value);
        Assert.Equal(answers[0].Value, answers[1].Value);
        Assert.Equal([1, 1], server.Faults.Batches);
        Assert.Equal(3, (await server.HistoryAsync("alice", one)).Count);
    }

    [Theory, EveryEngine]
    [Trait("Row", "G3")]
    public async Task Parts_of_a_batch_that_was_rejected_take_nothing_more_and_their_conversations_go_on(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (one, other) = await WarmAsync(server);
        var third = await server.ConversationOfAsync("alice", "dave");
        await server.SendAsync("alice", third, "warm");
        var (poison, late) = (MessageId.New(), default(Task<Outcome<LogEntry>>));
        server.Faults.Rejects = row =>
        {
            if (row.Command != poison.Value) return false;
            late ??= server.SendAsync("alice", other, "comes while the batch is tried");
            return true;
        };

        var answers = await server.TogetherAsync(other, () =>
        [
            server.SendAsync("alice", one, "1"), server.SendAsync("bob", one, "2"), server.SendAsync("alice", one, "poison", poison), server.SendAsync("alice", third, "beside"),
        ]);

        Assert.Equal([null, null, Refusals.Internal, null], answers.Select(answer => answer.Refusal));
        Assert.NotNull((await late!.WaitAsync(Soon)).Value);
        // Four, the halves, the second half's halves; then what came late, by itself.
        Assert.Equal([4, 2, 2, 1, 1, 1], server.Faults.Batches);
        for (var round = 0; round < 3; round++)
        {
            foreach (var conversation in new[] { one, third, other })
                Assert.NotNull((await server.SendAsync("alice", conversation, "goes on").WaitAsync(Soon)).Value);
        }
    }

    /// <summary>A conversation of alice and bob, and another; the rules of both were read.</summary>
    private static async Task<(ConversationId One, ConversationId Other)> WarmAsync(TestServer server)
    {
        var (one, other) = (await server.ConversationOfAsync("alice", "bob"), await server.ConversationOfAsync("alice", "carol"));
        await Task.WhenAll(server.SendAsync("alice", other, "warm"), server.SendAsync("bob", one, "warm"));
        await server.CancelAsync("alice", one, MessageId.New());
        return (one, other);
    }

    private static ConversationKey Key(TestServer server, ConversationId conversation) => new(server.App, conversation);

    /// <summary>A message that says itself how large it is.</summary>
    private sealed class Sized(ConversationKey key, int bytes, Origin origin) : Append(key, Guid.NewGuid(), new UserId("alice"), [1], origin)
    {
        public override Needed Needed { get; } = new([new UserId("alice")]);

        public override int Bytes => bytes;

        public override Outcome<Decision> Decide(Conversation conversation, DateTimeOffset now) => conversation.Send(Actor, new MessageSent(new MessageId(Command), Actor, MessageContent.OfText("x")), now);
    }
}
