using System.Text.Json.Serialization;

namespace Parley;

/// <summary>What a part of a message is, by its type.</summary>
[JsonConverter(typeof(ContentKindConverter))]
public enum ContentKind
{
    /// <summary><c>text/*</c>.</summary>
    Text,

    /// <summary><c>image/*</c>.</summary>
    Image,

    /// <summary><c>audio/*</c>.</summary>
    Audio,

    /// <summary><c>video/*</c>.</summary>
    Video,

    /// <summary>Any other type.</summary>
    File,

    /// <summary><see cref="MessagePart.LocationType"/>.</summary>
    Location,

    /// <summary><see cref="MessagePart.StickerType"/>.</summary>
    Sticker,

    /// <summary><see cref="MessagePart.CommandType"/>.</summary>
    Command,

    /// <summary><see cref="MessagePart.CustomType"/>.</summary>
    Custom,

    /// <summary>One of a newer server.</summary>
    Unknown,
}
