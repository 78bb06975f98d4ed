using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Parley.Content;

/// <summary>Where uploaded content is kept, and how much is taken. What one app takes is said at the app.</summary>
public sealed class ContentOptions
{
    /// <summary>Where the configuration keeps them.</summary>
    public const string Section = "Parley:Content";

    /// <summary>Where content is kept: <c>Files</c>, in a folder; or <c>S3</c>, in a bucket of a server that speaks S3.</summary>
    public ContentStoreKind Store { get; set; }

    /// <summary>
    /// The folder of content, and of uploads before they are complete. Left out, <c>content</c> in the data directory. Where several nodes share a PostgreSQL
    /// database they share this folder too.
    /// </summary>
    public string? Directory { get; set; }

    /// <summary>The bucket, where content is kept in one.</summary>
    [ValidateObjectMembers] public S3Options S3 { get; } = new();

    /// <summary>Bytes of a file.</summary>
    [Range(1, 2_147_483_648)] public long MaxBytes { get; set; } = 100L * 1024 * 1024;

    /// <summary>Uploads a minute of one user.</summary>
    [Range(1, 1_000_000)] public int UploadsPerUserPerMinute { get; set; } = 50;

    /// <summary>Uploads at once of one user, after a quiet time.</summary>
    [Range(1, 1_000_000)] public int UploadsPerUserBurst { get; set; } = 50;

    /// <summary>Uploads of one user that are being received at the same time.</summary>
    [Range(1, 1_000)] public int ParallelUploadsPerUser { get; set; } = 4;

    /// <summary>Bytes a second that an upload must bring on average; 0 for no matter how few.</summary>
    [Range(0, 1_000_000_000)] public int MinBytesPerSecond { get; set; } = 10 * 1024;

    /// <summary>After how long that is looked at.</summary>
    [Range(typeof(TimeSpan), "00:00:02", "00:10:00")] public TimeSpan MinRateAfter { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Bytes that must stay free where the folder is; an upload for which there is no room beside them is refused with <c>storage_full</c>.</summary>
    [Range(0, 1_000_000_000_000_000)] public long MinFreeBytes { get; set; } = 2L * 1024 * 1024 * 1024;

    /// <summary>As the other, in percent of the file system; the larger of the two counts.</summary>
    [Range(0, 99)] public int MinFreePercent { get; set; } = 5;

    /// <summary>How long an address of content is good for.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")] public TimeSpan UrlLifetime { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How long an upload that can be resumed is kept after bytes arrived for it last.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")] public TimeSpan UploadLifetime { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How long content is kept that no message refers to. An hour more goes by before it is deleted.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "365.00:00:00")] public TimeSpan KeepUnsent { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How often what is to be deleted is looked for. What was recalled is gone within a minute.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:00:30")] public TimeSpan CollectEvery { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Pixels of a picture, in millions. Devices that show it need four bytes for each.</summary>
    [Range(1, 1_000)] public int MaxMegapixels { get; set; } = 40;

    /// <summary>Frames of a picture that moves.</summary>
    [Range(1, 100_000)] public int MaxFrames { get; set; } = 300;
}

/// <summary>Where content is kept.</summary>
public enum ContentStoreKind
{
    /// <summary>In a folder.</summary>
    Files,

    /// <summary>In a bucket of a server that speaks S3.</summary>
    S3,
}

/// <summary>A bucket that content is kept in.</summary>
public sealed class S3Options
{
    /// <summary>Where the server is, as <c>https://s3.example.com</c>. Left out, Amazon's of the region.</summary>
    public Uri? Address { get; set; }

    /// <summary>The region that requests are signed for.</summary>
    [StringLength(64)] public string Region { get; set; } = "us-east-1";

    /// <summary>The bucket. It must be there.</summary>
    [StringLength(63)] public string Bucket { get; set; } = "";

    /// <summary>What the names of all objects begin with, so that several servers may share a bucket.</summary>
    [StringLength(200)] public string Prefix { get; set; } = "";

    /// <summary>The id of the access key. Left out with the secret, they are looked for where Amazon's tools look.</summary>
    [StringLength(128)] public string? AccessKey { get; set; }

    /// <summary>The secret of the access key.</summary>
    [DataType(DataType.Password)] public string? SecretKey { get; set; }

    /// <summary>Whether the bucket is named in the path, as most servers but Amazon's want it.</summary>
    public bool BucketInPath { get; set; } = true;
}

/// <summary>Checks the ranges above, and what belongs together.</summary>
[OptionsValidator]
internal sealed partial class ContentOptionsValidator : IValidateOptions<ContentOptions>;
