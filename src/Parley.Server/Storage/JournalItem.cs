using System.Diagnostics;

namespace Parley.Storage;

/// <summary>Something to be written. Safe to run again: a batch is repeated when the outcome of its commit is unknown.</summary>
internal abstract class JournalItem
{
    /// <summary>When the journal took it.</summary>
    public long PostedAt { get; set; }

    /// <summary>What it may share a transaction with.</summary>
    public virtual JournalLane Lane => JournalLane.Others;

    /// <summary>Called once, when its batch is formed: the last moment to take in what waits.</summary>
    public virtual void Start()
    {
    }

    /// <summary>Whether there is anything to write; asked after <see cref="Start"/>. An item without work is dropped unheard.</summary>
    public virtual bool HasWork => true;

    /// <summary>How often it was written; more than once, what it finds already there may be its own work.</summary>
    protected int Writes { get; private set; }

    /// <summary>The participations it changes, which the journal locks for all items of a transaction at once; asked after <see cref="Start"/>.</summary>
    public virtual IEnumerable<ParticipationKey> Participations => [];

    /// <summary>The spans of the requests that it serves; asked after <see cref="Start"/>, and only while somebody listens.</summary>
    public virtual IEnumerable<ActivityContext> Causes => [];

    /// <summary>Called by the journal, once for each attempt.</summary>
    public ValueTask AttemptAsync(Session session, CancellationToken cancel)
    {
        Writes++;
        return WriteAsync(session, cancel);
    }

    /// <summary>Writes. May be called several times; only the last call before <see cref="Committed"/> counts.</summary>
    protected abstract ValueTask WriteAsync(Session session, CancellationToken cancel);

    /// <summary>It is durable.</summary>
    public abstract void Committed();

    /// <summary>Nothing of it was recorded and nothing will be, or (<see cref="StorageFailure.CommitUnknown"/>, when the server stops) nobody knows.</summary>
    public abstract void Failed(StorageException failure);

    /// <summary>Tells everybody of several, also when telling one of them fails: what failed is thrown when all were told.</summary>
    internal static void TellEach<T>(IReadOnlyList<T> those, Action<T> tell)
    {
        List<Exception>? failures = null;
        foreach (var one in those)
        {
            try
            {
                tell(one);
            }
            catch (Exception exception)
            {
                (failures ??= []).Add(exception);
            }
        }

        if (failures is not null) throw new AggregateException(failures);
    }

    /// <summary>Two items that together are this one, and are not started again; null when it cannot be split.</summary>
    public virtual (JournalItem First, JournalItem Second)? Split() => null;
}

/// <summary>Items of one lane share transactions where an engine has several writers.</summary>
internal enum JournalLane
{
    /// <summary>Appends, one batch to a transaction: it locks its conversations first, then the participations it changes.</summary>
    Appends,

    /// <summary>Cursors: only participations (<see cref="JournalItem.Participations"/>).</summary>
    Others,

    /// <summary>Has no row to lock first and may wait for another transaction: a transaction of its own.</summary>
    Alone,
}
