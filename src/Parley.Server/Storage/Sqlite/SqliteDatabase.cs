using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Parley.Storage.Sqlite;

/// <summary>One file and one process: development, tests, and a single node.</summary>
internal sealed class SqliteDatabase : Database
{
    private readonly FileStream _lock;
    private readonly SqliteWriter _writer;
    private readonly Channel<SqliteReader> _readers = Channel.CreateUnbounded<SqliteReader>();
    private readonly Channel<SqliteReader> _rulesReader = Channel.CreateUnbounded<SqliteReader>();

    /// <exception cref="StorageException">The file cannot be opened, or another process serves it.</exception>
    public SqliteDatabase(string path, int readers)
    {
        SystemSqlite.Use();
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        _lock = Lock(path);
        try
        {
            var connection = new SqliteConnectionStringBuilder { DataSource = path, Pooling = false };
            _writer = new SqliteWriter(connection.ConnectionString);
            for (var index = 0; index < readers; index++) _readers.Writer.TryWrite(new SqliteReader(connection.ConnectionString));
            _rulesReader.Writer.TryWrite(new SqliteReader(connection.ConnectionString));
        }
        catch (SqliteException exception)
        {
            _lock.Dispose();
            throw Explain(exception);
        }
    }

    public override int ConcurrentBatches => 1;

    public override int ConcurrentAppends => 1;

    public override LaneMixing Lanes => LaneMixing.Together;

    public override Sql ChangeHorizon => Horizon;

    internal static Sql Horizon => Sql.From($"(select number + 1 from change_counter)");

    public override Sql? Lineage => null;

    public override string Clustered => "without rowid";

    public override string Number => "integer primary key";

    /// <remarks>
    /// The first line makes the table of statistics, the last has it read. Of each index: rows, then how many of them share its first
    /// column, its first two, and so on. Not what is there now, which changes, but a server that is worth planning for: one app with all of it.
    /// </remarks>
    public override string Statistics => """
        analyze sqlite_schema;
        delete from sqlite_stat1;
        insert into sqlite_stat1 (tbl, idx, stat) values
            ('conversations', 'sqlite_autoindex_conversations_1', '100000 100000 1'),
            ('conversations', 'conversations_by_tail', '100000 100000 30000 2'),
            ('conversations', 'conversations_by_emptied', '1000 2'),
            ('directs', 'directs', '100000 100000 10 1'),
            ('participations', 'participations', '1000000 1000000 10 1'),
            ('participations', 'participations_of_user', '1000000 1000000 10 1 1 1 1 1'),
            ('past_participations', 'past_participations', '100000 100000 10 2 1'),
            ('entries', 'sqlite_autoindex_entries_1', '10000000 100 1'),
            ('entries', 'entries_by_key', '10000000 1 1'),
            ('entries', 'entries_by_kind', '500000 20 1'),
            ('message_changes', 'message_changes', '100000 10 1'),
            ('message_edits', 'message_edits', '100000 10 2 1'),
            ('message_versions', 'message_versions', '100000 10 2 1'),
            ('mentions', 'mentions', '100000 100 5 1'),
            ('mentions', 'mentions_by_place', '100000 100 2'),
            ('removals', 'removals', '100000 100000 50 5 1'),
            ('removals', 'removals_by_place', '100000 100000 50 2'),
            ('notifications', 'notifications', '100000 10 1'),
            ('blobs', 'blobs', '100000 100000 1'),
            ('contents', 'contents', '100000 100000 1'),
            ('contents', 'contents_of_owner', '100000 100000 20'),
            ('contents', 'contents_by_hash', '100000 100000 2'),
            ('contents', 'contents_unsent', '1000 2'),
            ('contents', 'contents_doomed', '100 2'),
            ('content_uses', 'content_uses', '100000 100000 2 2 1'),
            ('content_uses', 'content_uses_by_message', '100000 5 2'),
            ('uploads', 'uploads', '1000 1000 1'),
            ('uploads', 'uploads_by_expiry', '1000 1'),
            ('doomed_files', 'doomed_files', '100 100 1'),
            ('deleted_uses', 'deleted_uses', '10 10 1'),
            ('fences', 'fences', '1000 1000 10 1 1'),
            ('word_lists', 'word_lists', '20 20 1'),
            ('reports', 'sqlite_autoindex_reports_1', '10000 10000 1'),
            ('reports', 'reports_once', '10000 10000 10 1 1'),
            ('reports', 'reports_by_time', '10000 10000 1 1'),
            ('reports', 'reports_open', '1000 1000 1 1'),
            ('reports', 'reports_of_reporter', '10000 10000 5'),
            ('held', 'held', '10000 10000 10 1'),
            ('held', 'held_by_time', '1000 1000 1 1'),
            ('held', 'held_of_sender', '10000 10000 5'),
            ('drafts', 'drafts', '100000 100000 5 1'),
            ('drafts', 'drafts_of_conversation', '100000 100000 2'),
            ('held', 'held_by_original', '100 100 5 2'),
            ('moderation', 'moderation', '10000 10000 10 1'),
            ('pending', 'pending', '100000 100000 10 1'),
            ('pending', 'pending_of_user', '100000 100000 10 1'),
            ('pending', 'pending_changes', '100000 100000 10 2'),
            ('attributes', 'attributes', '100000 100000 10 5 1'),
            ('users', 'users', '100000 100000 1'),
            ('users', 'users_by_number', '100000 100000 1'),
            ('users', 'users_by_email', '100000 100000 1'),
            ('users', 'users_by_phone', '100000 100000 1'),
            ('users', 'users_by_standing', '100 1'),
            ('contacts', 'contacts', '1000000 1000000 50 1'),
            ('contacts', 'contacts_by_contact', '1000000 1000000 50'),
            ('blocks', 'blocks', '10000 10000 5 1'),
            ('blocks', 'blocks_by_blocked', '10000 10000 5');
        analyze sqlite_schema;
        """;

