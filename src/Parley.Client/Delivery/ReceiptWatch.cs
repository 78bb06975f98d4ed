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

    private readonly SortedList<long, MessageId> _own = [];
    private readonly Dictionary<UserId, Cursor> _others = [];
    private readonly Dictionary<UserId, Sequence> _joined = [];
    private HashSet<UserId>? _participants;

    /// <summary>Whether somebody has not read something yet.</summary>
    public bool IsWaiting => _own.Count > 0;

    /// <summary>An own message is on the log.</summary>
    public IEnumerable<(ReceiptStep Step, OwnMessage Message, UserId User)> Sent(OwnMessage message)
    {
        if (!_own.TryAdd(message.Sequence.Value, message.Message)) return [];
        if (_own.Count > MaxMessages) _own.RemoveAt(0);
        var told = new List<(ReceiptStep, OwnMessage, UserId)>();
        foreach (var (user, cursor) in _others)
        {
            if (!IsFor(message, user)) continue;
            if (cursor.HasReceived(message.Sequence)) told.Add((ReceiptStep.Delivered, message, user));
            if (cursor.HasRead(message.Sequence)) told.Add((ReceiptStep.Read, message, user));
        }

        Prune();
        return told;
    }

    /// <summary>Somebody's cursors are at least here.</summary>
    public IEnumerable<(ReceiptStep Step, OwnMessage Message, UserId User)> Moved(UserId user, Sequence delivered, Sequence read, IReadOnlyList<Sequence>? ahead)
    {
        var before = _others.GetValueOrDefault(user) ?? Cursor.None;
        var now = before.Merge(delivered, read, ahead);
        if (now.Equals(before)) return [];
        _others[user] = now;
        var told = new List<(ReceiptStep, OwnMessage, UserId)>();
        foreach (var (sequence, id) in _own)
        {
            var message = new OwnMessage(id, new Sequence(sequence));
            if (!IsFor(message, user)) continue;
            if (now.HasReceived(message.Sequence) && !before.HasReceived(message.Sequence)) told.Add((ReceiptStep.Delivered, message, user));
            if (now.HasRead(message.Sequence) && !before.HasRead(message.Sequence)) told.Add((ReceiptStep.Read, message, user));
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

    /// <summary>Somebody joined: what was sent before was not sent to him, though he may read it.</summary>
    public void Joined(IReadOnlyList<UserId> users, Sequence at)
    {
        foreach (var user in users) _joined[user] = at;
        _participants?.UnionWith(users);
    }

    /// <summary>Somebody is gone, and what he has not read he will not read.</summary>
    public void Gone(IEnumerable<UserId> users)
    {
        _participants?.ExceptWith(users);
        Prune();
    }

    private bool IsFor(OwnMessage message, UserId user) => !_joined.TryGetValue(user, out var at) || message.Sequence > at;

    private void Prune()
    {
        if (_participants is null || _own.Count == 0) return;
        var readByAll = long.MaxValue;
        foreach (var user in _participants)
        {
            readByAll = Math.Min(readByAll, _others.TryGetValue(user, out var cursor) ? cursor.Read.Value : 0);
        }

        while (_own.Count > 0 && _own.GetKeyAtIndex(0) <= readByAll) _own.RemoveAt(0);
    }

    private sealed record Cursor(Sequence Delivered, Sequence Read, HashSet<long> Ahead)
    {
        public static readonly Cursor None = new(default, default, []);

        public bool HasRead(Sequence sequence) => Read >= sequence || Ahead.Contains(sequence.Value);

        public bool HasReceived(Sequence sequence) => Delivered >= sequence || HasRead(sequence);

        public Cursor Merge(Sequence delivered, Sequence read, IReadOnlyList<Sequence>? ahead)
        {
            var newRead = read > Read ? read : Read;
            var newAhead = ahead is null && newRead == Read ? Ahead : [.. Ahead, .. (ahead ?? []).Select(sequence => sequence.Value)];
            if (newAhead != Ahead) newAhead.RemoveWhere(sequence => sequence <= newRead.Value);
            return new Cursor(delivered > Delivered ? delivered : Delivered, newRead, newAhead);
        }

        public bool Equals(Cursor? other) =>
            other is not null && other.Delivered == Delivered && other.Read == Read && other.Ahead.SetEquals(Ahead);

        public override int GetHashCode() => HashCode.Combine(Delivered, Read, Ahead.Count);
    }
}
