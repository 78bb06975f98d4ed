using System.Text.Json;

namespace Parley.Messages;

/// <summary>Reads the params of <c>message.send</c> in their usual form: no request is as frequent, and the general reader takes several times as long.</summary>
/// <remarks>Whatever is unusual is left to the general reader, which decides whether it is good and knows what to say of it when it is not.</remarks>
internal static class SendMessageReader
{
    /// <summary>The request; null when it has not its usual form.</summary>
    /// <param name="json">Valid JSON, with whole surrogate pairs.</param>
    public static SendMessage? TryRead(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = ProtocolJson.MaxDepth });
        (Guid? Conversation, Guid? Message, MessageContent? Content) found = default;
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            // What could not be read stays null, and ends it: were it passed over, a second one of the same name would stand for it.
            var isRead = reader.ValueTextEquals("conversation"u8) && found.Conversation is null ? (found.Conversation = Uuid(ref reader)) is not null
                : reader.ValueTextEquals("message"u8) && found.Message is null ? (found.Message = Uuid(ref reader)) is not null
                : reader.ValueTextEquals("content"u8) && found.Content is null && (found.Content = Content(ref reader)) is not null;
            if (!isRead) return null;
        }

        return found is ({ } conversation, { } message, { } content)
            ? new SendMessage(new ConversationId(conversation), new MessageId(message), content)
            : null;
    }

    private static Guid? Uuid(ref Utf8JsonReader reader) =>
        reader.Read() && reader.TokenType == JsonTokenType.String && reader.TryGetGuid(out var uuid) ? uuid : null;

    private static MessageContent? Content(ref Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return null;
        if (!reader.Read() || reader.TokenType != JsonTokenType.PropertyName || !reader.ValueTextEquals("parts"u8)) return null;
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray) return null;
        var parts = new List<MessagePart>(1);
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            if (Part(ref reader) is not { } part) return null;
            parts.Add(part);
        }

        return reader.TokenType == JsonTokenType.EndArray && reader.Read() && reader.TokenType == JsonTokenType.EndObject ? new MessageContent(parts) : null;
    }

    private static MessagePart? Part(ref Utf8JsonReader reader)
    {
        var (type, body) = (default(string), default(string));
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isRead = reader.ValueTextEquals("type"u8) && type is null ? (type = Text(ref reader)) is not null
                : reader.ValueTextEquals("body"u8) && body is null && (body = Text(ref reader)) is not null;
            if (!isRead) return null;
        }

        return type is null || body is null ? null : new MessagePart(type, body);
    }

    private static string? Text(ref Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.String) return null;
        return reader.ValueTextEquals("text/plain"u8) ? MessagePart.PlainText : reader.GetString();
    }
}
