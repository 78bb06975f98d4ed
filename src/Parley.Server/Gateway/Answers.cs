using Parley.Delivery;

namespace Parley.Gateway;

/// <summary>Writes error answers. Results are written by the queue, from the bytes of the handlers.</summary>
internal static class Answers
{
    private static readonly byte[] NoId = "null"u8.ToArray();

    /// <summary>An error answer; without an id it answers a frame or a request that could not be told apart.</summary>
    public static ReadOnlyMemory<byte> Error(byte[]? id, Refusal refusal) => JsonBytes.Write((id, refusal), static (writer, state) =>
    {
        writer.WriteStartObject();
        writer.WriteString("jsonrpc"u8, "2.0"u8);
        writer.WritePropertyName("id"u8);
        writer.WriteRawValue(state.id ?? NoId, skipInputValidation: true);
        writer.WriteStartObject("error"u8);
        writer.WriteNumber("code"u8, state.refusal.Number);
        writer.WriteString("message"u8, state.refusal.Meaning);
        writer.WriteStartObject("data"u8);
        writer.WriteString("code"u8, state.refusal.Code);
        if (state.refusal.RetryAfter is { } wait) writer.WriteNumber("retryAfterMs"u8, Milliseconds(wait));
        if (state.refusal.Detail is { } detail) writer.WriteString("detail"u8, detail);
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteEndObject();
    });

    /// <summary>A wait as it goes over the wire. Never nothing: a client would take that for no time at all, and ask at once.</summary>
    public static long Milliseconds(TimeSpan wait) => Math.Max(1, (long)Math.Ceiling(wait.TotalMilliseconds));
}
