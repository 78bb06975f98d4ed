using System.Diagnostics;
using System.Text.Json;

namespace Parley.Bench;

/// <summary>A sender, a receiver, and the messages between them that are under way.</summary>
internal sealed class ChatPair(RawConnection sender, RawConnection receiver, SendTemplate template)
{
    // A message may be overtaken by others, but not by this many.
    private const int Ring = 1024;

    private readonly Slot[] _slots = new Slot[Ring];
    private uint _last;
    private int _unsent;

    public RawConnection Sender => sender;

    public RawConnection Receiver => receiver;

    /// <summary>Messages that lack their acknowledgement or their delivery.</summary>
    public int Outstanding { get; private set; }

    /// <summary>When the server takes more, after it refused something for the moment; 0 for now.</summary>
    public long PausedUntil { get; set; }

    /// <summary>Adds a message to the frame that <see cref="Flush"/> sends.</summary>
    public void Add(long now)
    {
        var number = ++_last;
        ref var slot = ref _slots[number % Ring];
        if (slot.State != State.Free) throw new BenchException($"Message {slot.Number} of a pair is stuck: {slot.State} when {number} is due.");
        slot = new Slot(number, now, State.Sent);
        var request = sender.Room(template.Length + 2);
        request[0] = (byte)(_unsent == 0 ? '[' : ',');
        template.Write(number, request[1..]);
        sender.Wrote(template.Length + 1);
        _unsent++;
        Outstanding++;
    }

    /// <summary>Sends what was added: one request as itself, several as an array.</summary>
    public void Flush()
    {
        if (_unsent > 1)
        {
            sender.Room(1)[0] = (byte)']';
            sender.Wrote(1);
        }

        sender.SendFrame(skip: _unsent == 1 ? 1 : 0);
        _unsent = 0;
    }

    /// <summary>Takes a frame of nothing but answers with entries.</summary>
    public void Acknowledged(ReadOnlySpan<byte> frame, long now, Traffic traffic)
    {
        while (SendTemplate.TryNext(ref frame, out var number)) Arrived(number, State.Acknowledged, now, traffic);
    }

    /// <summary>Takes a frame of pushed entries.</summary>
    public void Delivered(ReadOnlySpan<byte> frame, long now, Traffic traffic)
    {
        while (SendTemplate.TryNext(ref frame, out var number)) Arrived(number, State.Delivered, now, traffic);
    }

    /// <summary>Takes a frame of answers with refusals among them, and returns how many; what was refused is given up.</summary>
    public int Answered(ReadOnlySpan<byte> frame, long now, Traffic traffic)
    {
        var refused = 0;
        var parsed = JsonElement.Parse(frame);
        foreach (var answer in parsed.ValueKind == JsonValueKind.Array ? [.. parsed.EnumerateArray()] : new[] { parsed })
        {
            var number = SendTemplate.NumberOf(answer.GetProperty("id").GetInt64());
            if (answer.TryGetProperty("result", out _))
            {
                Arrived(number, State.Acknowledged, now, traffic);
                continue;
            }

            var told = answer.GetProperty("error").GetProperty("data");
            var wait = told.TryGetProperty("retryAfterMs", out var after) ? after.GetDouble() : 0;
            PausedUntil = now + (long)(wait / 1_000 * Stopwatch.Frequency);
            _slots[number % Ring] = default;
            Outstanding--;
            traffic.Refused++;
            refused++;
        }

        return refused;
    }

    private void Arrived(uint number, State what, long now, Traffic traffic)
    {
        ref var slot = ref _slots[number % Ring];
        if (slot.Number != number || slot.State == State.Free || slot.State.HasFlag(what)) throw new BenchException($"Message {number} was {what} twice, or never sent.");
        slot.State |= what;
        var took = Stopwatch.GetElapsedTime(slot.SentAt, now);
        (what == State.Acknowledged ? traffic.Acknowledged : traffic.EndToEnd).Add(took);
        if (what == State.Delivered) traffic.Delivered++;
        if (slot.State != (State.Sent | State.Acknowledged | State.Delivered)) return;
        slot.State = State.Free;
        Outstanding--;
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
