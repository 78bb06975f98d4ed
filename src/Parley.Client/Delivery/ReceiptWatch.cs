using System.Collections.Immutable;

namespace Parley.Client;

/// <summary>Tells, for each own message and each other participant, once when it was delivered and once when it was read.</summary>
/// <remarks>
/// Messages and cursors come in any order and any number of times: what is told depends only on what is known of both, and each is
/// told at most once (S14, C12). Pure.
/// </remarks>
internal sealed class ReceiptWatch
{
    /// <summary>Of more messages than this that nobody has read, the oldest are not watched any more.</summary>
    internal const int MaxMessages = 4_096;

    /// <summary>Null while there is none, which is so of most conversations.</summary>
    private SortedList<long, MessageId>? _own;
    // Sorted, so that what is told of several people at once is told in the same order on every device.
    private ImmutableSortedDictionary<UserId, ReceiptCursor> _others = ImmutableSortedDictionary<UserId, ReceiptCursor>.Empty;
    private ImmutableSortedDictionary<UserId, Sequence> _joined = ImmutableSortedDictionary<UserId, Sequence>.Empty;
    private HashSet<UserId>? _participants;

    /// <summary>What was told of own messages up to here an earlier run told.</summary>
    private Sequence _toldBefore;
    private Sequence _upTo;
    private Sequence _settled;

    /// <summary>Whether somebody has not read something yet.</summary>
    public bool IsWaiting => _own is { Count: > 0 };

    /// <summary>What was told until now; what a later run goes on from.</summary>
    public ReceiptMarks Marks => new(_upTo, _settled, _others, _joined);

    /// <summary>Goes on from where an earlier run ended.</summary>
    /// <param name="marks">What it told; null for nothing.</param>
    /// <param name="own">The messages that it waited for, in sequence.</param>
    /// <returns>What it did not come to tell.</returns>
    public IReadOnlyList<ReceiptTold> Restore(ReceiptMarks? marks, IEnumerable<OwnMessage> own)
    {
        if (marks is not null) (_toldBefore, _upTo, _settled, _others, _joined) = (marks.UpTo, marks.UpTo, marks.Settled, marks.Cursors, marks.Joined);
        var told = new List<ReceiptTold>();
        foreach (var message in own.Where(message => message.Sequence > _settled))
        {
            if (message.Sequence <= _toldBefore) Own.TryAdd(message.Sequence.Value, message.Message);
            else told.AddRange(Sent(message));
        }

        return told;
    }

    /// <summary>Everything up to here was looked at.</summary>
    public void Passed(Sequence upTo)
    {
        if (upTo > _upTo) _upTo = upTo;
    }

    /// <summary>An own message is on the log.</summary>
    public IReadOnlyList<ReceiptTold> Sent(OwnMessage message)
    {
        // Restored, and settled before its entry was told again.
        if (message.Sequence <= _settled) return [];
        if (message.Sequence <= _toldBefore || !Own.TryAdd(message.Sequence.Value, message.Message)) return [];
        if (Own.Count > MaxMessages) Settle();
        // Of one that an earlier run recorded and did not mark things are told before its entry is told again.
        Passed(message.Sequence);
        var told = new List<ReceiptTold>();
        foreach (var (user, cursor) in _others)
        {
            if (IsFor(message, user)) Tell(message, user, ReceiptCursor.None, cursor, told);
        }

        Prune();
        return told;
    }

    /// <summary>Somebody's cursors are at least here.</summary>
    public IReadOnlyList<ReceiptTold> Moved(UserId user, Reach reach)
    {
        var before = _others.GetValueOrDefault(user) ?? ReceiptCursor.None;
        var now = before.Merge(reach);
        if (now.Equals(before)) return [];
        _others = _others.SetItem(user, now);
        var told = new List<ReceiptTold>();
        if (_own is null) return told;
        foreach (var (sequence, id) in _own)
        {
            var message = new OwnMessage(id, new Sequence(sequence));
            if (IsFor(message, user)) Tell(message, user, before, now, told);
        }

        Prune();
        return told;
    }

    /// <summary>Who takes part now, so that a message all of them have read need not be watched.</summary>
    public void Participants(IEnumerable<UserId> others)
    {
        _participants = [.. others];
        Prune();
    }

    /// <summary>Somebody joined: what was sent before was not sent to him, though he may read it. Whether that was not known.</summary>
    public bool Joined(IReadOnlyList<UserId> users, Sequence at)
    {
        var before = _joined;
        foreach (var user in users) _joined = _joined.SetItem(user, at);
        _participants?.UnionWith(users);
        return _joined != before;
    }

    /// <summary>Somebody is gone, and what he has not read he will not read.</summary>
    public void Gone(IEnumerable<UserId> users)
    {
        _participants?.ExceptWith(users);
        Prune();
    }

    private SortedList<long, MessageId> Own => _own ??= [];

    /// <summary>The oldest is not watched any more.</summary>
    private void Settle()
    {
        _settled = new Sequence(Own.GetKeyAtIndex(0));
        Own.RemoveAt(0);
    }

    private static void Tell(OwnMessage message, UserId user, ReceiptCursor before, ReceiptCursor now, List<ReceiptTold> told)
    {
        var sequence = message.Sequence;
        if (now.HasReceived(sequence) && !before.HasReceived(sequence)) told.Add(new ReceiptTold(ReceiptStep.Delivered, message, user, now.ReceivedAt(sequence)));
        if (now.HasRead(sequence) && !before.HasRead(sequence)) told.Add(new ReceiptTold(ReceiptStep.Read, message, user, now.ReadAt(sequence)));
    }

    private bool IsFor(OwnMessage message, UserId user) => !_joined.TryGetValue(user, out var at) || message.Sequence > at;

    private void Prune()
    {
        if (_participants is null || _own is not { Count: > 0 } own) return;
        var readByAll = long.MaxValue;
        foreach (var user in _participants)
        {
            readByAll = Math.Min(readByAll, _others.TryGetValue(user, out var cursor) ? cursor.Read.Value : 0);
        }

        while (own.Count > 0 && own.GetKeyAtIndex(0) <= readByAll) Settle();
    }
}
