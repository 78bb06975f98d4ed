using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Parley.Delivery;

internal static class OriginAnswers
{
    /// <summary>Answers with a record of the protocol.</summary>
    public static void Answer<T>(this Origin origin, T result, JsonTypeInfo<T> type) =>
        origin.Answer(JsonSerializer.SerializeToUtf8Bytes(result, type));

    /// <summary>A notification as it goes over the wire.</summary>
    public static ReadOnlyMemory<byte> Notification<T>(string method, T parameters, JsonTypeInfo<T> type)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(parameters, type);
        return (byte[])[.. "{\"jsonrpc\":\"2.0\",\"method\":\""u8, .. System.Text.Encoding.ASCII.GetBytes(method), .. "\",\"params\":"u8, .. json, (byte)'}'];
    }
}
