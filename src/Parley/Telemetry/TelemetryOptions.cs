using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Parley.Telemetry;

/// <summary>
/// Where <c>parley serve</c> sends metrics and traces. OpenTelemetry's own environment variables (<c>OTEL_EXPORTER_OTLP_ENDPOINT</c> and the others) work too; what is set
/// here wins. A host that embeds Parley has an exporter of its own.
/// </summary>
internal sealed class TelemetryOptions
{
    /// <summary>Where the configuration keeps them.</summary>
    public const string Section = "Parley:Telemetry";

    /// <summary>A collector that takes OTLP over HTTP, like <c>http://localhost:4318</c>. Empty leaves it to <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>; without that too, nothing is sent.</summary>
    [Url]
    public string? OtlpEndpoint { get; set; }

    /// <summary>Headers of each export, as <c>name=value,name=value</c>: what a hosted collector wants as a key.</summary>
    [DataType(DataType.Password)]
    public string? OtlpHeaders { get; set; }

    /// <summary>The part of requests that are traced, from 0 for none to 1 for all. Empty leaves it to <c>OTEL_TRACES_SAMPLER</c>; without that too, all are.</summary>
    [Range(0.0, 1.0)]
    public double? TraceRatio { get; set; }

    /// <summary>How often metrics are sent. <c>OTEL_METRIC_EXPORT_INTERVAL</c> does not change it.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan MetricsEvery { get; set; } = TimeSpan.FromMinutes(1);
}

/// <summary>Checks the ranges above.</summary>
[OptionsValidator]
internal sealed partial class TelemetryOptionsValidator : IValidateOptions<TelemetryOptions>;
