using Parley.Storage;

namespace Parley.Doctor;

/// <summary>Whether the data folder can be written, is on a local disk, and has room.</summary>
internal static class FolderCheck
{
    private const string Name = "data folder";
    private const string RoomName = "disk space";

    /// <summary>File systems that are on another machine: their locks and flushes are not to be relied on.</summary>
    private static readonly string[] Remote = ["nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "9p", "fuse.sshfs", "afs", "ceph", "glusterfs"];

    public static IEnumerable<Finding> Run(Patient patient)
    {
        yield return Writable(patient.Folder);
        if (patient.Storage.Engine != StorageEngine.Sqlite) yield break;
        if (DriveOf(Existing(patient.Folder)) is { } drive)
        {
            if (JudgeFormat(drive.Format) is { } remote) yield return remote;
            yield return JudgeRoom(drive.Free, patient.Storage);
        }

        if (File.Exists(Databases.FileOf(patient.Storage)) && patient.Storage.BallastBytes > 0 && !File.Exists(Ballast.PathIn(patient.Storage)))
            yield return Finding.Warn("ballast", "the ballast file is missing, so a full disk could not be cleaned up", "Make room; the server makes it again within a minute.");
    }

    internal static Finding? JudgeFormat(string format) => Remote.Contains(format, StringComparer.OrdinalIgnoreCase)
        ? Finding.Fail(Name, $"it is on a network file system ({format}), where locks and flushes do not hold what they promise", "Put it on a local disk, or use PostgreSQL.")
        : null;

    internal static Finding JudgeRoom(long free, StorageOptions storage)
    {
        var said = $"{Mebi(free)} MiB are free";
        if (free < storage.MinFreeBytes)
            return Finding.Fail(RoomName, $"{said}; below {Mebi(storage.MinFreeBytes)} MiB the server refuses new entries (storage_full)", $"Make room, or lower {StorageOptions.Section}:{nameof(StorageOptions.MinFreeBytes)}.");
        return free < 2 * storage.MinFreeBytes
            ? Finding.Warn(RoomName, $"{said}; below {Mebi(storage.MinFreeBytes)} MiB the server refuses new entries (storage_full)", "Make room soon.")
            : Finding.Ok(RoomName, said);
    }

    private static Finding Writable(string folder)
    {
        var existing = Existing(folder);
        try
        {
            using var probe = new FileStream(
                Path.Combine(existing, $".parley-doctor-{Guid.NewGuid():N}"), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
            return existing == folder ? Finding.Ok(Name, $"{folder} can be written") : Finding.Ok(Name, $"{folder} is not there yet; the first start makes it");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Finding.Fail(Name, $"{existing} cannot be written by this user ({exception.Message.TrimEnd('.')})", "Make it writable for the user that serves, run doctor as that user, or choose another folder with --data.");
        }
    }

    /// <summary>The folder, or the one in which it would be made.</summary>
    private static string Existing(string folder)
    {
        while (!Directory.Exists(folder) && !File.Exists(folder) && Path.GetDirectoryName(folder) is { } above) folder = above;
        return folder;
    }

    private static (string Format, long Free)? DriveOf(string folder)
    {
        try
        {
            // The drive of a path is the mount point that holds it.
            var drive = new DriveInfo(folder);
            return (drive.DriveFormat, drive.AvailableFreeSpace);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // A file system that does not say.
            return null;
        }
    }

    private static long Mebi(long bytes) => bytes / (1024 * 1024);
}
