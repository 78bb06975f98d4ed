using System.CommandLine;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Parley.Hosting;
using Parley.Logging;
using Parley.Telemetry;

namespace Parley.Commands;

/// <summary><c>parley serve</c>: the server, with nothing in it that a host embedding Parley could not do.</summary>
internal static partial class ServeCommand
{
    public static Command Build()
    {
        var urls = new Option<string?>("--urls") { HelpName = "URLS", Description = "Where to listen, http://localhost:5080 unless configured otherwise." };
        var (data, file) = (ServerArguments.DataOption(), ServerArguments.FileOption());
        var command = new Command("serve", "Runs the server. Needs no configuration: SQLite in ./data and an app named demo.") { urls, data, file };
        command.SetAction((parsed, cancel) => RunAsync(
            new ServerArguments(parsed.GetValue(file), parsed.GetValue(data), parsed.GetValue(urls)), parsed.InvocationConfiguration.Output, cancel));
        return command;
    }

    /// <summary>Serves until Ctrl+C, SIGTERM, or <paramref name="cancel"/>.</summary>
    public static async Task<int> RunAsync(ServerArguments arguments, TextWriter output, CancellationToken cancel)
    {
        await using var app = Build(arguments);
        // Before the host starts, because the host would log the whole stack of a misspelt setting first.
        app.Services.GetRequiredService<IStartupValidator>().Validate();

        await app.StartAsync(cancel);
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        if (Console.IsOutputRedirected) Log.Listening(app.Logger, string.Join(' ', addresses));
        else await output.WriteAsync(Welcome.Text(addresses, app.Configuration, arguments));

        await app.WaitForShutdownAsync(cancel);
        return ExitCode.Done;
    }

    /// <summary>The server, not yet started.</summary>
    public static WebApplication Build(ServerArguments arguments)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.Sources.Clear();
        arguments.AddTo(builder.Configuration);
        DemoApp.AddTo(builder.Configuration);
        builder.Logging.AddLines();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.Services.AddServer(builder.Configuration);
        builder.Services.AddHostedService<TelemetryExport>();

        // In a terminal a failed start is one sentence; the host would write its stack above it. A log keeps the stack.
        WebApplication? starting = null;
        if (!Console.IsOutputRedirected)
        {
            builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host",
                level => level >= LogLevel.Warning && (starting?.Lifetime.ApplicationStarted.IsCancellationRequested ?? false));
        }

        var app = starting = builder.Build();
        app.MapParley();
        if (!app.Configuration.GetSection("Kestrel:Endpoints").GetChildren().Any())
        {
            var urls = app.Services.GetRequiredService<IOptions<HttpOptions>>().Value.Urls;
            foreach (var url in urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)) app.Urls.Add(Checked(url));
        }

        return app;
    }

    /// <summary>An address that the web server understands; it would throw at others without saying where they stand.</summary>
    private static string Checked(string url)
    {
        try
        {
            var address = BindingAddress.Parse(url);
            // A port that is no number is taken as part of the name, and any name but localhost listens to everybody.
            var isName = address.IsUnixPipe || address.IsNamedPipe || address.Host.StartsWith('[') || !address.Host.Contains(':', StringComparison.Ordinal);
            if (isName && address.Port <= IPEndPoint.MaxPort) return url;
        }
        catch (FormatException)
        {
            // Told below.
        }

        throw new CommandException($"Parley:Http:Urls has \"{url}\", but must be addresses like http://localhost:5080, with semicolons between them.");
    }

    /// <summary>Everything that has settings: what <c>serve</c> runs and <c>config</c> shows.</summary>
    public static IServiceCollection AddServer(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddParley(configuration);
        services.AddStrictOptions<HttpOptions, HttpOptionsValidator>(HttpOptions.Section);
        services.AddStrictOptions<TelemetryOptions, TelemetryOptionsValidator>(TelemetryOptions.Section);
        services.AddOptions<KestrelServerOptions>().Configure<IOptions<HttpOptions>>((kestrel, http) => ListenSockets.Configure(kestrel, http.Value));
        services.Configure<SocketTransportOptions>(ListenSockets.Configure);
        return services;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Listening on {Addresses}.")]
        public static partial void Listening(ILogger log, string addresses);
    }
}
