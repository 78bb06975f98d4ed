using System.Runtime.InteropServices;

namespace Parley.Bench;

/// <summary>How many files, and so connections, a process may have open. What we start inherits it from us.</summary>
internal static partial class OpenFiles
{
    private const int OfFiles = 7;

    // Of the runtime, the database and the log.
    private const int Others = 1_000;

    /// <summary>Lets this process, and the servers it starts from now on, have so many connections.</summary>
    /// <exception cref="BenchException">They may not.</exception>
    public static unsafe void Allow(int connections)
    {
        var needed = (ulong)(connections + Others);
        Limit found;
        if (SetLimit(0, OfFiles, null, &found) != 0 || found.Soft >= needed) return;
        // Above the hard limit only root may go, and not everywhere.
        var wanted = new Limit(needed, Math.Max(found.Hard, needed));
        if (SetLimit(0, OfFiles, &wanted, null) != 0)
            throw new BenchException($"{connections} connections need {needed} open files, and no more than {found.Hard} are allowed here: raise it with ulimit -Hn {needed}, or in /etc/security/limits.conf.");
    }

    [LibraryImport("libc", EntryPoint = "prlimit")]
    private static unsafe partial int SetLimit(int process, int resource, Limit* wanted, Limit* found);

    private readonly record struct Limit(ulong Soft, ulong Hard);
}
