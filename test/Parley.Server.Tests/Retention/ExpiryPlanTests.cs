using Parley.Conversations;
using Parley.Retention;
using Parley.Storage;
using Parley.Tests.Storage;

namespace Parley.Tests.Retention;

/// <summary>Looking for what has to go costs what is found, however much there is.</summary>
public class ExpiryPlanTests
{
    private const int Conversations = 20_000;
    private const int Length = 20_000;

    [Fact]
    public async Task SQLite_looks_at_what_is_due_and_at_nothing_else()
    {
        await using var server = await SqliteSteps.StartAsync();
        var number = await GrowAsync(server);

        foreach (var (look, rows) in Looks(server.App, number))
        {
            var found = 0;
            var steps = await SqliteSteps.CountAsync(server, async () =>
            {
                await using var session = await server.Database.OpenReaderAsync(CancellationToken.None);
                found = (await session.QueryAsync(look, _ => 0, CancellationToken.None)).Count;
            });
            Assert.Equal(rows, found);
            Assert.InRange(steps, 0, 10_000);
        }
    }

    [Fact]
    public async Task PostgreSQL_walks_an_index_and_sorts_nothing()
    {
        await using var server = await TestServer.StartAsync(Engine.Postgres);
        var number = await GrowAsync(server);
        await server.ChangeAsync($"analyze");
        await using var session = await server.Database.OpenReaderAsync(CancellationToken.None);
        var indexes = new Queue<string>(["conversations_by_tail", "conversations_by_emptied", "entries_pkey"]);

        foreach (var (look, _) in Looks(server.App, number))
        {
            var plan = string.Join('\n', await session.QueryAsync($"explain {look}", row => row.GetString(0), CancellationToken.None));
            Assert.Contains($"Index Scan using {indexes.Dequeue()}", plan, StringComparison.Ordinal);
            Assert.DoesNotContain("Sort", plan, StringComparison.Ordinal);
            Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
        }
    }

    private static IEnumerable<(Sql Look, int Rows)> Looks(AppId app, long conversation) =>
    [
        (ExpiryStore.Due(app, ConversationKind.Direct, DateTimeOffset.FromUnixTimeMilliseconds(50), 100), 50),
        (ExpiryStore.DueToForget(DateTimeOffset.FromUnixTimeMilliseconds(50), 100), 5),
        (ExpiryStore.From(conversation, new Sequence(Length / 2), 100), 100),
    ];

    /// <summary>Many conversations, each with an oldest entry of its own time, and one with a long log; its number.</summary>
    private static async Task<long> GrowAsync(TestServer server)
    {
        await server.ConversationOfAsync("alice", "bob");
        await server.ChangeAsync($"""
            with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < {Conversations})
            insert into conversations (app, conversation, kind, default_permissions, created_at, revision, participants, owners, head, tail, tail_at, last_at, changed, emptied_from, emptied_at)
            select {server.App.Number}, {server.RandomKey}, 0, 0, n, 1, 2, 0, 1, 1, n, n, 1, case when n % 10 = 0 then 1 end, case when n % 10 = 0 then n end from numbers
            """);
        var number = await server.NumberAsync($"select min(number) from conversations");
        await server.ChangeAsync($"""
            with recursive numbers (n) as (select 2 union all select n + 1 from numbers where n < {Length})
            insert into entries (conversation, sequence, at, key, actor, counted, event)
            select {number}, n, 0, {server.RandomKey}, 'alice', 1, {"{}"u8.ToArray()} from numbers
            """);
        return number;
    }
}
