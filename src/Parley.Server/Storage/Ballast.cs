using Microsoft.Extensions.Logging;

namespace Parley.Storage;

/// <summary>A file beside the SQLite database that only takes up room, and gives it back when the disk is full.</summary>
/// <remarks>
/// On a full disk SQLite cannot even delete or checkpoint, since both write first. What is given back is for that: new entries are
/// refused meanwhile (<see cref="DiskSpace"/>). PostgreSQL looks after its own disk, so there is no file then.
/// </remarks>
internal sealed partial class Ballast(StorageOptions options, Func<long> freeBytes, TimeProvider clock, ILogger<Ballast> logger) : IAsyncDisposable
{
    private const int PieceBytes = 1024 * 1024;
    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);

    private readonly string _path = PathIn(options);
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private Task _looking = Task.CompletedTask;
    private bool _isFreed;

    public static string PathIn(StorageOptions options) => Path.Combine(options.DataDirectory, "parley.ballast");

    /// <summary>Whether the disk was full, and has had no room for the file since.</summary>
    public bool IsFreed => Volatile.Read(ref _isFreed);

    /// <summary>Bytes that must be free for the file to be made: making it must not make the disk low.</summary>
    private long Needed => options.BallastBytes + Math.Max(options.MinFreeBytes, options.BallastBytes);

    /// <summary>Makes the file where there is room for it, and again later, whenever it is missing.</summary>
    public void Start()
    {
        if (options.Engine != StorageEngine.Sqlite) return;
        Look();
        if (options.BallastBytes > 0 && !File.Exists(_path)) Log.NoRoom(logger, options.DataDirectory, options.BallastBytes, Needed);
        _looking = LookAsync();
    }

    /// <summary>The disk is full: gives the room back. Does nothing where that has been done.</summary>
    public void Free()
    {
        lock (_gate)
        {
            if (options.Engine != StorageEngine.Sqlite || !File.Exists(_path)) return;
            if (!TryDelete()) return;
            Volatile.Write(ref _isFreed, true);
            Log.Freed(logger, options.DataDirectory, options.BallastBytes, Needed);
        }
    }

    private async Task LookAsync()
    {
        using var timer = new PeriodicTimer(LookEvery, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token)) Look();
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }
    }

    private void Look()
    {
        lock (_gate)
        {
            var file = new FileInfo(_path);
            if (file.Exists && file.Length == options.BallastBytes) return;
            if (file.Exists) TryDelete();
            if (options.BallastBytes == 0 || freeBytes() < Needed) return;
            try
            {
                Write();
                if (IsFreed) Log.Back(logger);
                Volatile.Write(ref _isFreed, false);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                Log.NotMade(logger, exception);
                TryDelete();
            }
        }
    }

    /// <remarks>Noise, because a file system that compresses or leaves out zeros would keep no room for them.</remarks>
    private void Write()
    {
        using var file = new FileStream(_path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var piece = new byte[Math.Min(PieceBytes, options.BallastBytes)];
        for (var left = options.BallastBytes; left > 0; left -= piece.Length)
        {
            Random.Shared.NextBytes(piece);
            file.Write(piece.AsSpan(0, (int)Math.Min(piece.Length, left)));
        }

        file.Flush(flushToDisk: true);
    }

    private bool TryDelete()
    {
        try
        {
            File.Delete(_path);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Log.NotDeleted(logger, exception);
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _looking;
        _stop.Dispose();
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The disk of {Folder} is full. The ballast there, {Bytes} bytes, was deleted, so that what is stored can still be deleted and "
            + "checkpointed. Make room: with {Needed} bytes free the ballast is made again.")]
        public static partial void Freed(ILogger logger, string folder, long bytes, long needed);

        [LoggerMessage(2, LogLevel.Information, "There is room again, and the ballast was made again")]
        public static partial void Back(ILogger logger);

        [LoggerMessage(3, LogLevel.Warning, "The ballast could not be made")]
        public static partial void NotMade(ILogger logger, Exception exception);

        [LoggerMessage(4, LogLevel.Warning, "There is too little room in {Folder} for the ballast of {Bytes} bytes. Make room: with {Needed} bytes free it is made.")]
        public static partial void NoRoom(ILogger logger, string folder, long bytes, long needed);

        [LoggerMessage(5, LogLevel.Warning, "The ballast could not be deleted")]
        public static partial void NotDeleted(ILogger logger, Exception exception);
    }
}
