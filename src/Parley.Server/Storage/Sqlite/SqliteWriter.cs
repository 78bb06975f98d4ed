using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Parley.Storage.Sqlite;

/// <summary>The one connection that writes, and the only one that checkpoints: two of them at once can corrupt a WAL on the SQLite versions in use.</summary>
internal sealed class SqliteWriter : IAsyncDisposable
{
    private const int PagesBetweenCheckpoints = 4_000;

    private const int BusyTimeout = 5_000;

    private const int PatienceWithReaders = 200;

    private readonly SqliteConnection _connection;
    private readonly SqliteCommands _commands;
    private readonly SqliteStatement _begin;
    private readonly SqliteStatement _commit;
    private readonly SqliteStatement _rollback;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private SqliteAppend? _append;

    public SqliteWriter(string connectionString)
    {
        _connection = new SqliteConnection(connectionString);
        _commands = new SqliteCommands(_connection);
        try
        {
            _connection.Open();
            Execute("""
                pragma journal_mode = wal;
                pragma synchronous = full;
                pragma secure_delete = on;
                pragma busy_timeout = 5000;
                pragma wal_autocheckpoint = 0;
                pragma cache_size = -65536;
                pragma temp_store = memory;
                """);
            _begin = new SqliteStatement(_connection.Handle!, "begin immediate");
            _commit = new SqliteStatement(_connection.Handle!, "commit");
            _rollback = new SqliteStatement(_connection.Handle!, "rollback");
        }
        catch
        {
            _connection.Dispose();
            throw;
        }
    }

    /// <summary>Prepared when first used: the tables do not exist before the first migration.</summary>
    public SqliteAppend Append => _append ??= new SqliteAppend(_connection.Handle!);

    public async ValueTask<IWriteTransaction> BeginAsync(CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            CheckpointWhenDue();
            _begin.Run();
            return new Transaction(this);
        }
        catch
        {
            _turn.Release();
            throw;
        }
    }

    /// <summary>Moves the log into the file when much was written since. Checkpoints that SQLite makes by itself pass over a failed fsync.</summary>
    private void CheckpointWhenDue()
    {
        _ = raw.sqlite3_db_status(_connection.Handle, raw.SQLITE_DBSTATUS_CACHE_WRITE, out var pages, out _, 0);
        if (pages < PagesBetweenCheckpoints) return;
        SqliteException.ThrowExceptionForRC(raw.sqlite3_wal_checkpoint_v2(_connection.Handle, "main", raw.SQLITE_CHECKPOINT_PASSIVE, out _, out _), _connection.Handle);
        // Only now: one that failed for want of room is tried again at the next transaction.
        _ = raw.sqlite3_db_status(_connection.Handle, raw.SQLITE_DBSTATUS_CACHE_WRITE, out _, out _, 1);
    }

    /// <summary>Moves the whole log into the file and cuts it to nothing: pages of before are in neither then. False while a reader needs one of them.</summary>
    public async ValueTask<bool> TruncateLogAsync(CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            // Writers wait meanwhile, so it is not waited long for readers.
            _ = raw.sqlite3_busy_timeout(_connection.Handle, PatienceWithReaders);
            var result = raw.sqlite3_wal_checkpoint_v2(_connection.Handle, "main", raw.SQLITE_CHECKPOINT_TRUNCATE, out _, out _);
            _ = raw.sqlite3_busy_timeout(_connection.Handle, BusyTimeout);
            if (result == raw.SQLITE_BUSY) return false;
            SqliteException.ThrowExceptionForRC(result, _connection.Handle);
            return true;
        }
        finally
        {
            _turn.Release();
        }
    }

    private void Execute(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public async ValueTask DisposeAsync()
    {
        await _turn.WaitAsync();
        foreach (var statement in new[] { _begin, _commit, _rollback }) statement.Dispose();
        _append?.Dispose();
        await _connection.DisposeAsync();
        _turn.Dispose();
    }

    private sealed class Transaction(SqliteWriter writer) : IWriteTransaction
    {
        private bool _ended;

        public Session Session { get; } = new SqliteSession(writer._commands, () => { });

        public ValueTask CommitAsync(CancellationToken cancel)
        {
            writer._commit.Run();
            _ended = true;
            return default;
        }

        public ValueTask DisposeAsync()
        {
            try
            {
                if (!_ended) writer._rollback.Run();
            }
            catch (SqliteException)
            {
                // SQLite has rolled back by itself, as it does after a full disk.
            }

            writer._turn.Release();
            return default;
        }
    }
}
