using System.Buffers.Binary;

namespace Parley.Content;

/// <summary>Erases where a photo was taken (EXIF's GPS directory) from JPEG and WebP files. Nothing moves: bytes become zeros, so that the rest of the file stays as it is.</summary>
/// <remarks>What is not read as EXIF is left alone, and so is what other blocks of a file may say of a place (XMP, notes of the maker).</remarks>
internal static class GpsEraser
{
    private const int GpsTag = 0x8825;
    private const int EntryLength = 12;
    private const int MaxWebPExif = 1024 * 1024;

    /// <summary>Erases it; whether there was anything.</summary>
    public static bool Erase(string type, Stream file)
    {
        try
        {
            return type switch
            {
                "image/jpeg" => EraseFromJpeg(file),
                "image/webp" => EraseFromWebP(file),
                _ => false,
            };
        }
        catch (FileReader.Truncated)
        {
            return false;
        }
    }

    private static bool EraseFromJpeg(Stream file)
    {
        var reader = new FileReader(file);
        var erased = false;
        reader.MoveTo(2);
        while (true)
        {
            if (reader.Byte() != 0xFF) return erased;
            var marker = reader.Byte();
            while (marker == 0xFF) marker = reader.Byte();
            if (marker is 0xD9 or 0xDA) return erased;
            var start = reader.Position + 2;
            var next = reader.Position + reader.UInt16();
            if (marker == 0xE1 && next - start > 6) erased |= EraseBlock(file, reader, start, (int)(next - start), "Exif\0\0"u8);
            reader.MoveTo(next);
        }
    }

    private static bool EraseFromWebP(Stream file)
    {
        var reader = new FileReader(file);
        var erased = false;
        reader.MoveTo(12);
        Span<byte> name = stackalloc byte[4];
        while (reader.Position + 8 <= file.Length)
        {
            reader.Fill(name);
            var length = (long)reader.UInt32Little();
            var start = reader.Position;
            if (name.SequenceEqual("EXIF"u8) && length is > 8 and < MaxWebPExif) erased |= EraseBlock(file, reader, start, (int)length, "Exif\0\0"u8);
            reader.MoveTo(start + length + (length & 1));
        }

        return erased;
    }

    private static bool EraseBlock(Stream file, FileReader reader, long start, int length, ReadOnlySpan<byte> prefix)
    {
        var block = new byte[length];
        reader.MoveTo(start);
        reader.Fill(block);
        // WebP may leave the prefix out.
        var isPrefixed = block.AsSpan().StartsWith(prefix);
        if (!EraseFrom(block.AsSpan(isPrefixed ? prefix.Length : 0))) return false;
        file.Position = start;
        file.Write(block);
        return true;
    }

    /// <summary>Erases the GPS directories of all image directories of a TIFF block.</summary>
    internal static bool EraseFrom(Span<byte> tiff)
    {
        if (tiff.Length < 8) return false;
        var isLittle = tiff.StartsWith("II*\0"u8);
        if (!isLittle && !tiff.StartsWith("MM\0*"u8)) return false;
        var (erased, at) = (false, UInt32(tiff, 4, isLittle));
        // A chain of directories that comes back to itself ends.
        for (var directories = 0; at > 0 && directories < 8; directories++)
        {
            if (at + 2 > tiff.Length) return erased;
            var count = UInt16(tiff, (int)at, isLittle);
            for (var index = 0; index < count; index++)
            {
                var entry = at + 2 + (index * EntryLength);
                if (entry + EntryLength > tiff.Length) return erased;
                if (UInt16(tiff, (int)entry, isLittle) == GpsTag) erased |= EraseDirectory(tiff, UInt32(tiff, (int)entry + 8, isLittle), isLittle);
            }

            var link = at + 2 + (count * EntryLength);
            at = link + 4 <= tiff.Length ? UInt32(tiff, (int)link, isLittle) : 0;
        }

        return erased;
    }

    /// <summary>Erases what its entries hold, the entries, and their number.</summary>
    private static bool EraseDirectory(Span<byte> tiff, long at, bool isLittle)
    {
        if (at + 2 > tiff.Length) return false;
        var count = UInt16(tiff, (int)at, isLittle);
        var end = Math.Min(tiff.Length, at + 2 + (count * EntryLength));
        for (var entry = at + 2; entry + EntryLength <= end; entry += EntryLength)
        {
            var bytes = UInt32(tiff, (int)entry + 4, isLittle) * SizeOf(UInt16(tiff, (int)entry + 2, isLittle));
            var value = UInt32(tiff, (int)entry + 8, isLittle);
            if (bytes > 4 && value >= 8 && value + bytes <= tiff.Length) tiff.Slice((int)value, (int)bytes).Clear();
        }

        tiff[(int)at..(int)end].Clear();
        return count > 0;
    }

    private static long SizeOf(int type) => type switch
    {
        3 or 8 => 2,
        4 or 9 or 11 => 4,
        5 or 10 or 12 => 8,
        _ => 1,
    };

    private static int UInt16(ReadOnlySpan<byte> bytes, int at, bool isLittle) =>
        isLittle ? BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]) : BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]);

    private static long UInt32(ReadOnlySpan<byte> bytes, int at, bool isLittle) =>
        isLittle ? BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]) : BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]);
}
