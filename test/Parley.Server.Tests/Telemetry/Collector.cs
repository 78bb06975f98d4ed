using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Parley.Tests.Telemetry;

/// <summary>A span as a collector received it.</summary>
internal sealed record ReceivedSpan(string Name, string Id, IReadOnlyList<string> Links, IReadOnlyDictionary<string, string> Attributes);

/// <summary>An OTLP collector over HTTP that keeps what it is sent.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<(string Path, string Headers, byte[] Body)> _requests = new();

    private Collector(WebApplication app) => _app = app;

    public string Address => _app.Urls.Single();

    public IReadOnlyList<(string Path, string Headers, byte[] Body)> Requests => [.. _requests];

    /// <summary>ExportTraceServiceRequest: resource spans 1, scope spans 2, spans 2.</summary>
    public IReadOnlyList<ReceivedSpan> Spans =>
        [.. _requests.Where(request => request.Path == "/v1/traces").SelectMany(request => Protobuf.Path(request.Body, 1, 2, 2)).Select(Span)];

    /// <summary>ExportMetricsServiceRequest: resource metrics 1, scope metrics 2, metrics 2, name 1.</summary>
    public IReadOnlyList<string> Metrics =>
        [.. _requests.Where(request => request.Path == "/v1/metrics").SelectMany(request => Protobuf.Path(request.Body, 1, 2, 2)).Select(metric => Protobuf.Text(metric, 1)).Distinct()];

    public static async Task<Collector> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var collector = new Collector(builder.Build());
        collector._app.Urls.Add("http://127.0.0.1:0");
        collector._app.MapPost("/{**path}", async context =>
        {
            var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            collector._requests.Enqueue((context.Request.Path, string.Join('\n', context.Request.Headers.Select(header => $"{header.Key}: {header.Value}")), body.ToArray()));
            context.Response.ContentType = "application/x-protobuf";
        });
        await collector._app.StartAsync();
        return collector;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    /// <summary>Span: id 2, name 5, attributes 9 (key 1, value 2 with a string 1), links 13 (span id 2).</summary>
    private static ReceivedSpan Span(byte[] span) => new(
        Protobuf.Text(span, 5),
        Convert.ToHexString(Protobuf.Fields(span, 2).First()),
        [.. Protobuf.Fields(span, 13).Select(link => Convert.ToHexString(Protobuf.Fields(link, 2).First()))],
        Protobuf.Fields(span, 9).ToDictionary(attribute => Protobuf.Text(attribute, 1), attribute => Protobuf.Path(attribute, 2).Select(value => Protobuf.Text(value, 1)).First(), StringComparer.Ordinal));
}
