using Parley.Bench;

namespace Parley.Chaos;

/// <summary>The rig notices a bug: a trial in which the checker finds a promise broken.</summary>
/// <param name="Breaks">Which promise.</param>
/// <param name="Engine">On which database.</param>
/// <param name="Faults">What happens in the trial.</param>
internal sealed record Checked(Promise Breaks, Engine Engine, string Faults) : INoticer
{
    private const int Seed = 1;
    private static readonly TimeSpan Load = TimeSpan.FromSeconds(2);

    /// <summary>How many servers share the database.</summary>
    public int Nodes { get; init; } = 1;

    public string Means => $"the rig, {Engine}{(Nodes == 1 ? "" : $", {Nodes} nodes")}, {Faults}";

    public async Task<Notice> RunAsync(PlantedBuild build, IReadOnlyDictionary<string, string> environment, CancellationToken cancel)
    {
        var trial = Trial.Of(Engine, FileSystem.Given, Load, Seed, FaultCatalogue.Parse(Faults));
        trial = trial with { Ground = trial.Ground with { Nodes = Nodes, Variables = environment } };
        if (await trial.ObstacleAsync(cancel) is { } obstacle) throw new BenchException(obstacle);
        var (verdict, _) = await trial.RunAsync(build.Installation, cancel);
        var violations = verdict.Judgement.Violations.Where(IsOwed).ToList();
        verdict = verdict with { Judgement = verdict.Judgement with { Violations = violations } };
        var found = violations.GroupBy(violation => violation.Promise).OrderBy(group => group.Key).Select(group => $"G{(int)group.Key} {group.Key}: {group.Count():N0}");
        return new Notice(
            violations.Any(violation => violation.Promise == Breaks), verdict.Passed,
            verdict.Passed ? $"{verdict.Judgement.Examined.Values.Sum():N0} checks, no violations"
                : violations.Count > 0 ? string.Join(", ", found) : verdict.ToString());
    }

    // Nodes do not tell each other what they have recorded, so the first push after a connection may leave out what another node recorded meanwhile.
    private bool IsOwed(Violation violation) => Nodes == 1 || violation.Promise != Promise.PushesInOrder;
}
