using Parley.Conversations;
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

    [Theory, EveryEngine]
    public async Task An_answer_that_cannot_be_given_keeps_nobody_else_waiting(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        await server.SendAsync("alice", conversation, "warm");
        var released = new TaskCompletionSource();
        server.Faults.BeforeCommit = () => released.Task;
        var first = server.SendAsync("alice", conversation, "holds the database");

        foreach (var command in new object[]
        {
            new SendMessage(conversation, MessageId.New(), MessageContent.OfText("breaks")),
            new CreateConversation(ConversationId.New(), ConversationKind.Group, []),
            new MarkDelivered(conversation, new Sequence(1)),
        })
        {
            server.Ask(server.As("alice"), command, new BrokenOrigin());
        }

        var beside = server.SendAsync("alice", conversation, "beside");
        var receipt = server.DeliveredAsync("bob", conversation, 1);
        released.SetResult();

        Assert.NotNull((await first).Value);
        Assert.NotNull((await beside.WaitAsync(Soon)).Value);
        Assert.NotNull((await receipt.WaitAsync(Soon)).Value);
        Assert.NotNull((await server.SendAsync("bob", conversation, "goes on").WaitAsync(Soon)).Value);
        Assert.NotNull((await server.DeliveredAsync("bob", conversation, 2).WaitAsync(Soon)).Value);
        Assert.Contains(server.Log.Lines, line => line.Text.StartsWith("Somebody could not be told", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Beside_a_transaction_that_appends_another_writes_what_is_no_message_and_messages_wait_for_the_first()
    {
        await using var server = await TestServer.StartAsync(Engine.Postgres);
        var (one, other) = (await server.ConversationOfAsync("alice", "bob"), await server.ConversationOfAsync("alice", "carol"));
        await server.SendAsync("alice", other, "warm");
        server.Faults.Batches.Clear();
        var (reached, released) = server.Faults.HoldCommits();
        var first = server.SendAsync("alice", one, "first");
        await reached;

        (reached, released) = server.Faults.HoldCommits(released);
        var second = server.SendAsync("alice", other, "second");
        var receipt = server.DeliveredAsync("bob", one, 1);
        await reached.WaitAsync(Soon);
        Assert.Single(server.Faults.Batches);
        released.SetResult();

        Assert.NotNull((await first).Value);
        Assert.NotNull((await second.WaitAsync(Soon)).Value);
        Assert.NotNull((await receipt).Value);
    }

    [Theory, EveryEngine]
    public async Task What_waits_when_the_server_stops_is_refused(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        await server.SendAsync("alice", conversation, "warm");
        var (reached, released) = server.Faults.HoldCommits();
        var first = server.SendAsync("alice", conversation, "under way");
        await reached;
        if (engine == Engine.Postgres)
        {
            // There what is no message has a transaction of its own.
            (reached, released) = server.Faults.HoldCommits(released);
            _ = server.DeliveredAsync("alice", conversation, 1);
            await reached;
        }

        var send = server.SendAsync("alice", conversation, "waits");
        var create = server.CreateAsync("alice", new CreateConversation(ConversationId.New(), ConversationKind.Group, []));
        var receipt = server.DeliveredAsync("bob", conversation, 1);

        var node = server.Node;
        var stopping = server.RestartAsync();
        while (await node.IsReadyAsync(CancellationToken.None)) await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        released.SetResult();
        await stopping;

        // What was under way is recorded; the rest never was, and is told so.
        Assert.NotNull((await first.WaitAsync(Soon)).Value);
        Assert.Equal(Refusals.Unavailable, (await send.WaitAsync(Soon)).Refusal);
        Assert.Equal(Refusals.Unavailable, (await create.WaitAsync(Soon)).Refusal);
        Assert.Equal(Refusals.Unavailable, (await receipt.WaitAsync(Soon)).Refusal);
        Assert.Equal(3, (await server.HistoryAsync("bob", conversation)).Count);
    }

    [Fact]
    public async Task A_transaction_that_cannot_begin_gives_the_writer_back()
    {
        using var folder = new TemporaryFolder();
        await using var database = new SqliteDatabase(Path.Combine(folder.Path, "parley.db"), readers: 1);
        await new Migrator(database).MigrateAsync(CancellationToken.None);
        await using (var transaction = await database.BeginAsync(CancellationToken.None))
        {
            await transaction.Session.ExecuteAsync(
                $"create trigger full before update on change_counter begin select raise(abort, 'no room'); end", CancellationToken.None);
            await transaction.CommitAsync(CancellationToken.None);
        }

        for (var attempt = 0; attempt < 2; attempt++)
        {
            var failure = await Record.ExceptionAsync(() => Task.Run(() => database.BeginAsync(CancellationToken.None).AsTask()).WaitAsync(Soon));
            Assert.IsType<Microsoft.Data.Sqlite.SqliteException>(failure);
        }
    }

    [Theory, EveryEngine]
    [Trait("Row", "G1")]
    public async Task Nothing_is_acknowledged_that_found_its_place_taken(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        await server.SendAsync("alice", conversation, "one");
        await using (var transaction = await server.Database.BeginAsync(CancellationToken.None))
        {
            await transaction.Session.ExecuteAsync($"update conversations set head = 1", CancellationToken.None);
            await transaction.CommitAsync(CancellationToken.None);
        }

        Assert.Equal(Refusals.Internal, (await server.SendAsync("alice", conversation, "two")).Refusal);
    }

    [Fact]
    public async Task Readers_cannot_keep_the_journal_from_its_connections()
    {
        await using var server = await TestServer.StartAsync(Engine.Postgres, storage => storage.PostgresConnectionString += ";Maximum Pool Size=6;Timeout=3");
        var conversation = await server.ConversationOfAsync("alice", "bob");
        await server.SendAsync("alice", conversation, "warm");
        var readers = new List<Session>();
        for (var reader = 0; reader < 6; reader++) readers.Add(await server.Database.OpenReaderAsync(CancellationToken.None));

        var sent = await server.SendAsync("alice", conversation, "beside");
        foreach (var reader in readers) await reader.DisposeAsync();

        Assert.Null(sent.Refusal);
    }

    [Theory, EveryEngine]
    public async Task A_rule_that_throws_is_refused_and_its_conversation_goes_on(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        await server.SendAsync("alice", conversation, "warm");

        var answer = await server.RecordAsync(origin => new BrokenRule(new ConversationKey(server.App, conversation), origin));

        Assert.Equal(Refusals.Internal, answer.Refusal);
        Assert.Contains(server.Log.Lines, line => line.Text.StartsWith("A rule failed", StringComparison.Ordinal));
        Assert.Null((await server.SendAsync("alice", conversation, "goes on").WaitAsync(Soon)).Refusal);
    }

    private sealed class BrokenRule(ConversationKey key, Origin origin) : Append(key, Guid.NewGuid(), new UserId("alice"), [], origin)
    {
        public override Needed Needed { get; } = new([new UserId("alice")]);

        public override Outcome<Decision> Decide(Conversation conversation, DateTimeOffset now) => throw new InvalidOperationException("broken");
    }

    private sealed class BrokenOrigin : Origin
    {
        public override void Answer(EncodedEntry entry) => throw new InvalidOperationException("broken");

        public override void Answer(ReadOnlyMemory<byte> json) => throw new InvalidOperationException("broken");

        public override void Refuse(Refusal refusal) => throw new InvalidOperationException("broken");
    }
}
