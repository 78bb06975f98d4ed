using System.Diagnostics;
using Parley.Bench;

namespace Parley.Chaos;

/// <summary>kill -9 of a server with two thousand clients of the .NET SDK, who all come back.</summary>
internal sealed class Storm : Strain
{
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BackWithin = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    /// <summary>What must be other than shipped, since everybody comes from one address.</summary>
    private static readonly Dictionary<string, string> OneAddress = new()
    {
        ["Parley__Limits__ConnectionsPerAddressPerMinute"] = "100000",
        ["Parley__Limits__UnauthenticatedPerAddress"] = "500",
    };

    public override string Name => "storm";

    public override async Task<StrainResult> RunAsync(Installation installation, Engine engine, Extent extent, CancellationToken cancel)
    {
        var (pairs, pause) = extent == Extent.Full ? (1_000, TimeSpan.FromSeconds(10)) : (50, TimeSpan.FromSeconds(1));
        await using var site = await Site.SetUpAsync(installation, new Ground(engine, FileSystem.Given) { Core = CoreOf(extent), Limits = Limits.Shipped, Variables = OneAddress }, cancel);
        var result = new StrainResult($"{Name}, {engine}");
        result.Tell($"limits as shipped, but for {string.Join(", ", OneAddress.Select(one => $"{one.Key}={one.Value}"))}");
        await using var talk = new SdkTalk(site, new Uri($"http://{site.Server.Address}"), pairs);
        await talk.ConnectAsync(TimeSpan.FromMilliseconds(7), cancel);
        talk.Start(pause);
        await Task.Delay(Calm, TimeProvider.System, cancel);

        var (began, before) = (Stopwatch.GetTimestamp(), talk.Attempts);
        await site.Server.KillAsync();
        await site.Server.StartAsync(cancel);
        var ready = Stopwatch.GetElapsedTime(began);
        // On one machine everybody learns of a kill at once, long before the server is back.
        var half = await WhenAsync(talk.Count / 2);
        var all = await WhenAsync(talk.Count);

        result.Promise(talk.Open == talk.Count, $"only {talk.Open} of {talk.Count} came back");
        await talk.FinishAsync(result, Patience, cancel);
        // Who could not come back within the SDK's own timeout is told that his message was not sent, and it was not.
        result.Bound(talk.Failures.Count == 0, $"{talk.Failures.Count} sends were given up after the SDK's timeout (bound: 0)");
        site.ServerMustRun("when everybody came back");
        result.Promise(site.Problems.All.Count == 0, string.Join('\n', site.Problems.All));
        result.Tell($"the server answered {ready.TotalSeconds:0.0} s after the kill, half of {talk.Count:N0} were back after {half.TotalSeconds:0.0} s; {(talk.Attempts - before) / (double)talk.Count:0.0} attempts each");
        result.Bound(all < BackWithin, $"all of {talk.Count:N0} were back {all.TotalSeconds:0.0} s after the kill (bound: {BackWithin.TotalSeconds} s)");
        return result;

        async Task<TimeSpan> WhenAsync(int count)
        {
            await talk.UntilOpenAsync(count, Patience, cancel);
            return Stopwatch.GetElapsedTime(began);
        }
    }
}
