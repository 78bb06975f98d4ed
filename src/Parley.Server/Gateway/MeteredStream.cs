using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;

namespace Parley.Gateway;

/// <summary>
/// The stream between the socket and the WebSocket: meters what comes (<see cref="FrameMeter"/>), counts what moves, and lets frames of
/// our own, pings and closes, go between those of the WebSocket.
/// </summary>
/// <remarks>
/// The WebSocket writes every frame in one write, which is what makes a place between two writes a place between two frames.
/// A close is the last that is written. Disposing does nothing: the stream is the web server's.
/// </remarks>
internal sealed class MeteredStream(Stream inner, FrameMeter meter) : Stream
{
    private const byte CloseFrame = 0x88;
    private const int AheadBytes = 4 * 1024;

    private static readonly byte[] Ping = [0x89, 0x00];

    private readonly SemaphoreSlim _turn = new(1, 1);
    private byte[]? _ahead;
    private int _aheadAt;
    private int _aheadEnd;
    private bool _readAhead;
    private long _read;
    private long _written;
    private long _drained;
    private int _writes;
    private int _closeSent;

    /// <summary>The rule that the client broke; null while it broke none.</summary>
    public CloseCode? Violation => meter.Violation;

    /// <summary>Bytes that came.</summary>
    public long BytesRead => Volatile.Read(ref _read);

    /// <summary>Bytes that were written.</summary>
    public long BytesWritten => Volatile.Read(ref _written);

    /// <summary>Bytes of writes that had to wait for the client to take earlier ones: proof that it lives.</summary>
    public long BytesDrained => Volatile.Read(ref _drained);

    /// <summary>Goes up when a write begins and again when it ends: odd while one is in progress.</summary>
    public int Writes => Volatile.Read(ref _writes);

    /// <summary>The code of the close that was sent; 0 while none was.</summary>
    public int CloseSent => Volatile.Read(ref _closeSent);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Reads; the bytes before a broken rule still come, then reading fails.</summary>
    /// <exception cref="IOException">The client broke <see cref="Violation"/>.</exception>
    /// <remarks>
    /// The WebSocket asks for a header, then for a payload, and each question to the web server costs as much as a small frame. After an answer that left something
    /// for later, as much as there is is read at once; where nothing waits, nothing is read into.
    /// </remarks>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_aheadAt < _aheadEnd) return new ValueTask<int>(TakeAhead(buffer.Span));
        return ReadInnerAsync(buffer, cancellationToken);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_closeSent == 0) await WriteFrameAsync(buffer, cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Writes a ping, unless something is being written: false then.</summary>
    /// <param name="written">Completes when the ping is written; does not fail.</param>
    /// <remarks>What is being written is no sign of life yet: the system may take it at once.</remarks>
    public bool TryPing(out Task written)
    {
        written = Task.CompletedTask;
        if (!_turn.Wait(0, CancellationToken.None)) return false;
        written = WritePingAsync();
        return true;
    }

    /// <summary>Writes the close frame; the second does nothing, nor does anything after it.</summary>
    public ValueTask CloseAsync(CloseCode code)
    {
        var frame = new byte[4 + Encoding.UTF8.GetByteCount(code.Name)];
        frame[0] = CloseFrame;
        frame[1] = (byte)(frame.Length - 2);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)code.Code);
        Encoding.UTF8.GetBytes(code.Name, frame.AsSpan(4));
        return WriteAsync(frame);
    }

    /// <summary>Reads on without looking, so that the close frame is not destroyed by bytes that nobody took.</summary>
    public async Task DiscardAsync(int atMost)
    {
        var buffer = new byte[4096];
        for (var left = atMost; left > 0;)
        {
            var count = await inner.ReadAsync(buffer);
            if (count == 0) return;
            left -= count;
        }
    }

    /// <summary>Does nothing: the web server's stream flushes with every write.</summary>
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush()
    {
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReadInnerAsync(Memory<byte> buffer, CancellationToken cancel)
    {
        if (meter.Violation is not null) throw Broken();
        if (_readAhead && buffer.Length is > 0 and < AheadBytes)
        {
            _ahead = ArrayPool<byte>.Shared.Rent(AheadBytes);
            (_aheadAt, _aheadEnd) = (0, await inner.ReadAsync(_ahead, cancel));
            Volatile.Write(ref _read, _read + _aheadEnd);
            _readAhead = _aheadEnd == _ahead.Length;
            if (_aheadEnd > 0) return TakeAhead(buffer.Span);
            GiveBack();
            return 0;
        }

        var count = await inner.ReadAsync(buffer, cancel);
        if (count == 0) return 0;
        Volatile.Write(ref _read, _read + count);
        _readAhead = count == buffer.Length;
        return Pass(buffer.Span[..count]);
    }

    private int TakeAhead(Span<byte> buffer)
    {
        var count = Math.Min(buffer.Length, _aheadEnd - _aheadAt);
        _ahead.AsSpan(_aheadAt, count).CopyTo(buffer);
        _aheadAt += count;
        if (_aheadAt == _aheadEnd) GiveBack();
        return count == 0 ? 0 : Pass(buffer[..count]);
    }

    private void GiveBack()
    {
        ArrayPool<byte>.Shared.Return(_ahead!);
        _ahead = null;
    }

    private int Pass(ReadOnlySpan<byte> bytes)
    {
        var passed = meter.Pass(bytes);
        return passed > 0 ? passed : throw Broken();
    }

    private static IOException Broken() => new("The client broke a rule of the WebSocket.");

    private async Task WritePingAsync()
    {
        try
        {
            if (_closeSent == 0) await WriteFrameAsync(Ping, CancellationToken.None);
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            // The connection is gone; whoever reads from it learns so too.
        }
        finally
        {
            _turn.Release();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WriteFrameAsync(ReadOnlyMemory<byte> frame, CancellationToken cancel)
    {
        if (frame.Span[0] == CloseFrame) Volatile.Write(ref _closeSent, frame.Length >= 4 ? BinaryPrimitives.ReadUInt16BigEndian(frame.Span[2..]) : 1005);
        Volatile.Write(ref _writes, _writes + 1);
        var write = inner.WriteAsync(frame, cancel);
        // A write that ends at once went into a buffer of this machine and says nothing about the client.
        if (!write.IsCompleted)
        {
            await write;
            Volatile.Write(ref _drained, _drained + frame.Length);
        }
        else
        {
            write.GetAwaiter().GetResult();
        }

        Volatile.Write(ref _written, _written + frame.Length);
        Volatile.Write(ref _writes, _writes + 1);
    }
}
