using System.Text;

namespace Parley.Content;

/// <summary>What the first bytes of a file show that it is. Pure.</summary>
/// <remarks>
/// What is declared counts only where it says more than the bytes can, and nothing else: an office document is a zip file, a table is text. So nobody makes
/// a browser take a page, a script or a drawing with scripts for a picture.
/// </remarks>
internal static class FileTypes
{
    public const string Unknown = "application/octet-stream";
    public const string Text = "text/plain";
    public const string Zip = "application/zip";

    /// <summary>How many of a file's first bytes are looked at.</summary>
    public const int HeadLength = 4_096;

    private const string OleStorage = "application/x-ole-storage";
    private const string Asf = "video/x-ms-wmv";

    /// <summary>What browsers show and play without running anything of it.</summary>
    private static readonly HashSet<string> Shown = new(StringComparer.Ordinal)
    {
        "image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "audio/mpeg", "audio/ogg", "audio/wav", "audio/flac", "audio/aac", "audio/mp4", "audio/amr",
        "video/mp4", "video/webm", "video/ogg", "video/quicktime", "video/3gpp",
    };

    /// <summary>Pictures whose bytes are known; what is declared to be one of them must be a picture.</summary>
    private static readonly HashSet<string> Pictures = new(StringComparer.Ordinal)
    {
        "image/png", "image/jpeg", "image/jpg", "image/pjpeg", "image/gif", "image/webp", "image/bmp", "image/x-ms-bmp", "image/tiff", "image/heic", "image/heif", "image/avif", "image/apng",
    };

    private static readonly HashSet<string> InZip = new(StringComparer.Ordinal)
    {
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.spreadsheet", "application/vnd.oasis.opendocument.presentation",
        "application/epub+zip", "application/vnd.android.package-archive", "application/java-archive",
    };

    private static readonly HashSet<string> InOle = new(StringComparer.Ordinal) { "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint", "application/vnd.ms-outlook" };

    private static readonly HashSet<string> InAsf = new(StringComparer.Ordinal) { "audio/x-ms-wma", "video/x-ms-asf" };

    private static readonly HashSet<string> InText = new(StringComparer.Ordinal) { "text/csv", "text/markdown", "text/calendar", "text/vcard", "text/tab-separated-values", "application/json" };

    private static readonly (byte[] Bytes, int At, string Type)[] Signatures =
    [
        ([0x89, .. "PNG\r\n"u8, 0x1A, 0x0A], 0, "image/png"),
        ([0xFF, 0xD8, 0xFF], 0, "image/jpeg"),
        ([.. "GIF87a"u8], 0, "image/gif"),
        ([.. "GIF89a"u8], 0, "image/gif"),
        ([.. "II*\0"u8], 0, "image/tiff"),
        ([.. "MM\0*"u8], 0, "image/tiff"),
        ([.. "ID3"u8], 0, "audio/mpeg"),
        ([.. "#!AMR\n"u8], 0, "audio/amr"),
        ([.. "#!AMR-WB\n"u8], 0, "audio/amr-wb"),
        ([.. "fLaC"u8], 0, "audio/flac"),
        ([.. ".RMF"u8], 0, "video/vnd.rn-realvideo"),
        ([0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11, 0xA6, 0xD9, 0x00, 0xAA, 0x00, 0x62, 0xCE, 0x6C], 0, Asf),
        ([.. "%PDF-"u8], 0, "application/pdf"),
        ([.. "PK\x03\x04"u8], 0, Zip),
        ([.. "PK\x05\x06"u8], 0, Zip),
        ([0x1F, 0x8B, 0x08], 0, "application/gzip"),
        ([.. "7z"u8, 0xBC, 0xAF, 0x27, 0x1C], 0, "application/x-7z-compressed"),
        ([.. "Rar!\x1A\x07"u8], 0, "application/vnd.rar"),
        ([0xFD, .. "7zXZ\0"u8], 0, "application/x-xz"),
        ([.. "BZh"u8], 0, "application/x-bzip2"),
        ([0x28, 0xB5, 0x2F, 0xFD], 0, "application/zstd"),
        ([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1], 0, OleStorage),
    ];

    /// <summary>What browsers may show where they are; all else is saved.</summary>
    public static bool IsShown(string type) => Shown.Contains(type);

