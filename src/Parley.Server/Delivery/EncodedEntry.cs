using System.Buffers;
using System.Buffers.Text;
using Parley.Storage;

namespace Parley.Delivery;

/// <summary>An entry as bytes, encoded once: the event as it is stored, with its place and time spliced in front.</summary>
internal sealed class EncodedEntry
{
    private static ReadOnlySpan<byte> Before => "{\"jsonrpc\":\"2.0\",\"method\":\"entry\",\"params\":"u8;

    private readonly byte[] _notification;

    /// <param name="key">Whose log.</param>
    /// <param name="sequence">Its place in it.</param>
    /// <param name="at">When it was recorded.</param>
    /// <param name="eventJson">The event's own JSON, as stored.</param>
    public EncodedEntry(ConversationKey key, Sequence sequence, DateTimeOffset at, ReadOnlySpan<byte> eventJson)
    {
        (Key, Sequence, At) = (key, sequence, at);
        _notification = new byte[Before.Length + EnvelopeLength(sequence) + eventJson.Length + 2];
        var rest = _notification.AsSpan();
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
    }

    public ConversationKey Key { get; }

    public Sequence Sequence { get; }

    public DateTimeOffset At { get; }

    /// <summary>The whole <c>entry</c> notification.</summary>
    public ReadOnlyMemory<byte> Notification => _notification;

    /// <summary>The entry alone: what answers and pages carry.</summary>
    public ReadOnlyMemory<byte> Json => _notification.AsMemory(Before.Length, _notification.Length - Before.Length - 1);

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
