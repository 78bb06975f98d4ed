namespace Parley.Storage;

/// <summary>Whether there is room to go on writing. Asked on every append, looked at once in a while.</summary>
internal sealed class DiskSpace(StorageOptions options)
{
    private volatile bool _isLow;

    /// <summary>True when less is free than <see cref="StorageOptions.MinFreeBytes"/>. PostgreSQL watches its own disk.</summary>
    public bool IsLow => _isLow;

    /// <summary>Looks. A directory that does not say is taken to have room: the database itself refuses when it has none.</summary>
    public void Look()
    {
        if (options.Engine != StorageEngine.Sqlite) return;
        try
        {
            _isLow = new DriveInfo(Path.GetFullPath(options.DataDirectory)).AvailableFreeSpace < options.MinFreeBytes;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            _isLow = false;
        }
    }
}
