using Parley.Bench;

namespace Parley.Chaos;

/// <summary>What a database's files lie on.</summary>
internal enum FileSystem
{
    /// <summary>Whatever the machine keeps temporary files on.</summary>
    Given,

    /// <summary>ext4 of its own, in a file.</summary>
    Ext4,

    /// <summary>XFS of its own, in a file.</summary>
    Xfs,
}

/// <summary>A file system of its own in a file, mounted through a loop device: its power can be cut, and it can be filled. Needs root.</summary>
/// <remarks>
/// A power cut is the shutdown that ext4 and XFS have for such tests: from one moment to the next nothing reaches the device any more, neither
/// data nor the journal, and whoever writes or syncs gets an error. What was only in memory is lost, and mounting it again replays the
/// journal as after a real one. What it does not imitate is a device that loses what it had taken and not flushed.
/// </remarks>
internal sealed class Volume : IAsyncDisposable
{
    // Twice what the server wants to have free, and more than mkfs.xfs insists on. Only what is written takes up room.
    private const long Bytes = 2L * 1024 * 1024 * 1024;
    private const long FewBlocks = 128 * 1024;
    private const double MostOfIt = 15.0 / 16;
    private const int Attempts = 100;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly string _image;
    private readonly string _log;
    private bool _mounted;

    private Volume(string folder) => (_image, _log, Mount) = (Path.Combine(folder, "volume.img"), Path.Combine(folder, "volume.log"), Path.Combine(folder, "volume"));

    /// <summary>Where it is mounted.</summary>
    public string Mount { get; }

    /// <summary>Why there can be none here; null when there can.</summary>
    public static async Task<string?> ObstacleAsync(FileSystem kind, CancellationToken cancel)
    {
        if (!Environment.IsPrivilegedProcess) return "Only root may mount file systems.";
        foreach (var (program, package) in new[] { ("mkfs.ext4", "e2fsprogs"), ("mkfs.xfs", "xfsprogs"), ("xfs_io", "xfsprogs") })
        {
            if (Programs.Find(program) is null) return $"Install {package} to run this.";
        }

        var folder = Directory.CreateTempSubdirectory("parley-volume-").FullName;
        try
        {
            await using var volume = await MakeAsync(kind, folder, cancel);
            return null;
        }
        catch (BenchException failure)
        {
            return $"Loop mounts are not possible here: {failure.Message.ReplaceLineEndings(" ").Trim()}";
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Makes an empty one below a folder and mounts it.</summary>
    public static async Task<Volume> MakeAsync(FileSystem kind, string folder, CancellationToken cancel)
    {
        var volume = new Volume(folder);
        Directory.CreateDirectory(volume.Mount);
        await using (var image = File.Create(volume._image)) image.SetLength(Bytes);
        // ext4 keeps a share for root, which the server may be.
        await volume.RunAsync(cancel, kind == FileSystem.Xfs ? ["mkfs.xfs", "-q", volume._image] : ["mkfs.ext4", "-q", "-F", "-m", "0", volume._image]);
        await volume.MountAsync(cancel);
        return volume;
    }

    /// <summary>From now on nothing more reaches the device.</summary>
    public Task CutPowerAsync(CancellationToken cancel) => RunAsync(cancel, "xfs_io", "-x", "-c", "shutdown", Mount);

    /// <summary>Power is back: the journal is replayed. Nobody may have a file open there any more.</summary>
    public async Task RestorePowerAsync(CancellationToken cancel)
    {
        await UnmountAsync(cancel);
        await MountAsync(cancel);
    }

    /// <summary>Takes all the room there is but for a few blocks.</summary>
    public async Task FillAsync(CancellationToken cancel)
    {
        // A little of what is said to be free cannot be had, and XFS writes everything back before it says no: so it is taken in pieces that fit.
        for (var (share, part) = (MostOfIt, 0); share > 0 && FreeBytes > FewBlocks; part++)
        {
            if (await ChildProcess.RunAsync(_log, cancel, "fallocate", "-l", $"{(long)(FreeBytes * share)}", Path.Combine(Mount, $"filling-{part}")) != 0) share -= MostOfIt / 4;
        }
    }

    /// <summary>Gives that room back.</summary>
    public void Free()
    {
        foreach (var part in Directory.GetFiles(Mount, "filling-*")) File.Delete(part);
    }

    public async ValueTask DisposeAsync()
    {
        if (_mounted) await UnmountAsync(CancellationToken.None);
        File.Delete(_image);
    }

    private long FreeBytes => new DriveInfo(Mount).AvailableFreeSpace;

    private async Task MountAsync(CancellationToken cancel)
    {
        await RunAsync(cancel, "mount", "-o", "loop", _image, Mount);
        _mounted = true;
        // PostgreSQL's files are another user's.
        File.SetUnixFileMode(Mount, File.GetUnixFileMode(Mount) | UnixFileMode.OtherExecute);
    }

    /// <remarks>A process that was killed may hold its files for a moment yet.</remarks>
    private async Task UnmountAsync(CancellationToken cancel)
    {
        for (var attempt = 1; await ChildProcess.RunAsync(_log, cancel, "umount", Mount) != 0; attempt++)
        {
            if (attempt == Attempts) throw new BenchException($"{Mount} cannot be unmounted:\n{await LastWordsAsync()}");
            await Task.Delay(Pause, TimeProvider.System, cancel);
        }

        _mounted = false;
    }

    private async Task RunAsync(CancellationToken cancel, params IReadOnlyList<string> command)
    {
        if (await ChildProcess.RunAsync(_log, cancel, [Programs.Find(command[0]) ?? command[0], .. command.Skip(1)]) != 0) throw new BenchException($"{string.Join(' ', command)} failed: {await LastWordsAsync()}");
    }

    private async Task<string> LastWordsAsync() => string.Join('\n', (await File.ReadAllLinesAsync(_log)).TakeLast(3));
}
