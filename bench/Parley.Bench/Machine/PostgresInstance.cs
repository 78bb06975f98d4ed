using System.Diagnostics;

namespace Parley.Bench;

/// <summary>A PostgreSQL of our own in an empty directory, reached over a Unix socket, with the settings it ships with.</summary>
internal sealed class PostgresInstance : IAsyncDisposable
{
    private const int UsualPort = 5432;
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);

    private readonly string _directory;
    private readonly string _binaries;
    private readonly string _cluster;
    private readonly int? _core;
    private readonly int? _port;
    private ChildProcess? _postmaster;

    private PostgresInstance(string directory, string cluster, string binaries, int? core, int? port) =>
        (_directory, _cluster, _binaries, _core, _port) = (directory, cluster, binaries, core, port);

    private string Port => $"{_port ?? UsualPort}";

    public int ProcessId => _postmaster!.Id;

    public string ConnectionString => $"Host={_directory};Port={Port};Username=parley;Database=postgres";

    /// <summary>The folder with its socket, for clients that do not know a connection string.</summary>
    public string SocketFolder => _directory;

    public string Log => Path.Combine(_directory, "postgres.log");

    /// <summary>Makes a database cluster and starts it.</summary>
    /// <param name="directory">Where its log and its socket go; must not exist.</param>
    /// <param name="core">The only core it may run on; null for any.</param>
    /// <param name="cluster">Where its data goes, when not below the directory; must not exist, nor its parent be missing.</param>
    /// <param name="cancel">Gives up.</param>
    /// <param name="port">Where it listens on 127.0.0.1 too; null for its socket only.</param>
    public static async Task<PostgresInstance> StartAsync(string directory, int? core, CancellationToken cancel, string? cluster = null, int? port = null)
    {
        var binaries = FindBinaries() ?? throw new BenchException("PostgreSQL is not installed: apt-get install postgresql");
        var instance = new PostgresInstance(directory, cluster ?? Path.Combine(directory, "cluster"), binaries, core, port);
        Directory.CreateDirectory(directory);
        Directory.CreateDirectory(instance._cluster);
        File.WriteAllText(instance.Log, "");
        if (Environment.IsPrivilegedProcess && await ChildProcess.RunAsync("/dev/null", cancel, "chown", "-R", "postgres", directory, instance._cluster) != 0)
            throw new BenchException($"{directory} cannot be given to the user postgres.");
        var made = await ChildProcess.RunAsync(instance.Log, cancel,
            [.. AsOrdinaryUser(), Path.Combine(binaries, "initdb"), "-D", instance._cluster, "-U", "parley", "-A", "trust", "-E", "UTF8", "--locale=C"]);
        if (made != 0) throw new BenchException($"initdb failed:\n{await File.ReadAllTextAsync(instance.Log, cancel)}");
        await instance.StartAsync(cancel);
        return instance;
    }

    /// <summary>The last lines of its log.</summary>
    public string Tail() => string.Join('\n', File.ReadLines(Log).TakeLast(30));

    /// <summary>Where initdb and postgres are; null when PostgreSQL is not installed.</summary>
    public static string? FindBinaries()
    {
        const string Debian = "/usr/lib/postgresql";
        string[] installed = Directory.Exists(Debian)
            ? [.. Directory.GetDirectories(Debian).OrderByDescending(path => int.TryParse(Path.GetFileName(path), out var version) ? version : 0)]
            : [];
        return installed.Select(path => Path.Combine(path, "bin"))
            .Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator))
            .FirstOrDefault(path => File.Exists(Path.Combine(path, "initdb")) && File.Exists(Path.Combine(path, "postgres")));
    }

    /// <summary>Starts it again over the same data, unless it runs, and waits until it takes connections.</summary>
    /// <remarks>After a kill its old processes may still hold the shared memory for a moment; it then refuses to start, and is asked again.</remarks>
    public async Task StartAsync(CancellationToken cancel)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            if (!IsRunning) Launch();
            while (IsRunning)
            {
                if (await RunAsync("pg_isready", cancel, "-q") == 0) return;
                if (Stopwatch.GetElapsedTime(started) > StartPatience) throw new BenchException($"PostgreSQL does not start:\n{Tail()}");
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancel);
            }

            _postmaster!.Dispose();
            _postmaster = null;
            if (Stopwatch.GetElapsedTime(started) > StartPatience) throw new BenchException($"PostgreSQL ends when it is started:\n{Tail()}");
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancel);
        }
    }

    /// <summary>Starts it over the same data, and does not wait for it.</summary>
    /// <param name="under">A command that starts the command after it in its own place, as <c>strace -D</c> does; empty for none.</param>
    public void Launch(params IReadOnlyList<string> under) => _postmaster = ChildProcess.Start(_core, Log, new Dictionary<string, string>(),
        [.. under, .. AsOrdinaryUser(), Path.Combine(_binaries, "postgres"), "-D", _cluster, "-p", Port, "-c", $"listen_addresses={(_port is null ? "" : "127.0.0.1")}", "-k", _directory]);

    /// <summary>Runs one of its programs against it, quietly, and answers the exit code.</summary>
    public Task<int> RunAsync(string program, CancellationToken cancel, params IReadOnlyList<string> arguments) =>
        ChildProcess.RunAsync(program == "pg_isready" ? "/dev/null" : Log, cancel, [Path.Combine(_binaries, program), "-h", _directory, "-p", Port, .. arguments]);

    public bool IsRunning => _postmaster is { HasExited: false };

    /// <summary>The postmaster and all its children, those that serve connections among them.</summary>
    public IReadOnlyList<int> Processes => ProcessTree.Of(ProcessId);

    /// <summary>kill -9 of the postmaster; its children notice and end by themselves.</summary>
    public async Task KillAsync()
    {
        await _postmaster!.KillAsync();
        _postmaster.Dispose();
        _postmaster = null;
    }

    /// <summary>kill -9 of all its processes, and waits until they are gone.</summary>
    public async Task KillAllAsync()
    {
        if (!IsRunning) return;
        var all = Processes;
        ChildProcess.Send(Signal.Kill, all);
        await KillAsync();
        while (all.Any(ProcessTree.Runs)) await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        if (_postmaster is null) return;
        await _postmaster.StopAsync(Signal.Interrupt, TimeSpan.FromSeconds(10));
        _postmaster.Dispose();
    }

    /// <summary>PostgreSQL refuses to run as root.</summary>
    private static string[] AsOrdinaryUser() =>
        Environment.IsPrivilegedProcess ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : [];
}
