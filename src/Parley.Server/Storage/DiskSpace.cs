namespace Parley.Storage;

/// <summary>Whether there is room to go on writing. Asked before every append; the disk is asked once a second.</summary>
internal sealed class DiskSpace(StorageOptions options, Ballast ballast, Func<long> freeBytes, TimeProvider clock)
{
    private long _nextLook = long.MinValue;
    private volatile bool _isLow;

    /// <summary>
    /// True when less is free than <see cref="StorageOptions.MinFreeBytes"/>, or than twice the ballast after that was given back: what it gave
    /// is for deleting. PostgreSQL watches its own disk. Safe to ask from anywhere.
    /// </summary>
    public bool IsLow()
    {
        if (options.Engine != StorageEngine.Sqlite) return false;
        var now = clock.GetTimestamp();
        if (now < Volatile.Read(ref _nextLook)) return _isLow;
        Volatile.Write(ref _nextLook, now + clock.TimestampFrequency);
        return _isLow = freeBytes() < Math.Max(options.MinFreeBytes, ballast.IsFreed ? 2 * options.BallastBytes : 0);
    }

    /// <summary>Bytes that are free where the data directory is.</summary>
    public static long FreeBytes(StorageOptions options)
    {
        try
        {
            return new DriveInfo(Path.GetFullPath(options.DataDirectory)).AvailableFreeSpace;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // A file system that does not say is taken to have room: the database itself refuses when it has none.
            return long.MaxValue;
        }
    }
}
