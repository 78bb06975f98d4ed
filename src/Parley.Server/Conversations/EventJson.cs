using System.Buffers;
using System.Text.Json;

namespace Parley.Conversations;

/// <summary>An event's JSON, as it is stored and goes out.</summary>
internal static class EventJson
{
    /// <summary>A thread's own, used again and again.</summary>
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _bytes;

    [ThreadStatic]
    private static Utf8JsonWriter? _json;

    /// <summary>The event, written by hand where it is a message of texts: no other is as frequent, and the serializer takes several times as long.</summary>
    public static byte[] Of(ConversationEvent happened) =>
        happened is MessageSent sent && IsPlain(sent) ? Of(sent) : JsonSerializer.SerializeToUtf8Bytes(happened, ProtocolJson.Lenient.ConversationEvent);

    private static bool IsPlain(MessageSent sent)
    {
        if (sent is not { Content: { Ext: null, Mentions: null }, ReplyTo: null, Forwarded: null, Version: 0, Recalled: false, Expired: false, Recipients: null }) return false;
        foreach (var part in sent.Content.Parts)
        {
            if (part is not { Body: not null, Content: null, Url: null, Name: null, Size: null, Width: null, Height: null, DurationMs: null }) return false;
        }

        return true;
    }

    private static byte[] Of(MessageSent sent)
    {
        var bytes = _bytes ??= new ArrayBufferWriter<byte>(1024);
        var json = _json ??= new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = ProtocolJson.Lenient.Options.Encoder, SkipValidation = true });
        bytes.ResetWrittenCount();
        json.Reset();
        json.WriteStartObject();
        json.WriteString("type"u8, "message.sent"u8);
        json.WriteString("message"u8, sent.Message.Value);
        json.WriteString("sender"u8, sent.Sender.Value);
        json.WriteStartObject("content"u8);
        json.WriteStartArray("parts"u8);
        foreach (var part in sent.Content.Parts)
        {
            json.WriteStartObject();
            json.WriteString("type"u8, part.Type);
            json.WriteString("body"u8, part.Body);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        return bytes.WrittenSpan.ToArray();
    }
}
