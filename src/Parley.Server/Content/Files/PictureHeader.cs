namespace Parley.Content;

/// <summary>What a picture's headers say of it, without decoding anything: how large it is, how often it moves, and whether it is whole.</summary>
/// <param name="Width">Pixels across.</param>
/// <param name="Height">Pixels down.</param>
/// <param name="Frames">How many pictures it shows one after another.</param>
internal readonly record struct PictureHeader(long Width, long Height, int Frames)
{
    /// <summary>Reads the headers of a file from its start; null for a type that is not looked into.</summary>
    /// <exception cref="FileReader.Truncated">It ends before it should.</exception>
    public static PictureHeader? Read(string type, FileReader file) => type switch
    {
        "image/png" => Png(file),
        "image/gif" => Gif(file),
        "image/jpeg" => Jpeg(file),
        "image/webp" => WebPHeader.Read(file),
        "image/bmp" => Bitmap(file),
        _ => null,
    };

    private static PictureHeader Png(FileReader file)
    {
        file.MoveTo(8);
        var header = new PictureHeader(0, 0, 1);
        Span<byte> name = stackalloc byte[4];
        while (true)
        {
            var length = file.UInt32();
            file.Fill(name);
            var next = file.Position + length + 4;
            if (name.SequenceEqual("IHDR"u8)) header = header with { Width = file.UInt32(), Height = file.UInt32() };
            else if (name.SequenceEqual("acTL"u8)) header = header with { Frames = (int)Math.Min(file.UInt32(), int.MaxValue) };
            file.MoveTo(next);
            if (name.SequenceEqual("IEND"u8)) return header;
        }
    }

    private static PictureHeader Gif(FileReader file)
    {
        file.MoveTo(6);
        var (width, height, frames) = (file.UInt16Little(), file.UInt16Little(), 0);
        var flags = file.Byte();
        file.Skip(2 + TableLength(flags));
        while (true)
        {
            switch (file.Byte())
            {
                case 0x2C:
                    frames++;
                    file.Skip(4);
                    // A frame may claim more than the screen that it is on.
                    (width, height) = (Math.Max(width, file.UInt16Little()), Math.Max(height, file.UInt16Little()));
                    file.Skip(TableLength(file.Byte()) + 1);
                    break;
                case 0x21:
                    file.Skip(1);
                    break;
                case 0x3B:
                    return new PictureHeader(width, height, frames);
                default:
                    throw new FileReader.Truncated();
            }

            while (file.Byte() is > 0 and var length) file.Skip(length);
        }
    }

    private static int TableLength(byte flags) => (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);

    private static PictureHeader Jpeg(FileReader file)
    {
        var header = new PictureHeader(0, 0, 1);
        file.MoveTo(2);
        while (true)
        {
            if (file.Byte() != 0xFF) throw new FileReader.Truncated();
            var marker = file.Byte();
            while (marker == 0xFF) marker = file.Byte();
            if (marker == 0xD9) return header;
            var next = file.Position + file.UInt16();
            // Start of frame, of whichever coding; not the tables that share its numbers.
            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC))
            {
                file.Skip(1);
                var height = file.UInt16();
                header = header with { Width = file.UInt16(), Height = height };
            }

            file.MoveTo(next);
            if (marker != 0xDA) continue;
            SkipToEnd(file);
            return header;
        }
    }

    /// <summary>To behind the marker that ends the picture, wherever in what is coded it stands: what has none is cut off.</summary>
    private static void SkipToEnd(FileReader file)
    {
        var buffer = new byte[64 * 1024];
        var last = (byte)0;
        while (file.Some(buffer) is > 0 and var read)
        {
            var bytes = buffer.AsSpan(0, read);
            if ((last == 0xFF && bytes[0] == 0xD9) || bytes.IndexOf((ReadOnlySpan<byte>)[0xFF, 0xD9]) >= 0) return;
            last = bytes[^1];
        }

        throw new FileReader.Truncated();
    }

    private static PictureHeader Bitmap(FileReader file)
    {
        file.MoveTo(10);
        var pixels = file.UInt32Little();
        var length = file.UInt32Little();
        if (length == 12) return new PictureHeader(file.UInt16Little(), file.UInt16Little(), 1);
        var (width, height) = (Math.Abs((long)(int)file.UInt32Little()), Math.Abs((long)(int)file.UInt32Little()));
        file.Skip(2);
        var (depth, compression) = (file.UInt16Little(), file.UInt32Little());
        var row = ((width * depth) + 31) / 32 * 4;
        if (compression == 0 && row * height > file.Length - pixels) throw new FileReader.Truncated();
        return new PictureHeader(width, height, 1);
    }
}
