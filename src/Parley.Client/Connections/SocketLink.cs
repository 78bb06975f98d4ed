using System.Buffers;
using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Threading.Channels;

namespace Parley.Client;

/// <summary>A link over one socket, from connect to close. What waits to go out leaves as one array frame.</summary>
internal sealed class SocketLink : Link, IAsyncDisposable
{
    /// <summary>No frame of a server is larger than 128 KiB; this only stops nonsense.</summary>
    private const int MaxIncomingBytes = 16 * 1024 * 1024;

    private readonly ClientWebSocket _socket;
    private readonly Channel<byte[]> _outgoing = Channel.CreateUnbounded<byte[]>(new UnboundedChannelOptions { SingleReader = true });
    private readonly ConcurrentDictionary<long, Call> _calls = new();
    private readonly CancellationTokenSource _ended = new();
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _lastId;
    private volatile SessionLimits _limits = new(128 * 1024, 1, MessageContent.MaxCodePoints, 25);

    private SocketLink(ClientWebSocket socket) => _socket = socket;

    /// <summary>Connects.</summary>
    /// <exception cref="UpgradeRefusedException">The server answered, but not with a WebSocket.</exception>
    public static async Task<SocketLink> ConnectAsync(ParleyClientOptions options, CancellationToken cancel)
    {
        var socket = new ClientWebSocket();
        try
        {
            socket.Options.KeepAliveInterval = options.PingInterval;
            socket.Options.KeepAliveTimeout = options.PingTimeout;
            socket.Options.CollectHttpResponseDetails = true;
            using var invoker = options.WebSocketHandler is { } handler ? new HttpMessageInvoker(handler, disposeHandler: false) : null;
            await socket.ConnectAsync(options.RealtimeAddress()!, invoker, cancel).ConfigureAwait(false);
            return new SocketLink(socket);
        }
        catch (WebSocketException refused) when ((int)socket.HttpStatusCode >= 400)
        {
            var wait = RetryAfter(socket);
            var status = (int)socket.HttpStatusCode;
            socket.Dispose();
            throw new UpgradeRefusedException(status, wait, refused);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Hears what the server allows; until then nothing is sent as an array.</summary>
    public void Allow(SessionLimits limits) => _limits = limits;

    /// <inheritdoc/>
    public override void Post<TRequest, TAnswer>(Method<TRequest, TAnswer> method, TRequest request, Action<Answer<TAnswer>> done)
    {
        var id = Interlocked.Increment(ref _lastId);
        var call = new Call<TAnswer>(method.Answer, done);
        var bytes = Frames.Request(id, method.Name, request, method.Request);
        if (bytes.Length > _limits.MaxFrameBytes)
        {
            // Sent, it would close the connection, be sent again after the reconnect, and close that one too.
            call.Refuse(Refusals.TooLarge.Because($"{bytes.Length} bytes as JSON"));
            return;
        }

        _calls[id] = call;
        if (!_outgoing.Writer.TryWrite(bytes) && _calls.TryRemove(id, out _)) call.Lose();
    }

    /// <inheritdoc/>
    public override Task<Answer<TAnswer>> AskAsync<TRequest, TAnswer>(Method<TRequest, TAnswer> method, TRequest request, CancellationToken cancel)
    {
        var answered = new TaskCompletionSource<Answer<TAnswer>>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(method, request, answer => answered.TrySetResult(answer));
        return answered.Task.WaitAsync(cancel);
    }

    /// <summary>Sends and receives until the link ends. Afterwards every call has been told.</summary>
    public async Task<LinkEnd> RunAsync(Action<Incoming> notified)
    {
        var writing = WriteAsync();
        LinkEnd end;
        try
        {
            end = await ReadAsync(notified).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            // Whatever it is (a broken socket, a frame that is no JSON, a bug of a listener), the link is over and every call must hear it.
            end = new LinkEnd((int?)_socket.CloseStatus, error);
        }

        Abort();
        _over.TrySetResult();
        await writing.ConfigureAwait(false);
        foreach (var id in _calls.Keys)
        {
            if (_calls.TryRemove(id, out var call)) call.Lose();
        }

        return end;
    }

    /// <inheritdoc/>
    public override void Abort()
    {
        _outgoing.Writer.TryComplete();
        _ended.Cancel();
        _socket.Abort();
    }

    /// <summary>Tells the server that the client goes, and ends the link when it has answered or after a second.</summary>
    public async Task CloseAsync(TimeProvider clock)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1), clock);
        try
        {
            // Not with the link's own token: the reading loop must go on until the server's half of the handshake came.
            await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, patience.Token).ConfigureAwait(false);
            await _over.Task.WaitAsync(patience.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is WebSocketException or OperationCanceledException or InvalidOperationException or IOException)
        {
            // It is gone already.
        }

