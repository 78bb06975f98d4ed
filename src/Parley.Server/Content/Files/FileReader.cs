using System.Buffers.Binary;

namespace Parley.Content;

/// <summary>Reads a file forward, a little at a time and with jumps. What is not there is <see cref="Truncated"/>.</summary>
internal sealed class FileReader(Stream stream)
{
    private readonly byte[] _buffer = new byte[8];

    public long Length => stream.Length;

    public long Position => stream.Position;

    /// <summary>Whether all was read.</summary>
    public bool AtEnd => stream.Position >= stream.Length;

    public byte Byte() => Read(1)[0];

    public int UInt16() => BinaryPrimitives.ReadUInt16BigEndian(Read(2));

    public int UInt16Little() => BinaryPrimitives.ReadUInt16LittleEndian(Read(2));

    public uint UInt32() => BinaryPrimitives.ReadUInt32BigEndian(Read(4));

    public uint UInt32Little() => BinaryPrimitives.ReadUInt32LittleEndian(Read(4));

    public int UInt24Little() => Byte() | (Byte() << 8) | (Byte() << 16);

    /// <summary>Fills a buffer.</summary>
    public void Fill(Span<byte> bytes)
    {
        if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length) throw new Truncated();
    }

    /// <summary>As many bytes as there are, up to the buffer's length.</summary>
    public int Some(Span<byte> bytes) => stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);

    public void Skip(long bytes) => MoveTo(stream.Position + bytes);

    public void MoveTo(long position)
    {
        if (position < 0 || position > stream.Length) throw new Truncated();
        stream.Position = position;
    }

    private ReadOnlySpan<byte> Read(int count)
    {
        Fill(_buffer.AsSpan(0, count));
        return _buffer.AsSpan(0, count);
    }

    /// <summary>The file ends before it should.</summary>
    public sealed class Truncated : Exception;
}
