using System.Diagnostics;

namespace Parley.Bench;

/// <summary>A sender, a receiver, and the messages between them that are under way.</summary>
internal sealed class ChatPair(Line sender, Line receiver) : IArrivals
{
    // A message may be overtaken by others, but not by this many.
    private const int Ring = 1024;

    private readonly Slot[] _slots = new Slot[Ring];
    private long _now;
    private int _refused;
    private Traffic _traffic = new();

    public Line Sender => sender;

    public Line Receiver => receiver;

    /// <summary>The number of the last message: how many there were.</summary>
    public uint Last { get; private set; }

    /// <summary>How many of them were acknowledged.</summary>
    public long AcknowledgedInAll { get; private set; }

    /// <summary>Messages that lack their acknowledgement or their delivery.</summary>
    public int Outstanding { get; private set; }

    /// <summary>When the server takes more, after it refused something for the moment; 0 for now.</summary>
    public long PausedUntil { get; private set; }

    /// <summary>What the server said when it refused the last of them.</summary>
    public string? Refusal { get; private set; }

    /// <summary>The wait is over.</summary>
    public void Resume() => PausedUntil = 0;

    /// <summary>Adds a message to what <see cref="Flush"/> sends.</summary>
    public void Add(long now)
    {
        var number = ++Last;
        ref var slot = ref _slots[number % Ring];
        if (slot.State != State.Free) throw new BenchException($"Message {slot.Number} of a pair is stuck: {slot.State} when {number} is due.");
        slot = new Slot(number, now, State.Sent);
        sender.Add(number);
        Outstanding++;
    }

    public void Flush() => sender.Flush();

    /// <summary>Takes what one of the two received by <paramref name="now"/>, and returns how many messages were refused.</summary>
    public int Take(Line line, long now, Traffic traffic)
    {
        (_now, _traffic, _refused) = (now, traffic, 0);
        line.Tell(this);
        return _refused;
    }

    public void Acknowledged(uint number)
    {
        AcknowledgedInAll++;
        _traffic.Acknowledged.Add(Arrived(number, State.Acknowledged));
    }

    public void Delivered(uint number)
    {
        _traffic.Delivered++;
        _traffic.EndToEnd.Add(Arrived(number, State.Delivered));
    }

    public void Refused(uint number, TimeSpan wait, string reason)
    {
        PausedUntil = _now + (long)(wait.TotalSeconds * Stopwatch.Frequency);
        Refusal = reason;
        _refused++;
        _traffic.Refused++;
        _slots[number % Ring] = default;
        Outstanding--;
    }

    /// <summary>How long it took.</summary>
    private TimeSpan Arrived(uint number, State what)
    {
        ref var slot = ref _slots[number % Ring];
        if (slot.Number != number || slot.State == State.Free || slot.State.HasFlag(what)) throw new BenchException($"Message {number} was {what} twice, or never sent.");
        slot.State |= what;
        if (slot.State == (State.Sent | State.Acknowledged | State.Delivered))
        {
            slot.State = State.Free;
            Outstanding--;
        }

        return Stopwatch.GetElapsedTime(slot.SentAt, _now);
    }

    [Flags]
    private enum State : byte
    {
        Free = 0,
        Sent = 1,
        Acknowledged = 2,
        Delivered = 4,
    }

    private record struct Slot(uint Number, long SentAt, State State);
}
