using Parley.Storage.Postgres;
using Parley.Storage.Sqlite;

namespace Parley.Storage;

/// <summary>Opens the database that the settings name.</summary>
internal static class Databases
{
    /// <exception cref="StorageException">It cannot be opened; the message says what to do.</exception>
    public static Database Open(StorageOptions options) => options.Engine switch
    {
        StorageEngine.Sqlite => OpenSqlite(options),
        _ => new PostgresDatabase(ConnectionStringOf(options), options.PostgresBatches),
    };

    /// <summary>The database file on SQLite.</summary>
    public static string FileOf(StorageOptions options) => Path.Combine(options.DataDirectory, "parley.db");

    /// <exception cref="StorageException">There is none; the message says what to do.</exception>
    public static string ConnectionStringOf(StorageOptions options) => options.PostgresConnectionString is { Length: > 0 } connection
        ? connection
        : throw new StorageException(StorageFailure.Rejected,
            $"{StorageOptions.Section}:Engine is Postgres, so {StorageOptions.Section}:PostgresConnectionString must say how to reach it.",
            new InvalidOperationException("no connection string"));

    private static SqliteDatabase OpenSqlite(StorageOptions options)
    {
        var path = FileOf(options);
        try
        {
            return new SqliteDatabase(path, options.SqliteReaders);
        }
        catch (StorageException failure) when (failure.Failure == StorageFailure.Full && File.Exists(Ballast.PathIn(options)))
        {
            // SQLite makes files beside the database to open it.
            File.Delete(Ballast.PathIn(options));
            return new SqliteDatabase(path, options.SqliteReaders);
        }
    }
}
