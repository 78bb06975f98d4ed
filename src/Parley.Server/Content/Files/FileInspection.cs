using System.Text;

namespace Parley.Content;

/// <summary>What a file turned out to be.</summary>
/// <param name="Type">Its MIME type.</param>
/// <param name="Width">Pixels across, of a picture that says it.</param>
/// <param name="Height">Pixels down, of a picture that says it.</param>
internal sealed record InspectedFile(string Type, int? Width, int? Height);

/// <summary>Looks at a file that has arrived: what it is, and whether it may be shown. Reads it, and decodes nothing.</summary>
internal static class FileInspection
{
    /// <summary>What it is, or why it is not taken.</summary>
    public static Outcome<InspectedFile> Inspect(Stream file, string? declared, int maxMegapixels, int maxFrames)
    {
        file.Position = 0;
        Span<byte> head = stackalloc byte[FileTypes.HeadLength];
        head = head[..file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
        declared = Bare(declared);
        var type = FileTypes.Of(head) ?? (IsText(file, head) ? FileTypes.Text : FileTypes.Unknown);
        if (declared is not null && FileTypes.IsPicture(declared) && !type.StartsWith("image/", StringComparison.Ordinal))
            return Refusals.ContentRefused.Because($"it is said to be {declared}, and is no picture");
        var header = default(PictureHeader?);
        try
        {
            file.Position = 0;
            header = PictureHeader.Read(type, new FileReader(file));
        }
        catch (FileReader.Truncated)
        {
            return Refusals.ContentRefused.Because("the picture is cut off");
        }

        if (header is not { } picture) return new InspectedFile(FileTypes.Refine(type, declared), null, null);
        if (picture.Width < 1 || picture.Height < 1) return Refusals.ContentRefused.Because("the picture has no size");
        if (picture.Width > int.MaxValue || picture.Height > int.MaxValue || picture.Width * picture.Height > maxMegapixels * 1_000_000L)
            return Refusals.ContentRefused.Because($"the picture has more than {maxMegapixels} million pixels");
        if (picture.Frames > maxFrames) return Refusals.ContentRefused.Because($"the picture has more than {maxFrames} frames");
        return new InspectedFile(type, (int)picture.Width, (int)picture.Height);
    }

    /// <summary>A declared type without its parameters, in lower case.</summary>
    private static string? Bare(string? declared) => declared?.Split(';')[0].Trim().ToLowerInvariant();

    /// <summary>Whether all of it is UTF-8 without U+0000, and does not begin as markup does.</summary>
    private static bool IsText(Stream file, ReadOnlySpan<byte> head)
    {
        if (head.Length == 0 || head.Contains((byte)0) || FileTypes.LooksLikeMarkup(head)) return false;
        file.Position = 0;
        var decoder = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetDecoder();
        var (bytes, characters) = (new byte[64 * 1024], new char[64 * 1024]);
        try
        {
            while (file.Read(bytes) is > 0 and var read)
            {
                if (bytes.AsSpan(0, read).Contains((byte)0)) return false;
                decoder.GetChars(bytes.AsSpan(0, read), characters, flush: false);
            }

            decoder.GetChars([], characters, flush: true);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }
}
