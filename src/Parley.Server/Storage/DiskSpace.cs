namespace Parley.Storage;

/// <summary>Whether there is room to go on writing. Asked before every append; the disk is asked once a second.</summary>
internal sealed class DiskSpace(StorageOptions options, TimeProvider clock)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private long? _lookedAt;
    private bool _isLow;

    /// <summary>True when less is free than <see cref="StorageOptions.MinFreeBytes"/>. PostgreSQL watches its own disk. Not thread-safe.</summary>
    public bool IsLow()
    {
        if (options.Engine != StorageEngine.Sqlite) return false;
        if (_lookedAt is { } at && clock.GetElapsedTime(at) < LookEvery) return _isLow;
        _lookedAt = clock.GetTimestamp();
        return _isLow = FreeBytes() < options.MinFreeBytes;
    }

    private long FreeBytes()
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
