using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Parley.Bench;

/// <summary>Socket.IO 5 in Engine.IO 4 over WebSocket, without the upgrade from polling: the server of bench/peers/socketio.</summary>
internal sealed class SocketIoDialect(IPEndPoint server) : Dialect
{
    public override IEnumerable<Line> Open(IEnumerable<string> users, int buffer)
    {
        foreach (var user in users)
        {
            var connection = new RawConnection(server, buffer, path: $"/socket.io/?EIO=4&transport=websocket&user={user}");
            connection.FinishUpgrade();
            Expect(connection, "0{"u8);
            connection.SendText("40"u8);
            Expect(connection, "40{"u8);
            yield return new SocketIoLine(connection);
        }
    }

    public override void Gather(IReadOnlyList<Line> lines, IReadOnlyList<string> users)
    {
        foreach (var line in lines.Skip(1)) ((SocketIoLine)line).Join(users[0]);
        ((SocketIoLine)lines[0]).TalkToRoom($"room:{users[0]}");
    }

    public override long? CountStored(IReadOnlyList<Line> senders) => StoredRows.Count(server);

    /// <summary>Waits for a packet that begins so.</summary>
    public static void Expect(RawConnection connection, ReadOnlySpan<byte> beginning)
    {
        ReadOnlySpan<byte> frame;
        while (!connection.TryReadFrame(out frame)) connection.Fill();
        if (!frame.StartsWith(beginning)) throw new BenchException($"The server says: {Encoding.UTF8.GetString(frame)}");
    }
}

/// <summary>A socket; each event in a frame of its own, as the protocol wants it.</summary>
internal sealed class SocketIoLine(RawConnection connection) : Line
{
    private byte[] _begin = [];

    public override Socket Socket => connection.Socket;

    public override void TalkTo(string user, int key) => TalkToRoom($"user:{user}");

    public void TalkToRoom(string room) => _begin = Encoding.ASCII.GetBytes($"[\"send\",\"{room}\",\"");

    public void Join(string room)
    {
        connection.SendText(Encoding.ASCII.GetBytes($"421[\"join\",\"{room}\"]"));
        SocketIoDialect.Expect(connection, "431["u8);
    }

    public override void Add(uint number)
    {
        Write("42"u8);
        Utf8Formatter.TryFormat(number, connection.Room(10), out var digits);
        connection.Wrote(digits);
        Write(_begin);
        MessageText.Write(number, connection.Room(MessageText.Length));
        connection.Wrote(MessageText.Length);
        Write("\"]"u8);
        connection.SendFrame();
    }

    public override void Flush()
    {
    }

    public override void Fill() => connection.Fill();

    public override void Tell(IArrivals arrivals)
    {
        while (connection.TryReadFrame(out var frame))
        {
            if (frame.SequenceEqual("2"u8)) connection.SendText("3"u8);
            else if (frame.StartsWith("43"u8) && Utf8Parser.TryParse(frame[2..], out uint number, out _)) arrivals.Acknowledged(number);
            else if (frame.StartsWith("42[\"message\","u8))
            {
                var text = "\"text\":\""u8;
                arrivals.Delivered(MessageText.NumberOf(frame[(frame.IndexOf(text) + text.Length)..]));
            }
            else throw new BenchException($"The server says: {Encoding.UTF8.GetString(frame)}");
        }
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(connection.Room(bytes.Length));
        connection.Wrote(bytes.Length);
    }
}
