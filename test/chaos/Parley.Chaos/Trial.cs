using System.Diagnostics;
using Parley.Bench;

namespace Parley.Chaos;

/// <summary>Fifty clients that send to a real server, faults in the middle of that, and the verdict on what was promised to them.</summary>
/// <param name="Ground">What it happens on.</param>
/// <param name="Faults">What happens, in order.</param>
/// <param name="Load">How long everything runs before each fault, give or take half of it, and after the last.</param>
/// <param name="Seed">Decides when and how the faults happen. The rest is up to the machine, so the same seed is a similar run and not the same.</param>
internal sealed record Trial(Ground Ground, IReadOnlyList<Fault> Faults, TimeSpan Load, int Seed)
{
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LoadPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LoadStep = TimeSpan.FromMilliseconds(1);

    /// <summary>Enough before each fault for thousands of messages.</summary>
    public static TimeSpan UsualLoad { get; } = TimeSpan.FromSeconds(2);

    /// <summary>A trial of faults on what they need: a file system of its own, a clock that can be set.</summary>
    public static Trial Of(Engine engine, FileSystem fileSystem, TimeSpan load, int seed, params IReadOnlyList<Fault> faults) =>
        new(new Ground(engine, faults.Any(fault => fault.NeedsVolume) ? fileSystem : FileSystem.Given,
            Clock: faults.Any(fault => fault.NeedsClock) ? Clock.Fake : Clock.Real), faults, load, seed);

    /// <summary>Why it cannot be done here; null when it can.</summary>
    public async Task<string?> ObstacleAsync(CancellationToken cancel)
    {
        if (Ground.Engine == Engine.Postgres && PostgresInstance.FindBinaries() is null) return "Install postgresql to run this.";
        if (Ground.Clock == Clock.Fake && FakeClock.Obstacle() is { } noClock) return noClock;
        if (Faults.Any(fault => fault.NeedsTracer) && await Tracer.ObstacleAsync(cancel) is { } noTracer) return noTracer;
        return Ground.FileSystem == FileSystem.Given ? null : await Volume.ObstacleAsync(Ground.FileSystem, cancel);
    }

    /// <summary>Runs it against an installation, on an empty database. The history is large: keep it no longer than needed.</summary>
    public async Task<(Verdict Verdict, History History)> RunAsync(Installation installation, CancellationToken cancel)
    {
        await using var site = await Site.SetUpAsync(installation, Ground, cancel);
        using var town = new Town(site, Seed);
        var random = new Random(Seed);
        town.Start();
        var strikes = new List<Strike>();
        foreach (var fault in Faults) strikes.Add(await StrikeAsync(fault, site, town, random, cancel));

        await site.Problems.UntilAsync(() => town.Connected, ConnectPatience, "all are connected", cancel);
        await Task.Delay(Load, TimeProvider.System, cancel);
        await town.SettleAsync(cancel);
        town.End();
        var history = town.Record(town.ReadAll(), town.ReadCursors());
        await site.Server.StopAsync();
        if (await Integrity.FaultAsync(site, cancel) is { } corruption) site.Problems.Add(corruption);
        return (new Verdict(this, Effect.Of(strikes, history), Figures.Of(history), Checker.Check(history), site.Problems.All, site.Server.Tail()), history);
    }

    private async Task<Strike> StrikeAsync(Fault fault, Site site, Town town, Random random, CancellationToken cancel)
    {
        await site.Problems.UntilAsync(() => town.Connected, ConnectPatience, "all are connected", cancel);
        var (unanswered, perSecond) = await UntilBusyAsync(site, town, random, cancel);
        site.ServerMustRun("before anything happened to it");

        var begun = Stopwatch.GetTimestamp();
        var restored = await fault.StrikeAsync(site, town, random, cancel);
        return new Strike(fault, unanswered, perSecond, begun, restored, Stopwatch.GetTimestamp());
    }

    public override string ToString() => $"{Ground.Engine} on {(Ground.FileSystem == FileSystem.Given ? "the machine's file system" : Ground.FileSystem)}, seed {Seed}";

    /// <summary>Waits until enough is under way for a fault to hit something.</summary>
    private async Task<(int Unanswered, double PerSecond)> UntilBusyAsync(Site site, Town town, Random random, CancellationToken cancel)
    {
        var before = town.Acknowledged;
        await site.Problems.UntilAsync(() => town.Acknowledged > before, ConnectPatience, "sends are acknowledged", cancel);
        var (acknowledged, since) = (town.Acknowledged, Stopwatch.GetTimestamp());
        await Task.Delay(Load * (0.5 + random.NextDouble()), TimeProvider.System, cancel);

        // Where others keep the machine busy it may take longer until the load is worth a fault.
        while (true)
        {
            var (elapsed, unanswered) = (Stopwatch.GetElapsedTime(since), town.Unanswered);
            var perSecond = (town.Acknowledged - acknowledged) / elapsed.TotalSeconds;
            if ((unanswered >= Strike.WantedUnanswered && perSecond >= Strike.WantedPerSecond) || elapsed > Load + LoadPatience) return (unanswered, perSecond);
            await Task.Delay(LoadStep, TimeProvider.System, cancel);
        }
    }
}
