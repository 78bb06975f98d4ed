using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Parley.Storage.Sqlite;

/// <summary>Reads a database file beside the process that serves it: writes nothing, and never checkpoints, not even when it is the last to close the file.</summary>
internal static class SqliteOnlooker
{
    private const string Settings = "pragma query_only = on; pragma wal_autocheckpoint = 0; pragma busy_timeout = 5000;";

    /// <exception cref="StorageException">SQLite is not installed, or there is no file.</exception>
    /// <exception cref="SqliteException">The file cannot be opened or is no database.</exception>
    public static SqliteConnection Open(string path)
    {
        SystemSqlite.Use();
        if (!File.Exists(path)) throw new StorageException(StorageFailure.Unavailable, $"There is no database {path}: check --data and --config.", new FileNotFoundException(null, path));
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ConnectionString);
        try
        {
            connection.Open();
            SqliteException.ThrowExceptionForRC(raw.sqlite3_db_config(connection.Handle, raw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, out _), connection.Handle);
            using var command = connection.CreateCommand();
            command.CommandText = Settings;
            command.ExecuteNonQuery();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
