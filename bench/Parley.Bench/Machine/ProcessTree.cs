using System.Globalization;

namespace Parley.Bench;

/// <summary>What a process and everything it started have used.</summary>
internal static class ProcessTree
{
    // USER_HZ, the unit of /proc: 100 on every Linux that .NET runs on.
    private const double TicksPerSecond = 100;

    /// <summary>User and system time of the trees below <paramref name="roots"/>, with that of children that ended and were waited for.</summary>
    public static TimeSpan Cpu(IReadOnlyCollection<int> roots) => TimeSpan.FromSeconds(Rows(roots).Sum(row => row.Ticks) / TicksPerSecond);

    /// <summary>A process and everything it started that runs, itself first.</summary>
    public static IReadOnlyList<int> Of(int root) => [.. Rows([root]).Select(row => row.Id)];

    /// <summary>Whether it has not ended; one that nobody waited for yet has.</summary>
    public static bool Runs(int process) => Read(process) is { Ended: false };

    /// <summary>What it was started as, or calls itself.</summary>
    public static string Title(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline").Replace('\0', ' ');
        }
        catch (IOException)
        {
            return "";   // ended meanwhile
        }
    }

    private static List<Row> Rows(IReadOnlyCollection<int> roots)
    {
        var all = Directory.EnumerateDirectories("/proc")
            .Select(path => Path.GetFileName(path))
            .Where(name => char.IsAsciiDigit(name[0]))
            .Select(name => Read(int.Parse(name, CultureInfo.InvariantCulture)))
            .OfType<Row>()
            .ToLookup(row => row.Parent);
        var rows = all.SelectMany(children => children).Where(row => roots.Contains(row.Id)).ToList();
        for (var i = 0; i < rows.Count; i++) rows.AddRange(all[rows[i].Id]);
        return rows;
    }

    /// <summary>Memory of one process that is in RAM, in KiB.</summary>
    public static long ResidentKb(int process) => StatusKb(process, "VmRSS:");

    /// <summary>The most it ever was.</summary>
    public static long PeakResidentKb(int process) => StatusKb(process, "VmHWM:");

    private static long StatusKb(int process, string name) =>
        long.Parse(
            File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith(name, StringComparison.Ordinal)).AsSpan(name.Length).Trim().TrimEnd("kB").Trim(),
            NumberStyles.None, CultureInfo.InvariantCulture);

    private static Row? Read(int process)
    {
        string line;
        try
        {
            line = File.ReadAllText($"/proc/{process}/stat");
        }
        catch (IOException)
        {
            return null;   // ended meanwhile
        }

        // The name in parentheses may hold anything; after it come state, parent, …, and utime as the 14th field of all.
        var fields = line[(line.LastIndexOf(')') + 2)..].Split(' ');
        return new Row(process, int.Parse(fields[1], CultureInfo.InvariantCulture),
            fields[11..15].Sum(ticks => long.Parse(ticks, CultureInfo.InvariantCulture)), Ended: fields[0] is "Z" or "X");
    }

    private sealed record Row(int Id, int Parent, long Ticks, bool Ended);
}

/// <summary>How busy cores are, whoever keeps them busy.</summary>
internal static class Cores
{
    private const double TicksPerSecond = 100;

    /// <summary>Time in which the cores ran processes or were taken away by the hypervisor, since the machine started.</summary>
    public static TimeSpan Busy(params int[] cores)
    {
        var names = cores.Select(core => $"cpu{core}").ToHashSet();
        return TimeSpan.FromSeconds(File.ReadLines("/proc/stat")
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => names.Contains(fields[0]))
            // user, nice, system, and steal; interrupts are of the traffic itself
            .Sum(fields => new[] { fields[1], fields[2], fields[3], fields[8] }.Sum(ticks => long.Parse(ticks, CultureInfo.InvariantCulture))) / TicksPerSecond);
    }
}
