using System.Diagnostics;
using Parley.Bench;

namespace Parley.Chaos;

/// <summary>Runs strains one after the other, and says what came of them.</summary>
internal sealed class StrainRun(Installation installation, TextWriter output)
{
    /// <summary>Every strain there is.</summary>
    public static IReadOnlyList<Strain> All { get; } =
        [new Flood(Limits.Raised), new Flood(Limits.Shipped), new StalledReaders(), new Storm(), new RollingRestart(), new SlowClients(), new HalfOpen()];

    /// <summary>Strains by their names, with commas between; all for null.</summary>
    /// <exception cref="BenchException">Something unknown.</exception>
    public static IReadOnlyList<Strain> Parse(string? names) => names is null
        ? All
        : [.. names.Split(',').Select(name => All.FirstOrDefault(strain => strain.Name == name) ?? throw new BenchException($"{name}? Known are {string.Join(", ", All)}."))];

    /// <summary>Whether every promise was kept, and in a full run every bound.</summary>
    /// <exception cref="BenchException">Something cannot be done here: nothing is passed over in silence.</exception>
    public async Task<bool> RunAsync(IReadOnlyList<Strain> strains, IReadOnlyList<Engine> engines, Extent extent, CancellationToken cancel)
    {
        var all = engines.SelectMany(engine => strains.Where(strain => strain.Concerns(engine)).Select(strain => (Strain: strain, Engine: engine))).ToList();
        foreach (var (strain, engine) in all)
        {
            if (await strain.ObstacleAsync(engine, cancel) is { } obstacle) throw new BenchException($"{strain}: {obstacle}");
        }

        var (broken, slow) = (0, 0);
        var began = Stopwatch.GetTimestamp();
        foreach (var (strain, engine) in all)
        {
            var result = await strain.RunAsync(installation, engine, extent, cancel);
            output.WriteLine(result);
            broken += result.Broken.Count;
            slow += extent == Extent.Full ? result.Slow.Count : 0;
        }

        output.WriteLine($"{Installation.Versions()}; {Stopwatch.GetElapsedTime(began).TotalSeconds:N0} s");
        output.WriteLine($"{all.Count} strains, {broken} promises broken, {slow} bounds not kept");
        return broken + slow == 0;
    }
}
