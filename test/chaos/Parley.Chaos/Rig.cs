using System.Diagnostics;
using Parley.Bench;

namespace Parley.Chaos;

/// <summary>Runs schedules, and tells on the way how it goes.</summary>
internal sealed class Rig(Installation installation, TextWriter output)
{
    private readonly List<Verdict> _verdicts = [];
    private readonly List<ControlResult> _controls = [];
    private History? _smallest;

    /// <summary>Runs everything that is on them.</summary>
    /// <param name="schedules">In order.</param>
    /// <param name="keep">A folder for the histories; null keeps none.</param>
    /// <param name="command">The command that repeats it.</param>
    /// <param name="commit">Of which code.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="BenchException">Something cannot be done here: nothing is passed over in silence.</exception>
    public async Task<Headline> RunAsync(IReadOnlyList<Schedule> schedules, string? keep, string command, string commit, CancellationToken cancel)
    {
        var started = Stopwatch.GetTimestamp();
        if (await ObstacleAsync(schedules, cancel) is { } obstacle) throw new BenchException(obstacle);
        foreach (var control in schedules.SelectMany(schedule => schedule.Controls))
        {
            _controls.Add(await control.RunAsync(installation, cancel));
            output.WriteLine(_controls[^1]);
        }

        foreach (var trial in schedules.SelectMany(schedule => schedule.Trials)) await RunAsync(trial, keep, cancel);
        return new Headline(command, commit, Stopwatch.GetElapsedTime(started), _verdicts, _controls, _smallest is null ? (0, 0) : Spoil(_smallest));
    }

    private static async Task<string?> ObstacleAsync(IReadOnlyList<Schedule> schedules, CancellationToken cancel)
    {
        foreach (var schedule in schedules)
        {
            foreach (var control in schedule.Controls)
            {
                if (await control.ObstacleAsync(cancel) is { } obstacle) return obstacle;
            }

            foreach (var trial in schedule.Trials)
            {
                if (await trial.ObstacleAsync(cancel) is { } obstacle) return obstacle;
            }
        }

        return null;
    }

    private async Task RunAsync(Trial trial, string? keep, CancellationToken cancel)
    {
        var (verdict, history) = await trial.RunAsync(installation, cancel);
        _verdicts.Add(verdict);
        output.Write(verdict);
        if (_smallest is null || history.Attempts.Count < _smallest.Attempts.Count) _smallest = history;
        if (keep is null) return;

        Directory.CreateDirectory(keep);
        var path = Path.Combine(keep, $"{_verdicts.Count:00}-{trial.Ground.Engine}-{trial.Seed}.jsonl".ToLowerInvariant());
        HistoryFile.Write(path, history);
        output.WriteLine($"  {path}");
    }

    /// <summary>Checks the checker on a history that it has judged.</summary>
    private (int Caught, int Of) Spoil(History history)
    {
        var (caught, all) = (0, 0);
        foreach (var mutant in Mutants.All)
        {
            if (mutant.IsCaught(history, new Random(0)) is not { } isCaught) continue;
            (caught, all) = (caught + (isCaught ? 1 : 0), all + 1);
            if (!isCaught) output.WriteLine($"The checker does not notice that {mutant}.");
        }

        return (caught, all);
    }
}
