using Parley.Conversations;
using Parley.Storage;

namespace Parley.Tests.Storage;

/// <summary>Work is refused at the door or kept, whatever kind of work it is (G24).</summary>
[Trait("Row", "G24")]
public class AdmissionTests
{
    /// <summary>A refusal comes at once; what is taken instead would wait for a commit that is held.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    [Theory, EveryEngine]
    public async Task Conversations_are_refused_beyond_what_may_wait_and_those_taken_are_created(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, storage => storage.MaxPending = 20);
        var (_, released) = server.Faults.HoldCommits();

        var creations = Enumerable.Range(0, 21)
            .Select(_ => server.CreateAsync("alice", new CreateConversation(ConversationId.New(), ConversationKind.Group, [])))
            .ToArray();
        var last = await creations[20].WaitAsync(Soon);
        var closed = server.Node.Log.Closed();
        released.SetResult();
        var taken = await Task.WhenAll(creations.Take(20));

        Assert.Equal(Refusals.Overloaded, last.Refusal);
        Assert.Equal(Refusals.Overloaded, closed);
        Assert.Null(server.Node.Log.Closed());
        Assert.NotNull(last.Refusal!.RetryAfter);
        Assert.All(taken, created => Assert.NotNull(created.Value));
        Assert.NotNull((await server.CreateAsync("alice", new CreateConversation(ConversationId.New(), ConversationKind.Group, []))).Value);
    }

    [Theory, EveryEngine]
    public async Task Receipts_are_refused_beyond_what_may_wait_and_those_taken_are_recorded(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, storage => storage.MaxPending = 20);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        var (reached, released) = server.Faults.HoldCommits();

        // The first is being written and waits no more.
        var writing = server.DeliveredAsync("bob", conversation, 1);
        await reached;
        var waiting = Enumerable.Range(0, 20).Select(_ => server.DeliveredAsync("alice", conversation, 1)).ToArray();
        var last = await server.DeliveredAsync("alice", conversation, 1).WaitAsync(Soon);
        released.SetResult();

        Assert.Equal(Refusals.Overloaded, last.Refusal);
        Assert.NotNull((await writing).Value);
        Assert.All(await Task.WhenAll(waiting), receipt => Assert.NotNull(receipt.Value));
        Assert.NotNull((await server.DeliveredAsync("alice", conversation, 1)).Value);
    }

    [Theory, EveryEngine]
    public async Task While_rules_cannot_be_read_new_work_is_refused_after_half_a_second(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, storage => storage.MaxWait = new StorageOptions().MaxWait);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        var other = await server.ConversationOfAsync("bob", "carol");
        var released = new TaskCompletionSource();
        server.Faults.BeforeRead = () => released.Task;

        var first = server.SendAsync("alice", conversation, "taken");
        await Task.Delay(TimeSpan.FromMilliseconds(700), TimeProvider.System);
        var late = await server.SendAsync("bob", other, "late").WaitAsync(Soon);
        released.SetResult();

        Assert.Equal(Refusals.Overloaded, late.Refusal);
        Assert.NotNull((await first).Value);
        Assert.NotNull((await server.SendAsync("bob", other, "again")).Value);
    }

    [Theory, EveryEngine]
    public async Task While_the_database_does_not_commit_every_kind_of_work_is_refused_after_half_a_second(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, storage => storage.MaxWait = new StorageOptions().MaxWait);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        var message = (await server.SendAsync("alice", conversation, "one")).Value!;
        var (_, released) = server.Faults.HoldCommits();

        var first = server.DeliveredAsync("bob", conversation, 1);
        await Task.Delay(TimeSpan.FromMilliseconds(700), TimeProvider.System);
        var refusals = new[]
        {
            (await server.SendAsync("bob", conversation, "late").WaitAsync(Soon)).Refusal,
            (await server.CreateAsync("alice", new CreateConversation(ConversationId.New(), ConversationKind.Group, [])).WaitAsync(Soon)).Refusal,
            (await server.DeliveredAsync("bob", conversation, 2).WaitAsync(Soon)).Refusal,
            (await server.AskAsync<ReceiptCursors>(server.As("bob"), new MarkRead(conversation, null, [((MessageSent)message.Event).Message])).WaitAsync(Soon)).Refusal,
        };
        released.SetResult();

        Assert.All(refusals, refusal => Assert.Equal(Refusals.Overloaded, refusal));
        Assert.NotNull((await first).Value);
    }

    [Theory, EveryEngine]
    public async Task A_batch_holds_a_mebibyte_of_text_and_what_is_more_makes_the_next_one(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        var other = await server.ConversationOfAsync("alice", "carol");
        await server.SendAsync("bob", conversation, "warm");
        await server.SendAsync("alice", other, "warm");
        var largest = string.Concat(Enumerable.Repeat("😀", MessageContent.MaxCodePoints));
        var fitting = AppendBatch.MaxBytes / TextSize.Bytes(largest);

        Assert.Equal([fitting], await BatchesAsync(fitting));
        Assert.Equal([fitting, 1], await BatchesAsync(fitting + 1));

        async Task<int[]> BatchesAsync(int messages)
        {
            var answers = await server.TogetherAsync(other, () => Enumerable.Range(0, messages).Select(_ => server.SendAsync("bob", conversation, largest)));
            Assert.All(answers, answer => Assert.NotNull(answer.Value));
            return [.. server.Faults.Batches];
        }
    }
}
