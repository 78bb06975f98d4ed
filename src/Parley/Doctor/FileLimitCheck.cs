using System.Globalization;

namespace Parley.Doctor;

/// <summary>Whether as many files may be open as there may be connections.</summary>
internal static class FileLimitCheck
{
    private const string Name = "open files";
    private const string Limits = "/proc/self/limits";
    private const string Line = "Max open files";

    /// <summary>Files beside connections: the database, the runtime's, the web server's.</summary>
    private const int Others = 300;

    public static IEnumerable<Finding> Run(Patient patient)
    {
        if (!File.Exists(Limits)) yield break;
        var line = File.ReadLines(Limits).FirstOrDefault(line => line.StartsWith(Line, StringComparison.Ordinal));
        var words = line?[Line.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        // .NET raises the soft limit to the hard one when it starts.
        if (words is [_, var hard, ..]) yield return Judge(long.TryParse(hard, CultureInfo.InvariantCulture, out var limit) ? limit : long.MaxValue, patient.Limits.Connections);
    }

    internal static Finding Judge(long limit, int connections) => limit >= connections + Others
        ? Finding.Ok(Name, limit == long.MaxValue ? "unlimited" : $"{limit} may be open, enough for {connections} connections")
        : Finding.Warn(Name, $"{limit} may be open, but {connections} connections are allowed (Parley:Limits:Connections)",
            $"Allow {connections + Others}: LimitNOFILE in the systemd unit, or ulimit -n; or lower Parley:Limits:Connections. This is the limit where doctor runs.");
}
