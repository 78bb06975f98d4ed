using Parley.Delivery;
using Parley.Storage;
using Parley.Storage.Sqlite;

namespace Parley.Tests.Storage;

/// <summary>Whatever goes wrong around a batch, everybody in it is answered and the next one goes on.</summary>
public class JournalAnswerTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    [Theory, EveryEngine]
    [Trait("Row", "G24")]
    public async Task A_batch_that_was_split_does_not_shut_the_door_for_ever(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, storage => storage.MaxWait = TimeSpan.FromMilliseconds(200));
        var conversation = await server.ConversationOfAsync("alice", "bob");
        await server.SendAsync("alice", conversation, "warm");
        var poison = MessageId.New();
        server.Faults.Rejects = row => row.Command == poison.Value;

        await Task.WhenAll(server.SendAsync("bob", conversation, "poison", poison), server.SendAsync("alice", conversation, "beside"));
        await Task.Delay(TimeSpan.FromMilliseconds(400), TimeProvider.System);

        Assert.Null((await server.SendAsync("alice", conversation, "long after")).Refusal);
    }

    private sealed class BrokenOrigin : Origin
    {
        public override void Answer(EncodedEntry entry) => throw new InvalidOperationException("broken");

        public override void Answer(ReadOnlyMemory<byte> json) => throw new InvalidOperationException("broken");

        public override void Refuse(Refusal refusal) => throw new InvalidOperationException("broken");
    }
}
