using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Parley.Bench;

/// <summary>Where one run of a peer takes place: an empty directory, a free port of 127.0.0.1, and the processes that were started, which end with it.</summary>
/// <param name="directory">Empty, and its own.</param>
/// <param name="peers">The folder bench/peers, with the configurations.</param>
internal sealed class PeerSite(string directory, string peers) : IAsyncDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(15);
    private PostgresInstance? _postgres;
    private ChildProcess? _process;

    public string Directory => directory;

    public IPEndPoint Address { get; } = new(IPAddress.Loopback, Ports.Free());

    /// <summary>The peer's own process.</summary>
    public int ProcessId => _process!.Id;

    /// <summary>The roots of its process trees, its database's among them.</summary>
    public IReadOnlyList<int> Processes => _postgres is null ? [ProcessId] : [ProcessId, _postgres.ProcessId];

    private string Log => Path.Combine(directory, "peer.log");

    /// <summary>A PostgreSQL for it alone, on the same core.</summary>
    /// <param name="cancel">Gives up.</param>
    /// <param name="port">Where it listens on 127.0.0.1 too; null for its socket only.</param>
    public async Task<PostgresInstance> StartPostgresAsync(CancellationToken cancel, int? port = null) =>
        _postgres = await PostgresInstance.StartAsync(Path.Combine(directory, "postgres"), LoadedServer.Core, cancel, port: port);

    /// <summary>A file below bench/peers.</summary>
    public string FileOf(string name) => Path.Combine(peers, name);

    /// <summary>Fills a configuration of bench/peers in and writes it into the directory; answers where.</summary>
    public async Task<string> ConfigureAsync(string template, IReadOnlyDictionary<string, string> values, CancellationToken cancel)
    {
        var text = await File.ReadAllTextAsync(FileOf(template), cancel);
        foreach (var (name, value) in values) text = text.Replace($"{{{{{name}}}}}", value, StringComparison.Ordinal);
        text = text.Replace("{{port}}", $"{Address.Port}", StringComparison.Ordinal).Replace("{{directory}}", directory, StringComparison.Ordinal);
        if (text.Contains("{{", StringComparison.Ordinal)) throw new BenchException($"{template} has a value that nothing fills in.");
        var file = Path.Combine(directory, Path.GetFileName(template));
        await File.WriteAllTextAsync(file, text, cancel);
        return file;
    }

    /// <summary>Starts the peer on its core, and waits until it takes connections.</summary>
    public async Task StartAsync(IReadOnlyDictionary<string, string> environment, CancellationToken cancel, params IReadOnlyList<string> command)
    {
        _process = ChildProcess.Start(LoadedServer.Core, Log, environment, command);
        var started = Stopwatch.GetTimestamp();
        while (!await TakesConnectionsAsync(cancel))
        {
            if (_process.HasExited) throw new BenchException($"It ended with {_process.ExitCode}.");
            if (Stopwatch.GetElapsedTime(started) > StartPatience) throw new BenchException("It does not take connections.");
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancel);
        }
    }

    /// <summary>The last lines it printed.</summary>
    public string Tail() => File.Exists(Log) ? string.Join('\n', File.ReadLines(Log).TakeLast(30)) : "";

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.StopAsync(Signal.Terminate, StopPatience);
            _process.Dispose();
        }

        if (_postgres is not null) await _postgres.DisposeAsync();
    }

    private async Task<bool> TakesConnectionsAsync(CancellationToken cancel)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(Address, cancel);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
