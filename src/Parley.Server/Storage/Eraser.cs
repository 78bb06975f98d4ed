using Microsoft.Extensions.Logging;

namespace Parley.Storage;

/// <summary>Has what was recalled erased from the files of the database too, some seconds later and for many at once (G16).</summary>
/// <remarks>
/// A transaction only writes over what is read. SQLite keeps what was there in its log until that is moved into the file and cut; PostgreSQL keeps it in the table until it is vacuumed.
/// Whoever recalls is not kept waiting for either. What a crash prevented is done by the next start.
/// </remarks>
internal sealed partial class Eraser : IAsyncDisposable
{
    /// <summary>How long after it was recalled. Then within <see cref="Retry"/> more, if somebody still reads what was there.</summary>
    public static readonly TimeSpan After = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);

    private readonly Database _database;
    private readonly TimeProvider _clock;
    private readonly ILogger<Eraser> _logger;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;
    private bool _asked;

    public Eraser(Database database, TimeProvider clock, ILogger<Eraser> logger) => (_database, _clock, _logger) = (database, clock, logger);

    /// <summary>Something was written over that is to be gone. Returns at once.</summary>
    public void Ask()
    {
        lock (_gate)
        {
            if (_asked || _stop.IsCancellationRequested) return;
            _asked = true;
            _running = RunAsync();
        }
    }

    private async Task RunAsync()
    {
        try
        {
            await Task.Delay(After, _clock, _stop.Token);
            // What is recalled from here on asks again.
            lock (_gate) _asked = false;
            while (!await TryAsync()) await Task.Delay(Retry, _clock, _stop.Token);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The server stops; at the next start it asks again.
        }
    }

    private async Task<bool> TryAsync()
    {
        try
        {
            return await _database.EraseAsync(_stop.Token);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Log.NotErased(_logger, _database.Explain(exception));
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Task running;
        lock (_gate) running = _running;
        await running;
        _stop.Dispose();
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "What was recalled is not erased from the database's files yet; it is tried again")]
        public static partial void NotErased(ILogger logger, Exception exception);
    }
}
