using Microsoft.Extensions.DependencyInjection;

namespace Parley.Client;

/// <summary>Parley's client in a host with a service collection.</summary>
public static class ServiceCollectionExtensions
{
    /// <summary>Adds one <see cref="ParleyClient"/> for the whole host. It is not connected: whoever uses it first calls <see cref="ParleyClient.ConnectAsync"/>.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="options">Makes the options; set <see cref="ParleyClientOptions.LoggerFactory"/> from the provider to log where the host logs.</param>
    public static IServiceCollection AddParleyClient(this IServiceCollection services, Func<IServiceProvider, ParleyClientOptions> options)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(options);
        return services.AddSingleton(provider => new ParleyClient(options(provider)));
    }
}
