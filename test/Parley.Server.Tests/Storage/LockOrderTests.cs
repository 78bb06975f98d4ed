using Npgsql;
using Parley.Hosting;

namespace Parley.Tests.Storage;

/// <summary>Two nodes on one PostgreSQL that want the same rows, each in the opposite order of the other.</summary>
public class LockOrderTests
{
    private const int Groups = 20;
    private const int Rounds = 15;
    private const int MessagesPerRound = 12;

    [Fact]
    public async Task Nodes_that_read_the_same_messages_in_opposite_orders_never_wait_in_a_circle()
    {
        await using var server = await TestServer.StartAsync(Engine.Postgres);
        var (other, database) = await server.StartAnotherNodeAsync();
        var reads = new List<MarkRead>();
        foreach (var group in await GroupsAsync(server))
            reads.Add(new MarkRead(group, Messages: [((MessageSent)(await server.SendAsync("alice", group, "hi")).Value!.Event).Message]));

        for (var round = 0; round < Rounds; round++)
        {
            var here = reads.ConvertAll(read => Ask<ReceiptCursors>(server, "bob", read, server.Node));
            var there = Enumerable.Reverse(reads).Select(read => Ask<ReceiptCursors>(server, "bob", read, other)).ToList();
            foreach (var answer in here.Concat(there)) Assert.Null((await answer).Refusal);
        }

        await other.DisposeAsync();
        await database.DisposeAsync();
        Assert.Equal(0, await DeadlocksAsync(server));
    }

    [Fact]
    public async Task A_node_that_moves_cursors_and_one_that_removes_their_users_never_wait_in_a_circle()
    {
        await using var server = await TestServer.StartAsync(Engine.Postgres);
        var (other, database) = await server.StartAnotherNodeAsync();
        var groups = await GroupsAsync(server);

        for (var round = 0; round < Rounds; round++)
        {
            var heads = new List<LogEntry[]>();
            for (var message = 0; message < MessagesPerRound; message++)
                heads.Add(await Task.WhenAll(groups.Select(async group => (await server.SendAsync("alice", group, "hi")).Value!)));

            // The removals' rules are read first: cursors move one message at a time, so that some still do when the removals come.
            var removals = Enumerable.Reverse(groups)
                .Select(group => Ask<LogEntry>(server, "alice", new RemoveParticipants(group, CommandId.New(), [new UserId("bob")]), server.Node)).ToList();
            foreach (var entries in heads)
            {
                var receipts = entries.Select(entry => Ask<ReceiptCursors>(server, "bob", new MarkRead(entry.Conversation, entry.Sequence), other)).ToList();
                foreach (var receipt in receipts) Assert.Null((await receipt).Refusal);
            }

            foreach (var removal in removals) Assert.Null((await removal).Refusal);
            foreach (var added in await Task.WhenAll(groups.Select(group => server.AddAsync("alice", group, "bob")))) Assert.Null(added.Refusal);
        }

        await other.DisposeAsync();
        await database.DisposeAsync();
        Assert.Equal(0, await DeadlocksAsync(server));
    }

    /// <summary>Groups of alice, bob and carol, in the order in which the database sorts them.</summary>
    private static async Task<List<ConversationId>> GroupsAsync(TestServer server)
    {
        var groups = new List<ConversationId>();
        for (var number = 0; number < Groups; number++) groups.Add(await server.ConversationOfAsync("alice", "bob", "carol"));
        return [.. groups.OrderBy(group => group.Value)];
    }

    private static Task<Outcome<TResult>> Ask<TResult>(TestServer server, string user, object command, ParleyNode node)
        where TResult : class
    {
        var origin = new AwaitedOrigin();
        server.Ask(server.As(user), command, origin, node);
        return origin.AsAsync<TResult>();
    }

    /// <summary>Deadlocks that the database had to break. A connection tells what it counted when it ends, so all others are ended first.</summary>
    internal static async Task<long> DeadlocksAsync(TestServer server)
    {
        await using var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync();
        await using var end = new NpgsqlCommand(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()", connection);
        while ((long)(await end.ExecuteScalarAsync())! > 0) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        await using var deadlocks = new NpgsqlCommand("select deadlocks from pg_stat_database where datname = current_database()", connection);
        return (long)(await deadlocks.ExecuteScalarAsync())!;
    }
}
