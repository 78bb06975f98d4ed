using Parley.Storage;

namespace Parley.Content;

/// <summary>The journal's item that changes what is known of uploads, in a transaction of its own: it may wait for a message that refers to the same content.</summary>
/// <param name="write">What is written; safe to run again.</param>
internal sealed class ContentItem<T>(Func<Session, CancellationToken, ValueTask<T>> write) : JournalItem
{
    private readonly TaskCompletionSource<T> _written = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T _result = default!;

    public override JournalLane Lane => JournalLane.Alone;

    /// <summary>Writes it. Completes when it is durable.</summary>
    /// <exception cref="StorageException">It is not, or nobody knows.</exception>
    public Task<T> PostedTo(Journal journal)
    {
        journal.Post(this);
        return _written.Task;
    }

    protected override async ValueTask WriteAsync(Session session, CancellationToken cancel) => _result = await write(session, cancel);

    public override void Committed() => _written.SetResult(_result);

    public override void Failed(StorageException failure) => _written.SetException(failure);
}
