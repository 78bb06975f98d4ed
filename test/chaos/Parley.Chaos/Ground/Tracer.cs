using Parley.Bench;

namespace Parley.Chaos;

/// <summary>strace on processes that run: lets system calls of theirs fail, or kills them at one.</summary>
internal sealed class Tracer : IAsyncDisposable
{
    /// <summary>What makes written data durable.</summary>
    public const string Syncs = "fsync,fdatasync";

    // What it watched has ended, mostly, and then it sometimes hears no signal but the last.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WritingPatience = TimeSpan.FromSeconds(5);

    private readonly ChildProcess _strace;

    private Tracer(ChildProcess strace, string calls) => (_strace, Calls) = (strace, calls);

    /// <summary>The file with the calls it saw; whole once it has ended.</summary>
    public string Calls { get; }

    /// <summary>Begins; the processes go on meanwhile.</summary>
    /// <param name="site">Where the output goes.</param>
    /// <param name="processes">Whose calls; those they start later, too.</param>
    /// <param name="file">Only calls that concern it; null for all.</param>
    /// <param name="calls">Names, with commas.</param>
    /// <param name="injection">What happens at them, as strace takes it: <c>error=EIO:when=1+</c>. Calls are counted per thread.</param>
    public static Tracer Attach(Site site, IReadOnlyList<int> processes, string? file, string calls, string injection)
    {
        var output = Output(site);
        return new Tracer(
            ChildProcess.Start(core: null, site.Server.Log, new Dictionary<string, string>(),
                ["strace", "-f", "-q", .. processes.SelectMany(process => new[] { "-p", $"{process}" }), .. Arguments(output, file, calls, injection)]),
            output);
    }

    /// <summary>The command that starts another one in its own place and does the same to that from its first call.</summary>
    public static IReadOnlyList<string> Under(Site site, string? file, string calls, string injection) =>
        ["strace", "-D", "-f", "-q", .. Arguments(Output(site), file, calls, injection)];

    /// <summary>Why it cannot be done here; null when it can.</summary>
    public static async Task<string?> ObstacleAsync(CancellationToken cancel)
    {
        if (Programs.Find("strace") is null) return "Install strace to run this.";
        using var anybody = ChildProcess.Start(core: null, "/dev/null", new Dictionary<string, string>(), "sleep", "1");
        return await ChildProcess.RunAsync("/dev/null", cancel, "strace", "-q", "-p", $"{anybody.Id}", "-o", "/dev/null") == 0
            ? null
            : "Nobody may trace processes here (ptrace).";
    }

    /// <summary>Lets go of the processes; what was written to <see cref="Calls"/> is whole then.</summary>
    public Task StopAsync() => _strace.StopAsync(Signal.Terminate, WritingPatience);

    public async ValueTask DisposeAsync()
    {
        await _strace.StopAsync(Signal.Terminate, Patience);
        _strace.Dispose();
    }

    private static string Output(Site site) => Path.Combine(site.Folder, $"calls-{Guid.NewGuid():n}");

    private static string[] Arguments(string output, string? file, string calls, string injection) =>
        ["-o", output, .. file is null ? Array.Empty<string>() : ["-P", file], "-e", $"trace={calls}", "-e", $"inject={calls}:{injection}"];
}
