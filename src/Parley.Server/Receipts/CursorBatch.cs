using System.Diagnostics;
using Parley.Delivery;
using Parley.Storage;

namespace Parley.Receipts;

/// <summary>The journal's item that moves cursors: whatever waits in <see cref="CursorQueue"/>, one row per user and conversation.</summary>
internal sealed class CursorBatch(CursorQueue queue, ReceiptAnnouncer announcer, TimeProvider clock) : JournalItem
{
    /// <summary>The most rows of one statement.</summary>
    public const int MaxRows = 500;

    private sealed record Outcome(IReadOnlyList<CursorMove> Moves, CursorRow? Row, bool Moved);

    private IReadOnlyList<CursorMove> _moves = [];
    private List<Outcome> _outcomes = [];

    public override bool HasWork => _moves.Count > 0;

    public override IEnumerable<ParticipationKey> Participations => _moves.Select(move => new ParticipationKey(move.Key, move.User));

    public override IEnumerable<ActivityContext> Causes => _moves.Select(move => move.Origin.Trace);

    public override void Start() => _moves = queue.Take(MaxRows);

    protected override async ValueTask WriteAsync(Session session, CancellationToken cancel)
    {
        _outcomes = [];
        var wishes = _moves.GroupBy(move => (move.Key, move.User)).ToArray();
        var moved = (await MoveAsync(session, [.. wishes.Select(group => Furthest(group))], cancel)).ToDictionary(row => (row.Key, row.User));
        foreach (var group in wishes)
        {
            _outcomes.Add(moved.TryGetValue(group.Key, out var row)
                ? new Outcome([.. group], row, Moved: true)
                : await LookCloserAsync(session, group.Key.Key, group.Key.User, [.. group], cancel));
        }
    }

    /// <summary>Moves cursors, also over what they meet that was read ahead of them.</summary>
    private async ValueTask<List<CursorRow>> MoveAsync(Session session, CursorMove[] wishes, CancellationToken cancel)
    {
        var (before, now) = (await BeforeAsync(session, wishes, cancel), clock.Now());
        var rows = await CursorStore.MoveAsync(session, wishes, now, cancel);
        for (var index = 0; index < rows.Count; index++)
        {
            var row = rows[index];
            rows[index] = await CursorStore.AdvanceAsync(session, row, row.MovedAt ?? now, cancel);
            if (rows[index].ReadUpTo > row.ReadUpTo) await CursorStore.StoreAsync(session, rows[index], cancel);
            if (before.TryGetValue((row.Key, row.User), out var earlier))
                rows[index] = rows[index] with { Senders = await CursorStore.SendersAsync(session, earlier, rows[index], cancel) };
        }

        return rows;
    }

    /// <summary>Where cursors are that senders are to be told of. Their rows are locked, so nobody moves them before they are moved here.</summary>
    private async ValueTask<Dictionary<(ConversationKey, UserId), CursorRow>> BeforeAsync(Session session, CursorMove[] wishes, CancellationToken cancel)
    {
        var before = new Dictionary<(ConversationKey, UserId), CursorRow>();
        foreach (var wish in wishes.Where(wish => announcer.TellsSenders(wish.Key.App)))
        {
            if (await CursorStore.FindAsync(session, wish.Key, wish.User, cancel) is { } row) before[(wish.Key, wish.User)] = row;
        }

        return before;
    }

    /// <summary>Nothing moved: it was there already, one wish among several was beyond the head, or the user has no place here.</summary>
    private async ValueTask<Outcome> LookCloserAsync(
        Session session, ConversationKey key, UserId user, IReadOnlyList<CursorMove> moves, CancellationToken cancel)
    {
        if (await CursorStore.FindAsync(session, key, user, cancel) is not { } row) return new Outcome(moves, null, Moved: false);
        var possible = moves.Where(move => move.DeliveredUpTo <= row.Limit).ToArray();
        if (possible.Length is 0 || possible.Length == moves.Count) return new Outcome(moves, row, Moved: false);
        var moved = await MoveAsync(session, [Furthest(possible)], cancel);
        return new Outcome(moves, moved is [var now] ? now with { Limit = row.Limit } : row, Moved: moved.Count > 0);
    }

    private static CursorMove Furthest(IEnumerable<CursorMove> moves) => moves.Aggregate((one, other) => one with
    {
        DeliveredUpTo = Max(one.DeliveredUpTo, other.DeliveredUpTo),
        ReadUpTo = Max(one.ReadUpTo, other.ReadUpTo),
        ToHead = one.ToHead || other.ToHead,
    });

    private static Sequence Max(Sequence one, Sequence other) => one > other ? one : other;

    public override void Committed()
    {
        try
        {
            TellEach(_outcomes, Tell);
        }
        finally
        {
            queue.Done();
        }
    }

    private void Tell(Outcome outcome)
    {
        var (moves, row, moved) = outcome;
        try
        {
            // Before the answers, so that none of them is followed by an older notification. Run again after an unknown commit, it finds its own work done, of which nobody was told.
            if (moved || (Writes > 1 && row is not null)) announcer.Announce(row!, moves is [var one] ? one.Origin.Subscriber : null);
        }
        finally
        {
            TellEach(moves, move => Answer(move, row));
        }
    }

    private static void Answer(CursorMove move, CursorRow? row)
    {
        if (row is null) move.Origin.Refuse(Refusals.NotFound);
        else if (row.Refusal is { } refusal) move.Origin.Refuse(refusal);
        else if (move.DeliveredUpTo > row.DeliveredUpTo) move.Origin.Refuse(Refusals.InvalidParams.Because("$.upTo: beyond the newest entry"));
        else move.Origin.Answer(row.Cursors, ProtocolJson.Lenient.ReceiptCursors);
    }

    public override void Failed(StorageException failure)
    {
        try
        {
            TellEach(_moves, move => move.Origin.Refuse(failure.Refusal));
        }
        finally
        {
            queue.Done();
        }
    }
}
