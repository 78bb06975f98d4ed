using Parley.Conversations;
using Parley.Delivery;
using Parley.Storage;

namespace Parley.Tests.Storage;

/// <summary>A page costs what it returns, however long the log is on either side of it.</summary>
public class LongLogTests
{
    private const int Length = 20_000;

    [Theory]
    [InlineData(true), InlineData(false)]
    public async Task SQLite_reads_no_more_than_the_page(bool backward)
    {
        await using var server = await SqliteSteps.StartAsync();
        var (user, conversation) = await GrowAsync(server);
        var page = default(Outcome<EncodedPage>);

        var steps = await SqliteSteps.CountAsync(server, async () =>
            page = await new ConversationReader(server.Database).EntriesAsync(user, conversation, Window(backward), CancellationToken.None));

        Assert.Equal(100, page.Value!.Entries.Count);
        // A page takes a few thousand instructions; the half of the log beside it would take more than fifty thousand.
        Assert.InRange(steps, 1, 10_000);
    }

    [Theory]
    [InlineData(true), InlineData(false)]
    public async Task PostgreSQL_walks_the_index_and_sorts_nothing(bool backward)
    {
        await using var server = await TestServer.StartAsync(Engine.Postgres);
        var (user, conversation) = await GrowAsync(server);
        await server.ChangeAsync($"analyze");
        await using var session = await server.Database.OpenReaderAsync(CancellationToken.None);

        var plan = string.Join('\n', await session.QueryAsync(
            $"explain {ConversationReader.Page(user, conversation, Window(backward), new Sequence(Length), default)}", row => row.GetString(0), CancellationToken.None));

        Assert.Contains(backward ? "Index Scan Backward using entries_pkey" : "Index Scan using entries_pkey", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Sort", plan, StringComparison.Ordinal);
    }

    private static EntryWindow Window(bool backward) => backward
        ? new EntryWindow(new Sequence(1), new Sequence(Length / 2), 100, Direction.Backward)
        : new EntryWindow(new Sequence(Length / 2), new Sequence(Length), 100, Direction.Forward);

    private static async Task<(UserKey User, ConversationId Conversation)> GrowAsync(TestServer server)
    {
        var conversation = await server.ConversationOfAsync("alice", "bob");
        await server.ChangeAsync($"""
            with recursive numbers (n) as (select 2 union all select n + 1 from numbers where n < {Length})
            insert into entries (conversation, sequence, at, key, actor, counted, event)
            select c.number, n, 0, {server.RandomKey}, 'alice', 1, {"{}"u8.ToArray()} from conversations c, numbers where c.conversation = {conversation.Value}
            """);
        await server.ChangeAsync($"update conversations set head = {Length} where conversation = {conversation.Value}");
        return (new UserKey(server.App, new UserId("alice")), conversation);
    }
}
