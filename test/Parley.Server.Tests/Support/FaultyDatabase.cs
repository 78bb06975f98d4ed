using Parley.Storage;

namespace Parley.Tests;

/// <summary>What goes wrong at a commit.</summary>
internal enum CommitFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It is durable, and the answer is lost.</summary>
    AnswerLost,

    /// <summary>The connection broke before it: nothing is durable, and nobody says so.</summary>
    NeverArrived,

    /// <summary>The disk is full.</summary>
    DiskFull,

    /// <summary>The fsync failed.</summary>
    FsyncFailed,
}

/// <summary>A real database whose commits and appends fail when told to, in the ways in which databases fail.</summary>
internal sealed class FaultyDatabase(Database real) : Database
{
    private readonly TaskCompletionSource _letGo = new();

    /// <summary>Decides what happens at each commit.</summary>
    public Func<CommitFault> OnCommit { get; set; } = () => CommitFault.None;

    /// <summary>Awaited before each commit.</summary>
    public Func<Task> BeforeCommit { get; set; } = () => Task.CompletedTask;

    /// <summary>Awaited before each read.</summary>
    public Func<Task> BeforeRead { get; set; } = () => Task.CompletedTask;

    /// <summary>What a database throws that fails in this way.</summary>
    public static Exception Failing(StorageFailure failure) => new FaultException(failure);

    /// <summary>How many rows each append had.</summary>
    public List<int> Batches { get; } = [];

    /// <summary>Rows that the database rejects, as it would a bug of ours.</summary>
    public Func<AppendRow, bool> Rejects { get; set; } = _ => false;

    public int Commits { get; private set; }

    /// <summary>Lets no commit through until <c>Release</c> is completed; <c>Reached</c> completes when the first one waits.</summary>
    public (Task Reached, TaskCompletionSource Release) HoldCommits(TaskCompletionSource? until = null)
    {
        var (reached, release) = (new TaskCompletionSource(), until ?? new TaskCompletionSource());
        BeforeCommit = () =>
        {
            reached.TrySetResult();
            return release.Task;
        };
        return (reached.Task, release);
    }

    /// <summary>Holds nothing any more, whatever a test that failed has left held.</summary>
    public void LetGo() => _letGo.TrySetResult();

    private async Task HeldAsync(Task hold) => await await Task.WhenAny(hold, _letGo.Task);

    public override int ConcurrentBatches => real.ConcurrentBatches;

    public override int ConcurrentAppends => real.ConcurrentAppends;

    public override LaneMixing Lanes => real.Lanes;

    public override Sql ChangeHorizon => real.ChangeHorizon;

    public override Sql? Lineage => real.Lineage;

    public override string Clustered => real.Clustered;

    public override string Number => real.Number;

    public override string Statistics => real.Statistics;

    public override Sql TableNames => real.TableNames;

    public override async ValueTask<Session> OpenReaderAsync(CancellationToken cancel)
    {
        await HeldAsync(BeforeRead());
        return await real.OpenReaderAsync(cancel);
    }

    public override async ValueTask<Session> OpenRulesReaderAsync(CancellationToken cancel)
    {
        await HeldAsync(BeforeRead());
        return await real.OpenRulesReaderAsync(cancel);
    }

    public override async ValueTask<IWriteTransaction> BeginAsync(CancellationToken cancel) => new Transaction(this, await real.BeginAsync(cancel));

    /// <summary>Rows that were found stale.</summary>
    public int StaleRows { get; private set; }

    public override async ValueTask<AppendVerdict[]> AppendAsync(
        Session session, IReadOnlyList<AppendRow> rows, IReadOnlyCollection<ConversationKey> alsoLock, DateTimeOffset now, CancellationToken cancel)
    {
        Batches.Add(rows.Count);
        if (rows.Any(Rejects)) throw new FaultException(StorageFailure.Rejected);
        var verdicts = await real.AppendAsync(session, rows, alsoLock, now, cancel);
        StaleRows += verdicts.Count(verdict => verdict.Result == AppendResult.Stale);
        return verdicts;
    }

    public override ValueTask<bool> EraseAsync(CancellationToken cancel) => real.EraseAsync(cancel);

    public override ValueTask LockAsync(Session session, IReadOnlyCollection<ParticipationKey> participations, CancellationToken cancel) =>
        real.LockAsync(session, participations, cancel);

    public override ValueTask HoldAsync(Session session, IReadOnlyCollection<UserKey> users, UserLock hold, CancellationToken cancel) =>
        real.HoldAsync(session, users, hold, cancel);

    public override Sql AnyOf(IReadOnlyCollection<string> values) => real.AnyOf(values);

    public override Sql AnyOf(IReadOnlyCollection<Guid> values) => real.AnyOf(values);

    public override Sql Rows(IReadOnlyCollection<string> values) => real.Rows(values);

    public override ValueTask LockForMigrationAsync(Session session, CancellationToken cancel) => real.LockForMigrationAsync(session, cancel);

    protected override StorageException Translate(Exception exception) =>
        exception is FaultException fault ? new StorageException(fault.Failure, "planted", fault) : real.Explain(exception);

    public override ValueTask DisposeAsync() => real.DisposeAsync();

    private sealed class FaultException(StorageFailure failure) : Exception("planted")
    {
        public StorageFailure Failure => failure;
    }

    private sealed class Transaction(FaultyDatabase database, IWriteTransaction transaction) : IWriteTransaction
    {
        public Session Session => transaction.Session;

        public async ValueTask CommitAsync(CancellationToken cancel)
        {
            await database.HeldAsync(database.BeforeCommit());
            var fault = database.OnCommit();
            if (fault is CommitFault.None or CommitFault.AnswerLost) await transaction.CommitAsync(cancel);
            database.Commits++;
            switch (fault)
            {
                case CommitFault.AnswerLost or CommitFault.NeverArrived: throw new FaultException(StorageFailure.Unavailable);
                case CommitFault.DiskFull: throw new FaultException(StorageFailure.Full);
                case CommitFault.FsyncFailed: throw new FaultException(StorageFailure.Fatal);
                default: break;
            }
        }

        public ValueTask DisposeAsync() => transaction.DisposeAsync();
    }
}
