using System.Buffers;
using System.Diagnostics;
using System.Net.WebSockets;
using Microsoft.Extensions.Logging;
using Parley.Delivery;

namespace Parley.Gateway;

/// <summary>One WebSocket: a loop that receives, a loop that sends, and their common end.</summary>
/// <remarks>
/// A connection that only waits holds no buffer and no timer: it receives into nothing until there is something, and all connections
/// share one sweep. It ends once: the first close code stands, what it lets leave is sent, then the close frame, then the client has
/// <see cref="GatewayOptions.CloseWait"/> to close too.
/// </remarks>
internal sealed partial class Connection : IDisposable
{
    private const int FirstBuffer = 4 * 1024;
    private const int MaxDiscarded = 1024 * 1024;
    private const int BrokenWithoutClose = 1006;

    private readonly MeteredStream _stream;
    private readonly WebSocket _socket;
    private readonly Admission.Place _place;
    private readonly Action _abort;
    private readonly CancellationTokenSource _ended = new();
    private readonly ConnectionHealth _health;
    private CloseCode? _code;
    private long _messages;
    private bool _listening = true;
    private bool _draining;
    private bool _gone;
    private int _idleLooks;

    /// <param name="gateway">What all connections share.</param>
    /// <param name="id">Its name in the log.</param>
    /// <param name="upgraded">The stream after the handshake.</param>
    /// <param name="place">Given back when the connection has ended.</param>
    /// <param name="abort">Breaks the connection at once; may be called at any time.</param>
    public Connection(RealtimeGateway gateway, string id, Stream upgraded, Admission.Place place, Action abort)
    {
        (Gateway, Id, _place, _abort, Ended) = (gateway, id, place, abort, _ended.Token);
        var limits = gateway.Limits;
        Queue = new OutboundQueue(gateway.Outbound);
        Session = new Session(this, gateway);
        Intake = new Intake(this, gateway);
        _stream = new MeteredStream(upgraded, new FrameMeter(
            RealtimeGateway.MaxMessageBytes, limits.Fragments, new Rate(limits.ControlFramesPerSecond, 2 * limits.ControlFramesPerSecond), gateway.Clock));
        _socket = WebSocket.CreateFromStream(_stream, new WebSocketCreationOptions { IsServer = true, KeepAliveInterval = Timeout.InfiniteTimeSpan });
        _health = new ConnectionHealth(gateway.Options, gateway.Clock);
    }

    public RealtimeGateway Gateway { get; }

    public string Id { get; }

    public OutboundQueue Queue { get; }

    public Session Session { get; }

    public Intake Intake { get; }

    /// <summary>Cancelled when the connection has ended.</summary>
    public CancellationToken Ended { get; }

    /// <summary>Whether no further request is taken.</summary>
    public bool IsEnding => Volatile.Read(ref _code) is not null || Volatile.Read(ref _draining) || Volatile.Read(ref _gone);

    /// <summary>Serves the connection until it has ended. Does not fail.</summary>
    public async Task RunAsync()
    {
        // A host that traces handshakes has one under way as long as the connection lives; its requests are no parts of that.
        Activity.Current = null;
        Gateway.Sessions.Add(this);
        try
        {
            var sending = SendAsync();
            var peerIsThere = await ReceiveAsync();
            if (Volatile.Read(ref _code) is null) Queue.Abandon();
            await sending;
            await EndAsync(peerIsThere);
        }
        finally
        {
            Queue.Abandon();
            Gateway.Sessions.Remove(this);
            if (Session.Subscriber is { } subscriber) Gateway.Ports.End(subscriber);
            _place.Leave();
            await _ended.CancelAsync();
            var code = _stream.CloseSent is var sent and > 0 ? sent : _code?.Code ?? BrokenWithoutClose;
            Gateway.Metrics.Closed(code);
            Log.Ended(Gateway.Logger, Id, code);
        }
    }

