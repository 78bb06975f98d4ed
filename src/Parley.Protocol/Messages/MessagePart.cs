using System.Text.Json.Serialization;

namespace Parley;

/// <summary>One part of a message. It has one home: inline in <see cref="Body"/>, uploaded as <see cref="Content"/>, or elsewhere at <see cref="Url"/>.</summary>
/// <param name="Type">A MIME type, as <c>text/plain</c> or <c>image/png</c>: 3 to 127 characters with one <c>/</c>, in lower case.</param>
/// <param name="Body">The part itself, where it is inline.</param>
public sealed record MessagePart(string Type, string? Body = null)
{
    /// <summary>The MIME type of plain text.</summary>
    public const string PlainText = "text/plain";

    /// <summary>A place: <see cref="Location"/> as JSON.</summary>
    public const string LocationType = "application/vnd.parley.location+json";

    /// <summary>A sticker: <see cref="Sticker"/> as JSON.</summary>
    public const string StickerType = "application/vnd.parley.sticker+json";

    /// <summary>Something that the recipient's app does: <see cref="AppCommand"/> as JSON. A message of nothing else is not shown and not counted.</summary>
    public const string CommandType = "application/vnd.parley.command+json";

    /// <summary>Something of the app's: <see cref="CustomEvent"/> as JSON.</summary>
    public const string CustomType = "application/vnd.parley.custom+json";

    /// <summary>The most characters of a MIME type.</summary>
    public const int MaxTypeLength = 127;

    /// <summary>The most code points of a name.</summary>
    public const int MaxName = 255;

    /// <summary>The most bytes of a URL.</summary>
    public const int MaxUrlBytes = 2_048;

    /// <summary>What was uploaded; null for a part with another home.</summary>
    public ContentId? Content { get; init; }

    /// <summary>Where the app keeps it, <c>https</c> or <c>http</c>: recipients fetch it there, the server never does (A30). Null for a part with another home.</summary>
    public string? Url { get; init; }

    /// <summary>What the file is called: 1 to 255 code points.</summary>
    public string? Name { get; init; }

    /// <summary>Bytes. Of uploaded content the server says it, whatever the sender said.</summary>
    public long? Size { get; init; }

    /// <summary>SHA-256 of uploaded content in hexadecimal, as the server says.</summary>
    public string? Hash { get; init; }

    /// <summary>Pixels across, 1 to 1,000,000.</summary>
    public int? Width { get; init; }

    /// <summary>Pixels down, 1 to 1,000,000.</summary>
    public int? Height { get; init; }

    /// <summary>How long sound and moving pictures last, in milliseconds.</summary>
    public long? DurationMs { get; init; }

    /// <summary>What it is, by its type.</summary>
    [JsonIgnore]
    public ContentKind Kind => Type switch
    {
        PlainText => ContentKind.Text,
        LocationType => ContentKind.Location,
        StickerType => ContentKind.Sticker,
        CommandType => ContentKind.Command,
        CustomType => ContentKind.Custom,
        _ when Type.StartsWith("text/", StringComparison.Ordinal) => ContentKind.Text,
        _ when Type.StartsWith("image/", StringComparison.Ordinal) => ContentKind.Image,
        _ when Type.StartsWith("audio/", StringComparison.Ordinal) => ContentKind.Audio,
        _ when Type.StartsWith("video/", StringComparison.Ordinal) => ContentKind.Video,
        _ => ContentKind.File,
    };

    /// <summary>Plain text.</summary>
    public static MessagePart OfText(string text) => new(PlainText, text);

    /// <summary>What was uploaded.</summary>
    /// <param name="type">Its MIME type.</param>
    /// <param name="content">Its id.</param>
    /// <param name="name">What it is called.</param>
    public static MessagePart OfContent(string type, ContentId content, string? name = null) => new(type) { Content = content, Name = name };

    /// <summary>What was uploaded, with all that its upload said of it.</summary>
    /// <param name="uploaded">What the upload made. One message or several may refer to it.</param>
    /// <param name="durationMs">How long sound and moving pictures last, in milliseconds; nobody else knows.</param>
    public static MessagePart Of(ContentUploaded uploaded, long? durationMs = null)
    {
        ArgumentNullException.ThrowIfNull(uploaded);
        return new(uploaded.Type)
        {
            Content = uploaded.Content, Name = uploaded.Name, Size = uploaded.Size, Hash = uploaded.Hash, Width = uploaded.Width, Height = uploaded.Height, DurationMs = durationMs,
        };
    }

    /// <summary>What the app keeps elsewhere.</summary>
    /// <param name="type">Its MIME type.</param>
    /// <param name="url">Where.</param>
    /// <param name="name">What it is called.</param>
    public static MessagePart OfUrl(string type, Uri url, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(url);
        return new(type) { Url = url.AbsoluteUri, Name = name };
    }

    /// <summary>A place.</summary>
    public static MessagePart Of(Location location) => new(LocationType, TypedParts.Write(location, ProtocolJson.Lenient.Location));

    /// <summary>A sticker.</summary>
    public static MessagePart Of(Sticker sticker) => new(StickerType, TypedParts.Write(sticker, ProtocolJson.Lenient.Sticker));

    /// <summary>Something that the recipient's app does.</summary>
    public static MessagePart Of(AppCommand command) => new(CommandType, TypedParts.Write(command, ProtocolJson.Lenient.AppCommand));

    /// <summary>Something of the app's.</summary>
    public static MessagePart Of(CustomEvent custom) => new(CustomType, TypedParts.Write(custom, ProtocolJson.Lenient.CustomEvent));

    /// <summary>The place that this part says; null when it says none.</summary>
    public Location? AsLocation() => TypedParts.Read(this, LocationType, ProtocolJson.Lenient.Location);

    /// <summary>The sticker that this part is; null when it is none.</summary>
    public Sticker? AsSticker() => TypedParts.Read(this, StickerType, ProtocolJson.Lenient.Sticker);

    /// <summary>The command that this part is; null when it is none.</summary>
    public AppCommand? AsCommand() => TypedParts.Read(this, CommandType, ProtocolJson.Lenient.AppCommand);

    /// <summary>The app's own event that this part is; null when it is none.</summary>
    public CustomEvent? AsCustom() => TypedParts.Read(this, CustomType, ProtocolJson.Lenient.CustomEvent);
}
