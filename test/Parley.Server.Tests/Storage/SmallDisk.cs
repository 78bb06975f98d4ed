using System.ComponentModel;
using System.Diagnostics;

namespace Parley.Tests.Storage;

/// <summary>A folder that is a disk of its own, so small that it can be filled. Only for root on Linux; elsewhere the test is skipped.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private readonly string _folder;

    private SmallDisk(string folder) => _folder = folder;

    private string Filler => Path.Combine(_folder, "filler");

    public static async Task<SmallDisk> MountAsync(string folder, int megabytes)
    {
        var failure = await RunAsync("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", folder);
        Assert.SkipWhen(failure is not null, $"No disk can be mounted here: {failure}");
        return new SmallDisk(folder);
    }

    /// <summary>Leaves no byte free.</summary>
    public void Fill()
    {
        using var filler = new FileStream(Filler, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true) filler.Write(new byte[4_096]);
        }
        catch (IOException)
        {
            // Full.
        }
    }

    public void Empty() => File.Delete(Filler);

    /// <summary>Null when it succeeded.</summary>
    private static async Task<string?> RunAsync(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
            var said = await process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            return process.ExitCode == 0 ? null : said.Trim();
        }
        catch (Win32Exception missing)
        {
            return missing.Message;
        }
    }

    public async ValueTask DisposeAsync() => Assert.Null(await RunAsync("umount", _folder));
}
