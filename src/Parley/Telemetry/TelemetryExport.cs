using System.Reflection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Parley.Telemetry;

/// <summary>Sends metrics and traces to a collector, when one is named; otherwise nobody listens to them and they cost nothing.</summary>
/// <remarks>A collector that is away loses telemetry, never a message: export runs by itself and drops what it cannot deliver.</remarks>
internal sealed partial class TelemetryExport(IOptions<TelemetryOptions> options, ILogger<TelemetryExport> log) : IHostedLifecycleService, IDisposable
{
    private const string Source = "Parley";

    /// <summary>Of the runtime and of what serves and stores for us.</summary>
    private static readonly string[] Meters = [Source, "System.Runtime", "Microsoft.AspNetCore.Server.Kestrel", "Npgsql"];

    private static readonly string[] Endpoints =
        ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"];

    private TracerProvider? _traces;
    private MeterProvider? _metrics;

    /// <summary>Begins before the node starts, so that its first moments are seen.</summary>
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        var settings = options.Value;
        var named = settings.OtlpEndpoint ?? Endpoints.Select(Environment.GetEnvironmentVariable).FirstOrDefault(endpoint => !string.IsNullOrEmpty(endpoint));
        if (string.IsNullOrEmpty(named)) return Task.CompletedTask;
        if (!Uri.TryCreate(named, UriKind.Absolute, out var collector))
            throw new CommandException($"\"{named}\" is no address of a collector: write it like http://localhost:4318.");

        var resource = ResourceBuilder.CreateDefault()
            .AddService("parley", serviceVersion: typeof(TelemetryExport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion)
            // Last, because it wins: OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES.
            .AddEnvironmentVariableDetector();
        var traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(Source).AddOtlpExporter(otlp => Configure(otlp, settings, "v1/traces"));
        if (settings.TraceRatio is { } ratio) traces.SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(ratio)));
        _traces = traces.Build();
        _metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(Meters).AddOtlpExporter((otlp, reader) =>
        {
            Configure(otlp, settings, "v1/metrics");
            reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)settings.MetricsEvery.TotalMilliseconds;
        }).Build();
        // Without what may be a key in it.
        Log.Exporting(log, $"{collector.Scheme}://{collector.Authority}");
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Sends what is left.</summary>
    public Task StoppedAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        _traces?.Dispose();
        _metrics?.Dispose();
        (_traces, _metrics) = (null, null);
    }

    private static void Configure(OtlpExporterOptions otlp, TelemetryOptions settings, string path)
    {
        if (!string.IsNullOrEmpty(settings.OtlpHeaders)) otlp.Headers = settings.OtlpHeaders;
        if (string.IsNullOrEmpty(settings.OtlpEndpoint)) return;
        otlp.Protocol = OtlpExportProtocol.HttpProtobuf;
        otlp.Endpoint = new Uri($"{settings.OtlpEndpoint.TrimEnd('/')}/{path}");
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Sending metrics and traces to {Collector}.")]
        public static partial void Exporting(ILogger log, string collector);
    }
}
