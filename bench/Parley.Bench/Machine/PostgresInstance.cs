namespace Parley.Bench;

/// <summary>A PostgreSQL of our own in an empty directory, reached over a Unix socket, with the settings it ships with.</summary>
internal sealed class PostgresInstance : IAsyncDisposable
{
    private const string Port = "5432";
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);

    private readonly string _directory;
    private readonly string _binaries;
    private readonly int? _core;
    private ChildProcess? _postmaster;

    private PostgresInstance(string directory, string binaries, int? core) => (_directory, _binaries, _core) = (directory, binaries, core);

    public int ProcessId => _postmaster!.Id;

    public string ConnectionString => $"Host={_directory};Port={Port};Username=parley;Database=postgres";

    private string Log => Path.Combine(_directory, "postgres.log");

    /// <summary>Makes a database cluster below <paramref name="directory"/>, which must not exist, and starts it.</summary>
    public static async Task<PostgresInstance> StartAsync(string directory, int? core, CancellationToken cancel)
    {
        var binaries = FindBinaries() ?? throw new BenchException("PostgreSQL is not installed: apt-get install postgresql");
        Directory.CreateDirectory(directory);
        var instance = new PostgresInstance(directory, binaries, core);
        File.WriteAllText(instance.Log, "");
        if (Environment.IsPrivilegedProcess && await ChildProcess.RunAsync("/dev/null", cancel, "chown", "-R", "postgres", directory) != 0)
            throw new BenchException($"{directory} cannot be given to the user postgres.");
        var made = await ChildProcess.RunAsync(instance.Log, cancel,
            [.. AsOrdinaryUser(), Path.Combine(binaries, "initdb"), "-D", instance.Cluster, "-U", "parley", "-A", "trust", "-E", "UTF8", "--locale=C"]);
        if (made != 0) throw new BenchException($"initdb failed:\n{await File.ReadAllTextAsync(instance.Log, cancel)}");
        await instance.StartAsync(cancel);
        return instance;
    }

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

    /// <summary>Starts it again over the same data.</summary>
    /// <remarks>After a kill its old processes may still hold the shared memory for a moment; it then refuses to start, and is asked again.</remarks>
    public async Task StartAsync(CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(StartPatience);
        while (true)
        {
            _postmaster = ChildProcess.Start(_core, Log, new Dictionary<string, string>(),
                [.. AsOrdinaryUser(), Path.Combine(_binaries, "postgres"), "-D", Cluster, "-p", Port, "-c", "listen_addresses=", "-k", _directory]);
            while (!_postmaster.HasExited)
            {
                if (await ChildProcess.RunAsync("/dev/null", patience.Token, Path.Combine(_binaries, "pg_isready"), "-q", "-h", _directory, "-p", Port) == 0) return;
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, patience.Token);
            }

            _postmaster.Dispose();
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, patience.Token);
        }
    }

    /// <summary>kill -9 of the postmaster; its children notice and end by themselves.</summary>
    public async Task KillAsync()
    {
        await _postmaster!.KillAsync();
        _postmaster.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        if (_postmaster is null) return;
        await _postmaster.StopAsync(StopSignal.Interrupt, TimeSpan.FromSeconds(10));
        _postmaster.Dispose();
    }

    private string Cluster => Path.Combine(_directory, "cluster");

    /// <summary>PostgreSQL refuses to run as root.</summary>
    private static string[] AsOrdinaryUser() =>
        Environment.IsPrivilegedProcess ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : [];
}
