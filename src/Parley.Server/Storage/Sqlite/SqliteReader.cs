using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Parley.Storage.Sqlite;

/// <summary>A connection that cannot write nor checkpoint. What it reads is cut off after 5 seconds: a longer read would hold up checkpoints for everybody.</summary>
internal sealed class SqliteReader : IAsyncDisposable
{
    private const long MaxMilliseconds = 5_000;
    private const int InstructionsBetweenLooks = 100_000;

    private long _deadline = long.MaxValue;

    public SqliteReader(string connectionString)
    {
        Connection = new SqliteConnection(connectionString);
        Connection.Open();
        using var command = Connection.CreateCommand();
        command.CommandText = "pragma query_only = on; pragma wal_autocheckpoint = 0; pragma busy_timeout = 5000; pragma cache_size = -16384;";
        command.ExecuteNonQuery();
        raw.sqlite3_progress_handler(Connection.Handle, InstructionsBetweenLooks,
            _ => Environment.TickCount64 > Volatile.Read(ref _deadline) ? 1 : 0, null);
    }

    public SqliteConnection Connection { get; }

    public SqliteCommands Commands => field ??= new SqliteCommands(Connection);

    public void StartClock() => Volatile.Write(ref _deadline, Environment.TickCount64 + MaxMilliseconds);

    public ValueTask DisposeAsync() => Connection.DisposeAsync();
}
