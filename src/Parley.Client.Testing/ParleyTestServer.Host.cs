using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Parley.Client.Testing.Transport;
using Parley.Gateway;
using Parley.Hosting;

namespace Parley.Client.Testing;

/// <content>The host that the server runs in.</content>
public sealed partial class ParleyTestServer
{
    private const string Many = "1000000";
    private static readonly TimeSpan Never = TimeSpan.FromDays(36_500);

    /// <summary>How long before its token ends a session is told at least.</summary>
    private static readonly TimeSpan LeastWarning = TimeSpan.FromMinutes(10);

    private WebApplication? _host;

    internal ParleyNode? Node { get; set; }

    private async Task StartHostAsync()
    {
        var listener = new MemoryListener();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection(Settings());
        builder.Logging.ClearProviders();
        if (_options.LoggerFactory is { } loggers) builder.Services.Replace(ServiceDescriptor.Singleton<ILoggerFactory>(new Lent(loggers)));
        // The test's process ends, and is interrupted, as its runner says.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddSingleton(Clock.OfServer());
        builder.Services.AddSingleton<IConnectionListenerFactory>(listener);
        builder.Services.AddParley(builder.Configuration);
        _options.ConfigureServices?.Invoke(builder.Services);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(listener.EndPoint, endpoint => endpoint.Protocols = HttpProtocols.Http1));
        var host = builder.Build();
        try
        {
            host.MapParley();
            await host.StartAsync().ConfigureAwait(false);
        }
        catch
        {
            await Clock.FlowAsync(host.DisposeAsync().AsTask()).ConfigureAwait(false);
            throw;
        }

        (_host, Node) = (host, host.Services.GetRequiredService<ParleyHost>().Node);
        var router = Node.Gateway.Router;
        _network.Knows = method => router.Find(method) is not null;
        StopPings(Node.Gateway.Options);
        WarnEarly(Node.Gateway.Options);
        _network.Listener = listener;
    }

    /// <summary>
    /// A session is told long before its token ends: moves of many days go in steps of minutes, and on a machine that has much to do a client may renew its token some steps later. One whose session had ended would wait for a clock that
    /// nobody moves. Longer than a setting may be, as below.
    /// </summary>
    private void WarnEarly(GatewayOptions gateway)
    {
        if (_options.Settings.ContainsKey("Gateway:ExpiryWarning")) return;
        var share = _options.TokenLifetime / 6;
        gateway.ExpiryWarning = share > LeastWarning ? share : LeastWarning;
    }

    /// <summary>Nobody has to be asked whether he is still there, and a month of pings is most of its work. Longer than a setting may be, so they are set past the validation; what a test sets itself stays.</summary>
    private void StopPings(GatewayOptions gateway)
    {
        if (!_options.Settings.ContainsKey("Gateway:PingEvery")) gateway.PingEvery = Never;
        if (!_options.Settings.ContainsKey("Gateway:DeadAfter")) gateway.DeadAfter = Never;
    }

    private async Task StopHostAsync()
    {
        _network.Listener = null;
        if (_host is not { } host || Node is not { } node) return;
        (_host, Node) = (null, null);
        _network.CutAll();
        // A drain that finds nobody waits for no clock.
        var connections = new List<Gateway.Connection>();
        var began = TimeProvider.System.GetTimestamp();
        for (node.Gateway.Sessions.CopyTo(connections); connections.Count > 0 && TimeProvider.System.GetElapsedTime(began) < Clock.EndsWithin; node.Gateway.Sessions.CopyTo(connections))
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System).ConfigureAwait(false);
        await Clock.FlowAsync(StopAsync()).ConfigureAwait(false);

        async Task StopAsync()
        {
            try
            {
                await host.StopAsync().ConfigureAwait(false);
            }
            finally
            {
                await host.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private Dictionary<string, string?> Settings()
    {
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
        {
            [$"Apps:{_options.App}:Keys:0:Secret"] = Secret,
            [$"Apps:{_options.App}:ApiKeys:0:Name"] = "backend",
            [$"Apps:{_options.App}:ApiKeys:0:Secret"] = ApiKey,
            ["Storage:DataDirectory"] = _folder.FullName,
            ["Storage:FatalErrors"] = "RefuseWrites",
            ["Storage:BallastBytes"] = "0",
            ["Storage:MinFreeBytes"] = "0",
            ["Content:Directory"] = Path.Combine(_folder.FullName, "content"),
            ["Content:MinFreeBytes"] = "0",
            ["Content:MinFreePercent"] = "0",
            ["Content:UploadsPerUserPerMinute"] = Many,
            ["Content:UploadsPerUserBurst"] = Many,
            ["Gateway:SweepEvery"] = "00:00:05",
            ["Limits:BytesPerSecond"] = "1000000000",
            ["Limits:BytesBurst"] = "1000000000",
        };
        foreach (var rate in new[]
        {
            "UnauthenticatedPerAddress", "ConnectionsPerSecond", "ConnectionsPerAddressPerMinute", "ConnectionsPerUserPerMinute", "ConnectionsPerUserBurst", "RequestsPerSecond", "RequestsBurst", "Strikes",
            "SendsPerUserPerSecond", "SendsPerUserBurst", "SendsPerConversationPerSecond", "SendsPerAppPerSecond", "RequestsPerApiKeyPerSecond", "UnauthorizedPerAddressPerMinute", "SendsPerConversationByApiKeysPerSecond",
        })
            settings[$"Limits:{rate}"] = Many;
        foreach (var (key, value) in _options.Settings) settings[key] = value;
        return settings.ToDictionary(setting => $"Parley:{setting.Key}", setting => setting.Value);
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    /// <summary>Somebody else's loggers, which the host must not dispose.</summary>
    private sealed class Lent(ILoggerFactory loggers) : ILoggerFactory
    {
        public void AddProvider(ILoggerProvider provider) => loggers.AddProvider(provider);

        public ILogger CreateLogger(string categoryName) => loggers.CreateLogger(categoryName);

        public void Dispose()
        {
        }
    }
}
