using Microsoft.Data.Sqlite;
using Parley.Storage.Backups;
using SQLitePCL;

namespace Parley.Storage.Sqlite;

/// <summary>A copy of a database file that may be in use: of one moment, marked as a copy, and checked.</summary>
/// <remarks>
/// The source is only read: its server is the one that writes and checkpoints. While the copy is made, the server cannot start its WAL anew, which
/// grows meanwhile; nobody waits.
/// </remarks>
internal static class SqliteCopy
{
    private const int PagesBetweenLooks = 4_096;

    /// <summary>Copies into <paramref name="to"/>, an empty file, and answers what it holds. The copy is one file, on disk when the caller flushed it.</summary>
    /// <exception cref="StorageException">The source cannot be read, is not ours, or is damaged.</exception>
    public static async Task<BackupContents> MakeAsync(string from, string to, CancellationToken cancel)
    {
        // SQLite runs where it is called.
        await Task.Yield();
        try
        {
            Copy(from, to, cancel);
            return await SealAsync(from, to, cancel);
        }
        catch (SqliteException exception)
        {
            throw exception.SqliteErrorCode switch
            {
                raw.SQLITE_FULL => new StorageException(StorageFailure.Full, $"There is no room for the copy of {from}: it needs as much again.", exception),
                raw.SQLITE_CORRUPT => Damaged(from, exception),
                _ => new StorageException(StorageFailure.Unavailable, $"{from} cannot be copied: {exception.Message}", exception),
            };
        }
    }

    private static void Copy(string from, string to, CancellationToken cancel)
    {
        using var source = SqliteOnlooker.Open(from);
        // Held until the end: without it each commit of the server would make the copy begin anew.
        Execute(source, "begin; select count(*) from sqlite_master;");

        using var target = Open(to);
        Execute(target, "pragma synchronous = off;");
        using var backup = raw.sqlite3_backup_init(target.Handle, "main", source.Handle, "main");
        if (backup is null or { IsInvalid: true }) SqliteException.ThrowExceptionForRC(raw.sqlite3_errcode(target.Handle), target.Handle);
        int step;
        do
        {
            cancel.ThrowIfCancellationRequested();
            step = raw.sqlite3_backup_step(backup, PagesBetweenLooks);
        }
        while (step == raw.SQLITE_OK);

        if (step != raw.SQLITE_DONE) SqliteException.ThrowExceptionForRC(step, target.Handle);
    }

    private static async Task<BackupContents> SealAsync(string from, string to, CancellationToken cancel)
    {
        await using var copy = Open(to);
        // One file, not three. Its caller flushes it.
        Execute(copy, "pragma synchronous = off; pragma journal_mode = delete;");
        await using var session = new SqliteSession(new SqliteCommands(copy), () => { });
        var tables = await session.QueryAsync($"select name from sqlite_master where type = 'table'", row => row.GetString(0), cancel);
        if (!tables.Contains("installation", StringComparer.Ordinal)) throw Restore.NotOurs(from);
        var found = await session.QueryAsync($"pragma integrity_check", row => row.GetString(0), cancel);
        if (found is not ["ok"]) throw Damaged(from, new InvalidOperationException(found[0]));
        await Installation.MarkCopyAsync(session, cancel);
        return await BackupContents.ReadAsync(session, cancel);
    }

    private static StorageException Damaged(string file, Exception cause) => new(StorageFailure.Fatal, $"{file} is damaged: {cause.Message.ReplaceLineEndings(" ")}", cause);

    private static SqliteConnection Open(string path)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadWrite, Pooling = false }.ConnectionString);
        connection.Open();
        return connection;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
