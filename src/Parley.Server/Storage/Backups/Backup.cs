using Parley.Storage.Postgres;
using Parley.Storage.Sqlite;

namespace Parley.Storage.Backups;

/// <summary>Copies a database that may be in use into one file.</summary>
internal static class Backup
{
    /// <summary>How a backup's name ends.</summary>
    public static string Extension(StorageEngine engine) => engine == StorageEngine.Sqlite ? "db" : "dump";

    /// <summary>
    /// Writes the file. It holds everything that was acknowledged before this began, as of one moment, was checked, and is on disk; or there is no file.
    /// Holds up no writer.
    /// </summary>
    /// <exception cref="StorageException">It cannot be made; the message says what to do.</exception>
    /// <exception cref="OperationCanceledException">Nothing is left of it.</exception>
    public static async Task<BackupContents> MakeAsync(StorageOptions storage, string file, CancellationToken cancel)
    {
        if (File.Exists(file)) throw BackupFiles.Exists(file);
        var partial = BackupFiles.CreatePartial(file);
        try
        {
            var contents = storage.Engine == StorageEngine.Sqlite
                ? await SqliteCopy.MakeAsync(Databases.FileOf(storage), partial, cancel)
                : await PostgresDump.MakeAsync(Databases.ConnectionStringOf(storage), partial, cancel);
            cancel.ThrowIfCancellationRequested();
            BackupFiles.MoveInto(partial, file);
            return contents;
        }
        finally
        {
            BackupFiles.Remove(partial);
        }
    }
}
