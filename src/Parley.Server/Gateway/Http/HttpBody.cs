using System.Buffers;
using Microsoft.AspNetCore.Http;

namespace Parley.Gateway;

/// <summary>The body of a request, whole and in borrowed memory, which it gives back when it is disposed.</summary>
internal sealed class HttpBody : IDisposable
{
    /// <summary>The largest body, in bytes.</summary>
    public const int MaxBytes = 256 * 1024;

    private const int FirstBuffer = 4 * 1024;

    private byte[] _buffer;
    private int _length;

    private HttpBody(int expected) => _buffer = ArrayPool<byte>.Shared.Rent(Math.Max(1, expected));

    /// <summary>Valid until it is disposed.</summary>
    public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, _length);

    /// <summary>Reads it to its end, or refuses it as soon as it is known to be too large or too slow. What the web server itself does not take it says by throwing.</summary>
    /// <exception cref="OperationCanceledException">The client went away.</exception>
    public static async Task<Outcome<HttpBody>> ReadAsync(HttpContext context, TimeSpan deadline, TimeProvider clock)
    {
        var length = context.Request.ContentLength;
        if (length > MaxBytes) return TooLarge;

        using var late = new CancellationTokenSource(deadline, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, context.RequestAborted);
        var body = new HttpBody((int)(length + 1 ?? FirstBuffer));
        var isRead = false;
        try
        {
            isRead = await body.FillAsync(context.Request.Body, either.Token);
            return isRead ? body : TooLarge;
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
        {
            return Refusals.TooSlow;
        }
        finally
        {
            if (!isRead) body.Dispose();
        }
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _length = 0;
    }

    private static Refusal TooLarge => Refusals.TooLarge.Because($"the body: at most {MaxBytes} bytes");

    /// <summary>False when there is more than may be.</summary>
    private async Task<bool> FillAsync(Stream stream, CancellationToken cancel)
    {
        int read;
        while ((read = await stream.ReadAsync(_buffer.AsMemory(_length), cancel)) > 0)
        {
            _length += read;
            if (_length > MaxBytes) return false;
            if (_length == _buffer.Length) Grow();
        }

        return true;
    }

    private void Grow()
    {
        var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
        _buffer.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