    /// <summary>Whether somebody who declares this says that it is a picture of a kind that is known here.</summary>
    public static bool IsPicture(string declared) => Pictures.Contains(declared);

    /// <summary>The type that a file's first bytes show; null where only all of them can tell whether it is text.</summary>
    public static string? Of(ReadOnlySpan<byte> head)
    {
        foreach (var (bytes, at, type) in Signatures)
        {
            if (head.Length >= at + bytes.Length && head.Slice(at, bytes.Length).SequenceEqual(bytes)) return type;
        }

        return OfRiff(head) ?? OfBoxes(head) ?? OfEbml(head) ?? OfOgg(head) ?? OfBitmap(head) ?? OfFrames(head);
    }

    /// <summary>What is told of bytes of this type when something was declared.</summary>
    public static string Refine(string type, string? declared) => declared is null ? type : type switch
    {
        Zip when InZip.Contains(declared) => declared,
        OleStorage when InOle.Contains(declared) => declared,
        Asf when InAsf.Contains(declared) => declared,
        Text when InText.Contains(declared) => declared,
        _ => type,
    };

    /// <summary>Whether text looks as if a browser might take it for a page, a drawing or a feed: its first character opens a tag.</summary>
    public static bool LooksLikeMarkup(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith(Encoding.UTF8.Preamble)) head = head[3..];
        return head.TrimStart(" \t\r\n\f\v"u8) is [(byte)'<', ..];
    }

    private static string? OfRiff(ReadOnlySpan<byte> head) =>
        head.Length < 12 || !head.StartsWith("RIFF"u8) ? null
        : head[8..12].SequenceEqual("WEBP"u8) ? "image/webp"
        : head[8..12].SequenceEqual("WAVE"u8) ? "audio/wav"
        : head[8..12].SequenceEqual("AVI "u8) ? "video/x-msvideo"
        : null;

    private static string? OfBoxes(ReadOnlySpan<byte> head)
    {
        if (head.Length < 12 || !head[4..8].SequenceEqual("ftyp"u8)) return null;
        return Encoding.ASCII.GetString(head[8..12]) switch
        {
            "qt  " => "video/quicktime",
            "M4A " or "M4B " or "M4P " => "audio/mp4",
            "heic" or "heix" or "heim" or "heis" or "hevc" or "mif1" or "msf1" => "image/heic",
            "avif" or "avis" => "image/avif",
            ['3', 'g', ..] => "video/3gpp",
            _ => "video/mp4",
        };
    }

    private static string? OfEbml(ReadOnlySpan<byte> head)
    {
        if (!head.StartsWith((ReadOnlySpan<byte>)[0x1A, 0x45, 0xDF, 0xA3])) return null;
        return head[..Math.Min(head.Length, 64)].IndexOf("webm"u8) >= 0 ? "video/webm" : "video/x-matroska";
    }

    private static string? OfOgg(ReadOnlySpan<byte> head)
    {
        if (!head.StartsWith("OggS"u8)) return null;
        return head[..Math.Min(head.Length, 256)].IndexOf("theora"u8) >= 0 ? "video/ogg" : "audio/ogg";
    }

    /// <summary>Two letters are little: the header behind them must be one.</summary>
    private static string? OfBitmap(ReadOnlySpan<byte> head) =>
        head.Length >= 26 && head.StartsWith("BM"u8) && head[6..10].IndexOfAnyExcept((byte)0) < 0 && head[14] is 12 or 40 or 52 or 56 or 64 or 108 or 124 && head[15..18].IndexOfAnyExcept((byte)0) < 0
            ? "image/bmp"
            : null;

    /// <summary>Frames of MPEG audio, with a rate and a frequency that there are.</summary>
    private static string? OfFrames(ReadOnlySpan<byte> head)
    {
        if (head.Length < 4 || head[0] != 0xFF || (head[1] & 0xE0) != 0xE0) return null;
        if ((head[1] & 0xF6) == 0xF0) return "audio/aac";
        var (version, layer) = ((head[1] >> 3) & 3, (head[1] >> 1) & 3);
        return version != 1 && layer != 0 && head[2] >> 4 is > 0 and < 15 && ((head[2] >> 2) & 3) != 3 ? "audio/mpeg" : null;
    }
}
