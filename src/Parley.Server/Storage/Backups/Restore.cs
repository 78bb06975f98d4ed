using Parley.Storage.Postgres;
using Parley.Storage.Sqlite;

namespace Parley.Storage.Backups;

/// <summary>What to do with a database that is there already.</summary>
internal enum RestoreMode
{
    /// <summary>Refuse when conversations are in it.</summary>
    WhereNothingIs,

    /// <summary>Put it aside.</summary>
    Replace,
}

/// <summary>What was restored.</summary>
/// <param name="Contents">As the backup was.</param>
/// <param name="Epoch">Of the history that begins now: devices that know the old one forget what they knew.</param>
/// <param name="Aside">Where that is which was there before; null when nothing was.</param>
internal sealed record Restored(BackupContents Contents, Guid Epoch, string? Aside);

/// <summary>Puts a backup in the place of the database. The server must be stopped.</summary>
internal static class Restore
{
    /// <summary>Restores all of the file, or changes nothing.</summary>
    /// <param name="storage">The database to be.</param>
    /// <param name="file">What <see cref="Backup"/> made; for SQLite any database of Parley.</param>
    /// <param name="mode">What to do with what is there.</param>
    /// <param name="at">Names what is put aside.</param>
    /// <param name="cancel">Stops it before anything is in place; after that it is finished.</param>
    /// <exception cref="StorageException">A server runs, something is there, or the file is no whole backup; the message says what to do.</exception>
    public static async Task<Restored> RunAsync(StorageOptions storage, string file, RestoreMode mode, DateTimeOffset at, CancellationToken cancel)
    {
        if (!File.Exists(file)) throw BackupFiles.Refuse($"There is no file {file}: name one that parley backup made.");
        var stamp = $"{at.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}";
        var (contents, aside) = storage.Engine == StorageEngine.Sqlite
            ? await SqliteRestore.RunAsync(Databases.FileOf(storage), file, mode, stamp, cancel)
            : await PostgresRestore.RunAsync(Databases.ConnectionStringOf(storage), file, mode, stamp, cancel);

        // What is in place is marked as a copy: whoever opens it first, here or a server, begins a new epoch.
        await using var database = Databases.Open(storage);
        var installation = await Installation.LoadAsync(database, [], CancellationToken.None);
        return new Restored(contents, installation.Epoch, aside);
    }

    public static StorageException Occupied(string where) =>
        BackupFiles.Refuse($"{where} holds conversations already. With --replace they are put aside, not deleted.");

    public static StorageException NotOurs(string file, Exception? cause = null) =>
        BackupFiles.Refuse($"{file} is not a backup of Parley for this engine, or not a whole one{(cause is null ? "" : $" ({cause.Message.TrimEnd('.')})")}.", cause);
}
