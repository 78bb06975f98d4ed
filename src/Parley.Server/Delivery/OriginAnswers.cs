using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Parley.Delivery;

internal static class OriginAnswers
{
    /// <summary>Answers with a record of the protocol.</summary>
    public static void Answer<T>(this Origin origin, T result, JsonTypeInfo<T> type) =>
        origin.Answer(JsonSerializer.SerializeToUtf8Bytes(result, type));

    /// <summary>A notification as it goes over the wire.</summary>
    public static ReadOnlyMemory<byte> Notification<T>(string method, T parameters, JsonTypeInfo<T> type) =>
        JsonBytes.Write((method, parameters, type), static (writer, notification) =>
        {
            writer.WriteStartObject();
            writer.WriteString("jsonrpc"u8, "2.0"u8);
            writer.WriteString("method"u8, notification.method);
            writer.WritePropertyName("params"u8);
            JsonSerializer.Serialize(writer, notification.parameters, notification.type);
            writer.WriteEndObject();
        });
}
