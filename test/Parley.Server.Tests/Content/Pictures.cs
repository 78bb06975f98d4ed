using System.Buffers.Binary;
using System.Text;

namespace Parley.Tests.Content;

/// <summary>Files of a few bytes that are what their headers say, made here so that each lie in them is in plain sight.</summary>
internal static class Pictures
{
    public static byte[] Png(uint width = 2, uint height = 3, uint? frames = null, bool isWhole = true) =>
    [
        0x89, .. "PNG\r\n"u8, 0x1A, 0x0A,
        .. PngChunk("IHDR", [.. Big(width), .. Big(height), 8, 6, 0, 0, 0]),
        .. frames is { } count ? PngChunk("acTL", [.. Big(count), .. Big(0)]) : [],
        .. PngChunk("IDAT", [1, 2, 3, 4]),
        .. isWhole ? PngChunk("IEND", []) : [],
    ];

    public static byte[] Gif(ushort width = 4, ushort height = 5, int frames = 1, bool isWhole = true) =>
    [
        .. "GIF89a"u8, .. Little(width), .. Little(height), 0x80, 0, 0, 0, 0, 0, 255, 255, 255,
        .. Enumerable.Range(0, frames).SelectMany(_ => (byte[])[0x21, 0xF9, 4, 0, 1, 0, 0, 0, 0x2C, 0, 0, 0, 0, .. Little(width), .. Little(height), 0, 2, 2, 0x4C, 1, 0]),
        .. isWhole ? [0x3B] : Array.Empty<byte>(),
    ];

    public static byte[] Jpeg(ushort width = 6, ushort height = 7, byte[]? exif = null, bool isWhole = true) =>
    [
        0xFF, 0xD8,
        .. exif is null ? [] : JpegBlock(0xE1, [.. "Exif\0\0"u8, .. exif]),
        .. JpegBlock(0xC0, [8, .. Big(height), .. Big(width), 1, 1, 0x11, 0]),
        .. JpegBlock(0xDA, [1, 1, 0, 0, 63, 0]),
        1, 2, 0xFF, 0, 3,
        .. isWhole ? (byte[])[0xFF, 0xD9] : [],
    ];

    public static byte[] WebP(int width = 8, int height = 9, int frames = 0, bool isWhole = true)
    {
        byte[] chunks =
        [
            .. Chunk("VP8X", [2, 0, 0, 0, .. Little24(width - 1), .. Little24(height - 1)]),
            .. Enumerable.Range(0, frames).SelectMany(_ => Chunk("ANMF", new byte[16])),
        ];
        byte[] all = [.. "RIFF"u8, .. Little((uint)(4 + chunks.Length)), .. "WEBP"u8, .. chunks];
        return isWhole ? all : all[..^4];
    }

    public static byte[] Bitmap(int width = 10, int height = 11, bool isWhole = true)
    {
        var row = ((width * 24) + 31) / 32 * 4;
        byte[] head = [.. "BM"u8, .. Little(0u), .. Little(0u), .. Little(54u), .. Little(40u), .. Little((uint)width), .. Little((uint)height), 1, 0, 24, 0, .. Little(0u), .. new byte[20]];
        return [.. head, .. new byte[isWhole ? row * height : (row * height) - 1]];
    }

    /// <summary>EXIF with a comment and a place: latitude and longitude as three fractions each.</summary>
    public static byte[] ExifWithPlace(uint marker = 0xCAFEBABE)
    {
        // TIFF header (8), directory of two entries (2 + 24 + 4) at 8, GPS directory of two entries (2 + 24 + 4) at 38, fractions at 68 and 92.
        byte[] place = [.. Enumerable.Repeat(Little(marker), 6).SelectMany(one => one)];
        return
        [
            .. "II*\0"u8, .. Little(8u),
            2, 0,
            .. Entry(0x0112, 3, 1, 1), .. Entry(0x8825, 4, 1, 38), .. Little(0u),
            2, 0,
            .. Entry(2, 5, 3, 68), .. Entry(4, 5, 3, 92), .. Little(0u),
            .. place, .. place,
        ];
    }

    private static byte[] Entry(ushort tag, ushort type, uint count, uint value) => [.. Little(tag), .. Little(type), .. Little(count), .. Little(value)];

    private static byte[] PngChunk(string name, byte[] bytes) => [.. Big((uint)bytes.Length), .. Encoding.ASCII.GetBytes(name), .. bytes, 0, 0, 0, 0];

    private static byte[] Chunk(string name, byte[] bytes) => [.. Encoding.ASCII.GetBytes(name), .. Little((uint)bytes.Length), .. bytes, .. bytes.Length % 2 == 1 ? [0] : Array.Empty<byte>()];

    private static byte[] JpegBlock(byte marker, byte[] bytes) => [0xFF, marker, .. Big((ushort)(bytes.Length + 2)), .. bytes];

    private static byte[] Big(uint number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
        return bytes;
    }

    private static byte[] Big(ushort number) => [(byte)(number >> 8), (byte)number];

    private static byte[] Little(ushort number) => [(byte)number, (byte)(number >> 8)];

    private static byte[] Little24(int number) => [(byte)number, (byte)(number >> 8), (byte)(number >> 16)];

    private static byte[] Little(uint number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, number);
        return bytes;
    }
}
