namespace Parley.Moderation;

/// <summary>Decides about each file that was uploaded, before anybody may refer to it. Registered as a service of the host; several are asked in the order in which they were registered, then the app's hook.</summary>
/// <remarks>
/// Who uploads waits for the verdict, and nobody else. It may be asked twice about the same bytes, when they are uploaded twice. One that throws, or takes more than thirty seconds, has the file refused
/// with <c>internal</c>.
/// </remarks>
public interface IContentInterceptor
{
    /// <summary>Says whether a file is taken.</summary>
    /// <param name="content">The file, which is all there, is what its type says, and is none that the app does not take.</param>
    /// <param name="cancel">Ends when nobody waits for the verdict any more.</param>
    ValueTask<ContentVerdict> InterceptAsync(InterceptedContent content, CancellationToken cancel);
}

/// <summary>A file that somebody has uploaded.</summary>
/// <param name="App">The app's name in the configuration.</param>
/// <param name="User">Who uploads it.</param>
/// <param name="Type">The MIME type that its bytes show.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Hash">SHA-256 in hexadecimal.</param>
/// <param name="Name">What its user calls it; null for nothing.</param>
/// <param name="Open">Its bytes, from the start each time, to be read and not changed. Whoever opens them disposes of them, before the verdict: afterwards they may be gone.</param>
public sealed record InterceptedContent(string App, UserId User, string Type, long Size, string Hash, string? Name, Func<Stream> Open);

/// <summary>What becomes of a file.</summary>
public sealed record ContentVerdict
{
    private ContentVerdict()
    {
    }

    /// <summary>It is taken.</summary>
    public static ContentVerdict Pass { get; } = new();

    /// <summary>Whether it is not taken.</summary>
    public bool IsRefused { get; private init; }

    /// <summary>Why not; null for nothing.</summary>
    public string? Reason { get; private init; }

    /// <summary>It is refused with <c>content_refused</c>, and nothing of it is kept.</summary>
    /// <param name="reason">What its user is told, up to 1,000 characters.</param>
    public static ContentVerdict Refuse(string? reason = null) => new() { IsRefused = true, Reason = reason };
}
