using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Parley.Storage;

/// <summary>Where the log lives.</summary>
public sealed class StorageOptions
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "Parley:Storage";

    /// <summary>Which database: <c>Sqlite</c>, one file beside the process, or <c>Postgres</c>, for several nodes.</summary>
    public StorageEngine Engine { get; set; } = StorageEngine.Sqlite;

    /// <summary>The folder of what this server keeps in files: the SQLite database is <c>parley.db</c> in it. Made when missing; never on a network file system.</summary>
    [Required]
    public string DataDirectory { get; set; } = "data";

    /// <summary>Connections that read at the same time on SQLite, beside one that is kept for the rules a send waits for.</summary>
    [Range(1, 64)]
    public int SqliteReaders { get; set; } = 4;

    /// <summary>How PostgreSQL is reached, as a connection string of Npgsql. Needed when the engine is Postgres.</summary>
    [DataType(DataType.Password)]
    public string? PostgresConnectionString { get; set; }

    /// <summary>Transactions that append at the same time on PostgreSQL; what else is written has one of its own. More of them are smaller ones.</summary>
    [Range(1, 8)]
    public int PostgresBatches { get; set; } = 1;

    /// <summary>Writes of one kind that may wait before new ones are refused with <c>overloaded</c>.</summary>
    [Range(1, 1_000_000)]
    public int MaxPending { get; set; } = 3_000;

    /// <summary>How long the oldest write may have waited before new ones are refused with <c>overloaded</c>.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    public TimeSpan MaxWait { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Bytes that must be free where the data directory is; with fewer, nothing new is taken (<c>storage_full</c>), because a full disk blocks even deleting.</summary>
    [Range(0, 1_000_000_000_000_000)]
    public long MinFreeBytes { get; set; } = 512L * 1024 * 1024;

    /// <summary>Bytes of a file that only takes up room beside the SQLite database, and is deleted when the disk is full, so that what is stored can still be deleted. 0 makes none.</summary>
    [Range(0, 1_000_000_000_000)]
    public long BallastBytes { get; set; } = 64L * 1024 * 1024;

    /// <summary>What happens after an error that may have lost acknowledged data: the process exits, or (embedded in another program) acknowledges nothing any more.</summary>
    public FatalStorageErrors FatalErrors { get; set; } = FatalStorageErrors.Exit;
}

/// <summary>The database engines.</summary>
public enum StorageEngine
{
    /// <summary>One file, one process.</summary>
    Sqlite,

    /// <summary>PostgreSQL 15 or newer.</summary>
    Postgres,
}

/// <summary>What to do after a fsync error.</summary>
public enum FatalStorageErrors
{
    /// <summary>End the process at once: recovery at the next start reads what is really on disk.</summary>
    Exit,

    /// <summary>Keep the process, refuse every write until it is restarted.</summary>
    RefuseWrites,
}

[OptionsValidator]
internal sealed partial class StorageOptionsValidator : IValidateOptions<StorageOptions>;
