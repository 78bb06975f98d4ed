using System.Buffers.Binary;

namespace Parley.Client.Testing.Transport;

/// <summary>What goes over a wire as one: a whole text message of a WebSocket, or bytes that are passed on as they are.</summary>
/// <param name="Bytes">As they came.</param>
/// <param name="Text">The message, without its frame; null for everything else.</param>
/// <param name="Control">Which frame of control it is; None for everything else.</param>
internal readonly record struct Piece(ReadOnlyMemory<byte> Bytes, ReadOnlyMemory<byte>? Text, Control Control = Control.None);

/// <summary>Frames that are about the connection.</summary>
internal enum Control
{
    None,

    /// <summary>This side goes.</summary>
    Close = 0x88,

    /// <summary>Is the other side there?</summary>
    Ping = 0x89,

    /// <summary>It is.</summary>
    Pong = 0x8a,
}

/// <summary>Cuts what one side of a connection sends into pieces: the head of HTTP, then bytes, or the frames of RFC 6455 once the upgrade was agreed on. Pure.</summary>
internal sealed class FrameReader
{
    private const int TextFrame = 0x81;

    private byte[] _kept = [];
    private Phase _phase = Phase.Head;

    private enum Phase
    {
        Head,
        Frames,
        Bytes,
    }

    /// <summary>Takes bytes, and answers the pieces that are whole now.</summary>
    /// <param name="bytes">In any portions.</param>
    /// <param name="isUpgrade">Whether what follows this head is frames.</param>
    public List<Piece> Read(ReadOnlySpan<byte> bytes, Func<string, bool> isUpgrade)
    {
        var pieces = new List<Piece>();
        _kept = [.. _kept, .. bytes];
        while (_kept.Length > 0 && Next(isUpgrade) is { } piece)
        {
            pieces.Add(piece);
            _kept = _kept[piece.Bytes.Length..];
        }

        return pieces;
    }

    /// <summary>A text message as a frame; of a client with a mask of zeros, which changes nothing.</summary>
    public static byte[] Frame(ReadOnlySpan<byte> text, Direction direction)
    {
        var mask = direction == Direction.Up ? 0x80 : 0;
        byte[] length = text.Length switch
        {
            < 126 => [(byte)(mask | text.Length)],
            <= ushort.MaxValue => [(byte)(mask | 126), (byte)(text.Length >> 8), (byte)text.Length],
            _ => [(byte)(mask | 127), 0, 0, 0, 0, (byte)(text.Length >> 24), (byte)(text.Length >> 16), (byte)(text.Length >> 8), (byte)text.Length],
        };
        return mask == 0 ? [TextFrame, .. length, .. text] : [TextFrame, .. length, 0, 0, 0, 0, .. text];
    }

    private Piece? Next(Func<string, bool> isUpgrade)
    {
        switch (_phase)
        {
            case Phase.Head:
                var end = _kept.AsSpan().IndexOf("\r\n\r\n"u8);
                if (end < 0) return null;
                _phase = isUpgrade(System.Text.Encoding.Latin1.GetString(_kept, 0, end + 2)) ? Phase.Frames : Phase.Bytes;
                return new Piece(_kept.AsMemory(0, end + 4), null);
            case Phase.Frames:
                return NextFrame();
            default:
                return new Piece(_kept, null);
        }
    }

    private Piece? NextFrame()
    {
        var kept = _kept.AsSpan();
        if (kept.Length < 2) return null;
        var masked = (kept[1] & 0x80) != 0;
        var (length, header) = (kept[1] & 0x7f) switch
        {
            126 => (kept.Length < 4 ? -1 : BinaryPrimitives.ReadUInt16BigEndian(kept[2..]), 4),
            127 => (kept.Length < 10 ? -1 : (int)BinaryPrimitives.ReadUInt64BigEndian(kept[2..]), 10),
            var small => (small, 2),
        };
        var start = header + (masked ? 4 : 0);
        if (length < 0 || kept.Length < start + length) return null;

        var whole = _kept.AsMemory(0, start + length);
        if (kept[0] != TextFrame) return new Piece(whole, null, Enum.IsDefined((Control)kept[0]) ? (Control)kept[0] : Control.None);
        var text = kept.Slice(start, length).ToArray();
        for (var index = 0; masked && index < text.Length; index++) text[index] ^= kept[header + (index & 3)];
        return new Piece(whole, text);
    }
}

/// <summary>Which way something goes.</summary>
internal enum Direction
{
    /// <summary>From the client to the server.</summary>
    Up,

    /// <summary>From the server to the client.</summary>
    Down,
}
