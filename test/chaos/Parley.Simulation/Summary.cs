using System.Collections.Concurrent;
using System.Globalization;

namespace Parley.Simulation;

/// <summary>What came of many seeds.</summary>
internal sealed record Summary(int Seeds, long Steps, long Messages, IReadOnlyDictionary<int, long> Examined, IReadOnlyList<Outcome> Broken)
{
    /// <summary>What a life can show: whatever is promised of the log, of outboxes and of what is told.</summary>
    private static readonly int[] Promises = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15];

    /// <summary>Promises that nothing in any life could have broken: a check that looked at nothing has shown nothing.</summary>
    public IEnumerable<int> Unexamined => Promises.Where(promise => Examined.GetValueOrDefault(promise) == 0);

    public bool IsGood => Broken.Count == 0 && !Unexamined.Any();

    public static Summary Of(int first, int seeds)
    {
        var outcomes = new ConcurrentBag<Outcome>();
        Parallel.ForEach(Enumerable.Range(first, seeds), seed => outcomes.Add(Life.Run(seed)));
        var examined = outcomes.SelectMany(outcome => outcome.Examined).GroupBy(one => one.Key).ToDictionary(one => one.Key, one => one.Sum(times => times.Value));
        return new Summary(seeds, outcomes.Sum(outcome => outcome.Steps), outcomes.Sum(outcome => (long)outcome.Messages), examined, [.. outcomes.Where(outcome => outcome.Broken.Count > 0).OrderBy(outcome => outcome.Seed)]);
    }

    /// <summary>The first seed that finds a mistake; null when none of so many does.</summary>
    public static Outcome? FirstBroken(PlantedMistake mistake, int atMost) =>
        Enumerable.Range(1, atMost).Select(seed => Life.Run(seed, mistake)).FirstOrDefault(outcome => outcome.Broken.Count > 0);

    public override string ToString()
    {
        var lines = Broken.Take(5).Select(outcome => $"seed {outcome.Seed}: {outcome.Broken[0]}").Concat(Unexamined.Select(promise => $"G{promise} was never looked at"));
        var looked = string.Join(", ", Examined.Where(one => one.Key > 0).OrderBy(one => one.Key).Select(one => string.Create(CultureInfo.InvariantCulture, $"G{one.Key} {one.Value:N0}")));
        return string.Join('\n', [.. lines, $"Looked at: {looked}", string.Create(CultureInfo.InvariantCulture, $"{Seeds:N0} seeds, {Steps:N0} steps, {Messages:N0} messages, {Broken.Count:N0} with violations")]);
    }
}
