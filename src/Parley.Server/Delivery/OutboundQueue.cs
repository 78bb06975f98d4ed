using System.Buffers;
using System.Threading.Tasks.Sources;
using Parley.Storage;

namespace Parley.Delivery;

/// <summary>What waits to leave on one connection: answers and pushes in one order, first in, first out.</summary>
/// <remarks>
/// Putting something in never waits and never fails. Answers are always kept. Pushes are bounded: over half of the bounds, entries
/// become one <c>head</c> per conversation and signals are dropped; beyond the bounds everything is dropped and <see cref="Overflowed"/>.
/// While a head of a conversation waits it stands for the later entries too, so that entries always leave in sequence.
/// Many put in; one takes out.
/// </remarks>
internal sealed class OutboundQueue(OutboundBounds bounds) : IValueTaskSource<bool>
{
    private const int KeptCapacity = 64;

    private readonly Lock _lock = new();
    private Queue<Outbound>? _waiting;
    private Dictionary<ConversationKey, WaitingHead>? _heads;
    private ManualResetValueTaskSourceCore<bool> _signal = new() { RunContinuationsAsynchronously = true };
    private int _waitingBytes;
    private int _leavingBytes;
    private int _pushBytes;
    private int _pushes;
    private bool _parked;
    private bool _held;
    private bool _completed;

    /// <summary>Bytes that were put in and have not left, the frame that is being written among them.</summary>
    public int Unsent => Volatile.Read(ref _waitingBytes) + Volatile.Read(ref _leavingBytes);

    /// <summary>Whether the client read so slowly that what waited for it was dropped.</summary>
    public bool Overflowed { get; private set; }

    /// <summary>Puts in a whole message that is never dropped.</summary>
    public void Answer(ReadOnlyMemory<byte> message) => Add(new Outbound(message, null, IsPush: false));

    /// <summary>Puts in the answer to the request with this id. The bytes must not change afterwards.</summary>
    public void Answer(byte[] id, ReadOnlyMemory<byte> result) => Add(new Outbound(result, id, IsPush: false));

    /// <summary>Puts in a message that is dropped when the connection is behind.</summary>
    public void Signal(ReadOnlyMemory<byte> message)
    {
        bool wake;
        lock (_lock)
        {
            wake = !IsBehind && Enqueue(new Outbound(message, null, IsPush: true));
        }

        if (wake) _signal.SetResult(true);
    }

    /// <summary>Puts in an entry, or lets a head stand for it when the connection is behind.</summary>
    public void Push(EncodedEntry entry)
    {
        bool wake;
        lock (_lock)
        {
            if (_heads is { Count: > 0 } && _heads.TryGetValue(entry.Key, out var head))
            {
                head.Head = entry.Sequence;
                return;
            }

            wake = Enqueue(IsBehind ? NewHead(entry) : new Outbound(entry.Notification, null, IsPush: true));
        }

        if (wake) _signal.SetResult(true);
    }

    /// <summary>Keeps everything in until <see cref="Release"/>.</summary>
    public void Hold()
    {
        lock (_lock)
        {
            _held = true;
        }
    }

    /// <summary>Puts a message in front of all that was held, and lets it leave.</summary>
    public void Release(byte[] id, ReadOnlyMemory<byte> result)
    {
        bool wake;
        lock (_lock)
        {
            if (_completed) return;
            var held = _waiting;
            (_waiting, _held) = (null, false);
            wake = Enqueue(new Outbound(result, id, IsPush: false));
            foreach (var outbound in held ?? []) _waiting?.Enqueue(outbound);
        }

        if (wake) _signal.SetResult(true);
    }

    /// <summary>Forgets what was held, and lets this message leave instead.</summary>
    public void ReleaseOnly(ReadOnlyMemory<byte> message)
    {
        bool wake;
        lock (_lock)
        {
            if (_completed) return;
            Clear();
            _completed = false;
            wake = Enqueue(new Outbound(message, null, IsPush: false));
        }

        if (wake) _signal.SetResult(true);
    }

    /// <summary>Takes nothing in from now on; what waits still leaves.</summary>
    public void Complete()
    {
        bool wake;
        lock (_lock)
        {
            // What was held may not leave before the answer that opens the session, which will not come.
            if (_held) Clear();
            _completed = true;
            wake = Unpark();
        }

        if (wake) _signal.SetResult(true);
    }

    /// <summary>Takes nothing in from now on, and forgets what waits.</summary>
    public void Abandon()
    {
        bool wake;
        lock (_lock)
        {
            Clear();
            wake = Unpark();
        }

        if (wake) _signal.SetResult(true);
    }

