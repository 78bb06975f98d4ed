namespace Parley.Content;

/// <summary>The headers of a WebP picture: a list of chunks, of which each coding has its own way to say how large it is.</summary>
internal static class WebPHeader
{
    /// <exception cref="FileReader.Truncated">It ends before it should.</exception>
    public static PictureHeader Read(FileReader file)
    {
        file.MoveTo(4);
        var end = 8 + (long)file.UInt32Little();
        if (end > file.Length) throw new FileReader.Truncated();
        file.MoveTo(12);
        var (width, height, frames) = (0L, 0L, 0);
        Span<byte> name = stackalloc byte[4];
        while (file.Position + 8 <= end)
        {
            file.Fill(name);
            var length = (long)file.UInt32Little();
            var next = file.Position + length + (length & 1);
            var found = name switch
            {
                _ when name.SequenceEqual("VP8X"u8) => Extended(file),
                _ when name.SequenceEqual("VP8 "u8) => Lossy(file),
                _ when name.SequenceEqual("VP8L"u8) => Lossless(file),
                _ => default,
            };
            if (name.SequenceEqual("ANMF"u8)) frames++;
            (width, height) = (Math.Max(width, found.Width), Math.Max(height, found.Height));
            if (next > end + 1) throw new FileReader.Truncated();
            file.MoveTo(Math.Min(next, end));
        }

        return new PictureHeader(width, height, Math.Max(1, frames));
    }

    private static (long Width, long Height) Extended(FileReader file)
    {
        file.Skip(4);
        var width = file.UInt24Little() + 1L;
        return (width, file.UInt24Little() + 1L);
    }

    private static (long Width, long Height) Lossy(FileReader file)
    {
        file.Skip(6);
        var width = file.UInt16Little() & 0x3FFF;
        return (width, file.UInt16Little() & 0x3FFF);
    }

    private static (long Width, long Height) Lossless(FileReader file)
    {
        file.Skip(1);
        var bits = file.UInt32Little();
        return ((bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1);
    }
}
