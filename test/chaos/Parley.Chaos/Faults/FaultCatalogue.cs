using Parley.Bench;

namespace Parley.Chaos;

/// <summary>Every fault there is.</summary>
internal static class FaultCatalogue
{
    public static IReadOnlyList<Fault> All { get; } =
    [
        new KillServer(), new KillDatabase(), new KillInCheckpoint(), new KillInRecovery(), new KillAtSync(), new PowerCut(),
        new FailedSync(SyncedFile.Log), new FailedSync(SyncedFile.File), new FailedDatabaseSync(), new FullDisk(),
        new Pause(Paused.Server), new Pause(Paused.Database), new ClockJump(),
    ];

    /// <summary>Faults by their names, with commas between; <c>power*3</c> is three of them.</summary>
    /// <exception cref="BenchException">Something unknown.</exception>
    public static IReadOnlyList<Fault> Parse(string names) => [.. names.Split(',').SelectMany(Several)];

    private static IEnumerable<Fault> Several(string name)
    {
        var parts = name.Split('*');
        if (All.FirstOrDefault(fault => fault.Name == parts[0]) is not { } one || parts.Length > 2 || (parts.Length == 2 && !int.TryParse(parts[1], out _)))
            throw new BenchException($"{name}? Known are {string.Join(", ", All)}, each also several times, as in power*3.");
        return Enumerable.Repeat(one, parts.Length == 2 ? int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture) : 1);
    }
}
