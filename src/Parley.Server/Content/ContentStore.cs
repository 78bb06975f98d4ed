namespace Parley.Content;

/// <summary>Where the bytes of content are kept. It knows files by their names and nothing of who may see them.</summary>
internal abstract class ContentStore : IAsyncDisposable
{
    /// <summary>Keeps a complete file, whose bytes are synced, under a name. Returns when that is durable; the upload stays where it is until it is recorded.</summary>
    /// <exception cref="IOException">It could not be kept, or nobody knows: the name is never used again.</exception>
    public abstract Task KeepAsync(StagedFile file, BlobName name, CancellationToken cancel);

    /// <summary>The bytes of a file from an offset on; null when there is no such file.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public abstract Task<Stream?> OpenAsync(BlobName name, long offset, CancellationToken cancel);

    /// <summary>Deletes a file. One that is not there is deleted already.</summary>
    /// <exception cref="IOException">It could not be deleted.</exception>
    public abstract Task DeleteAsync(BlobName name, CancellationToken cancel);

    /// <summary>Every file that is there, and when it was written.</summary>
    public abstract IAsyncEnumerable<(BlobName Name, DateTimeOffset WrittenAt)> ListAsync(CancellationToken cancel);

    public abstract ValueTask DisposeAsync();
}