        Abort();
    }

    public ValueTask DisposeAsync()
    {
        Abort();
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<LinkEnd> ReadAsync(Action<Incoming> notified)
    {
        var buffer = new byte[4 * 1024];
        var length = 0;
        while (true)
        {
            if (length == buffer.Length)
            {
                if (length >= MaxIncomingBytes) throw new IOException($"a frame of more than {MaxIncomingBytes} bytes");
                Array.Resize(ref buffer, buffer.Length * 2);
            }

            var part = await _socket.ReceiveAsync(buffer.AsMemory(length), _ended.Token).ConfigureAwait(false);
            if (part.MessageType == WebSocketMessageType.Close) return new LinkEnd((int?)_socket.CloseStatus, null);
            length += part.Count;
            if (!part.EndOfMessage) continue;

            foreach (var item in Frames.Read(buffer.AsMemory(0, length))) HandOn(item, notified);
            length = 0;
        }
    }

    private void HandOn(Incoming item, Action<Incoming> notified)
    {
        if (item.Kind == IncomingKind.Notification)
        {
            notified(item);
            return;
        }

        if (!_calls.TryRemove(item.Id, out var call)) return;
        if (item.Kind == IncomingKind.Answer) call.Answer(item.Body);
        else call.Refuse(Frames.ReadRefusal(item.Body));
    }

    private async Task WriteAsync()
    {
        var frame = new ArrayBufferWriter<byte>(4 * 1024);
        byte[]? next = null;
        try
        {
            while (next is not null || await _outgoing.Reader.WaitToReadAsync(_ended.Token).ConfigureAwait(false))
            {
                if (next is null && !_outgoing.Reader.TryRead(out next)) continue;
                var first = next;
                next = null;
                if (_limits.MaxBatch < 2 || !_outgoing.Reader.TryRead(out next))
                {
                    await SendAsync(first).ConfigureAwait(false);
                    continue;
                }

                next = Gather(frame, first, next);
                await SendAsync(frame.WrittenMemory).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is WebSocketException or OperationCanceledException or IOException or InvalidOperationException)
        {
            // The reading loop hears of it and says why.
            _socket.Abort();
        }
    }

    /// <summary>Makes an array of what waits, within the server's limits; answers the one that did not fit any more.</summary>
    private byte[]? Gather(ArrayBufferWriter<byte> frame, byte[] first, byte[]? next)
    {
        var limits = _limits;
        frame.ResetWrittenCount();
        frame.Write("["u8);
        frame.Write(first);
        var count = 1;
        while (next is not null && count < limits.MaxBatch && frame.WrittenCount + next.Length + 2 <= limits.MaxFrameBytes)
        {
            frame.Write(","u8);
            frame.Write(next);
            count++;
            if (!_outgoing.Reader.TryRead(out next)) next = null;
        }

        frame.Write("]"u8);
        return next;
    }

    private ValueTask SendAsync(ReadOnlyMemory<byte> frame) =>
        _socket.SendAsync(frame, WebSocketMessageType.Text, WebSocketMessageFlags.EndOfMessage, _ended.Token);

    private static TimeSpan? RetryAfter(ClientWebSocket socket)
    {
        var headers = socket.HttpResponseHeaders;
        if (headers is null || !headers.TryGetValue("Retry-After", out var values)) return null;
        return int.TryParse(values.FirstOrDefault(), out var seconds) && seconds is >= 0 and <= 3_600 ? TimeSpan.FromSeconds(seconds) : null;
    }
}

/// <summary>The server answered the upgrade with an HTTP error.</summary>
internal sealed class UpgradeRefusedException(int status, TimeSpan? retryAfter, Exception inner)
    : Exception($"The server answered the upgrade with HTTP {status}.", inner)
{
    /// <summary>The server's Retry-After; null when it gave none in seconds.</summary>
    public TimeSpan? RetryAfter => retryAfter;
}
