using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Parley.Content;
using Parley.Conversations;
using Parley.Egress;
using Parley.Gateway;
using Parley.Identity;
using Parley.Moderation;
using Parley.Presence;
using Parley.Storage;

namespace Parley.Hosting;

/// <summary>Starts the node before the host opens a port, drains it before the host closes its connections.</summary>
internal sealed class ParleyHost(
    IOptions<StorageOptions> storage, IOptions<AppsOptions> apps, IOptions<GatewayOptions> gateway, IOptions<LimitsOptions> limits,
    IOptions<KeySetsOptions> keySets, IOptions<EgressOptions> egress, IOptions<RoomsOptions> rooms, IOptions<PresenceOptions> presence,
    IOptions<ContentOptions> content, IEnumerable<IMessageInterceptor> interceptors, IEnumerable<IContentInterceptor> contentInterceptors,
    Database database, TimeProvider clock, IMeterFactory meters,
    ILoggerFactory loggers) : IHostedLifecycleService, IAsyncDisposable
{
    private ParleyNode? _node;

    /// <exception cref="InvalidOperationException">The host has not started.</exception>
    public ParleyNode Node => _node ?? throw new InvalidOperationException("Parley has not started: the host must run its hosted services.");

    public async Task StartingAsync(CancellationToken cancellationToken) =>
        _node = await ParleyNode.StartAsync(
            new NodeSettings(storage.Value, apps.Value, gateway.Value, limits.Value, clock, meters, loggers)
            {
                KeySets = keySets.Value,
                Egress = egress.Value,
                Rooms = rooms.Value,
                Presence = presence.Value,
                Content = content.Value,
                Interceptors = [.. interceptors],
                ContentInterceptors = [.. contentInterceptors],
            },
            database, cancellationToken);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        if (_node is not null) await _node.Gateway.DrainAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _node, null) is { } node) await node.DisposeAsync();
    }
}
