using SQLitePCL;

namespace Parley.Client;

/// <summary>The file of a <see cref="SqliteStore"/>, used by one thread.</summary>
internal sealed class RecordFile : IDisposable
{
    /// <summary>"Prly": what tells our file from others' databases.</summary>
    private const int ApplicationId = 0x50726c79;
    private const int Version = 2;
    private const int PageBytes = 4_096;

    private readonly string _path;
    private readonly sqlite3 _file;

    /// <exception cref="LocalStoreException">It cannot be used.</exception>
    public RecordFile(string path, long? maxBytes)
    {
        _path = path;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var result = raw.sqlite3_open_v2(path, out _file, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE | raw.SQLITE_OPEN_NOMUTEX, null);
        try
        {
            Check(result);
            // Held as long as the file is open, whoever else asks; and no file of shared memory beside it.
            Execute("pragma locking_mode = exclusive");
            if (Number("pragma application_id") is var owner && owner != ApplicationId && (owner != 0 || Number("select count(*) from sqlite_master") > 0))
                throw new LocalStoreException(LocalStoreFailure.Damaged, $"{path} is a database of something else. Name another file.");
            Execute($"pragma page_size = {PageBytes}");
            if (maxBytes is { } most) Execute($"pragma max_page_count = {most / PageBytes}");
            Execute("pragma journal_mode = wal");
            Execute("pragma synchronous = full");
            // What a message said is to be read nowhere when it was taken back: not in the free space of a page either.
            Execute("pragma secure_delete = on");
            Migrate();
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    public List<LocalRecord> Read(LocalRange range)
    {
        var (scope, order) = (range.Scope is null ? "" : "and scope = ?5", range.Order == LocalOrder.Descending ? "desc" : "asc");
        using var statement = Prepare($"select scope, number, value from records where kind = ?1 and number > ?2 and number < ?3 {scope} order by scope {order}, number {order} limit ?4");
        Bind(statement, 1, range.Kind);
        Check(raw.sqlite3_bind_int64(statement, 2, range.After));
        Check(raw.sqlite3_bind_int64(statement, 3, range.Before));
        Check(raw.sqlite3_bind_int64(statement, 4, range.Limit));
        if (range.Scope is not null) Bind(statement, 5, range.Scope);
        var records = new List<LocalRecord>();
        while (Step(statement))
        {
            var key = new LocalKey(range.Kind, raw.sqlite3_column_text(statement, 0).utf8_to_string(), raw.sqlite3_column_int64(statement, 1));
            records.Add(new LocalRecord(key, raw.sqlite3_column_blob(statement, 2).ToArray()));
        }

        return records;
    }

    /// <summary>All or none of them; returns when they are durable.</summary>
    public void Write(IEnumerable<LocalChange> changes)
    {
        Execute("begin immediate");
        try
        {
            using var put = Prepare("insert into records (kind, scope, number, value) values (?1, ?2, ?3, ?4) on conflict do update set value = excluded.value");
            using var remove = Prepare("delete from records where kind = ?1 and scope = ?2 and number = ?3");
            foreach (var change in changes)
            {
                if (change.Erased is { } range)
                {
                    Erase(range);
                    continue;
                }

                var (key, value) = change;
                var statement = value is null ? remove : put;
                Check(raw.sqlite3_reset(statement));
                Bind(statement, 1, key.Kind);
                Bind(statement, 2, key.Scope);
                Check(raw.sqlite3_bind_int64(statement, 3, key.Number));
                if (value is { } bytes) Check(raw.sqlite3_bind_blob(statement, 4, bytes.Span));
                while (Step(statement))
                {
                }
            }

            Execute("commit");
            HasLog = true;
        }
        catch
        {
            // Where it ended the transaction itself there is none any more, which is what is wanted.
            _ = raw.sqlite3_exec(_file, "rollback");
            throw;
        }
    }

    /// <summary>Whether the write-ahead log has pages in it, and with them perhaps what was removed or replaced since.</summary>
    public bool HasLog { get; private set; }

    /// <summary>Takes over what is in the write-ahead log, and empties it.</summary>
    public void EmptyLog()
    {
        // Tried once: where the disk fails the next write says so, and the next time is after it.
        HasLog = false;
        Execute("pragma wal_checkpoint(truncate)");
    }

    public void Dispose() => _file.Dispose();

    private void Erase(LocalRange range)
    {
        using var erase = Prepare($"delete from records where kind = ?1 and number > ?2 and number < ?3 {(range.Scope is null ? "" : "and scope = ?4")}");
        Bind(erase, 1, range.Kind);
        Check(raw.sqlite3_bind_int64(erase, 2, range.After));
        Check(raw.sqlite3_bind_int64(erase, 3, range.Before));
        if (range.Scope is not null) Bind(erase, 4, range.Scope);
        while (Step(erase))
        {
        }
    }

    private void Migrate()
    {
        var version = Number("pragma user_version");
        if (version > Version)
            throw new LocalStoreException(LocalStoreFailure.Newer, $"The store {_path} has version {version}, and this SDK knows {Version}. Use a newer one, or another file.");
        Execute("begin immediate");
        try
        {
            if (version < 1)
            {
                Execute("create table records (kind text not null, scope text not null, number integer not null, value blob not null, primary key (kind, scope, number)) without rowid");
                Execute($"pragma application_id = {ApplicationId}");
                // A new file is of the newest version: what follows is for older ones.
                Execute($"pragma user_version = {Version}");
            }

            Execute("commit");
        }
        catch
        {
            _ = raw.sqlite3_exec(_file, "rollback");
            throw;
        }

        if (version == 1) CleanUp();
    }

    /// <summary>Of the first version, what was removed stayed in the free space of the file.</summary>
    private void CleanUp()
    {
        try
        {
            Execute("vacuum");
            Execute("pragma user_version = 2");
        }
        catch (LocalStoreException full) when (full.Failure == LocalStoreFailure.Full)
        {
            // For a moment it takes as much room again. The next time, then: all else is as in the second version.
        }
    }

    private void Execute(string statement) => Check(raw.sqlite3_exec(_file, statement));

    private long Number(string query)
    {
        using var statement = Prepare(query);
        return Step(statement) ? raw.sqlite3_column_int64(statement, 0) : 0;
    }

    private sqlite3_stmt Prepare(string query)
    {
        Check(raw.sqlite3_prepare_v2(_file, query, out var statement));
        return statement;
    }

    private void Bind(sqlite3_stmt statement, int place, string text) => Check(raw.sqlite3_bind_text(statement, place, text));

    private bool Step(sqlite3_stmt statement)
    {
        var result = raw.sqlite3_step(statement);
        if (result is not (raw.SQLITE_ROW or raw.SQLITE_DONE)) throw Failure(result);
        return result == raw.SQLITE_ROW;
    }

    private void Check(int result)
    {
        if (result != raw.SQLITE_OK) throw Failure(result);
    }

    private LocalStoreException Failure(int result)
    {
        var said = $"{raw.sqlite3_errmsg(_file).utf8_to_string()} ({result})";
        return (result & 0xff) switch
        {
            raw.SQLITE_BUSY or raw.SQLITE_LOCKED => new(LocalStoreFailure.InUse, $"The store {_path} is used by another client. Close that one, or give each a file of its own."),
            raw.SQLITE_FULL => new(LocalStoreFailure.Full, $"There is no room for the store {_path}. Make some: {said}."),
            raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => new(LocalStoreFailure.Damaged, $"The store {_path} is damaged: {said}. Delete it with the files beside it; what was not sent yet is lost with it."),
            _ => new(LocalStoreFailure.Unavailable, $"The store {_path} failed: {said}."),
        };
    }
}
