using Microsoft.Extensions.Logging;

namespace Parley.Gateway;

/// <summary>The one timer of all connections. Beats from its making to its end.</summary>
internal sealed partial class Heartbeat : IAsyncDisposable
{
    private static readonly TimeSpan PruneEvery = TimeSpan.FromMinutes(1);

    private readonly RealtimeGateway _gateway;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _beating;

    public Heartbeat(RealtimeGateway gateway)
    {
        _gateway = gateway;
        _beating = BeatAsync();
    }

    private async Task BeatAsync()
    {
        using var timer = new PeriodicTimer(_gateway.Options.SweepEvery, _gateway.Clock);
        var prunedAt = _gateway.Clock.GetTimestamp();
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await timer.WaitForNextTickAsync(_stop.Token);
                _gateway.Sweep();
                if (_gateway.Clock.GetElapsedTime(prunedAt) < PruneEvery) continue;
                prunedAt = _gateway.Clock.GetTimestamp();
                _gateway.Prune();
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                // Without the beat no dead connection would ever be noticed again.
                Log.Failed(_gateway.Logger, failure);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _beating;
        _stop.Dispose();
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 231, Level = LogLevel.Error, Message = "A sweep over the connections failed")]
        public static partial void Failed(ILogger logger, Exception failure);
    }
}
