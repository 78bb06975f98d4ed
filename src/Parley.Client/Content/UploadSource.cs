using System.Buffers;
using System.Runtime.ExceptionServices;

namespace Parley.Client;

/// <summary>The bytes of an upload, from any place on: of a stream that can seek from the stream, of another from the piece of it that is kept until the server has it.</summary>
/// <remarks>Whoever copies anew ends who copies still: HTTP may be sending when its answer is there already.</remarks>
internal sealed class UploadSource : IAsyncDisposable
{
    /// <summary>How much is kept of a stream that cannot seek.</summary>
    public const int PieceBytes = 4 * 1024 * 1024;

    private const int BufferBytes = 64 * 1024;

    private readonly Lock _gate = new();
    private readonly Stream _stream;
    private readonly long _start;
    private readonly byte[]? _piece;
    private long _pieceAt;
    private int _pieceLength;
    private Copy? _copy;
    private bool _isClosed;
    private ExceptionDispatchInfo? _failure;

    private UploadSource(Stream stream, long length)
    {
        (_stream, Length) = (stream, length);
        if (stream.CanSeek) _start = stream.Position;
        else _piece = ArrayPool<byte>.Shared.Rent((int)Math.Min(PieceBytes, Math.Max(1, length)));
    }

    /// <summary>All of its bytes.</summary>
    public long Length { get; }

