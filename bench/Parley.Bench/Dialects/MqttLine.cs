using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Parley.Bench;

/// <summary>An MQTT session. What it is delivered it acknowledges, all that came together at once.</summary>
internal sealed class MqttLine(ByteStream stream) : Line
{
    private const byte Publish = 0x32;
    private const byte PublishTaken = 0x40;

    // A packet id is 16 bits and never 0; this many can be told apart, far more than are under way.
    private const int PacketIds = 50_000;

    private uint[] _numbers = [];
    private byte[] _head = [];

    public ByteStream Stream => stream;

    public override Socket Socket => stream.Socket;

    public static string TopicOf(string user) => $"users/{user}";

    public override void TalkTo(string user, int key) => PublishTo(TopicOf(user));

    /// <summary>From now on this line's messages go to all who subscribed to <paramref name="topic"/>.</summary>
    public void PublishTo(string topic)
    {
        _numbers = new uint[PacketIds + 1];
        var name = Encoding.ASCII.GetBytes(topic);
        var length = 2 + name.Length + 2 + MessageText.Length;
        _head = [Publish, (byte)(length % 128 | 0x80), (byte)(length / 128), 0, (byte)name.Length, .. name];
    }

    public override void Add(uint number)
    {
        stream.Write(_head);
        var packet = (ushort)(number % PacketIds + 1);
        _numbers[packet] = number;
        BinaryPrimitives.WriteUInt16BigEndian(stream.Room(2), packet);
        stream.Wrote(2);
        MessageText.Write(number, stream.Room(MessageText.Length));
        stream.Wrote(MessageText.Length);
    }

    public override void Flush() => stream.Send();

    public override void Fill() => stream.Fill();

    public override void Tell(IArrivals arrivals)
    {
        while (TryReadPacket(out var kind, out var packet))
        {
            if (kind == PublishTaken) arrivals.Acknowledged(_numbers[BinaryPrimitives.ReadUInt16BigEndian(packet)]);
            else if ((kind & 0xf0) == (Publish & 0xf0))
            {
                var text = packet[(2 + BinaryPrimitives.ReadUInt16BigEndian(packet))..];
                stream.Write([PublishTaken, 2, text[0], text[1]]);
                arrivals.Delivered(MessageText.NumberOf(text[2..]));
            }
            else throw new BenchException($"A packet of a kind that the generator does not read: 0x{kind:x2}.");
        }

        stream.Send();
    }

    private bool TryReadPacket(out byte kind, out ReadOnlySpan<byte> packet)
    {
        kind = 0;
        packet = default;
        var have = stream.Unread;
        var (length, header) = (0, 1);
        while (true)
        {
            if (have.Length <= header) return false;
            length |= (have[header] & 0x7f) << (7 * (header - 1));
            if (have[header++] < 0x80) break;
        }

        if (have.Length < header + length) return false;
        kind = have[0];
        packet = have.Slice(header, length);
        stream.Take(header + length);
        return true;
    }
}
