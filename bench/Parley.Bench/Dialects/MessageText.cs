using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Parley.Bench;

/// <summary>What the messages of peers say: 200 bytes, of which the first ten are the message's number.</summary>
internal static class MessageText
{
    public const int Length = 200;
    private const int Digits = 10;
    private static readonly byte[] Filling = [.. Enumerable.Repeat((byte)'x', Length)];

    public static void Write(uint number, Span<byte> destination)
    {
        Filling.CopyTo(destination);
        Utf8Formatter.TryFormat(number, destination, out _, new StandardFormat('D', Digits));
    }

    /// <summary>The number of the text that begins here.</summary>
    public static uint NumberOf(ReadOnlySpan<byte> text) =>
        text.Length >= Digits && Utf8Parser.TryParse(text[..Digits], out uint number, out var read) && read == Digits
            ? number
            : throw new BenchException($"Not a message of this run: {Encoding.UTF8.GetString(text[..Math.Min(text.Length, 100)])}");
}
