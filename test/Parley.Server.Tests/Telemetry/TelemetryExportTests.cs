using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Parley.Telemetry;

namespace Parley.Tests.Telemetry;

[Collection(nameof(Alone))]
public sealed class TelemetryExportTests
{
    private const string Marker = "bumblebee";

    [Theory, EveryEngine]
    [Trait("Row", "LG-02")]
    public async Task A_collector_receives_metrics_and_spans_and_nothing_that_anybody_wrote(Engine engine)
    {
        await using var collector = await Collector.StartAsync();
        using var export = Export(new TelemetryOptions { OtlpEndpoint = collector.Address, OtlpHeaders = "x-key=hush" });
        await export.StartingAsync(CancellationToken.None);
        await using (var server = await RunningServer.StartAsync(engine))
        {
            using var alice = await server.ConnectAsync("alice-" + Marker);
            var lunch = Guid.NewGuid();
            await alice.AskAsync(Methods.CreateConversation, $$"""{"conversation":"{{lunch}}","kind":"group","participants":["bob-{{Marker}}"],"title":"{{Marker}}"}""");
            await alice.AskAsync(Methods.SendMessage, Hostile.Talk.Message(lunch, Marker));
            await alice.AskAsync(Methods.MarkRead, $$"""{"conversation":"{{lunch}}","upTo":2}""");
            await alice.AskAsync(Methods.GetConversation, $$"""{"conversation":"{{Guid.NewGuid()}}"}""");
        }

        await export.StoppedAsync(CancellationToken.None);

        var spans = collector.Spans;
        foreach (var method in new[] { Methods.OpenSession, Methods.CreateConversation, Methods.SendMessage, Methods.MarkRead, Methods.GetConversation })
        {
            var span = Assert.Single(spans, span => span.Name == method);
            Assert.Equal((method, "jsonrpc"), (span.Attributes["rpc.method"], span.Attributes["rpc.system"]));
        }

        // A batch links to the requests in it.
        var batches = spans.Where(span => span.Name == "journal.batch").SelectMany(span => span.Links).ToList();
        foreach (var written in new[] { Methods.CreateConversation, Methods.SendMessage, Methods.MarkRead })
            Assert.Contains(spans.Single(span => span.Name == written).Id, batches);
        Assert.Contains(spans, span => span.Name == "journal.publish");
        Assert.Equal("not_found", spans.Single(span => span.Name == Methods.GetConversation).Attributes["parley.refusal"]);
        Assert.Contains("parley.gateway.requests", collector.Metrics);
        Assert.Contains("parley.journal.commit.duration", collector.Metrics);
        Assert.Contains("parley.entries", collector.Metrics);
        Assert.All(collector.Requests, request => Assert.Contains("x-key: hush", request.Headers, StringComparison.Ordinal));
        foreach (var hidden in new[] { Marker, RunningServer.SecretOf("demo"), "eyJ" })
            Assert.DoesNotContain(collector.Requests, request => Encoding.UTF8.GetString(request.Body).Contains(hidden, StringComparison.Ordinal));
    }

    /// <summary>The executable itself, told by the standard's own environment variables.</summary>
    [Fact]
    public async Task Parley_serve_exports_where_the_environment_says()
    {
        using var folder = new TemporaryFolder();
        await using var collector = await Collector.StartAsync();
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "parley.dll"), "serve", "--urls", "http://127.0.0.1:0"])
        {
            WorkingDirectory = folder.Path,
            RedirectStandardOutput = true,
            UseShellExecute = false,
            Environment = { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address, ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf", ["OTEL_SERVICE_NAME"] = "chat-of-tests" },
        };
        using var server = Process.Start(start)!;
        try
        {
            Assert.Contains(collector.Address, await server.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
            Assert.Contains("Listening", await server.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
            using var kill = Process.Start("kill", ["-TERM", $"{server.Id}"]);
            await server.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
        finally
        {
            if (!server.HasExited) server.Kill();
        }

        Assert.Equal(0, server.ExitCode);
        // What there was at the end is sent before it ends.
        Assert.Contains("dotnet.gc.collections", collector.Metrics);
        Assert.Contains(collector.Requests, request => Encoding.UTF8.GetString(request.Body).Contains("chat-of-tests", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_ratio_of_nothing_sends_no_spans_and_all_metrics()
    {
        await using var collector = await Collector.StartAsync();
        using var export = Export(new TelemetryOptions { OtlpEndpoint = collector.Address + "/", TraceRatio = 0 });
        await export.StartingAsync(CancellationToken.None);
        await using (var server = await RunningServer.StartAsync(Engine.Sqlite))
            (await server.ConnectAsync("alice")).Dispose();
        await export.StoppedAsync(CancellationToken.None);

        Assert.Empty(collector.Spans);
        Assert.Contains("parley.gateway.frames", collector.Metrics);
    }

    [Fact]
    public async Task Without_a_collector_nobody_listens()
    {
        using var export = Export(new TelemetryOptions());
        await export.StartingAsync(CancellationToken.None);

        using var source = new ActivitySource("Parley");
        Assert.False(source.HasListeners());
    }

    [Fact]
    public async Task A_collector_that_is_away_stops_nothing()
    {
        using var export = Export(new TelemetryOptions { OtlpEndpoint = "http://127.0.0.1:1" });
        await export.StartingAsync(CancellationToken.None);
        await using (var server = await RunningServer.StartAsync(Engine.Sqlite))
            (await server.ConnectAsync("alice")).Dispose();
        await export.StoppedAsync(CancellationToken.None);
    }

    private static TelemetryExport Export(TelemetryOptions options) => new(Options.Create(options), NullLogger<TelemetryExport>.Instance);
}
