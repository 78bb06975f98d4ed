using Parley.Storage.Sqlite;
using SQLitePCL;

namespace Parley.Tests.Storage;

/// <summary>Counts what reading costs SQLite, in instructions of its virtual machine: the same on every machine, and growing with what is looked at.</summary>
internal static class SqliteSteps
{
    private const int Step = 10;

    /// <summary>A server whose one connection for reading can be counted on.</summary>
    public static Task<TestServer> StartAsync() => TestServer.StartAsync(Engine.Sqlite, storage => storage.SqliteReaders = 1);

    /// <summary>The instructions that <paramref name="read"/> takes, to the ten.</summary>
    public static async Task<int> CountAsync(TestServer server, Func<Task> read)
    {
        var steps = 0;
        await using (var session = (SqliteSession)await server.Database.OpenReaderAsync(CancellationToken.None))
        {
            raw.sqlite3_progress_handler(session.Connection.Handle, Step, _ => Interlocked.Add(ref steps, Step) < 0 ? 1 : 0, null);
        }

        await read();
        return steps;
    }
}
