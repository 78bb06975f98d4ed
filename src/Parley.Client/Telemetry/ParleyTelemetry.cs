namespace Parley.Client;

/// <summary>Under which names the SDK traces and measures, for OpenTelemetry and whatever else listens to <c>System.Diagnostics</c>.</summary>
/// <remarks>
/// Spans: <c>send</c> (a message, from when it was handed in until it is known what became of it; each copy that left is an event), <c>connect</c> (one attempt) and <c>catch up</c> (from an opened session until every
/// conversation was compared with the server's). Nothing that anybody wrote is in them, no token, and nobody's name nor id: that would make of a collector of figures a record of who talks to whom. Costs next to nothing while nobody
/// listens. What crosses the wire carries no trace: the server's spans stand by themselves.
/// </remarks>
public static class ParleyTelemetry
{
    /// <summary>The name of the <see cref="System.Diagnostics.ActivitySource"/>.</summary>
    public const string ActivitySourceName = "Parley.Client";

    /// <summary>The name of the <see cref="System.Diagnostics.Metrics.Meter"/>.</summary>
    public const string MeterName = "Parley.Client";
}