    /// <summary>Waits until there is something to take; false when there never will be again.</summary>
    public ValueTask<bool> WaitAsync()
    {
        lock (_lock)
        {
            if (_waiting is { Count: > 0 } && !_held) return new ValueTask<bool>(true);
            if (_completed) return new ValueTask<bool>(false);
            _parked = true;
            _signal.Reset();
            return new ValueTask<bool>(this, _signal.Version);
        }
    }

    /// <summary>Takes as much as one frame holds: a single message plain, several as an array. Empty when nothing waits.</summary>
    /// <param name="buffer">A rented buffer, or null; replaced when it is too small. The frame may lie in it.</param>
    public ReadOnlyMemory<byte> Take(ref byte[]? buffer)
    {
        lock (_lock)
        {
            _leavingBytes = 0;
            if (_held || _waiting is not { Count: > 0 } waiting) return default;

            if (waiting.Count == 1 && waiting.Peek().IsWhole) return Leaving(Dequeue(waiting).Body);

            var (count, size) = Fitting(waiting);
            if (buffer is null || buffer.Length < size)
            {
                if (buffer is not null) ArrayPool<byte>.Shared.Return(buffer);
                buffer = ArrayPool<byte>.Shared.Rent(size);
            }

            if (count == 1) return Leaving(buffer.AsMemory(0, Dequeue(waiting).Write(buffer)));

            var length = 0;
            for (var index = 0; index < count; index++)
            {
                buffer[length++] = index == 0 ? (byte)'[' : (byte)',';
                length += Dequeue(waiting).Write(buffer.AsSpan(length));
            }

            buffer[length++] = (byte)']';
            return Leaving(buffer.AsMemory(0, length));
        }
    }

    /// <summary>Says that the frame taken last has left.</summary>
    public void Left() => Volatile.Write(ref _leavingBytes, 0);

    bool IValueTaskSource<bool>.GetResult(short token)
    {
        _signal.GetResult(token);
        lock (_lock)
        {
            return _waiting is { Count: > 0 };
        }
    }

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _signal.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _signal.OnCompleted(continuation, state, token, flags);

    private bool IsBehind => _pushBytes > bounds.PushBytes / 2 || _pushes > bounds.Pushes / 2;

    private void Add(Outbound outbound)
    {
        bool wake;
        lock (_lock)
        {
            wake = Enqueue(outbound);
        }

        if (wake) _signal.SetResult(true);
    }

    private Outbound NewHead(EncodedEntry entry)
    {
        var head = new WaitingHead(entry.Key) { Head = entry.Sequence };
        if (!_completed) (_heads ??= [])[entry.Key] = head;
        return new Outbound(default, head, IsPush: true);
    }

    /// <summary>Answers whether the one who takes must be woken, which is done after leaving the lock.</summary>
    private bool Enqueue(Outbound outbound)
    {
        if (_completed) return false;
        var size = outbound.Size;
        if (outbound.IsPush)
        {
            _pushBytes += size;
            _pushes++;
            if (_pushBytes > bounds.PushBytes || _pushes > bounds.Pushes)
            {
                Overflowed = true;
                Clear();
                return Unpark();
            }
        }

        _waitingBytes += size;
        (_waiting ??= new Queue<Outbound>(4)).Enqueue(outbound);
        return !_held && Unpark();
    }

    private bool Unpark()
    {
        var parked = _parked;
        _parked = false;
        return parked;
    }

    private void Clear()
    {
        _completed = true;
        _held = false;
        _waiting = null;
        _heads = null;
        _waitingBytes = _pushBytes = _pushes = 0;
    }

    /// <summary>How many of the first fit into one frame, at least one, and the bytes they take with their framing.</summary>
    private (int Count, int Size) Fitting(Queue<Outbound> waiting)
    {
        var (count, total) = (0, 1);
        foreach (var outbound in waiting)
        {
            var size = outbound.Size + 1;
            if (count > 0 && total + size > bounds.FrameBytes) break;
            total += size;
            count++;
        }

        return (count, total);
    }

    private Outbound Dequeue(Queue<Outbound> waiting)
    {
        var outbound = waiting.Dequeue();
        var size = outbound.Size;
        _waitingBytes -= size;
        if (outbound.IsPush)
        {
            _pushBytes -= size;
            _pushes--;
            if (outbound.Tag is WaitingHead head && _heads!.Remove(head.Key) && _heads.Count == 0) _heads = null;
        }

        // A burst must not keep its room for the rest of a long quiet connection.
        if (waiting.Count == 0 && waiting.Capacity > KeptCapacity) _waiting = null;
        return outbound;
    }

    private ReadOnlyMemory<byte> Leaving(ReadOnlyMemory<byte> frame)
    {
        _leavingBytes = frame.Length;
        return frame;
    }
}
