using System.Text;
using Parley.Content;

namespace Parley.Tests.Content;

/// <summary>What files are taken for, by their bytes.</summary>
public sealed class FileTypesTests
{
    public static TheoryData<string, string> Known => new()
    {
        { Hex(Pictures.Png()), "image/png" }, { Hex(Pictures.Jpeg()), "image/jpeg" }, { Hex(Pictures.Gif()), "image/gif" },
        { Hex(Pictures.WebP()), "image/webp" }, { Hex(Pictures.Bitmap()), "image/bmp" },
        { Hex("ID3\x04\0"), "audio/mpeg" }, { "FFFB9064", "audio/mpeg" }, { "FFF15080", "audio/aac" }, { Hex("#!AMR\n<"), "audio/amr" }, { Hex("OggS\0\x02vorbis"), "audio/ogg" },
        { Hex("RIFF\x04\0\0\0WAVEfmt "), "audio/wav" }, { Hex("fLaC"), "audio/flac" },
        { Hex("\0\0\0\u0018ftypmp42"), "video/mp4" }, { Hex("\0\0\0\u0018ftypqt  "), "video/quicktime" }, { Hex("\0\0\0\u0018ftypM4A "), "audio/mp4" }, { Hex("\0\0\0\u0018ftypheic"), "image/heic" },
        { "1A45DFA3" + Hex("....webm"), "video/webm" }, { "1A45DFA3" + Hex("....matroska"), "video/x-matroska" },
        { Hex("RIFF\x04\0\0\0AVI LIST"), "video/x-msvideo" }, { "3026B2758E66CF11A6D900AA0062CE6C", "video/x-ms-wmv" }, { Hex(".RMF\0\0"), "video/vnd.rn-realvideo" },
        { Hex("%PDF-1.7\n"), "application/pdf" }, { Hex("PK\x03\x04rest"), "application/zip" }, { "1F8B0800", "application/gzip" }, { "D0CF11E0A1B11AE1", "application/x-ole-storage" },
        { Hex("Grüße"), "text/plain" }, { "EFBBBF" + Hex("mit BOM"), "text/plain" },
        { Hex("with\0nul"), "application/octet-stream" }, { "C328", "application/octet-stream" }, { "", "application/octet-stream" },
        { Hex("BM is no picture"), "text/plain" }, { Hex("function f() { alert(1) }"), "text/plain" },
        { Hex("<!doctype html><p>"), "application/octet-stream" }, { Hex("\n \t<html>"), "application/octet-stream" }, { "EFBBBF" + Hex("<?xml version='1.0'?>"), "application/octet-stream" },
        { Hex("<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"), "application/octet-stream" },
    };

    [Theory, MemberData(nameof(Known)), Trait("Row", "A25"), Trait("Row", "A26"), Trait("Row", "A27"), Trait("Row", "A28"), Trait("Row", "FU-02")]
    public void A_file_is_what_its_bytes_are(string hex, string type) => Assert.Equal(type, Inspect(Convert.FromHexString(hex), null).Value!.Type);

    [Theory]
    [InlineData("504B0304", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/vnd.openxmlformats-officedocument.wordprocessingml.document")]
    [InlineData("504B0304", "text/html", "application/zip")]
    [InlineData("504B0304", "image/svg+xml", "application/zip")]
    [InlineData("D0CF11E0A1B11AE1", "application/msword", "application/msword")]
    [InlineData("3026B2758E66CF11A6D900AA0062CE6C", "audio/x-ms-wma", "audio/x-ms-wma")]
    [InlineData("612C620A", "text/csv; charset=utf-8", "text/csv")]
    [InlineData("612C620A", "text/html", "text/plain")]
    [InlineData("612C620A", "application/javascript", "text/plain")]
    [InlineData("3C7376673E", "image/svg+xml", "application/octet-stream")]
    [InlineData("00010203", "video/mp4", "application/octet-stream")]
    [Trait("Row", "A26"), Trait("Row", "FU-02"), Trait("Row", "FU-03")]
    public void What_is_declared_counts_only_where_it_says_more_than_the_bytes_can(string hex, string declared, string type) =>
        Assert.Equal(type, Inspect(Convert.FromHexString(hex), declared).Value!.Type);

    [Theory]
    [InlineData("<html><script>alert(1)</script>")]
    [InlineData("<svg onload='alert(1)'/>")]
    [InlineData("%PDF-1.4")]
    [InlineData("alert(1)")]
    [Trait("Row", "FU-02"), Trait("Row", "FU-03")]
    public void What_is_said_to_be_a_picture_and_is_none_is_refused(string text)
    {
        foreach (var declared in new[] { "image/png", "IMAGE/JPEG", "image/gif ; x=y", "image/webp" })
            Assert.Equal(Refusals.ContentRefused, Inspect(Encoding.UTF8.GetBytes(text), declared).Refusal);
    }

    [Fact, Trait("Row", "FU-02")]
    public void A_picture_that_is_an_archive_or_a_page_too_is_the_picture_that_its_first_bytes_are()
    {
        byte[] gifar = [.. Pictures.Gif(), .. "PK\x03\x04"u8, .. "classes"u8];
        byte[] page = [.. Pictures.Png(), .. "<script>alert(1)</script>"u8];

        Assert.Equal("image/gif", Inspect(gifar, "application/java-archive").Value!.Type);
        Assert.Equal("image/png", Inspect(page, "text/html").Value!.Type);
    }

    [Fact, Trait("Row", "FU-05")]
    public void An_archive_is_looked_at_from_outside_only()
    {
        // Whatever it would become, and wherever it would be written: it is one file of a few bytes.
        byte[] slip = [.. "PK\x03\x04"u8, .. new byte[22], .. "../../etc/passwd"u8];

        Assert.Equal("application/zip", Inspect(slip, null).Value!.Type);
    }

    internal static Outcome<InspectedFile> Inspect(byte[] bytes, string? declared)
    {
        using var stream = new MemoryStream(bytes);
        return FileInspection.Inspect(stream, declared, maxMegapixels: 40, maxFrames: 300);
    }

    private static string Hex(byte[] bytes) => Convert.ToHexString(bytes);

    private static string Hex(string text) => Convert.ToHexString(text.Any(character => character is > '~' and < (char)256 and not 'ü' and not 'ß') ? Encoding.Latin1.GetBytes(text) : Encoding.UTF8.GetBytes(text));
}
