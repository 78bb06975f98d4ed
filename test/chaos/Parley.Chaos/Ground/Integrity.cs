using System.Runtime.InteropServices;
using Parley.Bench;

namespace Parley.Chaos;

/// <summary>What a database says about itself after all that happened to it.</summary>
internal static partial class Integrity
{
    private const int OpenReadWrite = 2;
    private const int Row = 100;

    /// <summary>What is wrong with its files; null when nothing is. The server must have been stopped.</summary>
    public static async Task<string?> FaultAsync(Site site, CancellationToken cancel)
    {
        if (site.Postgres is { } postgres)
        {
            return await postgres.RunAsync("pg_amcheck", cancel, "-U", "parley", "-d", "postgres", "--install-missing", "--heapallindexed") == 0
                ? null
                : $"pg_amcheck found PostgreSQL's files corrupted:\n{postgres.Tail()}";
        }

        var said = Check(site.Server.Database);
        return said == "ok" ? null : $"SQLite found its file corrupted: {said}";
    }

    private static string Check(string path)
    {
        _ = Open(path, out var database, OpenReadWrite, nint.Zero);
        try
        {
            _ = Prepare(database, "pragma integrity_check", -1, out var statement, nint.Zero);
            var said = Step(statement) == Row ? Marshal.PtrToStringUTF8(Text(statement, 0)) : null;
            _ = Finish(statement);
            return said ?? Marshal.PtrToStringUTF8(Message(database)) ?? "";
        }
        finally
        {
            _ = Close(database);
        }
    }

    [LibraryImport("libsqlite3.so.0", EntryPoint = "sqlite3_open_v2", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, out nint database, int flags, nint vfs);

    [LibraryImport("libsqlite3.so.0", EntryPoint = "sqlite3_prepare_v2", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Prepare(nint database, string sql, int length, out nint statement, nint rest);

    [LibraryImport("libsqlite3.so.0", EntryPoint = "sqlite3_step")]
    private static partial int Step(nint statement);

    [LibraryImport("libsqlite3.so.0", EntryPoint = "sqlite3_column_text")]
    private static partial nint Text(nint statement, int column);

    [LibraryImport("libsqlite3.so.0", EntryPoint = "sqlite3_finalize")]
    private static partial int Finish(nint statement);

    [LibraryImport("libsqlite3.so.0", EntryPoint = "sqlite3_errmsg")]
    private static partial nint Message(nint database);

    [LibraryImport("libsqlite3.so.0", EntryPoint = "sqlite3_close_v2")]
    private static partial int Close(nint database);
}
