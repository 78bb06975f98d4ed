using System.Runtime.CompilerServices;
using Parley.Storage;

namespace Parley.Content;

/// <summary>Keeps content as files of a folder.</summary>
/// <remarks>A complete upload gets its second name here, and loses its first one when it is recorded: a server that dies in between finds it under the first.</remarks>
internal sealed class FileContentStore(ContentFolders folders) : ContentStore
{
    public override Task KeepAsync(StagedFile file, BlobName name, CancellationToken cancel) => Task.Run(() =>
    {
        var path = folders.Of(name);
        var folder = Path.GetDirectoryName(path)!;
        DurableFolders.Make(folder);
        DurableFolders.Link(file.Path, path);
        DurableFolders.Flush(folder);
    }, CancellationToken.None);

    public override Task<Stream?> OpenAsync(BlobName name, long offset, CancellationToken cancel) => Task.Run<Stream?>(() =>
    {
        try
        {
            // Who reads it keeps nobody from deleting it.
            var stream = new FileStream(folders.Of(name), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0, FileOptions.Asynchronous | FileOptions.SequentialScan);
            stream.Position = offset;
            return stream;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }, cancel);

    public override Task DeleteAsync(BlobName name, CancellationToken cancel) => Task.Run(() =>
    {
        try
        {
            File.Delete(folders.Of(name));
        }
        catch (DirectoryNotFoundException)
        {
            // Nor is the file.
        }
    }, cancel);

    public override async IAsyncEnumerable<(BlobName Name, DateTimeOffset WrittenAt)> ListAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        await Task.Yield();
        foreach (var app in folders.Apps())
        {
            foreach (var folder in new DirectoryInfo(folders.Of(app)).EnumerateDirectories().Where(folder => folder.Name.Length == 2))
            {
                foreach (var file in folder.EnumerateFiles().Where(file => BlobName.IsOurs(file.Name)))
                {
                    cancel.ThrowIfCancellationRequested();
                    yield return (new BlobName(app, file.Name), new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero));
                }
            }
        }
    }

    public override ValueTask DisposeAsync() => default;
}
