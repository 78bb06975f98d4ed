using System.Buffers;
using System.Text;
using System.Text.Json;
using Parley.Chat;
using Parley.Conversations;

namespace Parley.Tail;

/// <summary>Whether what people wrote is shown.</summary>
internal enum TailContent
{
    /// <summary>Who did what where and when, and how much.</summary>
    Hidden,

    /// <summary>All of the event.</summary>
    Shown,
}

/// <summary>An entry as a line: text for people, JSON for programs. Nothing in it can begin another line or steer a terminal.</summary>
internal static class TailLine
{
    /// <summary><c>2026-11-21 01:41:49.731  demo  01a1…  41  message.sent  alice  text/plain 12 B</c>, and what was written after it.</summary>
    public static string Text(TailEntry entry, TailContent content)
    {
        var happened = Read(entry);
        var line = $"{entry.At.UtcDateTime:yyyy-MM-dd HH:mm:ss.fff}  {entry.App}  {entry.Conversation}  {entry.Sequence}  {happened.Type}  {entry.Actor}  {Measure(entry, happened)}";
        return content == TailContent.Hidden ? line : $"{line}  {DisplayText.Line(happened is MessageSent sent ? sent.Content.PlainText() : Encoding.UTF8.GetString(entry.Event))}";
    }

    /// <summary>An object in ASCII, with the event in it where content is shown.</summary>
    public static string Json(TailEntry entry, TailContent content)
    {
        var happened = Read(entry);
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("at"u8, entry.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", null));
            json.WriteString("app"u8, entry.App);
            json.WriteString("conversation"u8, entry.Conversation.ToString());
            json.WriteNumber("sequence"u8, entry.Sequence.Value);
            json.WriteString("type"u8, happened.Type);
            json.WriteString("actor"u8, entry.Actor.Value);
            if (happened is MessageSent sent) json.WriteString("message"u8, sent.Message.ToString());
            json.WriteNumber("bytes"u8, entry.Event.Length);
            if (content == TailContent.Shown)
            {
                json.WritePropertyName("event"u8);
                // Parsed and written again: what is stored is UTF-8 as it came, a line of a log is ASCII.
                using var document = JsonDocument.Parse(entry.Event);
                document.RootElement.WriteTo(json);
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static ConversationEvent Read(TailEntry entry) => JsonSerializer.Deserialize(entry.Event, ProtocolJson.Lenient.ConversationEvent)!;

    private static string Measure(TailEntry entry, ConversationEvent happened) => happened switch
    {
        MessageSent sent => string.Join(", ", sent.Content.Parts.Select(part => $"{DisplayText.Line(part.Type)} {(part.Body is { } body ? Encoding.UTF8.GetByteCount(body) : part.Size ?? 0)} B")),
        ConversationCreated created => $"{created.Kind.ToString().ToLowerInvariant()} of {created.Participants.Count}",
        ParticipantsAdded added => $"{added.Participants.Count} added",
        ParticipantsRemoved removed => $"{removed.Users.Count} removed",
        _ => $"{entry.Event.Length} B",
    };
}
