using System.Diagnostics;
using System.Net;
using Parley.Bench;

namespace Parley.Chaos;

/// <summary>Every server is asked to end and started again, one after the other, while users of the .NET SDK send: on PostgreSQL two behind a balancer, on SQLite the only one.</summary>
internal sealed class RollingRestart : Strain
{
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    public override string Name => "restart";

    public override async Task<StrainResult> RunAsync(Installation installation, Engine engine, Extent extent, CancellationToken cancel)
    {
        var ground = new Ground(engine, FileSystem.Given) { Core = CoreOf(extent), Nodes = engine == Engine.Postgres ? 2 : 1 };
        // As long as is shipped it takes a minute.
        if (extent == Extent.Short) ground = ground with { Variables = new Dictionary<string, string> { ["Parley__Gateway__ReconnectSpread"] = "00:00:01" } };
        await using var site = await Site.SetUpAsync(installation, ground, cancel);
        var result = new StrainResult($"{Name}, {engine}");
        await using var balancer = new Forwarder([.. site.Nodes.Select(node => node.Address)]);
        await using var talk = new SdkTalk(site, balancer.Address, extent == Extent.Full ? 50 : 10);
        await talk.ConnectAsync(TimeSpan.FromMilliseconds(10), cancel);
        talk.Start(TimeSpan.FromMilliseconds(50));
        await Task.Delay(Calm, TimeProvider.System, cancel);
        foreach (var node in site.Nodes)
        {
            IPEndPoint[] others = [.. site.Nodes.Where(other => other != node).Select(other => other.Address)];
            if (others.Length > 0) balancer.Use(others);
            var began = Stopwatch.GetTimestamp();
            await node.StopAsync();
            var ended = Stopwatch.GetElapsedTime(began);
            result.Promise(node.ExitCode == 0, $"a server that was asked to end ended with {node.ExitCode}");
            await node.StartAsync(cancel);
            balancer.Use([.. site.Nodes.Select(other => other.Address)]);
            var back = await talk.UntilOpenAsync(talk.Count, Patience, cancel);
            result.Promise(back, $"only {talk.Open} of {talk.Count} clients came back");
            result.Tell($"ended {ended.TotalSeconds:0.0} s after SIGTERM, everybody back after {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s");
            await Task.Delay(Calm, TimeProvider.System, cancel);
        }

        await talk.FinishAsync(result, Patience, cancel);
        foreach (var failure in talk.Failures) result.Broken.Add($"a user of the SDK saw: {failure}");
        result.Promise(site.Problems.All.Count == 0, string.Join('\n', site.Problems.All));
        return result;
    }
}
