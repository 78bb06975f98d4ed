using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Parley.Client;

/// <summary>A client that was added to a host, to be said more of.</summary>
public sealed class ParleyClientBuilder
{
    private readonly ServiceLifetime _lifetime;

    internal ParleyClientBuilder(IServiceCollection services, string name, ServiceLifetime lifetime) => (Services, Name, _lifetime) = (services, name, lifetime);

    /// <summary>The host's services.</summary>
    public IServiceCollection Services { get; }

    /// <summary>The name of the client and of its options; empty for the one without a name.</summary>
    public string Name { get; }

    /// <summary>Takes options from configuration, over what the code says: whatever of <see cref="ParleyClientOptions"/> can be written as text, under its own name (<c>Endpoint</c>, <c>SendTimeout</c>, …).</summary>
    /// <remarks>Read when the client is made. A key that is no option, and a value that cannot be read, are an <see cref="ArgumentException"/> then, as any option that cannot work: a misspelt one must not be ignored for a year.</remarks>
    /// <param name="section">The section that has the keys; one that is not there says nothing.</param>
    public ParleyClientBuilder Bind(IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        Services.AddOptions<ParleyClientOptions>(Name).Configure(options => ConfiguredOptions.Apply(section, options));
        return this;
    }

    /// <summary>Connects when the host starts, and says goodbye when it stops.</summary>
    /// <remarks>
    /// The start does not wait for the server: a host must come up without it, and the client connects as soon as it can. When the server will not have it at all, that is logged, and
    /// <see cref="ParleyClient.StateChanged"/> says it. While the store is in use or out of reach (<see cref="LocalStoreFailure.InUse"/>, as by the process before this one, or <see cref="LocalStoreFailure.Unavailable"/>), that is logged once and it is
    /// tried again every five seconds, by the client's clock, until the host stops; any other failure of the store is logged, and final. At the end the client is disposed after the services that were added after it have stopped.
    /// </remarks>
    /// <exception cref="InvalidOperationException">There is a client per scope: who opens the scope connects it.</exception>
    public ParleyClientBuilder ConnectAtStart()
    {
        if (_lifetime != ServiceLifetime.Singleton) throw new InvalidOperationException("A client of a scope does not start with the host: connect it where the scope begins.");
        Services.AddSingleton<IHostedService>(provider => new Starter(
            Name == "" ? provider.GetRequiredService<ParleyClient>() : provider.GetRequiredKeyedService<ParleyClient>(Name), provider.GetService<ILoggerFactory>()));
        return this;
    }
}

/// <summary>A client that starts and stops with its host.</summary>
internal sealed partial class Starter(ParleyClient client, ILoggerFactory? loggers) : IHostedService, IDisposable
{
    /// <summary>Between two attempts to open the store.</summary>
    private static readonly TimeSpan StorePause = TimeSpan.FromSeconds(5);

    private readonly ILogger _logger = (ILogger?)loggers?.CreateLogger<ParleyClient>() ?? NullLogger.Instance;
    private readonly CancellationTokenSource _stop = new();
    private Task _connecting = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _connecting = ConnectAsync();
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await client.DisposeAsync().AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
        await _connecting.ConfigureAwait(false);
    }

    public void Dispose() => _stop.Dispose();

    private async Task ConnectAsync()
    {
        try
        {
            for (LocalStoreFailure? last = null; await StoreFailureAsync(last).ConfigureAwait(false) is { } failure; last = failure)
                await Task.Delay(StorePause, client.Options.TimeProvider, _stop.Token).ConfigureAwait(false);
        }
        catch (ParleyException error)
        {
            Log.NotConnected(_logger, error);
        }
        catch (Exception error) when (error is ObjectDisposedException or OperationCanceledException)
        {
            // The host stops.
        }
    }

    /// <summary>Connects; answers why not, where the store may be free in a moment.</summary>
    private async Task<LocalStoreFailure?> StoreFailureAsync(LocalStoreFailure? last)
    {
        try
        {
            await client.ConnectAsync().ConfigureAwait(false);
            return null;
        }
        catch (LocalStoreException error) when (error.Failure is LocalStoreFailure.InUse or LocalStoreFailure.Unavailable)
        {
            if (error.Failure != last) Log.NoStore(_logger, error);
            return error.Failure;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(50, LogLevel.Error, "The client is not connected, and will not be.")]
        public static partial void NotConnected(ILogger logger, Exception error);

        [LoggerMessage(51, LogLevel.Warning, "The client is not connected while its store cannot be used; it is tried again every five seconds.")]
        public static partial void NoStore(ILogger logger, Exception error);
    }
}
