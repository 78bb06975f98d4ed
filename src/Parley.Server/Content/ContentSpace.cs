namespace Parley.Content;

/// <summary>Whether there is room for another upload. The disk is asked once a second.</summary>
internal sealed class ContentSpace(ContentOptions options, Func<(long Free, long Total)> look, TimeProvider clock)
{
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private long _nextLook = long.MinValue;
    private (long Free, long Total) _seen;

    /// <summary>Why nothing of this size is taken now; null when there is room for it.</summary>
    public Refusal? Check(long bytes)
    {
        lock (_gate)
        {
            var now = clock.GetTimestamp();
            if (now >= _nextLook)
            {
                _nextLook = now + clock.TimestampFrequency;
                _seen = look();
            }

            var kept = Math.Max(options.MinFreeBytes, _seen.Total / 100 * options.MinFreePercent);
            return _seen.Free - bytes < kept ? Refusals.StorageFull.After(AskAgainAfter) : null;
        }
    }

    /// <summary>What is free where a folder is, or will be, and how large its file system is.</summary>
    public static (long Free, long Total) Look(string folder)
    {
        try
        {
            while (!Directory.Exists(folder) && Path.GetDirectoryName(folder) is { } parent) folder = parent;
            var drive = new DriveInfo(folder);
            return (drive.AvailableFreeSpace, drive.TotalSize);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // A file system that does not say is taken to have room: writing tells when it has none.
            return (long.MaxValue, 0);
        }
    }
}
