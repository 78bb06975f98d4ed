using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Parley.Client;

/// <summary>What an incoming item is.</summary>
internal enum IncomingKind
{
    Notification,
    Answer,
    Refusal,
}

/// <summary>One item that arrived. Its body points into the receive buffer and is good only until the next frame is read.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Id">The request it answers; 0 for notifications and for refusals of something unreadable.</param>
/// <param name="Method">The notification's name; empty for answers.</param>
/// <param name="Body">The JSON of params, result or error.</param>
internal readonly record struct Incoming(IncomingKind Kind, long Id, string Method, ReadOnlyMemory<byte> Body);

/// <summary>JSON-RPC 2.0 to bytes and back.</summary>
internal static class Frames
{
    public static byte[] Request<T>(long id, string method, T parameters, JsonTypeInfo<T> type)
    {
        var bytes = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = type.Options.Encoder, SkipValidation = true }))
        {
            writer.WriteStartObject();
            writer.WriteString("jsonrpc"u8, "2.0"u8);
            writer.WriteNumber("id"u8, id);
            writer.WriteString("method"u8, method);
            writer.WritePropertyName("params"u8);
            JsonSerializer.Serialize(writer, parameters, type);
            writer.WriteEndObject();
        }

        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Takes a frame apart: one item, or an array of them. Members it does not know are passed over.</summary>
    /// <exception cref="JsonException">The frame is not JSON.</exception>
    public static List<Incoming> Read(ReadOnlyMemory<byte> frame)
    {
        var items = new List<Incoming>(1);
        var reader = new Utf8JsonReader(frame.Span);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            items.Add(ReadItem(ref reader, frame));
            return items;
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) items.Add(ReadItem(ref reader, frame));
        return items;
    }

    /// <summary>The refusal of an <c>error</c> member: the catalogue's row with this answer's details, or a row of a newer server as it describes itself.</summary>
    public static Refusal ReadRefusal(ReadOnlyMemory<byte> error)
    {
        using var document = JsonDocument.Parse(error);
        var root = document.RootElement;
        var number = root.TryGetProperty("code", out var value) && value.TryGetInt32(out var parsed) ? parsed : Refusals.Internal.Number;
        var meaning = root.TryGetProperty("message", out value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        string? code = null, detail = null;
        TimeSpan? wait = null;
        if (root.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Object)
        {
            if (data.TryGetProperty("code", out value) && value.ValueKind == JsonValueKind.String) code = value.GetString();
            if (data.TryGetProperty("detail", out value) && value.ValueKind == JsonValueKind.String) detail = value.GetString();
            if (data.TryGetProperty("retryAfterMs", out value) && value.TryGetInt64(out var milliseconds) && milliseconds >= 0)
                wait = TimeSpan.FromMilliseconds(Math.Min(milliseconds, 3_600_000));
        }

        var row = (code is null ? Refusals.All.FirstOrDefault(known => known.Number == number) : Refusals.Find(code))
            ?? new Refusal(code ?? "unknown", number, 0, wait is null ? RetryPolicy.Never : RetryPolicy.Later, meaning);
        return row with { Detail = detail, RetryAfter = wait };
    }

    private static Incoming ReadItem(ref Utf8JsonReader reader, ReadOnlyMemory<byte> frame)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException("expected an object");
        var (kind, id, method, body) = (IncomingKind.Notification, 0L, "", ReadOnlyMemory<byte>.Empty);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("id"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.Number) reader.TryGetInt64(out id);
            }
            else if (reader.ValueTextEquals("method"u8))
            {
                reader.Read();
                method = reader.GetString() ?? "";
            }
            else if (reader.ValueTextEquals("params"u8))
            {
                body = ReadValue(ref reader, frame);
            }
            else if (reader.ValueTextEquals("result"u8))
            {
                (kind, body) = (IncomingKind.Answer, ReadValue(ref reader, frame));
            }
            else if (reader.ValueTextEquals("error"u8))
            {
                (kind, body) = (IncomingKind.Refusal, ReadValue(ref reader, frame));
            }
            else
            {
                reader.Skip();
            }
        }

        return new Incoming(kind, id, method, body);
    }

    private static ReadOnlyMemory<byte> ReadValue(ref Utf8JsonReader reader, ReadOnlyMemory<byte> frame)
    {
        reader.Read();
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return frame[start..(int)reader.BytesConsumed];
    }
}
