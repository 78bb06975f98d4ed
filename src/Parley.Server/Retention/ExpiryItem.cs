using Parley.Conversations;
using Parley.Storage;

namespace Parley.Retention;

/// <summary>Takes out of one conversation some of what is older than it may be, in a transaction of its own.</summary>
/// <remarks>Under the conversation's lock, and so whole or not at all for who appends or reads; a second node that does the same finds the rest, or nothing.</remarks>
/// <param name="database">Locks.</param>
/// <param name="key">Which conversation.</param>
/// <param name="age">How old entries may be; null where nothing expires and only ids are to be forgotten.</param>
/// <param name="now">When it is.</param>
internal sealed class ExpiryItem(Database database, ConversationKey key, TimeSpan? age, DateTimeOffset now) : JournalItem
{
    /// <summary>Entries of one transaction: few enough that nobody waits for it.</summary>
    public const int MaxEntries = 500;

    private readonly TaskCompletionSource<ExpiryResult> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ExpiryResult _result = ExpiryResult.Nothing;

    public override JournalLane Lane => JournalLane.Alone;

    /// <summary>What it did, once that is durable.</summary>
    public Task<ExpiryResult> Done => _done.Task;

    protected override async ValueTask WriteAsync(Session session, CancellationToken cancel)
    {
        await database.AppendAsync(session, [], [key], now, cancel);
        if (await ExpiryStore.FindAsync(session, key, cancel) is not { } row)
        {
            _result = ExpiryResult.Nothing;
            return;
        }

        // Run again after an unknown commit, it finds its own work done, of which nobody was told.
        var before = Writes > 1 && _result.UpTo.Next == row.Tail ? _result : ExpiryResult.Nothing;
        (row, var forgotMore) = await ForgetAsync(session, row, cancel);
        var expired = age is { } limit ? await ExpireAsync(session, row, limit, cancel) : ExpiryResult.Nothing;
        _result = expired with { More = expired.More || forgotMore, UpTo = expired.UpTo > before.UpTo ? expired.UpTo : before.UpTo, Undelivered = [.. before.Undelivered, .. expired.Undelivered] };
    }

    /// <summary>Forgets the ids of what was emptied, once they are old enough.</summary>
    private async ValueTask<(ExpiryStore.Row Row, bool More)> ForgetAsync(Session session, ExpiryStore.Row row, CancellationToken cancel)
    {
        if (row.EmptiedFrom is not { } from || row.EmptiedAt is not { } at || !IsForgettable(at)) return (row, false);
        var emptied = (await ExpiryStore.FromAsync(session, row.Number, from, MaxEntries + 1, cancel)).TakeWhile(entry => entry.Sequence < row.Tail).ToList();
        var gone = emptied.TakeWhile(entry => IsForgettable(entry.At)).Take(MaxEntries).ToList();
        if (gone.Count > 0) await ExpiryStore.DeleteAsync(session, row.Number, gone[0].Sequence, gone[^1].Sequence, cancel);
        var next = gone.Count < emptied.Count ? emptied[gone.Count] : null;
        row = row with { EmptiedFrom = next?.Sequence, EmptiedAt = next?.At };
        await ExpiryStore.MarkEmptiedAsync(session, row, cancel);
        return (row, gone.Count == MaxEntries && next is not null);
    }

    /// <summary>Moves the tail over what is too old.</summary>
    private async ValueTask<ExpiryResult> ExpireAsync(Session session, ExpiryStore.Row row, TimeSpan limit, CancellationToken cancel)
    {
        var kept = await ExpiryStore.FromAsync(session, row.Number, row.Tail, MaxEntries + 1, cancel);
        var old = kept.TakeWhile(entry => ExpiryRules.IsExpired(entry.At, limit, now)).Take(MaxEntries).ToList();
        var next = old.Count < kept.Count ? kept[old.Count].At : now;
        if (old.Count == 0)
        {
            await ExpiryStore.MoveTailAsync(session, row, next, cancel);
            return ExpiryResult.Nothing;
        }

        var (first, last) = (old[0].Sequence, old[^1].Sequence);
        await ExpiryStore.ForgetReportsAsync(session, key, row.Number, first, last, cancel);
        await HeldRows.ForgetAsync(session, key, row.Number, first, last, cancel);
        var forgotten = old.TakeWhile(entry => IsForgettable(entry.At)).ToList();
        if (forgotten.Count > 0) await ExpiryStore.DeleteAsync(session, row.Number, first, forgotten[^1].Sequence, cancel);
        if (forgotten.Count < old.Count)
        {
            var emptied = old[forgotten.Count];
            await ExpiryStore.EmptyAsync(session, row.Number, emptied.Sequence, last, cancel);
            if (row.EmptiedAt is null) row = row with { EmptiedFrom = emptied.Sequence, EmptiedAt = emptied.At };
        }

        await ExpiryStore.ForgetBesideAsync(session, key, row.Number, last, now, cancel);
        await ExpiryStore.MoveTailAsync(session, row with { Tail = last.Next }, next, cancel);
        return new ExpiryResult(More: old.Count == MaxEntries && old.Count < kept.Count, last, old.Count, await UndeliveredAsync(session, row, old, cancel));
    }

    private async ValueTask<IReadOnlyList<ExpiredMessage>> UndeliveredAsync(Session session, ExpiryStore.Row row, List<ExpiryStore.Aged> old, CancellationToken cancel)
    {
        if (ConversationKinds.Of(row.Kind).Receipts != Parley.Conversations.Receipts.Told || row.Participants > ConversationKinds.MaxListedParticipants) return [];
        var messages = old.Where(entry => entry.Kinds != ContentKinds.None && !entry.Kinds.HasFlag(ContentKinds.Recalled))
            .Select(entry => new ExpiredMessage(entry.Sequence, new MessageId(entry.Key), entry.Actor)).ToList();
        return messages.Count == 0 ? [] : [.. ExpiryRules.Undelivered(messages, await ExpiryStore.ReceiversAsync(session, key, cancel))];
    }

    private bool IsForgettable(DateTimeOffset at) => ExpiryRules.IsExpired(at, ExpiryRules.KeyWindow, now);

    public override void Committed() => _done.TrySetResult(_result);

    public override void Failed(StorageException failure) => _done.TrySetException(failure);
}

/// <summary>What a transaction took out.</summary>
/// <param name="More">Whether there is more to do in this conversation now.</param>
/// <param name="UpTo">The last entry that is gone; <see cref="Sequence.None"/> where none went.</param>
/// <param name="Count">How many entries went.</param>
/// <param name="Undelivered">The messages among them that did not reach everybody.</param>
internal sealed record ExpiryResult(bool More, Sequence UpTo, int Count, IReadOnlyList<ExpiredMessage> Undelivered)
{
    public static ExpiryResult Nothing { get; } = new(More: false, Sequence.None, Count: 0, []);
}
