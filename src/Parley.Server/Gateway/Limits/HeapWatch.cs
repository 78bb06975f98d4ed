using Microsoft.Extensions.Logging;

namespace Parley.Gateway;

/// <summary>Looks at the heap once a second, and says when the node must take less or let go.</summary>
/// <remarks>
/// What is let go is garbage until the next collection, and still counts as in use. So a collection is asked for, and for
/// <see cref="Settling"/> what was let go is taken to be free already: otherwise each look would let go as much again.
/// </remarks>
internal sealed partial class HeapWatch(Heap heap, LimitsOptions limits, TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LogEvery = TimeSpan.FromMinutes(1);

    private Shedding _settling;
    private int _closed;
    private long? _lookedAt;
    private long? _shedAt;
    private long? _loggedAt;
    private long _bytes;
    private long _ceiling;
    private bool _isFull;

    /// <summary>Bytes in use at the last look.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>The most they may be, at the last look.</summary>
    public long Ceiling => Volatile.Read(ref _ceiling);

    /// <summary>Whether new connections must be refused.</summary>
    public bool IsFull => Volatile.Read(ref _isFull);

    /// <summary>Looks, unless it has just done so. For one caller.</summary>
    /// <param name="now">A timestamp of the clock.</param>
    /// <param name="shed">Lets go of at least so many bytes of what waits for clients, if there are so many.</param>
    public void Look(long now, Func<long, Shedding> shed)
    {
        if (IsWithin(LookEvery, _lookedAt, now)) return;
        _lookedAt = now;
        var use = heap.Measure();
        Volatile.Write(ref _bytes, use.Bytes);
        Volatile.Write(ref _ceiling, use.Ceiling);
        Volatile.Write(ref _isFull, use.Bytes >= use.At(limits.HeapPercentForConnections));

        if (!IsWithin(Settling, _shedAt, now)) (_shedAt, _settling) = (null, default);
        var tooMuch = use.Bytes - _settling.Bytes - use.At(limits.HeapPercentForQueues) + 1;
        if (tooMuch > 0) Shed(tooMuch, now, shed);
        if ((!IsFull && _closed == 0) || IsWithin(LogEvery, _loggedAt, now)) return;

        heap.Collect();
        Log.Full(logger, use.Percent, use.Ceiling, limits.HeapPercentForConnections, _closed);
        (_loggedAt, _closed) = (now, 0);
    }

    private void Shed(long tooMuch, long now, Func<long, Shedding> shed)
    {
        var (bytes, clients) = shed(tooMuch);
        if (clients == 0) return;
        if (_shedAt is null) heap.Collect();
        _shedAt ??= now;
        _settling = new Shedding(_settling.Bytes + bytes, _settling.Clients + clients);
        _closed += clients;
    }

    private bool IsWithin(TimeSpan time, long? since, long now) => since is { } at && clock.GetElapsedTime(at, now) < time;

    private static partial class Log
    {
        [LoggerMessage(EventId = 251, Level = LogLevel.Warning, Message =
            "The heap is at {Percent} % of its {Ceiling} bytes. New connections are refused from {ForConnections} % on; {Closed} clients that did not read were closed.")]
        public static partial void Full(ILogger logger, long percent, long ceiling, int forConnections, int closed);
    }
}

/// <summary>What was let go of.</summary>
internal readonly record struct Shedding(long Bytes, int Clients);
