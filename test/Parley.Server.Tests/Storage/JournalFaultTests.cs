using System.Text.Json;
using Parley.Storage;

namespace Parley.Tests.Storage;

public class JournalFaultTests
{
    [Theory, EveryEngine]
    [Trait("Row", "G1")]
    public async Task Nobody_is_answered_before_the_commit_returned(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        var (reached, released) = (new TaskCompletionSource(), new TaskCompletionSource());
        server.Faults.BeforeCommit = () =>
        {
            reached.TrySetResult();
            return released.Task;
        };

        var sending = server.SendAsync("alice", conversation, "hi");
        await reached.Task;
        await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        Assert.False(sending.IsCompleted);
        Assert.Single(await server.HistoryAsync("bob", conversation));
        released.SetResult();

        Assert.NotNull((await sending).Value);
    }

    [Theory, EveryEngine]
    [Trait("Row", "G7")]
    [Trait("Row", "G9")]
    [Trait("Row", "G2")]
    public async Task An_unknown_commit_outcome_is_settled_without_loss_or_double(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.ConversationOfAsync("alice", "bob", "carol");
        var commit = 0;
        // Every third commit lands without saying so, every third breaks before; what is run again meets the same.
        server.Faults.OnCommit = () => (Interlocked.Increment(ref commit) % 3) switch
        {
            0 => CommitFault.AnswerLost,
            1 => CommitFault.NeverArrived,
            _ => CommitFault.None,
        };

        var answers = new List<Outcome<LogEntry>>();
        for (var round = 0; round < 10; round++)
        {
            var sends = Enumerable.Range(0, 20).Select(number => server.SendAsync(number % 2 == 0 ? "alice" : "bob", group, $"{round}-{number}")).ToArray();
            var add = server.AddAsync("alice", group, $"dave{round}");
            var create = server.ConversationOfAsync($"erin{round}", $"frank{round}");
            var read = server.ReadAsync("carol", group, 1);
            answers.AddRange(await Task.WhenAll(sends));
            answers.Add(await add);
            Assert.Equal(await create, await server.ConversationOfAsync($"frank{round}", $"erin{round}"));
            Assert.NotNull((await read).Value);
        }

        server.Faults.OnCommit = () => CommitFault.None;
        Assert.All(answers, answer => Assert.Null(answer.Refusal));
        var history = await server.HistoryAsync("carol", group);
        Assert.Equal(Enumerable.Range(1, 211).Select(number => (long)number), history.Select(entry => entry.Sequence.Value));
        Assert.Equal(answers.Select(answer => Json(answer.Value!)).Order(), history.Skip(1).Select(Json).Order());
        Assert.Equal(13, (await server.StateAsync("carol", group)).ParticipantCount);
    }

    private static string Json(LogEntry entry) => JsonSerializer.Serialize(entry, ProtocolJson.Lenient.LogEntry);

    [Theory, EveryEngine]
    public async Task A_full_disk_refuses_and_loses_nothing_and_all_goes_on_when_there_is_room(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        server.Faults.OnCommit = () => CommitFault.DiskFull;

        var refused = await server.SendAsync("alice", conversation, "no room");
        var receipt = await server.ReadAsync("bob", conversation, 1);
        server.Faults.OnCommit = () => CommitFault.None;
        var sent = await server.SendAsync("alice", conversation, "room");

        Assert.Equal(Refusals.StorageFull, refused.Refusal);
        Assert.NotNull(refused.Refusal!.RetryAfter);
        Assert.Equal(Refusals.StorageFull, receipt.Refusal);
        Assert.Equal(2, sent.Value!.Sequence.Value);
        Assert.Equal(2, (await server.HistoryAsync("bob", conversation)).Count);
    }

    [Fact]
    public async Task With_less_room_than_asked_for_nothing_new_is_taken_and_reading_goes_on()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        await server.RestartAsync(storage => storage.MinFreeBytes = 1_000_000_000_000_000);

        Assert.Equal(Refusals.StorageFull, (await server.SendAsync("alice", conversation, "hi")).Refusal);
        Assert.Single(await server.HistoryAsync("bob", conversation));
        Assert.NotNull((await server.ReadAsync("bob", conversation, 1)).Value);
        await server.RestartAsync(storage => storage.MinFreeBytes = 0);
        Assert.NotNull((await server.SendAsync("alice", conversation, "hi")).Value);
    }

    [Theory, EveryEngine]
    [Trait("Row", "G1")]
    public async Task After_a_failed_fsync_nothing_is_acknowledged_any_more(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        server.Faults.OnCommit = () => CommitFault.FsyncFailed;
        var first = await server.SendAsync("alice", conversation, "fails");
        server.Faults.OnCommit = () => CommitFault.None;

        var second = await server.SendAsync("alice", conversation, "after");

        // The first may be on the disk, and only recovery knows; the second was never written.
        Assert.Equal(Refusals.OutcomeUnknown, first.Refusal);
        Assert.Equal(Refusals.Unavailable, second.Refusal);
        Assert.Equal(StorageFailure.Fatal, server.Node.Fatal!.Failure);
        Assert.False(await server.Node.IsReadyAsync(CancellationToken.None));
        await server.RestartAsync();
        Assert.NotNull((await server.SendAsync("alice", conversation, "recovered")).Value);
    }

    [Theory, EveryEngine]
    public async Task A_batch_that_is_rejected_is_split_down_to_the_item_at_fault(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.ConversationOfAsync("alice", "bob", "carol");
        var other = await server.ConversationOfAsync("alice", "dave");
        await server.SendAsync("alice", group, "warm");
        var poison = MessageId.New();
        server.Faults.Rejects = row => row.Command == poison.Value;

        var sends = Enumerable.Range(0, 60).Select(number => number == 31
            ? server.SendAsync("bob", group, "poison", poison)
            : server.SendAsync(number % 2 == 0 ? "alice" : "bob", group, $"{number}")).ToArray();
        var beside = server.SendAsync("dave", other, "beside");
        var answers = await Task.WhenAll(sends);

        Assert.Equal(Refusals.Internal, answers[31].Refusal);
        Assert.Equal(59, answers.Count(answer => answer.Value is not null));
        Assert.NotNull((await beside).Value);
        Assert.Equal(61, (await server.HistoryAsync("carol", group)).Count);
        Assert.NotNull((await server.SendAsync("bob", group, "goes on")).Value);
        Assert.Contains(server.Log.Lines, line => line.Text.StartsWith("A batch of 1 appends failed: Rejected", StringComparison.Ordinal));
    }

    [Theory, EveryEngine]
    [Trait("Row", "G24")]
    public async Task More_than_may_wait_is_refused_at_the_door_and_what_was_taken_is_recorded(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, storage => storage.MaxPending = 50);
        var group = await server.ConversationOfAsync("alice", "bob", "carol");
        await server.SendAsync("alice", group, "warm");
        var released = new TaskCompletionSource();
        server.Faults.BeforeCommit = () => released.Task;

        var sends = Enumerable.Range(0, 200).Select(number => server.SendAsync("alice", group, $"{number}")).ToArray();
        var refused = (await Task.WhenAll(sends.Where(send => send.IsCompleted))).Length;
        released.SetResult();
        var answers = await Task.WhenAll(sends);

        Assert.InRange(answers.Count(answer => answer.Refusal == Refusals.Overloaded), 100, 199);
        Assert.True(refused > 0);
        Assert.All(answers, answer => Assert.True(answer.Value is not null || answer.Refusal!.RetryAfter is not null));
        Assert.Equal(answers.Count(answer => answer.Value is not null) + 2, (await server.HistoryAsync("bob", group)).Count);
    }
}
