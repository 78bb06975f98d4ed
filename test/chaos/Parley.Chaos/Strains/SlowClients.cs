using System.Diagnostics;
using System.Net.Sockets;
using Parley.Bench;

namespace Parley.Chaos;

/// <summary>Clients that take their time: slow headers, slow bodies, slow reading (slowhttptest), and connections that never open a session.</summary>
internal sealed class SlowClients : Strain
{
    private const string Program = "slowhttptest";
    private const int Connections = 100;
    private const int Sessionless = 20;
    private static readonly TimeSpan ShippedHeaders = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ShippedHello = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ShortLimit = TimeSpan.FromSeconds(2);

    /// <summary>The web server's own: five seconds for a body that nobody wants.</summary>
    private static readonly TimeSpan Bodies = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan Reading = TimeSpan.FromSeconds(2);

    /// <summary>The server looks at its connections once a second, and the web server's own clock is as coarse.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(2.5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    public override string Name => "slow-clients";

    public override bool Concerns(Engine engine) => engine == Engine.Sqlite;

    public override async Task<string?> ObstacleAsync(Engine engine, CancellationToken cancel) =>
        Programs.Find(Program) is null ? "Install slowhttptest to run this." : await base.ObstacleAsync(engine, cancel);

    public override async Task<StrainResult> RunAsync(Installation installation, Engine engine, Extent extent, CancellationToken cancel)
    {
        var (headers, hello) = extent == Extent.Full ? (ShippedHeaders, ShippedHello) : (ShortLimit, ShortLimit);
        var ground = new Ground(engine, FileSystem.Given) { Core = CoreOf(extent), Limits = Limits.Shipped };
        if (extent == Extent.Short)
        {
            ground = ground with
            {
                Variables = new Dictionary<string, string> { ["Parley__Http__HeaderTimeout"] = $"{headers:c}", ["Parley__Gateway__HelloTimeout"] = $"{hello:c}" },
            };
        }

        await using var site = await Site.SetUpAsync(installation, ground, cancel);
        var result = new StrainResult($"{Name}, {engine}");
        using var companion = new Companion(site);
        var url = $"http://{site.Server.Address}/v1/realtime";
        await AttackAsync("slow headers", Connections / 2, headers, "-H", "-i", "1", "-u", url);
        if (extent == Extent.Full) await AttackAsync("slow bodies", Connections / 2, Bodies, "-B", "-i", "1", "-s", "100000", "-u", url);

        // What anybody may read without a token is so short that the system takes it at once, and the connection is closed before a look.
        // Slow readers of more are StalledReaders.
        if (extent == Extent.Full) await AttackAsync("slow reading", 0, Reading, "-X", "-w", "1", "-y", "16", "-n", "3", "-z", "1", "-k", "3", "-u", url);
        await Task.Factory.StartNew(() => NeverOpen(site, hello, result), cancel, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        companion.Finish(result);
        site.ServerMustRun("when clients were slow");
        result.Promise(site.Problems.All.Count == 0, string.Join('\n', site.Problems.All));
        return result;

        async Task AttackAsync(string what, int atLeast, TimeSpan within, params string[] arguments)
        {
            using var ages = new ConnectionAges(site.Server, Look);
            await ChildProcess.RunAsync(Path.Combine(site.Folder, $"{Program}.log"), cancel,
                [Program, "-c", $"{Connections}", "-r", $"{Connections}", "-p", "2", "-l", $"{(within + Patience).TotalSeconds:0}", .. arguments]);
            ages.Stop();
            result.Promise(ages.Seen >= atLeast, $"{what}: only {ages.Seen} connections came");
            // Left alone they would go on for the whole of its patience.
            result.Promise(ages.Oldest <= within + Patience / 2, $"{what}: a connection stayed {ages.Oldest.TotalSeconds:0.0} s");
            result.Bound(ages.Oldest <= within + Slack, $"{what}: {ages.Seen} connections, the longest was open {ages.Oldest.TotalSeconds:0.0} s (bound: {within.TotalSeconds:0} s and a look)");
        }
    }

    /// <summary>Upgraded, and then silent.</summary>
    private static void NeverOpen(Site site, TimeSpan hello, StrainResult result)
    {
        var silent = Enumerable.Range(0, Sessionless).Select(_ => new RawConnection(site.Server.Address, 4_096, LoopbackAddresses.For(site.Server.Address))).ToList();
        var began = Stopwatch.GetTimestamp();
        var (closed, last) = (0, TimeSpan.Zero);
        foreach (var connection in silent)
        {
            connection.Socket.ReceiveTimeout = (int)(hello + Patience).TotalMilliseconds;
            try
            {
                connection.FinishUpgrade();
                while (!connection.TryReadFrame(out _)) connection.Fill();
            }
            catch (BenchException ended)
            {
                if (ended.Message.Contains("4401", StringComparison.Ordinal)) closed++;
                last = Stopwatch.GetElapsedTime(began);
            }
            catch (SocketException)
            {
                // Neither closed nor heard of.
            }

            connection.Dispose();
        }

        result.Promise(closed == Sessionless, $"of {Sessionless} connections without a session {closed} were closed with 4401");
        result.Bound(last <= hello + Slack, $"no session: {closed} of {Sessionless} closed with 4401, the last after {last.TotalSeconds:0.0} s (bound: {hello.TotalSeconds:0} s and a look)");
    }
}