    // What SQLite keeps for itself, such as statistics, is not a table of ours.
    public override Sql TableNames => Sql.From($"select name from sqlite_master where type = 'table' and name not like 'sqlite^_%' escape '^'");

    public override ValueTask<Session> OpenReaderAsync(CancellationToken cancel) => OpenAsync(_readers, cancel);

    public override ValueTask<Session> OpenRulesReaderAsync(CancellationToken cancel) => OpenAsync(_rulesReader, cancel);

    private static async ValueTask<Session> OpenAsync(Channel<SqliteReader> readers, CancellationToken cancel)
    {
        var reader = await readers.Reader.ReadAsync(cancel);
        // SQLite runs where it is called: leave the caller's thread, which may be one that serves a socket.
        await Task.Yield();
        reader.StartClock();
        return new SqliteSession(reader.Commands, () => readers.Writer.TryWrite(reader));
    }

    public override async ValueTask<IWriteTransaction> BeginAsync(CancellationToken cancel)
    {
        var transaction = await _writer.BeginAsync(cancel);
        try
        {
            await transaction.Session.ExecuteAsync($"update change_counter set number = number + 1", cancel);
        }
        catch (SqliteException exception) when (exception.SqliteErrorCode == raw.SQLITE_ERROR)
        {
            // An empty file: the first migration is what runs in this transaction.
        }
        catch
        {
            await transaction.DisposeAsync();
            throw;
        }

        return transaction;
    }

    public override ValueTask<bool> EraseAsync(CancellationToken cancel) => _writer.TruncateLogAsync(cancel);

    public override ValueTask LockAsync(Session session, IReadOnlyCollection<ParticipationKey> participations, CancellationToken cancel) => default;

    public override ValueTask HoldAsync(Session session, IReadOnlyCollection<UserKey> users, UserLock hold, CancellationToken cancel) => default;

    public override ValueTask<AppendVerdict[]> AppendAsync(
        Session session, IReadOnlyList<AppendRow> rows, IReadOnlyCollection<ConversationKey> alsoLock, DateTimeOffset now, CancellationToken cancel) =>
        new(_writer.Append.Run(rows, now));

    public override Sql AnyOf(IReadOnlyCollection<string> values) =>
        Sql.From($"in (select value from json_each({JsonSerializer.Serialize(values, SqliteJson.Default.IReadOnlyCollectionString)}))");

    public override Sql AnyOf(IReadOnlyCollection<Guid> values) =>
        Sql.From($"in ({Sql.List(values.Select(value => Sql.From($"{value}")))})");

    public override Sql Rows(IReadOnlyCollection<string> values) =>
        Sql.From($"(select value from json_each({JsonSerializer.Serialize(values, SqliteJson.Default.IReadOnlyCollectionString)}))");

    public override ValueTask LockForMigrationAsync(Session session, CancellationToken cancel) => default;

    protected override StorageException Translate(Exception exception)
    {
        var failure = exception is SqliteException sqlite
            ? sqlite.SqliteErrorCode switch
            {
                raw.SQLITE_FULL => StorageFailure.Full,
                // The index of the WAL could not grow, which is how a full disk may show first.
                raw.SQLITE_IOERR when sqlite.SqliteExtendedErrorCode == raw.SQLITE_IOERR_SHMSIZE => StorageFailure.Full,
                raw.SQLITE_BUSY or raw.SQLITE_LOCKED => StorageFailure.Conflict,
                raw.SQLITE_IOERR or raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => StorageFailure.Fatal,
                raw.SQLITE_CANTOPEN or raw.SQLITE_READONLY or raw.SQLITE_INTERRUPT => StorageFailure.Unavailable,
                _ => StorageFailure.Rejected,
            }
            : StorageFailure.Rejected;
        return new StorageException(failure, $"SQLite: {exception.Message}", exception);
    }

    /// <summary>Keeps other processes from serving this database; the operating system gives it back when a process dies.</summary>
    /// <exception cref="StorageException">One does.</exception>
    internal static FileStream Lock(string database)
    {
        var path = database + ".lock";
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException exception)
        {
            throw new StorageException(StorageFailure.Unavailable,
                $"Another process uses this database ({path} is locked). Stop it first; one SQLite file is served by one process.", exception);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var readers in new[] { _readers, _rulesReader })
        {
            readers.Writer.Complete();
            await foreach (var reader in readers.Reader.ReadAllAsync()) await reader.DisposeAsync();
        }

        await _writer.DisposeAsync();
        await _lock.DisposeAsync();
    }
}

[System.Text.Json.Serialization.JsonSerializable(typeof(IReadOnlyCollection<string>))]
internal sealed partial class SqliteJson : System.Text.Json.Serialization.JsonSerializerContext;
