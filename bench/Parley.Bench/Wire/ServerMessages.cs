using System.Buffers.Text;
using System.Text;

namespace Parley.Bench;

/// <summary>Finds its way in a frame without parsing it. That works because the server begins each message with <c>jsonrpc</c> and writes no spaces.</summary>
internal static class ServerMessages
{
    private static ReadOnlySpan<byte> Begin => "\"jsonrpc\":\"2.0\",\""u8;

    /// <summary>Takes the next message out of a frame, from behind its <c>jsonrpc</c> on; false at the end.</summary>
    public static bool TryNext(ref ReadOnlySpan<byte> frame, out ReadOnlySpan<byte> message)
    {
        message = default;
        var at = frame.IndexOf(Begin);
        if (at < 0) return false;
        frame = frame[(at + Begin.Length)..];
        var end = frame.IndexOf(Begin);
        message = end < 0 ? frame : frame[..end];
        frame = frame[message.Length..];
        return true;
    }

    public static bool IsNotification(ReadOnlySpan<byte> message, ReadOnlySpan<byte> method) =>
        message.StartsWith("method\":\""u8) && message["method\":\"".Length..].StartsWith(method) && message["method\":\"".Length + method.Length] == '"';

    public static bool IsAnswer(ReadOnlySpan<byte> message) => message.StartsWith("id\":"u8);

    /// <summary>The wait a refusal asks for; null for an answer that is none.</summary>
    /// <exception cref="BenchException">It was refused for good.</exception>
    public static TimeSpan? Wait(ReadOnlySpan<byte> answer)
    {
        if (answer.IndexOf("\"error\":{"u8) < 0) return null;
        return answer.IndexOf("\"retryAfterMs\":"u8) >= 0
            ? TimeSpan.FromMilliseconds(Number(answer, "\"retryAfterMs\":"u8))
            : throw new BenchException($"The server refuses: {Encoding.UTF8.GetString(answer)}");
    }

    /// <summary>The number that follows <paramref name="name"/>, quotes, colon and all, where that comes first.</summary>
    public static long Number(ReadOnlySpan<byte> message, ReadOnlySpan<byte> name)
    {
        var at = message.IndexOf(name);
        return at >= 0 && Utf8Parser.TryParse(message[(at + name.Length)..], out long number, out _)
            ? number
            : throw new BenchException($"{Encoding.UTF8.GetString(name)} is missing: {Encoding.UTF8.GetString(message)}");
    }
}
