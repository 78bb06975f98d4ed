using Parley.Client;

namespace Parley.Simulation;

/// <summary>A device's disk: it outlives the programs that run there.</summary>
internal sealed class WorldDisk
{
    public WorldDisk() => Now(Durable.OpenAsync().AsTask());

    public MemoryStore Durable { get; } = new();

    /// <summary>How far the programs say, each of them after it was so, that they were told.</summary>
    public IReadOnlyDictionary<ConversationId, KeptPosition> Positions() => Now(KeptHistory.ReadAsync(Durable)).Positions;

    /// <summary>What is kept of a conversation's log, in sequence.</summary>
    public IReadOnlyList<Piece> Kept(ConversationId conversation) =>
        [.. Now(Durable.ReadAsync(new LocalRange(KeptKind.Entry, KeptKind.ScopeOf(conversation))).AsTask()).Select(record => KeptPieces.Read(record)!.Value)];

    private static void Now(Task task)
    {
        if (!task.IsCompleted) throw new InvalidOperationException("A store in memory is never late.");
        task.GetAwaiter().GetResult();
    }

    private static T Now<T>(Task<T> task)
    {
        Now((Task)task);
        return task.GetAwaiter().GetResult();
    }
}

/// <summary>The store of one run of a program. A write is durable a moment after it was asked for; a crash takes those that are not yet.</summary>
internal sealed class WorldStore(World world, WorldDisk disk) : LocalStore
{
    private readonly Queue<(IReadOnlyList<LocalChange> Changes, TaskCompletionSource Done)> _waiting = new();
    private bool _isOver;

    /// <summary>The program is gone: what it still asks for does nothing, and is never answered.</summary>
    public void Crash()
    {
        _isOver = true;
        _waiting.Clear();
    }

    public override ValueTask OpenAsync(CancellationToken cancel = default) => disk.Durable.OpenAsync(cancel);

    public override ValueTask<IReadOnlyList<LocalRecord>> ReadAsync(LocalRange range, CancellationToken cancel = default)
    {
        // What was written before is in it.
        Flush();
        return disk.Durable.ReadAsync(range, cancel);
    }

    public override ValueTask WriteAsync(IReadOnlyList<LocalChange> changes, CancellationToken cancel = default)
    {
        // Its waiters go on within the event in which it is durable.
        var done = new TaskCompletionSource();
        _waiting.Enqueue(([.. changes], done));
        world.In(world.Between(0.1, 8), Flush);
        return new ValueTask(done.Task);
    }

    public override ValueTask DisposeAsync() => default;

    private void Flush()
    {
        while (!_isOver && _waiting.TryDequeue(out var write))
        {
            if (!disk.Durable.WriteAsync(write.Changes).AsTask().IsCompletedSuccessfully) throw new InvalidOperationException("A store in memory is never late.");
            write.Done.SetResult();
        }
    }
}
