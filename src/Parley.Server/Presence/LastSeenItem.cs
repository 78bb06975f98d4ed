using Parley.Storage;

namespace Parley.Presence;

/// <summary>The journal's item that notes who was seen last when: many to a statement, written twice without harm.</summary>
internal sealed class LastSeenItem(IReadOnlyList<KeyValuePair<UserKey, DateTimeOffset>> seen, LastSeenQueue queue) : JournalItem
{
    protected override ValueTask WriteAsync(Session session, CancellationToken cancel) => LastSeenStore.WriteAsync(session, seen, cancel);

    public override void Committed() => queue.Written(seen);

    public override void Failed(StorageException failure) => queue.NotWritten(failure);
}