    /// <summary>Ends the connection with this code; a second time does nothing. Returns at once.</summary>
    public void Close(CloseCode code)
    {
        if (Interlocked.CompareExchange(ref _code, code, null) is not null) return;
        if (Keeps(code)) Queue.Complete();
        else Queue.Abandon();
        Intake.Pulse();
    }

    /// <summary>Breaks the connection without a word.</summary>
    public void Abort()
    {
        Lose();
        _abort();
    }

    /// <summary>Refuses a request, or with a null id a frame that could not be told apart.</summary>
    public void Refuse(byte[]? id, Refusal refusal)
    {
        Gateway.Metrics.Refused(refusal);
        Queue.Answer(Answers.Error(id, refusal));
    }

    /// <summary>The session was opened.</summary>
    public void Opened(string? client)
    {
        _place.Authenticated();
        Log.Opened(Gateway.Logger, Id, new LogText(client));
    }

    /// <summary>Looks after deadlines and signs of life; called for every connection once a sweep.</summary>
    public void Sweep(long now, DateTimeOffset time)
    {
        if (Queue.Overflowed) Close(CloseCode.Slow);
        Session.Sweep(time);
        switch (_health.Judge(now, new ConnectionSigns(
            _stream.BytesRead + _stream.BytesDrained, _stream.BytesWritten, _stream.Writes, Volatile.Read(ref _messages),
            Volatile.Read(ref _listening), Session.HasBegun, Volatile.Read(ref _code) is not null, _stream.CloseSent != 0)))
        {
            case Verdict.Ping:
                if (!_stream.TryPing(out _)) _health.NotPinged();
                break;
            case Verdict.NoSession:
                Close(CloseCode.Unauthorized);
                break;
            case Verdict.Unfinished:
                Close(CloseCode.PolicyViolation);
                break;
            case Verdict.NotReading:
                Interlocked.CompareExchange(ref _code, CloseCode.Slow, null);
                Abort();
                break;
            case Verdict.Dead:
                Abort();
                break;
        }
    }

    /// <summary>
    /// Tells a client that the server is going, takes nothing more from it, and closes once nothing is under way; called again until then.
    /// </summary>
    public void Drain(TimeSpan retryAfter)
    {
        if (!_draining)
        {
            if (Session.IsOpen)
            {
                var closing = new SessionClosing((int)retryAfter.TotalMilliseconds);
                Queue.Answer(OriginAnswers.Notification(Methods.SessionClosing, closing, ProtocolJson.Lenient.SessionClosing));
            }

            Volatile.Write(ref _draining, true);
            Intake.Pulse();
        }

        // Twice, so that a request that was just being taken when draining began is seen.
        _idleLooks = Intake.UnderWay == 0 && Volatile.Read(ref _listening) ? _idleLooks + 1 : 0;
        if (_idleLooks >= 2) Close(CloseCode.Restarting);
    }

    public void Dispose()
    {
        _socket.Dispose();
        _ended.Dispose();
    }

    /// <summary>Answers whether the client is still there: it broke a rule, and should learn which before the connection goes.</summary>
    private async Task<bool> ReceiveAsync()
    {
        try
        {
            while (await ReceiveMessageAsync())
            {
            }

            Close(CloseCode.Normal);
            return false;
        }
        catch (Exception failure) when (IsBroken(failure))
        {
            // The WebSocket has answered some mistakes itself; ours are in the meter.
            var broken = _stream.Violation ?? (_stream.CloseSent is var sent and > 0 && Volatile.Read(ref _code) is null ? CloseCode.Find(sent) : null);
            if (broken is not null) Close(broken);
            return broken is not null;
        }
        catch (Exception failure)
        {
            Log.Broken(Gateway.Logger, failure, Id);
            Close(CloseCode.Internal);
            return true;
        }
    }

