using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Parley.Storage;

/// <summary>Group commit: everything the server writes is an item here, and what waits together is committed together.</summary>
/// <remarks>
/// A batch is whatever waits when the database is free, with no added delay: alone an item is committed at once, under load hundreds
/// share one fsync. An item hears <see cref="JournalItem.Committed"/> only after the commit returned. A commit whose outcome is unknown is
/// settled by running the same batch again until the database says what happened, so items must be safe to run twice. A batch that
/// fails is split, down to the item that fails alone.
/// </remarks>
internal sealed partial class Journal(Database database, Action<StorageException> onFatal, TimeProvider clock, ILogger<Journal> logger) : IAsyncDisposable
{
    private const int MaxItems = 1_000;
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly LinkedList<JournalItem> _waiting = new();
    private readonly SemaphoreSlim _wake = new(0);
    private readonly CancellationTokenSource _stop = new();
    private readonly bool[] _appends = new bool[database.ConcurrentBatches];
    private readonly long[] _underWay = [.. Enumerable.Repeat(long.MaxValue, database.ConcurrentBatches)];
    private Task[] _loops = [];
    private long _oldest = long.MaxValue;
    private StorageException? _fatal;
    private bool _stopped;

    /// <remarks>
    /// In threads of its own, which also tell the items: what was admitted must not wait for a thread behind what only wants to be, and fanning out a batch
    /// must not hold up a thread that serves sockets, where PostgreSQL's answers are heard of.
    /// </remarks>
    public void Start() => _loops =
    [
        .. Enumerable.Range(0, database.ConcurrentBatches).Select(loop =>
            Task.Factory.StartNew(() => Loop(loop), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)),
    ];

    /// <summary>Items that wait for a batch, or did a moment ago.</summary>
    public int Waiting => _waiting.Count;

    /// <summary>When the oldest item was posted that is not done, as a timestamp of the clock; <see cref="long.MaxValue"/> when all is done.</summary>
    public long Oldest => Volatile.Read(ref _oldest);

    /// <summary>Whether nothing is written any more but what is being written.</summary>
    public bool IsStopping => _stop.IsCancellationRequested;

    /// <summary>Takes an item; returns at once. Exactly one of the item's last two methods is called later, never from in here.</summary>
    public void Post(JournalItem item)
    {
        lock (_gate)
        {
            item.PostedAt = clock.GetTimestamp();
            _waiting.AddLast(item);
            _oldest = Math.Min(_oldest, item.PostedAt);
            if (!_stopped)
            {
                _wake.Release();
                return;
            }
        }

        _ = Task.Run(RefuseWaiting);
    }

