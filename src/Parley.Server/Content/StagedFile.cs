using Microsoft.Win32.SafeHandles;
using Parley.Storage;

namespace Parley.Content;

/// <summary>An upload on its way: a file in the folder of those that are not complete.</summary>
internal sealed class StagedFile : IDisposable
{
    private readonly SafeFileHandle _handle;

    private StagedFile(ContentKey key, string path, SafeFileHandle handle, long length) => (Key, Path, _handle, Length) = (key, path, handle, length);

    public ContentKey Key { get; }

    public string Path { get; }

    /// <summary>Bytes that were written, synced or not.</summary>
    public long Length { get; private set; }

    /// <summary>A new file, whose name is durable.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static StagedFile Create(ContentFolders folders, ContentKey key)
    {
        var folder = folders.IncomingOf(key.App);
        DurableFolders.Make(folder);
        var file = Open(folders.IncomingOf(key), key, FileMode.CreateNew, 0);
        DurableFolders.Flush(folder);
        return file;
    }

    /// <summary>A file that is there already, with its first bytes only; null when it is not there, or has fewer.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static StagedFile? Resume(ContentFolders folders, ContentKey key, long length)
    {
        var path = folders.IncomingOf(key);
        if (!File.Exists(path)) return null;
        var file = Open(path, key, FileMode.Open, length);
        if (RandomAccess.GetLength(file._handle) >= length)
        {
            file.Cut(length);
            return file;
        }

        file.Dispose();
        return null;
    }

    /// <exception cref="StagingFailed">They could not be written.</exception>
    public async ValueTask AppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        try
        {
            await RandomAccess.WriteAsync(_handle, bytes, Length, cancel);
        }
        catch (IOException failure)
        {
            throw new StagingFailed(failure);
        }

        Length += bytes.Length;
    }

    /// <summary>Leaves the first bytes only.</summary>
    public void Cut(long length)
    {
        RandomAccess.SetLength(_handle, length);
        Length = length;
    }

    /// <summary>Returns when all bytes are durable. When it fails, nobody knows what is on disk, and asking again would not tell: the file is lost.</summary>
    /// <exception cref="StagingFailed">They are not.</exception>
    public Task SyncAsync() => Task.Run(() =>
    {
#if PLANTED_BUGS
        if (PlantedBugs.LeavesContentToTheSystem()) return;
#endif
        try
        {
            RandomAccess.FlushToDisk(_handle);
        }
        catch (IOException failure)
        {
            throw new StagingFailed(failure);
        }
    });

    /// <summary>Its bytes, to be looked at and changed.</summary>
    public FileStream View() => new(Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);

    /// <summary>The bytes of one, to be looked at only.</summary>
    /// <exception cref="IOException">It is not there, or cannot be opened.</exception>
    public static FileStream Read(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    /// <summary>Deletes it. What is gone already stays so.</summary>
    public void Delete()
    {
        Dispose();
        File.Delete(Path);
    }

    public void Dispose() => _handle.Dispose();

    private static StagedFile Open(string path, ContentKey key, FileMode mode, long length) =>
        new(key, path, OpenHandle(path, mode), length);

    private static SafeFileHandle OpenHandle(string path, FileMode mode)
    {
        if (mode == FileMode.Open || OperatingSystem.IsWindows()) return File.OpenHandle(path, mode, FileAccess.ReadWrite, FileShare.ReadWrite);
        // Created for its owner only: other users of the machine have no business in it.
        using (new FileStream(path, new FileStreamOptions { Mode = mode, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
        {
        }

        return File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
    }
}
