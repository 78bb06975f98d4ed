using System.Text;
using Microsoft.Data.Sqlite;
using Parley.Storage;
using Parley.Tests.Messages;

namespace Parley.Tests.Storage;

/// <summary>What is left of a recalled message in the files of the database.</summary>
public sealed class EraserTests
{
    private const string Marker = "xyzzy-plugh-0451";

    [Fact]
    [Trait("Row", "G16")]
    public async Task Within_a_minute_no_file_of_sqlite_has_a_byte_of_what_was_recalled()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        for (var number = 0; number < 50; number++) await server.SayAsync("alice", conversation, $"before {number}");
        var message = await server.SayAsync("alice", conversation, $"{Marker} first");
        await server.EditAsync("alice", conversation, message, $"{Marker} second");
        await server.SayAsync("bob", conversation, "after");
        Assert.NotEmpty(Holding(server));

        await server.RecallAsync("alice", conversation, message);

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60), TimeProvider.System);
        while (Holding(server).Count > 0) await Task.Delay(TimeSpan.FromMilliseconds(250), TimeProvider.System, patience.Token);
        Assert.Equal(52, (await server.HistoryAsync("bob", conversation)).Count(entry => entry.Event is MessageSent));
    }

    [Fact]
    public async Task A_reader_that_still_reads_what_was_there_is_waited_for_and_writers_hardly_wait()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        await using var reader = new SqliteConnection(server.ConnectionString);
        await reader.OpenAsync(TestContext.Current.CancellationToken);
        await using (var transaction = reader.BeginTransaction(deferred: true))
        {
            await using var look = reader.CreateCommand();
            (look.Transaction, look.CommandText) = (transaction, "select count(*) from entries");
            await look.ExecuteScalarAsync(TestContext.Current.CancellationToken);
            await server.SayAsync("alice", conversation, "newer than what is read");

            Assert.False(await server.Database.EraseAsync(TestContext.Current.CancellationToken));
            await server.SayAsync("alice", conversation, "goes on");
        }

        Assert.True(await server.Database.EraseAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    [Trait("Row", "G16")]
    public async Task On_postgres_the_row_of_before_is_vacuumed()
    {
        await using var server = await TestServer.StartAsync(Engine.Postgres);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        var message = await server.SayAsync("alice", conversation, new string('x', 3_000) + Marker);
        await server.RecallAsync("alice", conversation, message);

        Assert.True(await server.Database.EraseAsync(TestContext.Current.CancellationToken));

        await server.ChangeAsync($"create extension if not exists pageinspect");
        Assert.Equal(0, await server.NumberAsync($"""
            select count(*) from generate_series(0, (pg_relation_size('entries') / 8192)::int - 1) as page, heap_page_items(get_raw_page('entries', page)) as item
            where item.t_xmax <> 0 and item.lp_len > 0
            """));
    }

    private static List<string> Holding(TestServer server)
    {
        var marker = Encoding.UTF8.GetBytes(Marker);
        var folder = Path.GetDirectoryName(new SqliteConnectionStringBuilder(server.ConnectionString).DataSource)!;
        return [.. Directory.EnumerateFiles(folder).Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)).Where(file => Read(file).AsSpan().IndexOf(marker) >= 0)];

        static byte[] Read(string file)
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            return bytes.ToArray();
        }
    }
}
