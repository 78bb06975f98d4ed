using System.Net.Sockets;
using Npgsql;

namespace Parley.Storage.Postgres;

/// <summary>Many nodes, many writers; row locks order the writes within a conversation.</summary>
internal sealed class PostgresDatabase : Database
{
    /// <summary>
    /// Every statement of ours finds its rows by index. A young table has no statistics that say so, and a plan made then, which scans
    /// a few rows, is kept for a prepared statement while the table grows (docs/decisions/0013). Compiling plans never pays, nor does planning
    /// a prepared statement anew for each list it is given: planning the append takes longer than running it.
    /// </summary>
    internal const string PlanByIndex = "-c enable_seqscan=off -c jit=off -c plan_cache_mode=force_generic_plan";

    /// <summary>What our connections are called in <c>pg_stat_activity</c>.</summary>
    internal const string Name = "parley";

    private const int MaxReaders = 32;
    private const long MigrationLock = 0x5061726c6579;
    private readonly NpgsqlDataSource _readers;
    private readonly NpgsqlDataSource _writers;

    public PostgresDatabase(string connectionString, int concurrentAppends)
    {
        ConcurrentAppends = concurrentAppends;
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            MaxAutoPrepare = 100,
            AutoPrepareMinUsages = 2,
            ApplicationName = Name,
            IncludeErrorDetail = false,
            // No statement of ours changes its connection, and what it locks it holds for a transaction: there is nothing to reset, which would be a statement more for every read.
            NoResetOnClose = true,
        };
        settings.Options = $"{PlanByIndex} {settings.Options}".TrimEnd();
        settings.MaxPoolSize = ReadersOf(settings);
        // One stays, however little there is to do: it tells others that a server runs (parley restore looks for it).
        settings.MinPoolSize = Math.Max(1, settings.MinPoolSize);
        _readers = NpgsqlDataSource.Create(settings);
        // Of its own, so that however many read the journal never waits for a connection.
        settings.MinPoolSize = 0;
        settings.MaxPoolSize = ConcurrentBatches + 1;
        _writers = NpgsqlDataSource.Create(settings);
    }

    /// <summary>How many may read at the same time: what the connection string says, if it does.</summary>
    /// <remarks>Npgsql's own default, 100, is all that PostgreSQL's default takes from everybody: a storm of readers waits here, not there.</remarks>
    internal static int ReadersOf(NpgsqlConnectionStringBuilder settings) =>
        settings.ShouldSerialize("Maximum Pool Size") ? settings.MaxPoolSize : Math.Max(MaxReaders, settings.MinPoolSize);

    /// <summary>One more than append: a large creation, or receipts, must not hold up messages.</summary>
    public override int ConcurrentBatches => ConcurrentAppends + 1;

    public override int ConcurrentAppends { get; }

    public override LaneMixing Lanes => LaneMixing.Apart;

    public override Sql ChangeHorizon => Horizon;

    internal static Sql Horizon => Sql.From($"pg_snapshot_xmin(pg_current_snapshot())::text::bigint");

    /// <remarks>A failover, or recovery to a moment, begins a timeline; another cluster has another identifier; a restored dump makes the table anew.</remarks>
    public override Sql? Lineage => Sql.From(
        $"(select system_identifier || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8) || '/' || 'installation'::regclass::oid from pg_control_system())");

    public override string Clustered => "";

    public override string Number => "bigint generated always as identity primary key";

    public override string Statistics => "";

    public override Sql TableNames => Sql.From($"select tablename from pg_tables where schemaname = current_schema()");

    public override async ValueTask<Session> OpenReaderAsync(CancellationToken cancel) =>
        new PostgresSession(await ConnectAsync(_readers, cancel));

    public override ValueTask<Session> OpenRulesReaderAsync(CancellationToken cancel) => OpenReaderAsync(cancel);

    public override async ValueTask<IWriteTransaction> BeginAsync(CancellationToken cancel)
    {
        var connection = await ConnectAsync(_writers, cancel);
        try
        {
            return new PostgresTransaction(connection, await connection.BeginTransactionAsync(cancel));
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public override async ValueTask LockAsync(Session session, IReadOnlyCollection<ParticipationKey> participations, CancellationToken cancel)
    {
        if (participations.Count == 0) return;
        var apps = participations.Select(one => one.Conversation.App.Number).ToArray();
        var conversations = participations.Select(one => one.Conversation.Conversation.Value).ToArray();
        var users = participations.Select(one => one.User.Value).ToArray();
        await session.ExecuteAsync($"""
            select 1 from participations where (app, conversation, user_id) in (select * from unnest({apps}, {conversations}, {users}))
            order by app, conversation, user_id for update
            """, cancel);
    }

    /// <summary>Where something is written over, or taken out, that somebody said.</summary>
    private const string Erased = "entries, notifications, held, reports, drafts, users, contacts, pending, contents, uploads, message_versions";

    /// <summary>Only pages that changed since are looked at. What is in its write-ahead log stays until that is written over.</summary>
    public override async ValueTask<bool> EraseAsync(CancellationToken cancel)
    {
        await using var connection = await ConnectAsync(_writers, cancel);
        await using var command = new NpgsqlCommand($"vacuum (index_cleanup off, truncate off) {Erased}", connection);
        await command.ExecuteNonQueryAsync(cancel);
        return true;
    }

    public override async ValueTask HoldAsync(Session session, IReadOnlyCollection<UserKey> users, UserLock hold, CancellationToken cancel)
    {
        if (users.Count == 0) return;
        if (hold != UserLock.Change)
        {
            await session.ExecuteAsync(UserBuckets.Take(UserBuckets.Of(users), whole: hold == UserLock.Judge), cancel);
            return;
        }

        var apps = users.Select(one => one.App.Number).ToArray();
        var ids = users.Select(one => one.User.Value).ToArray();
        await session.ExecuteAsync(
            $"select 1 from users where (app, user_id) in (select * from unnest({apps}, {ids})) order by app, user_id for update", cancel);
    }

    public override ValueTask<AppendVerdict[]> AppendAsync(
        Session session, IReadOnlyList<AppendRow> rows, IReadOnlyCollection<ConversationKey> alsoLock, DateTimeOffset now, CancellationToken cancel) =>
        PostgresAppend.RunAsync(((PostgresSession)session).Connection, rows, alsoLock, now, cancel);

    public override Sql AnyOf(IReadOnlyCollection<string> values) => Sql.From($"= any({values.ToArray()})");

    public override Sql AnyOf(IReadOnlyCollection<Guid> values) => Sql.From($"= any({values.ToArray()})");

    public override Sql Rows(IReadOnlyCollection<string> values) => Sql.From($"(select unnest({values.ToArray()}) as value)");

    public override async ValueTask LockForMigrationAsync(Session session, CancellationToken cancel) =>
        await session.QueryAsync($"select pg_advisory_xact_lock({MigrationLock})", _ => 0, cancel);

    protected override StorageException Translate(Exception exception)
    {
        var failure = exception switch
        {
            PostgresException { SqlState: PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.LockNotAvailable } =>
                StorageFailure.Conflict,
            PostgresException { SqlState: PostgresErrorCodes.DiskFull } => StorageFailure.Full,
            // Classes 57 (shutting down, starting up), 08 (connection) and 53 (out of connections): the server is not there for us.
            PostgresException postgres when postgres.SqlState is ['5', '7', ..] or ['0', '8', ..] or ['5', '3', ..] => StorageFailure.Unavailable,
            PostgresException => StorageFailure.Rejected,
            NpgsqlException or SocketException or IOException or TimeoutException => StorageFailure.Unavailable,
            _ => StorageFailure.Rejected,
        };
        return new StorageException(failure, $"PostgreSQL: {exception.Message}", exception);
    }

    private static async ValueTask<NpgsqlConnection> ConnectAsync(NpgsqlDataSource source, CancellationToken cancel)
    {
        try
        {
            return await source.OpenConnectionAsync(cancel);
        }
        catch (Exception exception) when (exception is NpgsqlException or SocketException or TimeoutException)
        {
            throw new StorageException(StorageFailure.Unavailable, $"PostgreSQL cannot be reached: {exception.Message}", exception);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await _writers.DisposeAsync();
        await _readers.DisposeAsync();
    }
}
