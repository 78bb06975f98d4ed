namespace Parley;

/// <summary>What an upload made: content that messages may refer to.</summary>
/// <param name="Content">Its id.</param>
/// <param name="Size">Bytes that are stored.</param>
/// <param name="Type">The MIME type that its bytes show, whatever was declared.</param>
/// <param name="Hash">SHA-256 of the stored bytes in hexadecimal.</param>
/// <param name="Name">What the file is called, as its uploader said.</param>
/// <param name="Width">Pixels across, of a picture that says it.</param>
/// <param name="Height">Pixels down, of a picture that says it.</param>
public sealed record ContentUploaded(ContentId Content, long Size, string Type, string Hash, string? Name = null, int? Width = null, int? Height = null);
