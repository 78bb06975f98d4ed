using System.Text;
using Parley.Bench;

namespace Parley.Chaos;

/// <summary>The figures of a call of the rig, as they are published.</summary>
/// <param name="Command">The command that repeats it.</param>
/// <param name="Commit">Of which code.</param>
/// <param name="Took">How long.</param>
/// <param name="Verdicts">What came of the trials.</param>
/// <param name="Controls">What came of the controls.</param>
/// <param name="Mutants">How many spoilt histories were noticed, of how many.</param>
internal sealed record Headline(
    string Command, string Commit, TimeSpan Took, IReadOnlyList<Verdict> Verdicts, IReadOnlyList<ControlResult> Controls, (int Caught, int Of) Mutants)
{
    public bool Passed => Verdicts.All(verdict => verdict.Passed) && Controls.All(control => control.Passed) && Mutants.Caught == Mutants.Of;

    public override string ToString()
    {
        var text = new StringBuilder();
        var figures = Verdicts.Select(verdict => verdict.Figures).ToList();
        var outcomes = figures.Aggregate(default(Outcomes), (sum, one) => sum + one.Outcomes);
        var (recorded, fenced, neither) = (figures.Sum(one => one.Acknowledged + one.Landed), figures.Sum(one => one.Fenced), figures.Sum(one => one.Neither));
        text.AppendLine($"Command: {Command}").AppendLine($"Commit: {Commit}").AppendLine($"On: {Installation.Versions()}");
        text.AppendLine($"{Verdicts.Count} trials, seeds {string.Join(", ", Verdicts.Select(verdict => verdict.Trial.Seed).Distinct().Order())}, in {Took.TotalSeconds:N0} s");
        text.AppendLine($"Requests: {outcomes.Ok + outcomes.Fail + outcomes.Unknown:N0} = {outcomes.Ok:N0} ok, {outcomes.Fail:N0} fail, {outcomes.Unknown:N0} unknown");
        text.AppendLine($"Messages: {recorded + fenced + neither:N0} = {recorded:N0} recorded and acknowledged, {fenced:N0} fenced, {neither:N0} neither");
        text.AppendLine($"Spoilt histories that the checker noticed: {Mutants.Caught} of {Mutants.Of}").AppendLine();
        Promises(text);
        Faults(text);
        PowerCuts(text);
        text.AppendLine($"Longest time in which nothing was acknowledged: {Longest()}");
        text.AppendLine($"Problems beside broken promises: {Verdicts.Sum(verdict => verdict.Problems.Count)}");
        return text.ToString();
    }

    private void Promises(StringBuilder text)
    {
        text.AppendLine("| promise | checked | violations |").AppendLine("|---|---:|---:|");
        foreach (var promise in Enum.GetValues<Promise>())
        {
            var examined = Verdicts.Sum(verdict => (long)verdict.Judgement.Examined.GetValueOrDefault(promise));
            text.AppendLine($"| G{(int)promise} {promise} | {examined:N0} | {Verdicts.Sum(verdict => verdict.Judgement.Violations.Count(violation => violation.Promise == promise)):N0} |");
        }

        text.AppendLine();
    }

    private void Faults(StringBuilder text)
    {
        text.AppendLine("| fault | database | times | nothing acknowledged, p50 / max s | recovery, p50 / max s |").AppendLine("|---|---|---:|---:|---:|");
        foreach (var same in Effects().GroupBy(one => (one.Effect.Strike.Fault.Name, one.Ground.Engine)))
        {
            text.AppendLine($"| {same.Key.Name} | {same.Key.Engine} | {same.Count()} | {Spread(same.Select(one => one.Effect.Silence))} | " +
                $"{Spread(same.Select(one => one.Effect.Recovery))} |");
        }

        text.AppendLine();
    }

    private void PowerCuts(StringBuilder text)
    {
        var cuts = Effects().Where(one => one.Effect.Strike.Fault is PowerCut).GroupBy(one => one.Ground).ToList();
        if (cuts.Count + Controls.Count == 0) return;
        text.AppendLine("| power cuts | times | acknowledged before | lost |").AppendLine("|---|---:|---:|---:|");
        foreach (var same in cuts)
            text.AppendLine($"| {same.Key.Engine} on {same.Key.FileSystem} | {same.Count()} | {same.Sum(one => one.Effect.Acknowledged):N0} | {same.Sum(one => one.Effect.Lost):N0} |");
        foreach (var control in Controls)
            text.AppendLine($"| control: {control.Control.Engine} on {control.Control.FileSystem}, commits do not wait for the disk | 1 | {control.Acknowledged:N0} | {control.Lost:N0} |");
        text.AppendLine();
    }

    private string Longest()
    {
        var (ground, effect) = Effects().MaxBy(one => one.Effect.Silence);
        return effect is null ? "none" : $"{effect.Silence.TotalSeconds:0.00} s ({effect.Strike.Fault}, {ground.Engine})";
    }

    private IEnumerable<(Ground Ground, Effect Effect)> Effects() => Verdicts.SelectMany(verdict => verdict.Effects.Select(effect => (verdict.Trial.Ground, effect)));

    private static string Spread(IEnumerable<TimeSpan> times)
    {
        var sorted = times.Order().ToList();
        return $"{sorted[(sorted.Count - 1) / 2].TotalSeconds:0.00} / {sorted[^1].TotalSeconds:0.00}";
    }
}
