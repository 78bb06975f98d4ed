using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Parley.Client;

/// <summary>Parley's client in a host with a service collection.</summary>
/// <remarks>
/// The container makes the client when somebody asks for it, and disposes it; it must be disposed asynchronously, as hosts do. What is not set in <see cref="ParleyClientOptions"/> comes from the container: the
/// <see cref="ILoggerFactory"/>, and a <see cref="TimeProvider"/> where one is registered. Options that cannot work are an <see cref="ArgumentException"/> of who asks first, and with
/// <see cref="ParleyClientBuilder.ConnectAtStart"/> of the host's start. The options can also be set with <c>services.Configure&lt;ParleyClientOptions&gt;()</c>, under the client's name if it has one.
/// </remarks>
public static class ServiceCollectionExtensions
{
    /// <summary>Adds one <see cref="ParleyClient"/> for the whole host, as the user whom its tokens name: for a program that is somebody itself, as a bot is.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">Sets the options; may ask the container for what it needs. Called once.</param>
    /// <exception cref="InvalidOperationException">It was added before; name those beyond the first with <see cref="AddKeyedParleyClient"/>.</exception>
    public static ParleyClientBuilder AddParleyClient(this IServiceCollection services, Action<IServiceProvider, ParleyClientOptions> configure)
    {
        var builder = Add(services, Options.DefaultName, configure);
        AddOnce(services, ServiceDescriptor.Singleton(provider => Make(provider, Options.DefaultName)));
        return builder;
    }

    /// <summary>Adds one more <see cref="ParleyClient"/> for the whole host, of another user: <c>[FromKeyedServices(name)] ParleyClient client</c>.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="name">The key, and the name of its options.</param>
    /// <param name="configure">Sets the options; may ask the container for what it needs. Called once.</param>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    /// <exception cref="InvalidOperationException">One of this name was added before.</exception>
    public static ParleyClientBuilder AddKeyedParleyClient(this IServiceCollection services, string name, Action<IServiceProvider, ParleyClientOptions> configure)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var builder = Add(services, name, configure);
        AddOnce(services, ServiceDescriptor.KeyedSingleton(name, (provider, _) => Make(provider, name)));
        return builder;
    }

    /// <summary>Adds a <see cref="ParleyClient"/> per scope, which ends with it: one per circuit of Blazor Server, as the user who is signed in there.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">Sets the options of each; what it asks for is the scope's.</param>
    /// <exception cref="InvalidOperationException">A client was added before.</exception>
    public static ParleyClientBuilder AddScopedParleyClient(this IServiceCollection services, Action<IServiceProvider, ParleyClientOptions> configure)
    {
        var builder = Add(services, Options.DefaultName, configure, ServiceLifetime.Scoped);
        AddOnce(services, ServiceDescriptor.Scoped(provider => Make(provider, Options.DefaultName)));
        return builder;
    }

    private static ParleyClientBuilder Add(
        IServiceCollection services, string name, Action<IServiceProvider, ParleyClientOptions> configure, ServiceLifetime lifetime = ServiceLifetime.Singleton)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptions<ParleyClientOptions>(name).Configure<IServiceProvider>((options, provider) => configure(provider, options));
        return new ParleyClientBuilder(services, name, lifetime);
    }

    private static void AddOnce(IServiceCollection services, ServiceDescriptor client)
    {
        if (services.Any(one => one.ServiceType == typeof(ParleyClient) && Equals(one.ServiceKey, client.ServiceKey)))
            throw new InvalidOperationException("There is a Parley client already under this name: give each further one a name with AddKeyedParleyClient.");
        services.Add(client);
    }

    private static ParleyClient Make(IServiceProvider provider, string name)
    {
        // From a factory, not a monitor: each client has options, and so a device, of its own, made in the scope that asks.
        var options = provider.GetRequiredService<IOptionsFactory<ParleyClientOptions>>().Create(name);
        options.LoggerFactory ??= provider.GetService<ILoggerFactory>();
        if (options.TimeProvider == TimeProvider.System && provider.GetService<TimeProvider>() is { } clock) options.TimeProvider = clock;
        return new ParleyClient(options);
    }
}
