using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Parley.Bench;

/// <summary>The relay of bench/peers/RelayPeer: lines in WebSocket frames, as many in one as there are.</summary>
internal sealed class RelayDialect(EndPoint server) : Dialect
{
    public override IEnumerable<Line> Open(IEnumerable<string> users, int buffer)
    {
        foreach (var user in users)
        {
            var connection = new RawConnection(server, buffer, path: $"/relay?user={user}");
            connection.FinishUpgrade();
            yield return new RelayLine(connection);
        }
    }

    public override void Gather(IReadOnlyList<Line> lines, IReadOnlyList<string> users)
    {
        var room = $"#{users[0]}";
        foreach (var line in lines.Skip(1)) ((RelayLine)line).Join(room);
        lines[0].TalkTo(room, 0);
    }

    public override long? CountStored(IReadOnlyList<Line> senders) => null;
}

internal sealed class RelayLine(RawConnection connection) : Line
{
    private byte[] _receiver = [];

    public override Socket Socket => connection.Socket;

    public override void TalkTo(string user, int key) => _receiver = Encoding.ASCII.GetBytes($"{user} ");

    /// <summary>Hears what is said in <paramref name="room"/>, once this returns.</summary>
    public void Join(string room)
    {
        connection.SendText(Encoding.ASCII.GetBytes($"= {room}"));
        while (!connection.TryReadFrame(out _)) connection.Fill();
    }

    public override void Add(uint number)
    {
        var length = _receiver.Length + MessageText.Length;
        var line = connection.Room(length + 1);
        _receiver.CopyTo(line);
        MessageText.Write(number, line[_receiver.Length..]);
        line[length] = (byte)'\n';
        connection.Wrote(length + 1);
    }

    public override void Flush() => connection.SendFrame();

    public override void Fill() => connection.Fill();

    public override void Tell(IArrivals arrivals)
    {
        while (connection.TryReadFrame(out var frame))
        {
            for (int end; (end = frame.IndexOf((byte)'\n')) >= 0; frame = frame[(end + 1)..])
            {
                if (frame[0] == '+') arrivals.Acknowledged(MessageText.NumberOf(frame[1..]));
                else arrivals.Delivered(MessageText.NumberOf(frame));
            }
        }
    }
}