    /// <summary>Receives and takes one message; false when the client closed.</summary>
    private async ValueTask<bool> ReceiveMessageAsync()
    {
        // Nothing to receive into until there is something to receive.
        var receiving = _socket.ReceiveAsync(Memory<byte>.Empty, CancellationToken.None);
        // What came during a pause is taken without another.
        var waited = !receiving.IsCompleted;
        var received = await receiving;
        if (waited) await Intake.PauseAsync();
        if (received.MessageType == WebSocketMessageType.Close) return false;

        Volatile.Write(ref _messages, _messages + 1);
        var buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);
        try
        {
            var length = 0;
            while (!received.EndOfMessage)
            {
                if (length == buffer.Length) Grow(ref buffer);
                received = await _socket.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None);
                if (received.MessageType == WebSocketMessageType.Close) return false;
                length += received.Count;
            }

            Volatile.Write(ref _messages, _messages + 1);
            Gateway.Metrics.Received(length);
            if (IsEnding) return true;

            Volatile.Write(ref _listening, false);
            await Intake.TakeAsync(buffer.AsMemory(0, length));
            Volatile.Write(ref _listening, true);
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task SendAsync()
    {
        byte[]? buffer = null;
        try
        {
            while (await Queue.WaitAsync())
            {
                while (Queue.Take(ref buffer) is { IsEmpty: false } frame)
                {
                    await _socket.SendAsync(frame, WebSocketMessageType.Text, WebSocketMessageFlags.EndOfMessage, CancellationToken.None);
                    Queue.Left();
                    Intake.Pulse();
                    Gateway.Metrics.Sent(frame.Length);
                }

                if (buffer is not null) ArrayPool<byte>.Shared.Return(buffer);
                buffer = null;
            }

            if (Queue.Overflowed) Close(CloseCode.Slow);
            if (Volatile.Read(ref _code) is { } code) await _stream.CloseAsync(code);
        }
        catch (Exception failure) when (IsBroken(failure))
        {
            // The loop that receives learns it too, and knows why.
            Lose();
        }
    }

    private async Task EndAsync(bool peerIsThere)
    {
        try
        {
            if (Volatile.Read(ref _code) is { } code) await _stream.CloseAsync(code);
            // Bytes that nobody takes would make the system reset the connection, and the close frame would be lost with it.
            if (peerIsThere) await _stream.DiscardAsync(MaxDiscarded);
        }
        catch (Exception failure) when (IsBroken(failure))
        {
            // Gone already.
        }
    }

    private void Lose()
    {
        Volatile.Write(ref _gone, true);
        Queue.Abandon();
        Intake.Pulse();
    }

    private static bool Keeps(CloseCode code) =>
        code.Code is not (1000 or 1002 or 1003 or 1007 or 1008 or 1009) && code != CloseCode.Slow;

    private static bool IsBroken(Exception failure) =>
        failure is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException;

    private static void Grow(ref byte[] buffer)
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = larger;
    }

    /// <summary>Text of a client on its way into the log: short, and without anything that could begin a line of its own.</summary>
    private readonly record struct LogText(string? Text)
    {
        private const int MaxLength = 128;

        public override string ToString()
        {
            if (string.IsNullOrEmpty(Text)) return "-";
            return string.Create(Math.Min(Text.Length, MaxLength), Text, static (shown, source) =>
            {
                for (var index = 0; index < shown.Length; index++) shown[index] = source[index] is >= ' ' and <= '~' ? source[index] : '?';
            });
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 211, Level = LogLevel.Debug, Message = "Connection {Connection} opened a session with client {Client}")]
        public static partial void Opened(ILogger logger, string connection, LogText client);

        [LoggerMessage(EventId = 212, Level = LogLevel.Debug, Message = "Connection {Connection} ended with {Code}")]
        public static partial void Ended(ILogger logger, string connection, int code);

        [LoggerMessage(EventId = 213, Level = LogLevel.Error, Message = "Connection {Connection} failed")]
        public static partial void Broken(ILogger logger, Exception failure, string connection);
    }
}
