using System.ComponentModel.DataAnnotations;

namespace Parley.Identity;

/// <summary>What an app lets its users upload. Types are those that the bytes show, whatever was declared.</summary>
public sealed class UploadOptions
{
    /// <summary>Bytes that one user may keep here, of what nobody deleted. Left out, without end.</summary>
    [Range(0, 1_000_000_000_000_000)] public long? UserBytes { get; set; } = 10L * 1024 * 1024 * 1024;

    /// <summary>Bytes that all users of the app may keep here together. Left out, without end.</summary>
    [Range(0, 1_000_000_000_000_000)] public long? AppBytes { get; set; }

    /// <summary>The MIME types of pictures that are taken, as <c>image/png</c>. None: any.</summary>
    public IList<string> ImageTypes { get; } = [];

    /// <summary>The MIME types of sound that are taken, as <c>audio/mpeg</c>. None: any.</summary>
    public IList<string> AudioTypes { get; } = [];

    /// <summary>The MIME types of moving pictures that are taken, as <c>video/mp4</c>. None: any.</summary>
    public IList<string> VideoTypes { get; } = [];

    /// <summary>The MIME types of all other files that are taken, as <c>application/pdf</c>. None: any.</summary>
    public IList<string> FileTypes { get; } = [];

    /// <summary>Whether the app takes files of this type.</summary>
    internal bool Takes(string type)
    {
        var taken = type.Split('/')[0] switch
        {
            "image" => ImageTypes,
            "audio" => AudioTypes,
            "video" => VideoTypes,
            _ => FileTypes,
        };
        return taken.Count == 0 || taken.Contains(type);
    }
}
