using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Parley.Gateway;

/// <summary>The one timer of all connections, and the drain before the host stops anything else.</summary>
internal sealed partial class Heartbeat(RealtimeGateway gateway) : BackgroundService, IHostedLifecycleService
{
    private static readonly TimeSpan PruneEvery = TimeSpan.FromMinutes(1);

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => gateway.DrainAsync(cancellationToken);

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(gateway.Options.SweepEvery, gateway.Clock);
        var prunedAt = gateway.Clock.GetTimestamp();
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                gateway.Sweep();
                if (gateway.Clock.GetElapsedTime(prunedAt) < PruneEvery) continue;
                prunedAt = gateway.Clock.GetTimestamp();
                gateway.Prune();
            }
            catch (Exception failure)
            {
                // Without the beat no dead connection would ever be noticed again.
                Log.Failed(gateway.Logger, failure);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 231, Level = LogLevel.Error, Message = "A sweep over the connections failed")]
        public static partial void Failed(ILogger logger, Exception failure);
    }
}
