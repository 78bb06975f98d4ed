using System.Text;

namespace Parley.Tests.Telemetry;

/// <summary>Just enough of protobuf's wire format to look into what a collector is sent.</summary>
internal static class Protobuf
{
    /// <summary>The length-delimited fields of this number in a message.</summary>
    public static IEnumerable<byte[]> Fields(byte[] message, int number)
    {
        var at = 0;
        while (at < message.Length)
        {
            var key = Varint(message, ref at);
            switch (key & 7)
            {
                case 0: Varint(message, ref at); break;
                case 1: at += sizeof(long); break;
                case 5: at += sizeof(int); break;
                case 2:
                    var length = (int)Varint(message, ref at);
                    if ((int)(key >> 3) == number) yield return message[at..(at + length)];
                    at += length;
                    break;
                default: throw new FormatException($"wire type {key & 7} at {at}");
            }
        }
    }

    /// <summary>The messages at the end of a path of field numbers.</summary>
    public static IEnumerable<byte[]> Path(byte[] message, params IEnumerable<int> numbers) =>
        numbers.Aggregate((IEnumerable<byte[]>)[message], (messages, number) => messages.SelectMany(one => Fields(one, number)));

    public static string Text(byte[] message, int number) => Encoding.UTF8.GetString(Fields(message, number).FirstOrDefault() ?? []);

    private static ulong Varint(byte[] message, ref int at)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var part = message[at++];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80) return value;
        }
    }
}
