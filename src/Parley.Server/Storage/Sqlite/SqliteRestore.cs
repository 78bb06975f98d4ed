using Microsoft.Data.Sqlite;
using Parley.Storage.Backups;
using SQLitePCL;

namespace Parley.Storage.Sqlite;

/// <summary>Puts a copy in the place of the database file.</summary>
internal static class SqliteRestore
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>What the copy holds, and where the file is that was there before.</summary>
    public static async Task<(BackupContents Contents, string? Aside)> RunAsync(string database, string file, RestoreMode mode, string stamp, CancellationToken cancel)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(database))!;
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else if (!Directory.Exists(folder)) Directory.CreateDirectory(folder, OwnerOnly);
        var partial = BackupFiles.CreatePartial(database);
        try
        {
            // As long as it is held, no server starts.
            await using var held = SqliteDatabase.Lock(database);
            if (mode == RestoreMode.WhereNothingIs && HasConversations(database)) throw Restore.Occupied(database);
            var contents = await CopyAsync(file, partial, cancel);
            contents.MustBeKnown(file);
            cancel.ThrowIfCancellationRequested();

            var aside = PutAside(database, stamp);
            BackupFiles.MoveInto(partial, database);
            return (contents, aside);
        }
        finally
        {
            BackupFiles.Remove(partial);
        }
    }

    private static async Task<BackupContents> CopyAsync(string file, string partial, CancellationToken cancel)
    {
        try
        {
            return await SqliteCopy.MakeAsync(file, partial, cancel);
        }
        catch (StorageException failure) when (failure.InnerException is SqliteException { SqliteErrorCode: raw.SQLITE_NOTADB or raw.SQLITE_CORRUPT or raw.SQLITE_ERROR } cause)
        {
            throw Restore.NotOurs(file, cause);
        }
    }

    /// <summary>Whether there is something that somebody would miss. A file that cannot be read may be just that.</summary>
    private static bool HasConversations(string database)
    {
        if (!File.Exists(database) || new FileInfo(database).Length == 0) return false;
        try
        {
            using var connection = SqliteOnlooker.Open(database);
            return Run(connection, "select exists (select 1 from conversations)") is 1L;
        }
        catch (SqliteException)
        {
            return true;
        }
    }

    private static string? PutAside(string database, string stamp)
    {
        // A log that is left alone would be played into the database that takes the name.
        string[] suffixes = ["", "-wal", "-shm"];
        if (!suffixes.Any(suffix => File.Exists(database + suffix))) return null;
        var aside = $"{database}.before-{stamp}";
        if (File.Exists(aside)) throw BackupFiles.Exists(aside);
        if (File.Exists(database)) Fold(database);
        foreach (var suffix in suffixes)
        {
            if (File.Exists(database + suffix)) File.Move(database + suffix, aside + suffix);
        }

        return aside;
    }

    /// <summary>Moves what a killed server left in the log into the file, so that one file is all there is to move.</summary>
    private static void Fold(string database)
    {
        try
        {
            using var connection = new SqliteConnection(
                new SqliteConnectionStringBuilder { DataSource = database, Mode = SqliteOpenMode.ReadWrite, Pooling = false }.ConnectionString);
            connection.Open();
            Run(connection, "pragma wal_checkpoint(truncate)");
        }
        catch (SqliteException)
        {
            // A damaged database is put aside as it is, with its log.
        }
    }

    private static object? Run(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
