using System.Buffers;
using System.Buffers.Text;
using Parley.Storage;

namespace Parley.Delivery;

/// <summary>One thing that waits to leave on a connection, as it is kept until a frame is built.</summary>
/// <remarks>An answer keeps the bytes of its id apart from its result, so that an entry's bytes are shared by all who get it.</remarks>
/// <param name="Body">A whole message, or the result of an answer.</param>
/// <param name="Tag">Null for a whole message, the bytes of the id for an answer, the <see cref="WaitingHead"/> for a head.</param>
/// <param name="IsPush">Whether it counts towards the bounds of pushes.</param>
internal readonly record struct Outbound(ReadOnlyMemory<byte> Body, object? Tag, bool IsPush)
{
    private static ReadOnlySpan<byte> BeforeId => "{\"jsonrpc\":\"2.0\",\"id\":"u8;

    private static ReadOnlySpan<byte> BeforeResult => ",\"result\":"u8;

    /// <summary>Whether the bytes of <see cref="Body"/> are what leaves.</summary>
    public bool IsWhole => Tag is null;

    /// <summary>Bytes on the wire; for a head the most it may take.</summary>
    public int Size => Tag switch
    {
        null => Body.Length,
        byte[] id => BeforeId.Length + id.Length + BeforeResult.Length + Body.Length + 1,
        _ => WaitingHead.MaxSize,
    };

    /// <summary>Writes it, and answers how many bytes it took.</summary>
    public int Write(Span<byte> destination)
    {
        switch (Tag)
        {
            case null:
                Body.Span.CopyTo(destination);
                return Body.Length;
            case byte[] id:
                var rest = destination;
                Put(ref rest, BeforeId);
                Put(ref rest, id);
                Put(ref rest, BeforeResult);
                Put(ref rest, Body.Span);
                Put(ref rest, "}"u8);
                return destination.Length - rest.Length;
            default:
                return ((WaitingHead)Tag).Write(destination);
        }
    }

    internal static void Put(ref Span<byte> rest, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(rest);
        rest = rest[bytes.Length..];
    }
}

/// <summary>The one <c>head</c> that stands for all entries of a conversation that came while the connection was behind.</summary>
internal sealed class WaitingHead(ConversationKey key)
{
    public const int MaxSize = 128;

    public ConversationKey Key => key;

    /// <summary>The newest sequence it stands for.</summary>
    public Sequence Head { get; set; }

    public int Write(Span<byte> destination)
    {
        var rest = destination;
        Outbound.Put(ref rest, "{\"jsonrpc\":\"2.0\",\"method\":\"head\",\"params\":{\"conversation\":\""u8);
        Utf8Formatter.TryFormat(key.Conversation.Value, rest, out var written, new StandardFormat('D'));
        rest = rest[written..];
        Outbound.Put(ref rest, "\",\"head\":"u8);
        Utf8Formatter.TryFormat(Head.Value, rest, out written);
        rest = rest[written..];
        Outbound.Put(ref rest, "}}"u8);
        return destination.Length - rest.Length;
    }
}
