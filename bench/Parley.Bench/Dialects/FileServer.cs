using System.Net;
using System.Runtime.InteropServices;

namespace Parley.Bench;

/// <summary>How files are given to one kind of server.</summary>
internal abstract class FileServer
{
    /// <summary>What uploads a file, but for its bytes.</summary>
    /// <param name="number">Of the file.</param>
    /// <param name="user">Whose it is.</param>
    public abstract HttpRequestMessage Put(int number, string user);

    /// <summary>Makes durable what was answered, where the answer does not say that it is.</summary>
    public abstract void Settle(int number);
}

/// <summary>Parley answers when the file and its row are on disk.</summary>
internal sealed class ParleyFiles(IPEndPoint address, Tokens tokens) : FileServer
{
    public override HttpRequestMessage Put(int number, string user)
    {
        var request = new HttpRequestMessage(HttpMethod.Put, $"http://{address}/v1/content");
        request.Headers.Authorization = new("Bearer", tokens.For(user));
        return request;
    }

    public override void Settle(int number)
    {
        // It is.
    }
}

/// <summary>A server that puts a file below a folder and leaves it to the system when it is written: who waits for that is the generator, within the time of the upload.</summary>
internal sealed partial class FolderFiles(IPEndPoint address, string folder) : FileServer
{
    public override HttpRequestMessage Put(int number, string user) => new(HttpMethod.Put, $"http://{address}/{number}");

    public override void Settle(int number)
    {
        Sync(Path.Combine(folder, $"{number}"));
        Sync(folder);
    }

    private static void Sync(string path)
    {
        var file = Open(path, 0);
        var synced = file >= 0 && FSync(file) == 0;
        var error = Marshal.GetLastPInvokeError();
        if (file >= 0) _ = Close(file);
        if (!synced) throw new BenchException($"{path} is not synced: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(int file);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int file);
}
