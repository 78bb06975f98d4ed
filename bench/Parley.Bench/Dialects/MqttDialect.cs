using System.Net;
using System.Text;

namespace Parley.Bench;

/// <summary>MQTT 3.1.1 over TCP, QoS 1: each user subscribes to a topic of his own name.</summary>
internal sealed class MqttDialect(EndPoint server) : Dialect
{
    public override IEnumerable<Line> Open(IEnumerable<string> users, int buffer)
    {
        foreach (var user in users)
        {
            var stream = new ByteStream(server, buffer);
            Connect(stream, user);
            Subscribe(stream, MqttLine.TopicOf(user));
            yield return new MqttLine(stream);
        }
    }

    /// <summary>A topic of their own.</summary>
    public override void Gather(IReadOnlyList<Line> lines, IReadOnlyList<string> users)
    {
        var topic = $"rooms/{users[0]}";
        foreach (var line in lines.Skip(1)) Subscribe(((MqttLine)line).Stream, topic);
        ((MqttLine)lines[0]).PublishTo(topic);
    }

    public override long? CountStored(IReadOnlyList<Line> senders) => null;

    private static void Connect(ByteStream stream, string user)
    {
        const byte CleanSession = 2;
        var id = Encoding.ASCII.GetBytes(user);
        stream.Write([0x10, (byte)(12 + id.Length), 0, 4, .. "MQTT"u8, 4, CleanSession, 0, 0, 0, (byte)id.Length, .. id]);
        Expect(stream, 0x20, 0, 0);
    }

    private static void Subscribe(ByteStream stream, string topic)
    {
        var name = Encoding.ASCII.GetBytes(topic);
        stream.Write([0x82, (byte)(5 + name.Length), 0, 1, 0, (byte)name.Length, .. name, 1]);
        Expect(stream, 0x90, 0, 1, 1);
    }

    private static void Expect(ByteStream stream, byte kind, params ReadOnlySpan<byte> payload)
    {
        stream.Send();
        var length = 2 + payload.Length;
        while (stream.Unread.Length < length) stream.Fill();
        var answer = stream.Unread[..length];
        if (answer[0] != kind || !answer[2..].SequenceEqual(payload)) throw new BenchException($"The broker answers {Convert.ToHexString(answer)}.");
        stream.Take(length);
    }
}
