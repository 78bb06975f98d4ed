using System.Buffers.Text;
using System.Text.Json;
using Parley.Storage;

namespace Parley.Delivery;

/// <summary>An entry as bytes: the event as it is stored, with its place and time spliced in front.</summary>
/// <param name="key">Whose log.</param>
/// <param name="sequence">Its place in it.</param>
/// <param name="at">When it was recorded.</param>
/// <param name="eventJson">The event's own JSON, as stored.</param>
internal sealed class EncodedEntry(ConversationKey key, Sequence sequence, DateTimeOffset at, byte[] eventJson)
{
    private byte[]? _notification;

    private static ReadOnlySpan<byte> Before => "{\"jsonrpc\":\"2.0\",\"method\":\"entry\",\"params\":"u8;

    public ConversationKey Key => key;

    public Sequence Sequence => sequence;

    public DateTimeOffset At => at;

    /// <summary>Bytes of the entry alone.</summary>
    public int Length { get; } = EnvelopeLength(sequence) + eventJson.Length + 1;

    /// <summary>The whole <c>entry</c> notification. Made when it is first asked for, once for all who are told; two threads at once make the same.</summary>
    public ReadOnlyMemory<byte> Notification => _notification ??= Encode();

    /// <summary>The entry alone, as an answer carries it.</summary>
    public ReadOnlyMemory<byte> Json => Notification.Slice(Before.Length, Length);

    /// <summary>Writes the entry alone into a page, of which most entries are never told in any other way.</summary>
    public void WriteTo(Utf8JsonWriter writer)
    {
        Span<byte> time = stackalloc byte[WireTime.Length];
        WireTime.Format(at, time);
        writer.WriteStartObject();
        writer.WriteString("conversation"u8, key.Conversation.Value);
        writer.WriteNumber("sequence"u8, sequence.Value);
        writer.WriteString("at"u8, time);
        writer.WritePropertyName("event"u8);
        writer.WriteRawValue(eventJson, skipInputValidation: true);
        writer.WriteEndObject();
    }

    private byte[] Encode()
    {
        var notification = new byte[Before.Length + Length + 1];
        var rest = notification.AsSpan();
        Put(ref rest, Before);
        Put(ref rest, "{\"conversation\":\""u8);
        Utf8Formatter.TryFormat(key.Conversation.Value, rest, out var written, 'D');
        rest = rest[written..];
        Put(ref rest, "\",\"sequence\":"u8);
        Utf8Formatter.TryFormat(sequence.Value, rest, out written);
        rest = rest[written..];
        Put(ref rest, ",\"at\":\""u8);
        WireTime.Format(at, rest);
        rest = rest[WireTime.Length..];
        Put(ref rest, "\",\"event\":"u8);
        Put(ref rest, eventJson);
        Put(ref rest, "}}"u8);
        return notification;
    }

    /// <summary>Bytes of an entry up to its event.</summary>
    private static int EnvelopeLength(Sequence sequence)
    {
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(sequence.Value, digits, out var count);
        return "{\"conversation\":\"\",\"sequence\":,\"at\":\"\",\"event\":".Length + 36 + count + WireTime.Length;
    }

    private static void Put(ref Span<byte> rest, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(rest);
        rest = rest[bytes.Length..];
    }
}
