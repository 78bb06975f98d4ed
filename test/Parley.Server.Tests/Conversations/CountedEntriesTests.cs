using Parley.Storage;

namespace Parley.Tests.Conversations;

/// <summary>Metrics are the process's, so no other server may run beside.</summary>
[Collection(nameof(Alone))]
public class CountedEntriesTests
{
    [Theory, EveryEngine]
    public async Task What_is_recorded_what_was_decided_again_and_what_a_batch_held_is_counted(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.ConversationOfAsync("alice", "bob", "carol");
        var message = MessageId.New();
        using var metrics = new RecordedMetrics();

        await server.SendAsync("alice", group, "one", message);
        await server.SendAsync("alice", group, "one", message);
        await server.AddAsync("alice", group, "dave");
        await server.CancelAsync("alice", group, message);
        await server.SendAsync("alice", group, "warm");
        await server.ChangeAsync(Sql.From($"update conversations set revision = revision + 1 where conversation = {group.Value}"));
        await server.SendAsync("alice", group, "decided twice");

        // The copy and the cancellation record nothing; the last one is in two batches.
        Assert.Equal((4, 1, 7), (metrics.Sum("parley.entries"), metrics.Sum("parley.entries.stale"), metrics.Sum("parley.append.batch.rows")));
        Assert.Equal("{entry}", metrics.Units["parley.entries"]);
        Assert.Equal("{entry}", metrics.Units["parley.entries.stale"]);
    }
}
