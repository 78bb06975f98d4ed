using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Parley.Client.Testing;

/// <summary>How a test server is set up. Read once, when it is started.</summary>
public sealed class ParleyTestServerOptions
{
    /// <summary>The app whose users connect.</summary>
    public string App { get; init; } = "demo";

    /// <summary>The clock of the server and its clients. Left out, one of the server's own. Several servers may share one.</summary>
    public VirtualClock? Clock { get; init; }

    /// <summary>How long the tokens are good that the kit issues, by the virtual clock; a client renews its token by itself a while before.</summary>
    public TimeSpan TokenLifetime { get; init; } = TimeSpan.FromHours(24);

    /// <summary>
    /// Settings of the server as in its configuration, without <c>Parley:</c> before them: <c>Apps:demo:Retention:Direct</c>. They go before those of the kit, which are those of a server as it ships, except that its rates are so high that no
    /// test meets one by accident: with a clock that stands still a limiter would refuse for ever.
    /// </summary>
    /// <remarks>A key that the server does not know stops the start.</remarks>
    public IDictionary<string, string?> Settings { get; } = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Adds to the services of the server's host: interceptors of messages and content.</summary>
    public Action<IServiceCollection>? ConfigureServices { get; init; }

    /// <summary>Where the server logs; null for nowhere. The test server does not dispose it.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }
}
