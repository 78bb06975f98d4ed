using System.Runtime.InteropServices;
using System.Text.Json;

namespace Parley.Bench;

/// <summary>Where the server to measure is, and one run of it after the other. Linux only, as is all of the bench.</summary>
/// <param name="Binary">The executable <c>parley</c>.</param>
/// <param name="Limits">The configuration file with the limits.</param>
/// <param name="Peers">The folder with the configurations of the peers.</param>
internal sealed partial record Installation(string Binary, string Limits, string Peers)
{
    private const string App = "bench";

    // artifacts/bin/<this project>/<configuration>/
    private static readonly DirectoryInfo Own = new(AppContext.BaseDirectory);

    /// <summary>The build beside this one, unless the options name another.</summary>
    public static Installation Find(Options options)
    {
        var binary = options.Find("--server") ?? BinaryOf("Parley", "parley");
        var bench = Path.Combine(Own.Parent!.Parent!.Parent!.Parent!.FullName, "bench");
        var limits = options.Find("--limits") ?? Path.Combine(bench, "limits.json");
        foreach (var file in new[] { binary, limits })
        {
            if (!File.Exists(file)) throw new BenchException($"{file} is not there: build it first.");
        }

        return new Installation(binary, limits, Path.Combine(bench, "peers"));
    }

    /// <summary>What a project was built into, in the same configuration as this program.</summary>
    public static string BinaryOf(string project, string name) => Path.Combine(Own.Parent!.Parent!.FullName, project, Own.Name, name);

    /// <summary>Where bench.sh installed a peer that is not built.</summary>
    public static string FolderOf(string peer) => Path.Combine(Own.Parent!.Parent!.Parent!.FullName, "peers", peer);

    /// <summary>Starts a server with an empty database, calls <paramref name="use"/>, and leaves nothing behind.</summary>
    public async Task<T> RunAsync<T>(Engine engine, int? core, Func<ServerProcess, Tokens, PostgresInstance?, Task<T>> use, CancellationToken cancel)
    {
        var directory = MakeDirectory();
        try
        {
            var tokens = new Tokens(App, Tokens.NewSecret());
            await using var postgres = engine == Engine.Postgres
                ? await PostgresInstance.StartAsync(Path.Combine(directory, "postgres"), core, cancel)
                : null;
            await using var server = new ServerProcess(
                new ServerSettings(Binary, engine, Limits, directory, core, tokens, postgres?.ConnectionString));
            await server.StartAsync(cancel);
            return await use(server, tokens, postgres);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>Gives <paramref name="use"/> a site for a peer, and leaves nothing behind.</summary>
    public async Task<T> RunAsync<T>(Func<PeerSite, Task<T>> use)
    {
        var directory = MakeDirectory();
        try
        {
            await using var site = new PeerSite(directory, Peers);
            return await use(site);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static string MakeDirectory()
    {
        var directory = Directory.CreateTempSubdirectory("parley-bench-").FullName;
        // PostgreSQL runs as another user when we are root.
        File.SetUnixFileMode(directory, File.GetUnixFileMode(directory) | UnixFileMode.OtherExecute);
        return directory;
    }

    /// <summary>The limits alone, in one line.</summary>
    public string LimitsText()
    {
        using var parsed = JsonDocument.Parse(File.ReadAllText(Limits));
        return JsonSerializer.Serialize(parsed.RootElement.GetProperty("Parley").GetProperty(nameof(Limits)));
    }

    /// <summary>What else the figures depend on.</summary>
    public static string Versions()
    {
        var postgres = PostgresInstance.FindBinaries() is { } binaries && Directory.GetParent(binaries) is { } version ? version.Name : "none";
        return $".NET {Environment.Version}, SQLite {Marshal.PtrToStringUTF8(SqliteVersion())}, PostgreSQL {postgres}, {RuntimeInformation.OSDescription}";
    }

    [LibraryImport("libsqlite3.so.0", EntryPoint = "sqlite3_libversion")]
    private static partial nint SqliteVersion();
}
