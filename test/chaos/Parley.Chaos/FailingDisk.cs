using Parley.Bench;

namespace Parley.Chaos;

/// <summary>Lets every fsync of one file of a running server fail with an I/O error, by means of strace; watches what the server does then.</summary>
internal sealed class FailingDisk : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private const int Aborted = 128 + 6;   // SIGABRT

    private readonly ServerProcess _server;
    private readonly string _calls;
    private readonly ChildProcess _strace;

    private FailingDisk(ServerProcess server, string calls, ChildProcess strace) => (_server, _calls, _strace) = (server, calls, strace);

    /// <summary>Fails the fsyncs of <paramref name="file"/> from now on.</summary>
    public static FailingDisk Below(string file, ServerProcess server)
    {
        var calls = Path.Combine(Path.GetDirectoryName(file)!, $"fsyncs-{Guid.NewGuid():n}");
        return new FailingDisk(server, calls, ChildProcess.Start(core: null, server.Log, new Dictionary<string, string>(),
            "strace", "-f", "-q", "-p", $"{server.ProcessId}", "-P", file, "-o", calls,
            "-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO:when=1+"));
    }

    /// <summary>Why it cannot be done here; null when it can.</summary>
    public static async Task<string?> ObstacleAsync(CancellationToken cancel)
    {
        var installed = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(path => File.Exists(Path.Combine(path, "strace")));
        if (!installed) return "Install strace to run this.";
        using var anybody = ChildProcess.Start(core: null, "/dev/null", new Dictionary<string, string>(), "sleep", "1");
        return await ChildProcess.RunAsync("/dev/null", cancel, "strace", "-q", "-p", $"{anybody.Id}", "-o", "/dev/null") == 0
            ? null
            : "Nobody may trace processes here (ptrace).";
    }

    /// <summary>What the server, once it has ended, should not have done: go on, or ask the disk a second time.</summary>
    public async Task<IReadOnlyList<string>> ProblemsAsync()
    {
        if (!_server.HasExited) return [];
        // strace ends with whom it watches, and only then has it written everything.
        await _strace.StopAsync(StopSignal.Terminate, Patience);
        var problems = new List<string>();
        if (_server.ExitCode != Aborted) problems.Add($"The server did not abort after a failed fsync: it ended with {_server.ExitCode}.");
        var failures = File.ReadLines(_calls).Count(line => line.Contains("(INJECTED)", StringComparison.Ordinal));
        if (failures != 1) problems.Add($"Of one file {failures} fsyncs failed before the server ended; the first should have ended it.");
        return problems;
    }

    public async ValueTask DisposeAsync()
    {
        await _strace.StopAsync(StopSignal.Terminate, Patience);
        _strace.Dispose();
    }
}
