using Parley.Bench;

namespace Parley.Chaos;

/// <summary>What a call of the rig runs, in order.</summary>
/// <param name="Trials">Each on an empty database.</param>
/// <param name="Controls">What must lose something, or the power cuts of the trials were none.</param>
internal sealed record Schedule(IReadOnlyList<Trial> Trials, IReadOnlyList<PowerControl> Controls)
{
    private const int CutsOfOneVolume = 2;
    private static readonly FileSystem[] Both = [FileSystem.Ext4, FileSystem.Xfs];

    /// <summary>Everything, with ten power cuts on each file system.</summary>
    public static Schedule Full(Engine engine, TimeSpan load, int seed) => new(
        [
            .. On([FileSystem.Given], engine, load, seed, "kill*3,kill-database*2,kill-in-checkpoint*3"),
            .. On([FileSystem.Given], engine, load, seed + 1, "kill-in-recovery*3,kill-at-fsync*3"),
            .. On([FileSystem.Given], engine, load, seed + 2, "fsync-error-log*2,fsync-error-file*2,fsync-error-database*2,stop*2,stop-database*2"),
            .. On([FileSystem.Given], engine, load, seed + 3, "clock"),
            .. On(Both, engine, load, seed + 4, "disk-full"),
            .. Enumerable.Range(seed + 5, 5).SelectMany(one => On(Both, engine, load, one, $"power*{CutsOfOneVolume}")),
        ],
        [.. Both.Select(fileSystem => new PowerControl(engine, fileSystem, load))]);

    /// <summary>Everything once.</summary>
    public static Schedule Short(Engine engine, TimeSpan load, int seed) => new(
        [
            .. On([FileSystem.Given], engine, load, seed, "kill,kill-database,kill-in-checkpoint,kill-in-recovery,kill-at-fsync"),
            .. On([FileSystem.Given], engine, load, seed + 1, "fsync-error-log,fsync-error-file,fsync-error-database,stop,stop-database,clock"),
            .. On([FileSystem.Ext4], engine, load, seed + 2, "power,disk-full"),
            .. On([FileSystem.Xfs], engine, load, seed + 3, "power"),
        ],
        [new PowerControl(engine, FileSystem.Ext4, load)]);

    /// <summary>Faults of somebody's choice, so many times, each time with the next seed; power cuts with their control.</summary>
    public static Schedule Of(Engine engine, IReadOnlyList<FileSystem> fileSystems, TimeSpan load, int seed, int runs, string faults)
    {
        var trials = Enumerable.Range(seed, runs).SelectMany(one => On(fileSystems, engine, load, one, faults)).ToList();
        var cut = trials.Where(trial => trial.Faults.Any(fault => fault is PowerCut)).Select(trial => trial.Ground.FileSystem).Distinct();
        return new Schedule(trials, [.. cut.Select(fileSystem => new PowerControl(engine, fileSystem, load))]);
    }

    /// <summary>Once on each file system; only once where none of the faults needs its own.</summary>
    private static IEnumerable<Trial> On(IReadOnlyList<FileSystem> fileSystems, Engine engine, TimeSpan load, int seed, string faults)
    {
        var concerned = FaultCatalogue.Parse(faults).Where(fault => fault.Concerns(engine)).ToList();
        return concerned.Count == 0 ? [] : fileSystems.Select(fileSystem => Trial.Of(engine, fileSystem, load, seed, concerned)).DistinctBy(trial => trial.Ground);
    }
}
