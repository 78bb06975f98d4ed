namespace Parley.Client;

/// <summary>Says <c>receipt.delivered</c> for what the program has had: the highest sequence per conversation, a few conversations at a time.</summary>
/// <remarks>
/// Asked as requests, not as notifications, because a limiter may refuse them, and a lost last one would leave the sender without
/// his second tick. Own entries are acknowledged too, lazily, so that a restart does not bring them again.
/// </remarks>
internal sealed class Acknowledger : IDisposable
{
    private const int AtOnce = 2;
    private static readonly TimeSpan Others = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Own = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(250);

    private readonly TimeProvider _clock;
    private readonly Action<ConversationId, Sequence> _acknowledged;
    private readonly Lock _gate = new();
    private readonly Dictionary<ConversationId, Due> _due = [];
    private readonly HashSet<ConversationId> _silent = [];
    private readonly ITimer _timer;
    private readonly long _start;
    private Link? _link;
    private TimeSpan _notBefore;

    /// <param name="clock">Of every wait.</param>
    /// <param name="acknowledged">Hears what the server knows now, or does not want to.</param>
    public Acknowledger(TimeProvider clock, Action<ConversationId, Sequence> acknowledged)
    {
        (_clock, _acknowledged) = (clock, acknowledged);
        _start = clock.GetTimestamp();
        _timer = clock.CreateTimer(_ => Flush(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private TimeSpan Now => _clock.GetElapsedTime(_start);

    /// <summary>The program has had everything up to <paramref name="upTo"/>.</summary>
    public void HandedOver(ConversationId conversation, Sequence upTo, EntryOrigin origin)
    {
        lock (_gate)
        {
            if (!_silent.Contains(conversation)) Put(conversation, upTo, Now + (origin == EntryOrigin.Own ? Own : Others));
        }
    }

    /// <summary>An earlier run was told what it had no time to acknowledge.</summary>
    public void Restore(KeptHistory history)
    {
        foreach (var (conversation, position) in history.Positions)
        {
            if (position is { Told: { } told, Ended: null } && told > position.Acknowledged) HandedOver(conversation, told, EntryOrigin.Others);
        }
    }

    public void Opened(Link link)
    {
        lock (_gate)
        {
            _link = link;
            Arm();
        }
    }

    public void Lost()
    {
        lock (_gate) _link = null;
    }

    /// <summary>The positions are of another history.</summary>
    public void Forget()
    {
        lock (_gate) _due.Clear();
    }

    public void Dispose() => _timer.Dispose();

    private void Flush()
    {
        lock (_gate)
        {
            var now = Now;
            if (_link is not { } link) return;
            if (now < _notBefore)
            {
                // Timers and timestamps are two clocks, and this one was early.
                Arm();
                return;
            }

            foreach (var (conversation, due) in _due.Where(one => one.Value.At <= now).OrderBy(one => one.Value.At).Take(AtOnce).ToArray())
            {
                _due.Remove(conversation);
                link.Post(Wire.MarkDelivered, new MarkDelivered(conversation, due.UpTo), answer => Answered(conversation, due.UpTo, answer));
            }

            _notBefore = now + Pace;
            Arm();
        }
    }

    private void Answered(ConversationId conversation, Sequence upTo, Answer<ReceiptCursors> answer)
    {
        if (answer.Refusal == Refusals.NotForThisKind)
        {
            // A room has no receipts: asking again for each of its messages would be all that its people do.
            lock (_gate) _silent.Add(conversation);
        }

        if (answer.Value is not null || answer.Refusal is { Retry: RetryPolicy.Never })
        {
            _acknowledged(conversation, upTo);
            return;
        }

        lock (_gate) Put(conversation, upTo, Now + (answer.Refusal?.RetryAfter ?? Pace));
    }

    private void Put(ConversationId conversation, Sequence upTo, TimeSpan at)
    {
        if (_due.TryGetValue(conversation, out var earlier))
        {
            if (earlier.UpTo > upTo) upTo = earlier.UpTo;
            if (earlier.At < at) at = earlier.At;
        }

        _due[conversation] = new Due(upTo, at);
        Arm();
    }

    private void Arm()
    {
        if (_link is null || _due.Count == 0) return;
        var next = _due.Values.Min(due => due.At);
        if (next < _notBefore) next = _notBefore;
        var wait = next - Now;
        _timer.Change(wait > TimeSpan.Zero ? wait + TimeSpan.FromMilliseconds(1) : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    private readonly record struct Due(Sequence UpTo, TimeSpan At);
}
