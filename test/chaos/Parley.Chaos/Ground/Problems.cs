using System.Diagnostics;

namespace Parley.Chaos;

/// <summary>What went wrong in a run beside broken promises: clients that did not come back, a server that ended by itself. Safe to add to from anywhere.</summary>
internal sealed class Problems
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);

    private readonly List<string> _all = [];

    public IReadOnlyList<string> All
    {
        get
        {
            lock (_all) return [.. _all];
        }
    }

    public void Add(string problem)
    {
        lock (_all) _all.Add(problem);
    }

    /// <summary>Waits for what should happen; that it did not is a problem, and false.</summary>
    public async Task<bool> UntilAsync(Func<bool> reached, TimeSpan patience, string what, CancellationToken cancel)
    {
        for (var started = Stopwatch.GetTimestamp(); !reached();)
        {
            if (Stopwatch.GetElapsedTime(started) > patience)
            {
                Add($"{patience.TotalSeconds} s passed, and not yet: {what}.");
                return false;
            }

            await Task.Delay(Step, TimeProvider.System, cancel);
        }

        return true;
    }
}