    private void Loop(int loop)
    {
        // Whoever started the server is long done with it.
        Activity.Current = null;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                _wake.Wait(_stop.Token);
                var batch = Take(loop);
                if (batch.Count > 0) Run(batch);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                // A bug that must not stop everybody's writing.
                Log.LoopFailed(logger, exception);
            }
            finally
            {
                Done(loop);
            }
        }
    }

    private void Done(int loop)
    {
        lock (_gate)
        {
            // What had to wait for this batch has been looked at in vain.
            if (_underWay[loop] != long.MaxValue && _waiting.Count > 0) _wake.Release();
            _underWay[loop] = long.MaxValue;
            _appends[loop] = false;
            _oldest = Math.Min(_underWay.Min(), _waiting.First?.Value.PostedAt ?? long.MaxValue);
        }
    }

    private List<JournalItem> Take(int loop)
    {
        var batch = new List<JournalItem>();
        lock (_gate)
        {
            var mayAppend = _appends.Count(appends => appends) < database.ConcurrentAppends;
            for (var node = _waiting.First; node is not null && batch.Count < MaxItems;)
            {
                var next = node.Next;
                if (batch.Count > 0 ? Shares(batch[0].Lane, node.Value.Lane) : mayAppend || node.Value.Lane != JournalLane.Appends)
                {
                    batch.Add(node.Value);
                    _waiting.Remove(node);
                }

                node = next;
            }

            if (batch.Count > 0) (_underWay[loop], _appends[loop]) = (batch[0].PostedAt, batch[0].Lane == JournalLane.Appends);
        }

        batch.RemoveAll(item => !IsStarted(item));
        return batch;
    }

    /// <summary>Whether items of two lanes may be in one transaction.</summary>
    private bool Shares(JournalLane first, JournalLane other) =>
        first != JournalLane.Alone && other != JournalLane.Alone && (first == other || database.Lanes == LaneMixing.Together);

    /// <summary>Starts an item; false when there is nothing to write.</summary>
    private bool IsStarted(JournalItem item)
    {
        try
        {
            item.Start();
            return item.HasWork;
        }
        catch (Exception exception)
        {
            Tell(item, new StorageException(StorageFailure.Rejected, "It could not be written.", exception));
            return false;
        }
    }

    /// <summary>Tells an item what became of it. One that fails to hear it is a bug that must keep nobody else waiting.</summary>
    private void Tell(JournalItem item, StorageException? failure)
    {
        try
        {
            if (failure is null) item.Committed();
            else item.Failed(failure);
        }
        catch (Exception exception)
        {
            Log.NotHeard(logger, exception);
        }
    }

    private void Run(IReadOnlyList<JournalItem> batch, Knowledge knowledge = Knowledge.NothingSent)
    {
        var started = clock.GetTimestamp();
        using var span = JournalTraces.Batch(batch);
        for (var wait = FirstRetry; ; wait = TimeSpan.FromTicks(Math.Min(wait.Ticks * 2, LastRetry.Ticks)))
        {
            var (failure, sent) = _fatal is { } fatal ? (fatal, false) : TryAsync(batch).AsTask().GetAwaiter().GetResult();
            if (failure is null) break;
            span?.Failed(failure.Failure);
            if (sent && failure.Failure is StorageFailure.Unavailable or StorageFailure.Fatal) knowledge = Knowledge.MayHaveLanded;

            // What may have landed is asked for until the database says; only then is anybody answered.
            var again = failure.Failure == StorageFailure.Conflict
                || (failure.Failure == StorageFailure.Unavailable && knowledge == Knowledge.MayHaveLanded);
            if (again && !_stop.IsCancellationRequested)
            {
                Log.Retrying(logger, failure.Failure, failure);
                Task.Delay(wait, clock, CancellationToken.None).GetAwaiter().GetResult();
                continue;
            }

            if (failure.Failure == StorageFailure.Rejected && Halves(batch) is var (first, second))
            {
                Log.Splitting(logger, batch.Count, failure);
                Run(first, knowledge);
                Run(second, knowledge);
                return;
            }

            if (failure.Failure == StorageFailure.Fatal && Interlocked.CompareExchange(ref _fatal, failure, null) is null) onFatal(failure);
            var told = knowledge == Knowledge.MayHaveLanded
                ? new StorageException(StorageFailure.CommitUnknown, failure.Message, failure)
                : failure;
            span?.GaveUp(told.Failure);
            foreach (var item in batch) Tell(item, told);
            return;
        }

        StorageMetrics.Committed(batch, clock.GetElapsedTime(started));
        using var publishing = JournalTraces.Publish();
        foreach (var item in batch) Tell(item, failure: null);
    }

    private enum Knowledge
    {
        NothingSent,
        MayHaveLanded,
    }

    /// <summary>Null when committed; or why not, and whether the commit was asked for: before that, a failure means that nothing happened.</summary>
    private async ValueTask<(StorageException? Failure, bool Sent)> TryAsync(IReadOnlyList<JournalItem> batch)
    {
        var sent = false;
        try
        {
            await using var transaction = await database.BeginAsync(CancellationToken.None);
            await database.LockAsync(transaction.Session, [.. batch.SelectMany(item => item.Participations)], CancellationToken.None);
            foreach (var item in batch) await item.AttemptAsync(transaction.Session, CancellationToken.None);
            sent = true;
#if PLANTED_BUGS
            PlantedBugs.TellBeforeCommit(batch, Tell);
#endif
            await transaction.CommitAsync(CancellationToken.None);
            return (null, sent);
        }
        catch (Exception exception)
        {
            return (database.Explain(exception), sent);
        }
    }

    private static (IReadOnlyList<JournalItem>, IReadOnlyList<JournalItem>)? Halves(IReadOnlyList<JournalItem> batch) =>
        batch.Count == 1
            ? batch[0].Split() is var (first, second) ? ([first], [second]) : null
            : ([.. batch.Take(batch.Count / 2)], [.. batch.Skip(batch.Count / 2)]);

    /// <summary>Ends after what is being written; what still waits, and what is posted later, is refused as unavailable.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_loops);
        lock (_gate) _stopped = true;
        RefuseWaiting();
        _stop.Dispose();
        _wake.Dispose();
    }

    /// <summary>Refuses what waits, and what that makes its items post.</summary>
    private void RefuseWaiting()
    {
        var stopped = new StorageException(StorageFailure.Unavailable, "The server is stopping.", new OperationCanceledException());
        while (TakeAll() is { Length: > 0 } items)
        {
            foreach (var item in items.Where(IsStarted)) Tell(item, stopped);
        }
    }

    private JournalItem[] TakeAll()
    {
        lock (_gate)
        {
            JournalItem[] all = [.. _waiting];
            _waiting.Clear();
            return all;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "A batch is run again: {Failure}")]
        public static partial void Retrying(ILogger logger, StorageFailure failure, Exception exception);

        [LoggerMessage(2, LogLevel.Error, "A batch of {Count} was rejected by the database and is split to find the item at fault")]
        public static partial void Splitting(ILogger logger, int count, Exception exception);

        [LoggerMessage(3, LogLevel.Error, "The journal could not run a batch")]
        public static partial void LoopFailed(ILogger logger, Exception exception);

        [LoggerMessage(4, LogLevel.Error, "An item of the journal failed when it was told what became of it")]
        public static partial void NotHeard(ILogger logger, Exception exception);
    }
}
