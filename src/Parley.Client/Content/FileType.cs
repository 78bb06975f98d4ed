namespace Parley.Client;

/// <summary>What a file's name says that it is. A hint: the server looks at the bytes.</summary>
public static class FileType
{
    /// <summary>What a name is told to be that says nothing.</summary>
    public const string Unknown = "application/octet-stream";

    private static readonly Dictionary<string, string> Types = new(StringComparer.OrdinalIgnoreCase)
    {
        [".png"] = "image/png", [".jpg"] = "image/jpeg", [".jpeg"] = "image/jpeg", [".gif"] = "image/gif", [".webp"] = "image/webp", [".bmp"] = "image/bmp",
        [".tif"] = "image/tiff", [".tiff"] = "image/tiff", [".heic"] = "image/heic", [".heif"] = "image/heif", [".avif"] = "image/avif",
        [".mp3"] = "audio/mpeg", [".m4a"] = "audio/mp4", [".aac"] = "audio/aac", [".amr"] = "audio/amr", [".ogg"] = "audio/ogg", [".oga"] = "audio/ogg", [".wav"] = "audio/wav",
        [".flac"] = "audio/flac", [".wma"] = "audio/x-ms-wma",
        [".mp4"] = "video/mp4", [".m4v"] = "video/mp4", [".mov"] = "video/quicktime", [".3gp"] = "video/3gpp", [".webm"] = "video/webm", [".mkv"] = "video/x-matroska",
        [".avi"] = "video/x-msvideo", [".wmv"] = "video/x-ms-wmv", [".ogv"] = "video/ogg",
        [".txt"] = "text/plain", [".log"] = "text/plain", [".csv"] = "text/csv", [".tsv"] = "text/tab-separated-values", [".md"] = "text/markdown", [".ics"] = "text/calendar",
        [".vcf"] = "text/vcard", [".json"] = "application/json",
        [".pdf"] = "application/pdf", [".zip"] = "application/zip", [".gz"] = "application/gzip", [".7z"] = "application/x-7z-compressed", [".rar"] = "application/vnd.rar",
        [".xz"] = "application/x-xz", [".bz2"] = "application/x-bzip2", [".zst"] = "application/zstd", [".epub"] = "application/epub+zip",
        [".apk"] = "application/vnd.android.package-archive", [".jar"] = "application/java-archive",
        [".doc"] = "application/msword", [".xls"] = "application/vnd.ms-excel", [".ppt"] = "application/vnd.ms-powerpoint", [".msg"] = "application/vnd.ms-outlook",
        [".docx"] = "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        [".xlsx"] = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        [".pptx"] = "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        [".odt"] = "application/vnd.oasis.opendocument.text", [".ods"] = "application/vnd.oasis.opendocument.spreadsheet", [".odp"] = "application/vnd.oasis.opendocument.presentation",
    };

    /// <summary>The MIME type that a name says by its extension, in upper or lower case; <see cref="Unknown"/> where it says nothing.</summary>
    /// <param name="name">A name, or a path.</param>
    public static string Of(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Types.GetValueOrDefault(Path.GetExtension(name), Unknown);
    }

    /// <summary>What it is, by that type: asked before an upload, where an app sends pictures only.</summary>
    /// <param name="name">A name, or a path.</param>
    public static ContentKind KindOf(string name) => new MessagePart(Of(name)).Kind;
}
