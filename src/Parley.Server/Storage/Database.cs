namespace Parley.Storage;

/// <summary>The seam between Parley and a database engine: what the engines do differently, and nothing else.</summary>
/// <remarks>
/// Stores are written once, in the SQL that SQLite and PostgreSQL share. When a statement cannot be shared,
/// the difference becomes a member here, named for what it means rather than for the engine that needs it.
/// </remarks>
internal abstract class Database : IAsyncDisposable
{
    /// <summary>How many transactions of the Journal may be under way at once.</summary>
    public abstract int ConcurrentBatches { get; }

    /// <summary>How many of them may append.</summary>
    public abstract int ConcurrentAppends { get; }

    /// <summary>Whether items of all lanes go into one transaction, or each lane has its own (which keeps row locks in one order: <see cref="LockAsync"/>).</summary>
    public abstract LaneMixing Lanes { get; }

    /// <summary>A connection that only reads. Sees everything committed before it was opened, and cannot hold up a writer.</summary>
    /// <exception cref="StorageException">The database cannot be reached.</exception>
    public abstract ValueTask<Session> OpenReaderAsync(CancellationToken cancel);

    /// <summary>As <see cref="OpenReaderAsync"/>, for the rules that a send waits for: pages of history do not hold it up.</summary>
    /// <exception cref="StorageException">The database cannot be reached.</exception>
    public abstract ValueTask<Session> OpenRulesReaderAsync(CancellationToken cancel);

    /// <summary>Begins a transaction. Only the <see cref="Journal"/> and the <see cref="Migrator"/> call this.</summary>
    /// <exception cref="StorageException">The database cannot be reached.</exception>
    public abstract ValueTask<IWriteTransaction> BeginAsync(CancellationToken cancel);

    /// <summary>Keeps others from changing these participations before the transaction ends; those that do not exist are passed over.</summary>
    /// <remarks>
    /// No two transactions wait for each other in a circle, because each locks in this order: first its conversations, in one call of
    /// <see cref="AppendAsync"/>, then its users, then its participations, in one call of this. Each call locks in the order of the keys.
    /// </remarks>
    public abstract ValueTask LockAsync(Session session, IReadOnlyCollection<ParticipationKey> participations, CancellationToken cancel);

    /// <summary>Keeps others from what would contradict <paramref name="hold"/> before the transaction ends; users without a row are passed over.</summary>
    /// <remarks>The actors of an append are held by <see cref="AppendAsync"/>. In the order of locks users come after conversations and before participations.</remarks>
    public abstract ValueTask HoldAsync(Session session, IReadOnlyCollection<UserKey> users, UserLock hold, CancellationToken cancel);

    /// <summary>Locks the conversations named, numbers what may be recorded, and records it: one verdict per row, in the order of the rows.</summary>
    /// <remarks>
    /// Rows of one conversation stand together, in the order they are to be numbered. A row that is a duplicate, fenced or stale takes no
    /// number and spoils no other. <paramref name="alsoLock"/> are conversations that the same transaction touches later.
    /// </remarks>
    public abstract ValueTask<AppendVerdict[]> AppendAsync(
        Session session, IReadOnlyList<AppendRow> rows, IReadOnlyCollection<ConversationKey> alsoLock, DateTimeOffset now, CancellationToken cancel);

    /// <summary>Completes <c>where column …</c> so that it holds for any of the values.</summary>
    public abstract Sql AnyOf(IReadOnlyCollection<string> values);

    /// <summary>Completes <c>where column …</c> so that it holds for any of the values.</summary>
    public abstract Sql AnyOf(IReadOnlyCollection<Guid> values);

    /// <summary>A table of these values, one to a row, in a column that is called <c>value</c>.</summary>
    public abstract Sql Rows(IReadOnlyCollection<string> values);

    /// <summary>
    /// The change number from which a feed must read next time: everything committed later has this number or a higher one.
    /// Read it before what it is to continue, or in one statement with it.
    /// </summary>
    public abstract Sql ChangeHorizon { get; }

    /// <summary>Erases from the files of the database what transactions have written over. False when somebody still reads what was there: ask again.</summary>
    public abstract ValueTask<bool> EraseAsync(CancellationToken cancel);

    /// <summary>Text that names the place where this database lives: in another place it is a copy, restored or failed over. Null where only a mark tells.</summary>
    public abstract Sql? Lineage { get; }

    /// <summary>How a table is kept in the order of its primary key.</summary>
    public abstract string Clustered { get; }

    /// <summary>The type of a column that numbers its rows, and names them.</summary>
    public abstract string Number { get; }

    /// <summary>A script that says how full the tables are to be taken for when statements are planned; empty where the engine counts by itself.</summary>
    public abstract string Statistics { get; }

    /// <summary>Makes sure that only one process migrates at a time; held until the transaction ends.</summary>
    public abstract ValueTask LockForMigrationAsync(Session session, CancellationToken cancel);

    /// <summary>Names of the tables that exist.</summary>
    public abstract Sql TableNames { get; }

    /// <summary>What is done whenever the engine says that its disk is full.</summary>
    public Action WhenFull { get; set; } = () => { };

    /// <summary>What an exception of the engine means. One that means a full disk is acted on at once.</summary>
    public StorageException Explain(Exception exception)
    {
        var explained = exception as StorageException ?? Translate(exception);
        if (explained.Failure == StorageFailure.Full) WhenFull();
        return explained;
    }

    /// <summary>An exception of the engine in words that do not depend on it.</summary>
    protected abstract StorageException Translate(Exception exception);

    public abstract ValueTask DisposeAsync();
}

/// <summary>What a transaction holds of a user.</summary>
internal enum UserLock
{
    /// <summary>That his standing, and whom he blocks, stay as they are: as each append holds it of its actors. Several transactions may.</summary>
    Involve,

    /// <summary>His row and the lists beside it, to change them. Appends go on.</summary>
    Change,

    /// <summary>His standing and whom he blocks, to change them: what he appends waits, and is decided on what is new. Taken before <see cref="Change"/>, and of few: others wait with him.</summary>
    Judge,
}

/// <summary>Whether one transaction takes items of all lanes.</summary>
internal enum LaneMixing
{
    /// <summary>One writer: everything that waits goes together.</summary>
    Together,

    /// <summary>Several writers: each lane by itself.</summary>
    Apart,
}