    /// <exception cref="ArgumentException">It cannot be read, or its length is not known, or is not what was said.</exception>
    public static UploadSource Of(Stream stream, long? length)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanRead) throw new ArgumentException("The stream cannot be read.", nameof(stream));
        if (length < 0) throw new ArgumentException("A length is 0 or more.", nameof(length));
        if (!stream.CanSeek) return new UploadSource(stream, length ?? throw new ArgumentException("The stream cannot seek: say its length in the options.", nameof(stream)));
        var left = Math.Max(0, stream.Length - stream.Position);
        if (length is { } said && said != left) throw new ArgumentException($"The stream has {left} bytes from its position on, not the {said} that the options say.", nameof(stream));
        return new UploadSource(stream, left);
    }

    /// <summary>How many bytes from a place on go in one request: all that are left of a stream that can seek, a piece of another.</summary>
    /// <exception cref="ParleyConnectionException">They were read already, and cannot be read again.</exception>
    /// <exception cref="EndOfStreamException">The stream has fewer bytes than was said.</exception>
    /// <exception cref="InvalidDataException">It has more.</exception>
    public async Task<long> TakeAsync(long offset, CancellationToken cancel)
    {
        if (_piece is null) return Length - offset;
        if (offset < _pieceAt) throw new ParleyConnectionException($"The server has only {offset} bytes now of an upload whose first {_pieceAt} it had, and the stream cannot seek back.");
        while (offset >= _pieceAt + _pieceLength && _pieceAt + _pieceLength < Length) await ReadPieceAsync(_pieceAt + _pieceLength, cancel).ConfigureAwait(false);
        return _pieceAt + _pieceLength - offset;
    }

    /// <summary>Writes bytes to a connection, as often as it is asked to. One copy at a time.</summary>
    /// <param name="offset">Of the first.</param>
    /// <param name="length">How many; what <see cref="TakeAsync"/> said.</param>
    /// <param name="destination">The connection.</param>
    /// <param name="moved">Hears how many bytes of the upload have been written so far, those before this copy too.</param>
    /// <param name="cancel">Ends it.</param>
    public Task CopyAsync(long offset, long length, Stream destination, Action<long> moved, CancellationToken cancel)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            return (_copy = Copy.Start(_copy, stop => CopyAsync(new Stretch(offset, length), destination, moved, stop), cancel)).Task;
        }
    }

    /// <summary>Throws what went wrong on this side, if something did: no other try will help.</summary>
    public void ThrowIfFailed() => _failure?.Throw();

    /// <summary>Completes when nobody reads the stream any more.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_isClosed) return;
            _isClosed = true;
        }

        await StopAsync().ConfigureAwait(false);
        if (_piece is not null) ArrayPool<byte>.Shared.Return(_piece);
    }

    /// <summary>Ends a copy that is still under way.</summary>
    public async Task StopAsync()
    {
        Copy? copy;
        lock (_gate) copy = _copy;
        if (copy is not null) await copy.StopAsync().ConfigureAwait(false);
    }

    private async Task ReadPieceAsync(long at, CancellationToken cancel)
    {
        var length = (int)Math.Min(Math.Min(PieceBytes, _piece!.Length), Length - at);
        var read = await _stream.ReadAtLeastAsync(_piece.AsMemory(0, length), length, throwOnEndOfStream: false, cancel).ConfigureAwait(false);
        if (read < length) throw new EndOfStreamException($"The stream ended after {at + read} of {Length} bytes.");
        // Before the last piece is sent: with it the server makes content of what it has.
        if (at + length == Length && await _stream.ReadAsync(new byte[1], cancel).ConfigureAwait(false) > 0) throw new InvalidDataException($"The stream is longer than the {Length} bytes that the options say.");
        (_pieceAt, _pieceLength) = (at, length);
    }

    private async Task CopyAsync(Stretch bytes, Stream destination, Action<long> moved, CancellationToken cancel)
    {
        try
        {
            if (_piece is null) await CopyStreamAsync(bytes, destination, moved, cancel).ConfigureAwait(false);
            else await CopyPieceAsync(bytes, destination, moved, cancel).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not NotTaken && !cancel.IsCancellationRequested)
        {
            // HTTP would take it for a failure of the connection.
            _failure = ExceptionDispatchInfo.Capture(error);
            throw;
        }
    }

    private async Task CopyPieceAsync(Stretch bytes, Stream destination, Action<long> moved, CancellationToken cancel)
    {
        var end = bytes.Offset + bytes.Length;
        for (var at = bytes.Offset; at < end;)
        {
            var length = (int)Math.Min(BufferBytes, end - at);
            await WriteAsync(destination, _piece.AsMemory((int)(at - _pieceAt), length), cancel).ConfigureAwait(false);
            moved(at += length);
        }
    }

    private async Task CopyStreamAsync(Stretch bytes, Stream destination, Action<long> moved, CancellationToken cancel)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            var end = bytes.Offset + bytes.Length;
            _stream.Position = _start + bytes.Offset;
            for (var at = bytes.Offset; at < end;)
            {
                var read = await _stream.ReadAsync(buffer.AsMemory(0, (int)Math.Min(BufferBytes, end - at)), cancel).ConfigureAwait(false);
                if (read == 0) throw new EndOfStreamException($"The stream ended after {at} of {Length} bytes.");
                await WriteAsync(destination, buffer.AsMemory(0, read), cancel).ConfigureAwait(false);
                moved(at += read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task WriteAsync(Stream destination, ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        try
        {
            await destination.WriteAsync(bytes, cancel).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            throw new NotTaken(error);
        }
    }

    /// <summary>The connection takes no more.</summary>
    private sealed class NotTaken(Exception inner) : IOException(inner.Message, inner);

    private readonly record struct Stretch(long Offset, long Length);

    /// <summary>A copy under way, which begins when the one before has ended.</summary>
    private sealed class Copy
    {
        private readonly CancellationTokenSource _stop;

        private Copy(CancellationTokenSource stop) => _stop = stop;

        public required Task Task { get; init; }

        public static Copy Start(Copy? before, Func<CancellationToken, Task> copying, CancellationToken cancel)
        {
            var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            return new Copy(stop) { Task = RunAsync(before, copying, stop.Token) };
        }

        public async Task StopAsync()
        {
            await _stop.CancelAsync().ConfigureAwait(false);
            await Task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        private static async Task RunAsync(Copy? before, Func<CancellationToken, Task> copying, CancellationToken cancel)
        {
            await System.Threading.Tasks.Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            if (before is not null) await before.StopAsync().ConfigureAwait(false);
            await copying(cancel).ConfigureAwait(false);
        }
    }
}
