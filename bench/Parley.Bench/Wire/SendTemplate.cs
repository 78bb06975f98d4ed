using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Parley.Bench;

/// <summary>The bytes of a <c>message.send</c>, of which each message changes only the request id and, in the message id, the time and the end.</summary>
internal sealed class SendTemplate
{
    private const int FirstRequest = 1_000_000_000;

    // A UUID v7 begins with the time, so the ids of all conversations ascend together, as those of the SDKs do.
    private const string NoTime = "00000000-0000";
    private const string NoMessage = "00000000";
    private readonly byte[] _bytes;
    private readonly int _requestAt;
    private readonly int _timeAt;
    private readonly int _messageAt;

    /// <param name="conversation">Where to.</param>
    /// <param name="pair">Told apart by the message ids, too.</param>
    /// <param name="text">What every message says; ASCII.</param>
    public SendTemplate(ConversationId conversation, int pair, string text)
    {
        var message = $"{NoTime}-7000-8000-{pair:x4}{NoMessage}";
        var request = new SendMessage(conversation, new MessageId(Guid.Parse(message)), MessageContent.OfText(text));
        var json = $"{{\"jsonrpc\":\"2.0\",\"id\":{FirstRequest},\"method\":\"{Methods.SendMessage}\",\"params\":" +
            $"{JsonSerializer.Serialize(request, ProtocolJson.Lenient.SendMessage)}}}";
        _bytes = Encoding.ASCII.GetBytes(json);
        _requestAt = _bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(FirstRequest.ToString(CultureInfo.InvariantCulture)));
        _timeAt = _bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(message));
        _messageAt = _timeAt + message.Length - NoMessage.Length;
    }

    public int Length => _bytes.Length;

    /// <summary>Writes the request of message <paramref name="number"/>.</summary>
    public void Write(uint number, Span<byte> destination)
    {
        _bytes.CopyTo(destination);
        Utf8Formatter.TryFormat(FirstRequest + number, destination[_requestAt..], out _);
        var time = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        Utf8Formatter.TryFormat(time >> 16, destination[_timeAt..], out _, new StandardFormat('x', 8));
        Utf8Formatter.TryFormat(time & 0xffff, destination[(_timeAt + 9)..], out _, new StandardFormat('x', 4));
        Utf8Formatter.TryFormat(number, destination[_messageAt..], out _, new StandardFormat('x', 8));
    }

    /// <summary>The number of the message whose request had this id.</summary>
    public static uint NumberOf(long request) => (uint)(request - FirstRequest);

    /// <summary>Finds the next message id in a frame, moves behind it, and tells the message's number; false at the end.</summary>
    public static bool TryNext(ref ReadOnlySpan<byte> frame, out uint number)
    {
        const int IdLength = 36;
        number = 0;
        var at = frame.IndexOf("\"message\":\""u8);
        if (at < 0) return false;
        frame = frame[(at + "\"message\":\"".Length)..];
        if (!Utf8Parser.TryParse(frame.Slice(IdLength - NoMessage.Length, NoMessage.Length), out number, out _, 'x'))
            throw new BenchException($"Not a message of this run: {Encoding.UTF8.GetString(frame[..IdLength])}");
        frame = frame[IdLength..];
        return true;
    }
}
