using System.Net;
using Parley.Bench;

namespace Parley.Chaos;

/// <summary>What a run happens on.</summary>
/// <param name="Engine">Which database.</param>
/// <param name="FileSystem">Where its files lie.</param>
/// <param name="Clock">Whose clock the server sees.</param>
internal sealed record Ground(Engine Engine, FileSystem FileSystem, Clock Clock = Clock.Real)
{
    /// <summary>How many servers share the database; more than one only on PostgreSQL.</summary>
    public int Nodes { get; init; } = 1;

    /// <summary>The only core that the servers and their database may run on; null for any.</summary>
    public int? Core { get; init; }

    /// <summary>Where the servers listen.</summary>
    public IPAddress Listen { get; init; } = IPAddress.Loopback;

    /// <summary>What the servers take of one client.</summary>
    public Limits Limits { get; init; } = Limits.Raised;

    /// <summary>More of the servers' environment.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();
}

/// <summary>How much a server takes of one client, conversation and app.</summary>
internal enum Limits
{
    /// <summary>As bench/limits.json says: more than a few clients can need.</summary>
    Raised,

    /// <summary>As it is shipped.</summary>
    Shipped,
}

/// <summary>The clock that the server sees.</summary>
internal enum Clock
{
    /// <summary>The machine's.</summary>
    Real,

    /// <summary>One that <see cref="FakeClock"/> can turn.</summary>
    Fake,
}

/// <summary>What is under test: a real server or several, their database, and the file system on which all keep their data.</summary>
internal sealed class Site : IAsyncDisposable
{
    private const string App = "chaos";

    private Site(Ground ground, string folder, Tokens tokens) => (Ground, Folder, Tokens) = (ground, folder, tokens);

    public Ground Ground { get; }

    /// <summary>For logs and whatever else belongs to the run; never on the volume.</summary>
    public string Folder { get; }

    public Tokens Tokens { get; }

    public Problems Problems { get; } = new();

    /// <summary>Every server.</summary>
    public IReadOnlyList<ServerProcess> Nodes { get; private set; } = [];

    /// <summary>The first server: the one that things happen to.</summary>
    public ServerProcess Server => Nodes[0];

    /// <summary>Null on SQLite.</summary>
    public PostgresInstance? Postgres { get; private set; }

    /// <summary>Null when the files lie on what is given.</summary>
    public Volume? Volume { get; private set; }

    /// <summary>Null when the server sees the machine's.</summary>
    public FakeClock? Clock { get; private set; }

    /// <summary>Starts everything over an empty database.</summary>
    public static async Task<Site> SetUpAsync(Installation installation, Ground ground, CancellationToken cancel)
    {
        var folder = Directory.CreateTempSubdirectory("parley-chaos-").FullName;
        // PostgreSQL runs as another user when we are root.
        File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | UnixFileMode.OtherExecute);
        var site = new Site(ground, folder, new Tokens(App, Tokens.NewSecret()));
        try
        {
            if (ground.FileSystem != FileSystem.Given) site.Volume = await Volume.MakeAsync(ground.FileSystem, folder, cancel);
            if (ground.Clock == Chaos.Clock.Fake) site.Clock = new FakeClock(folder);
            site.Clock?.Set(TimeSpan.Zero);
            var data = site.Volume?.Mount ?? folder;
            if (ground.Engine == Engine.Postgres)
                site.Postgres = await PostgresInstance.StartAsync(Path.Combine(folder, "postgres"), ground.Core, cancel, Path.Combine(data, "cluster"));

            site.Nodes = [.. Enumerable.Range(0, ground.Nodes).Select(node => new ServerProcess(site.Settings(installation, data, node)))];
            foreach (var node in site.Nodes) await node.StartAsync(cancel);
            return site;
        }
        catch
        {
            await site.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts what does not run, the database first.</summary>
    public async Task ReviveAsync(CancellationToken cancel)
    {
        if (Postgres is { IsRunning: false }) await Postgres.StartAsync(cancel);
        foreach (var node in Nodes.Where(node => !node.IsRunning)) await node.StartAsync(cancel);
    }

    /// <summary>Notes it as a problem when the server has ended by itself.</summary>
    /// <param name="when">"when its database was killed".</param>
    public void ServerMustRun(string when)
    {
        if (!Server.IsRunning) Problems.Add($"The server ended by itself {when}:\n{Server.Tail()}");
    }

    /// <summary>Cuts the power of the volume while everything that has files on it stands still, and ends all of that.</summary>
    /// <remarks>
    /// A file system that is shut down may answer a flush under way with "done" although the end of the file never reached the device: ext4 takes a commit
    /// of its aborted journal for one that was finished. Where the power really fails nobody lives to hear that answer, and to pass it on.
    /// </remarks>
    public async Task CutPowerAsync(CancellationToken cancel)
    {
        ChildProcess.Send(Signal.Stop, [.. Nodes.Where(node => node.IsRunning).Select(node => node.ProcessId), .. Postgres?.Processes ?? []]);
        await Volume!.CutPowerAsync(cancel);
        await KillAllAsync();
    }

    /// <summary>kill -9 of everything that has files on the volume.</summary>
    public async Task KillAllAsync()
    {
        foreach (var node in Nodes.Where(node => node.IsRunning)) await node.KillAsync();
        if (Postgres is not null) await Postgres.KillAllAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes) await node.DisposeAsync();
        if (Postgres is not null) await Postgres.DisposeAsync();
        if (Volume is not null) await Volume.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private ServerSettings Settings(Installation installation, string data, int node)
    {
        var folder = node == 0 ? Folder : Directory.CreateDirectory(Path.Combine(Folder, $"node-{node}")).FullName;
        var variables = new Dictionary<string, string>(Ground.Variables);
        foreach (var (name, value) in Clock?.Variables ?? []) variables[name] = value;
        var limits = Ground.Limits == Limits.Raised ? installation.Limits : Path.Combine(folder, "shipped.json");
        if (Ground.Limits == Limits.Shipped) File.WriteAllText(limits, "{}");
        return new ServerSettings(installation.Binary, Ground.Engine, limits, folder, Ground.Core, Tokens, Postgres?.ConnectionString)
        {
            Data = Path.Combine(data, node == 0 ? "data" : $"data-{node}"),
            Listen = Ground.Listen,
            Variables = variables,
        };
    }
}
