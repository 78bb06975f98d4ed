using System.Diagnostics;
using System.Net;
using Parley.Bench;

namespace Parley.Chaos;

/// <summary>Clients that vanish without a word: the cable to their network is cut.</summary>
internal sealed class HalfOpen : Strain
{
    private const int Vanishing = 10;
    private static readonly TimeSpan ShippedLimit = TimeSpan.FromSeconds(35);
    private static readonly TimeSpan ShortLimit = TimeSpan.FromSeconds(4);

    /// <summary>The server looks at its connections once a second.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    public override string Name => "half-open";

    public override bool Concerns(Engine engine) => engine == Engine.Sqlite;

    public override async Task<string?> ObstacleAsync(Engine engine, CancellationToken cancel) =>
        await SeparateNetwork.ObstacleAsync(cancel) ?? await base.ObstacleAsync(engine, cancel);

    public override async Task<StrainResult> RunAsync(Installation installation, Engine engine, Extent extent, CancellationToken cancel)
    {
        var limit = extent == Extent.Full ? ShippedLimit : ShortLimit;
        await using var elsewhere = await SeparateNetwork.MakeAsync("/dev/null", cancel);
        var ground = new Ground(engine, FileSystem.Given) { Core = CoreOf(extent), Limits = Limits.Shipped, Listen = SeparateNetwork.Here };
        if (extent == Extent.Short)
        {
            ground = ground with
            {
                Variables = new Dictionary<string, string> { ["Parley__Gateway__PingEvery"] = "00:00:02", ["Parley__Gateway__DeadAfter"] = $"{limit:c}" },
            };
        }

        await using var site = await Site.SetUpAsync(installation, ground, cancel);
        var result = new StrainResult($"{Name}, {engine}");
        using var companion = new Companion(site);
        var vanishing = elsewhere.Within(() => Enumerable.Range(0, Vanishing).Select(i => Open(site, new UserId($"user-{i}"))).ToList());
        var open = vanishing.Select(connection => (IPEndPoint)connection.Socket.LocalEndPoint!).ToHashSet();

        await elsewhere.CutAsync(cancel);
        var cut = Stopwatch.GetTimestamp();
        while (open.Count > 0 && Stopwatch.GetElapsedTime(cut) < limit + Patience)
        {
            await Task.Delay(Step, TimeProvider.System, cancel);
            open.IntersectWith(TcpTable.ClientsOf(site.Server.ProcessId, site.Server.Address));
        }

        var noticed = Stopwatch.GetElapsedTime(cut);
        result.Promise(open.Count == 0, $"{open.Count} of {Vanishing} connections to nowhere are still open {noticed.TotalSeconds:0.0} s after the cable was cut");
        result.Bound(noticed <= limit + Slack, $"all {Vanishing} connections to nowhere were let go {noticed.TotalSeconds:0.0} s after the cable was cut (bound: {limit.TotalSeconds:0} s and a look)");
        companion.Finish(result);
        foreach (var connection in vanishing) connection.Dispose();
        result.Promise(site.Problems.All.Count == 0, string.Join('\n', site.Problems.All));
        return result;
    }

    private static RawConnection Open(Site site, UserId user)
    {
        var connection = new RawConnection(site.Server.Address, 4_096);
        connection.FinishUpgrade();
        connection.Request(1, Methods.OpenSession, new OpenSession(site.Tokens.For(user.Value), DeviceId.New()), ProtocolJson.Lenient.OpenSession);
        connection.Answer(1);
        return connection;
    }
}
