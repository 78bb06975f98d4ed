using System.Text.Json.Serialization;

namespace Parley;

/// <summary>Asks how far an upload of the caller's is.</summary>
/// <param name="Content">The content.</param>
public sealed record GetContent(ContentId Content);

/// <summary>An upload as its owner sees it.</summary>
/// <param name="Content">The content.</param>
/// <param name="State">How far it is.</param>
/// <param name="Size">Its bytes: those that are stored, or while it is uploaded those that were announced.</param>
/// <param name="Offset">How many bytes have arrived and are safe, while it is uploaded.</param>
/// <param name="ExpiresAt">When it ends, if nothing more arrives; while it is uploaded.</param>
/// <param name="Type">The MIME type that its bytes show, when it is ready.</param>
/// <param name="Hash">SHA-256 of the stored bytes in hexadecimal, when it is ready.</param>
/// <param name="Name">What the file is called.</param>
/// <param name="Width">Pixels across, of a picture that says it.</param>
/// <param name="Height">Pixels down, of a picture that says it.</param>
public sealed record ContentState(
    ContentId Content, UploadState State, long Size, long? Offset = null, DateTimeOffset? ExpiresAt = null, string? Type = null, string? Hash = null,
    string? Name = null, int? Width = null, int? Height = null);

/// <summary>How far an upload is.</summary>
[JsonConverter(typeof(UploadStateConverter))]
public enum UploadState
{
    /// <summary>A state of a newer server.</summary>
    Unknown,

    /// <summary>Bytes are missing.</summary>
    Uploading,

    /// <summary>Messages may refer to it.</summary>
    Ready,
}
