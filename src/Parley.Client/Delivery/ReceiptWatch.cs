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
    public IEnumerable<ReceiptTold> Sent(OwnMessage message)
    {
        if (!_own.TryAdd(message.Sequence.Value, message.Message)) return [];
        if (_own.Count > MaxMessages) _own.RemoveAt(0);
        var told = new List<ReceiptTold>();
        foreach (var (user, cursor) in _others)
        {
            if (IsFor(message, user)) Tell(message, user, Cursor.None, cursor, told);
        }

        Prune();
        return told;
    }

    /// <summary>Somebody's cursors are at least here.</summary>
    public IEnumerable<ReceiptTold> Moved(UserId user, Reach reach)
    {
        var before = _others.GetValueOrDefault(user) ?? Cursor.None;
        var now = before.Merge(reach);
        if (now.Equals(before)) return [];
        _others[user] = now;
        var told = new List<ReceiptTold>();
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

    private static void Tell(OwnMessage message, UserId user, Cursor before, Cursor now, List<ReceiptTold> told)
    {
        var sequence = message.Sequence;
        if (now.HasReceived(sequence) && !before.HasReceived(sequence)) told.Add(new ReceiptTold(ReceiptStep.Delivered, message, user, now.ReceivedAt(sequence)));
        if (now.HasRead(sequence) && !before.HasRead(sequence)) told.Add(new ReceiptTold(ReceiptStep.Read, message, user, now.ReadAt(sequence)));
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

    /// <param name="Reached">Where he is, and when each cursor came there.</param>
    /// <param name="Ahead">What he read out of order, and when.</param>
    private sealed record Cursor(Reach Reached, Dictionary<long, DateTimeOffset?> Ahead)
    {
        public static readonly Cursor None = new(default, []);

        public Sequence Read => Reached.Read;

        public bool HasRead(Sequence sequence) => Reached.Read >= sequence || Ahead.ContainsKey(sequence.Value);

        public bool HasReceived(Sequence sequence) => Reached.Delivered >= sequence || HasRead(sequence);

        public DateTimeOffset? ReadAt(Sequence sequence) => Ahead.TryGetValue(sequence.Value, out var at) ? at : Reached.ReadAt;

        public DateTimeOffset? ReceivedAt(Sequence sequence) => Reached.Delivered >= sequence ? Reached.DeliveredAt : ReadAt(sequence);

        public Cursor Merge(Reach next)
        {
            var (delivers, reads) = (next.Delivered > Reached.Delivered, next.Read > Reached.Read);
            var reached = new Reach(
                delivers ? next.Delivered : Reached.Delivered, reads ? next.Read : Reached.Read, Ahead: null,
                delivers ? next.DeliveredAt : Reached.DeliveredAt, reads ? next.ReadAt : Reached.ReadAt, AheadAt: null);
            if (next.Ahead is null && !reads) return this with { Reached = reached };
            var ahead = new Dictionary<long, DateTimeOffset?>(Ahead);
            foreach (var sequence in next.Ahead ?? []) ahead.TryAdd(sequence.Value, next.AheadAt);
            foreach (var passed in ahead.Keys.Where(sequence => sequence <= reached.Read.Value).ToArray()) ahead.Remove(passed);
            return new Cursor(reached, ahead);
        }

        public bool Equals(Cursor? other) =>
            other is not null && other.Reached.Delivered == Reached.Delivered && other.Read == Read && other.Ahead.Count == Ahead.Count && other.Ahead.Keys.All(Ahead.ContainsKey);

        public override int GetHashCode() => HashCode.Combine(Reached.Delivered, Read, Ahead.Count);
    }
}

/// <summary>How far somebody got, and when, where that is known.</summary>
internal readonly record struct Reach(
    Sequence Delivered, Sequence Read, IReadOnlyList<Sequence>? Ahead, DateTimeOffset? DeliveredAt, DateTimeOffset? ReadAt, DateTimeOffset? AheadAt);
