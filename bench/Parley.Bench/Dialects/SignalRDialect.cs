using System.Buffers.Text;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Parley.Bench;

/// <summary>SignalR's JSON protocol over WebSocket, without negotiation: the hub of bench/peers/SignalRPeer.</summary>
internal sealed class SignalRDialect(IPEndPoint server) : Dialect
{
    public override IEnumerable<Line> Open(IEnumerable<string> users, int buffer)
    {
        foreach (var user in users)
        {
            var connection = new RawConnection(server, buffer, path: $"/chat?user={user}");
            connection.FinishUpgrade();
            connection.SendText("{\"protocol\":\"json\",\"version\":1}\x1e"u8);
            yield return new SignalRLine(connection);
        }
    }

    public override void Gather(IReadOnlyList<Line> lines, IReadOnlyList<string> users)
    {
        foreach (var line in lines.Skip(1)) ((SignalRLine)line).Join(users[0]);
        ((SignalRLine)lines[0]).TalkBy("SendToRoom", users[0]);
    }

    public override long? CountStored(IReadOnlyList<Line> senders) => StoredRows.Count(server);
}

/// <summary>A hub connection; each invocation in a frame of its own, as SignalR's clients send them.</summary>
internal sealed class SignalRLine : Line
{
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(10);

    private readonly RawConnection _connection;
    private byte[] _begin = [];
    private long _sentAt = Stopwatch.GetTimestamp();

    /// <summary>Waits for the answer to the handshake, which is an empty object.</summary>
    public SignalRLine(RawConnection connection)
    {
        _connection = connection;
        ReadOnlySpan<byte> frame;
        while (!connection.TryReadFrame(out frame)) connection.Fill();
        if (!frame.SequenceEqual("{}\x1e"u8)) throw new BenchException($"The server refuses the handshake: {Encoding.UTF8.GetString(frame)}");
    }

    public override Socket Socket => _connection.Socket;

    public override void TalkTo(string user, int key) => TalkBy("Send", user);

    /// <summary>From now on this line's messages are invocations of <paramref name="method"/>.</summary>
    public void TalkBy(string method, string to) => _begin = Encoding.ASCII.GetBytes($"\",\"target\":\"{method}\",\"arguments\":[\"{to}\",\"");

    public void Join(string room)
    {
        _connection.SendText(Encoding.ASCII.GetBytes($"{{\"type\":1,\"invocationId\":\"0\",\"target\":\"Join\",\"arguments\":[\"{room}\"]}}\x1e"));
        ReadOnlySpan<byte> frame;
        while (!_connection.TryReadFrame(out frame) || !frame.StartsWith("{\"type\":3"u8)) _connection.Fill();
    }

    public override void Add(uint number)
    {
        Write("{\"type\":1,\"invocationId\":\""u8);
        Utf8Formatter.TryFormat(number, _connection.Room(10), out var digits);
        _connection.Wrote(digits);
        Write(_begin);
        MessageText.Write(number, _connection.Room(MessageText.Length));
        _connection.Wrote(MessageText.Length);
        Write("\"]}\x1e"u8);
        _connection.SendFrame();
        _sentAt = Stopwatch.GetTimestamp();
    }

    public override void Flush()
    {
    }

    public override void Fill() => _connection.Fill();

    public override void Tell(IArrivals arrivals)
    {
        while (_connection.TryReadFrame(out var frame))
        {
            for (int end; (end = frame.IndexOf((byte)0x1e)) >= 0; frame = frame[(end + 1)..]) TellOne(frame[..end], arrivals);
        }

        // The server ends a connection that says nothing for 30 s.
        if (Stopwatch.GetElapsedTime(_sentAt) < KeepAlive) return;
        _connection.SendText("{\"type\":6}\x1e"u8);
        _sentAt = Stopwatch.GetTimestamp();
    }

    private static void TellOne(ReadOnlySpan<byte> message, IArrivals arrivals)
    {
        const int Kind = 8;
        switch (message[Kind])
        {
            case (byte)'1':
                arrivals.Delivered(MessageText.NumberOf(After(message, "\"text\":\""u8)));
                break;
            case (byte)'3' when message.IndexOf("\"error\":"u8) < 0 && Utf8Parser.TryParse(After(message, "\"invocationId\":\""u8), out uint number, out _):
                arrivals.Acknowledged(number);
                break;
            case (byte)'6':
                break;
            default:
                throw new BenchException($"The server says: {Encoding.UTF8.GetString(message)}");
        }
    }

    private static ReadOnlySpan<byte> After(ReadOnlySpan<byte> message, ReadOnlySpan<byte> name) => message[(message.IndexOf(name) + name.Length)..];

    private void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_connection.Room(bytes.Length));
        _connection.Wrote(bytes.Length);
    }
}
