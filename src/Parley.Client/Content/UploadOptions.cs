namespace Parley.Client;

/// <summary>What is said with an upload, and who hears of it.</summary>
public sealed record UploadOptions
{
    /// <summary>What the file is called, up to 255 code points; null for nothing. Of a path the server keeps the last part.</summary>
    public string? Name { get; init; }

    /// <summary>The MIME type that it is said to have; null for nothing. The server looks at the bytes: this counts where it says more than they can, and what is said to be a picture and is none is refused.</summary>
    public string? Type { get; init; }

    /// <summary>How many bytes there are. A stream that cannot seek needs it; of one that can it must be what is left from its position on.</summary>
    public long? Length { get; init; }

    /// <summary>Hears how far it is, one call at a time, on any thread: when it begins and ends, when it goes back, and in between ten times a second at most.</summary>
    public IProgress<ContentProgress>? Progress { get; init; }

    /// <summary>Hears the id before the first byte is sent, once, on any thread. Who keeps it can go on after a restart of the program with <see cref="Content.ResumeAsync"/>.</summary>
    public Action<ContentId>? Started { get; init; }

    /// <summary>As <see cref="Started"/>, and waited for.</summary>
    internal Func<ContentId, Task>? Begun { get; init; }

    /// <summary>What becomes of it at the server when it is cancelled.</summary>
    public CancelledUpload WhenCancelled { get; init; }
}

/// <summary>What becomes of a cancelled upload at the server.</summary>
public enum CancelledUpload
{
    /// <summary>It is given up: nothing is left of it.</summary>
    Discard,

    /// <summary>It is kept for as long as the server keeps uploads, a day by default, so that it can go on with <see cref="Content.ResumeAsync"/>.</summary>
    Keep,
}
