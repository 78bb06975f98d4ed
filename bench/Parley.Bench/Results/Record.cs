namespace Parley.Bench;

/// <summary>The last full run with one workload of it measured anew.</summary>
internal static class Record
{
    /// <summary>The lines of the last full run.</summary>
    /// <param name="file">Where they are.</param>
    /// <param name="workload">What is to be measured anew.</param>
    /// <param name="peers">Whether its peers are, too.</param>
    /// <exception cref="BenchException">It cannot be by itself: ratios are of one run.</exception>
    public static IReadOnlyList<Result> Read(string file, string? workload, bool peers)
    {
        var lines = File.ReadLines(file).Select(Result.Parse).ToList();
        if (workload is null || workload.Contains(' ', StringComparison.Ordinal)) throw new BenchException("--record takes a whole workload, as W8.");
        if (!peers && lines.Exists(line => line.IsPeer && IsOf(line, workload)))
            throw new BenchException($"{workload} was measured beside peers, and ratios are of one run: --peers measures them too.");
        return lines;
    }

    /// <summary>Each line with the one in its place that was measured now; what was not measured before comes last.</summary>
    public static IReadOnlyList<Result> With(IReadOnlyList<Result> kept, IReadOnlyList<Result> now) =>
        [.. kept.Where(line => !now.Any(result => result.Workload == line.Workload && result.System == line.System)), .. now];

    private static bool IsOf(Result line, string workload) => line.Workload.TrimEnd('r') == workload.TrimEnd('r');
}
