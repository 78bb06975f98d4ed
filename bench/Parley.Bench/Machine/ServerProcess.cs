using System.Net;
using System.Net.Sockets;

namespace Parley.Bench;

/// <summary>What <c>parley serve</c> is started with.</summary>
/// <param name="Binary">The executable.</param>
/// <param name="Engine">Which database.</param>
/// <param name="Limits">The configuration file with the limits of the run.</param>
/// <param name="Directory">Where its log goes, and its data unless <see cref="Data"/> says otherwise.</param>
/// <param name="Core">The only core it may run on; null for any.</param>
/// <param name="Tokens">The one app it serves.</param>
/// <param name="Postgres">The database's connection string, for PostgreSQL.</param>
internal sealed record ServerSettings(
    string Binary, Engine Engine, string Limits, string Directory, int? Core, Tokens Tokens, string? Postgres)
{
    /// <summary>Its data directory.</summary>
    public string Data { get; init; } = Path.Combine(Directory, "data");

    /// <summary>Where it listens.</summary>
    public IPAddress Listen { get; init; } = IPAddress.Loopback;

    /// <summary>More of its environment.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();
}

/// <summary>A database engine.</summary>
internal enum Engine
{
    Sqlite,
    Postgres,
}

/// <summary>The real server, as its users start it; may be killed and started again over the same data, on the same port.</summary>
internal sealed class ServerProcess(ServerSettings settings) : IAsyncDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(20);
    private ChildProcess? _process;

    public int ProcessId => _process!.Id;

    public IPEndPoint Address { get; } = new(settings.Listen, Ports.Free());

    public string Log => Path.Combine(settings.Directory, "server.log");

    /// <summary>Starts it as <see cref="Launch"/> does, and waits until it answers HTTP.</summary>
    public async Task StartAsync(CancellationToken cancel, params IReadOnlyList<string> under)
    {
        Launch(under);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(StartPatience);
        while (!await AnswersAsync(patience.Token))
        {
            if (!IsRunning) throw new BenchException($"The server ended with {ExitCode}:\n{Tail()}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, patience.Token);
        }
    }

    /// <summary>Starts it and does not wait for it.</summary>
    /// <param name="under">A command that starts the command after it in its own place, as <c>strace -D</c> does; empty for none.</param>
    public void Launch(params IReadOnlyList<string> under)
    {
        _process?.Dispose();
        _process = ChildProcess.Start(settings.Core, Log, Environment(),
            [.. under, settings.Binary, "serve", "--config", settings.Limits, "--urls", $"http://{Address}"]);
    }

    /// <summary>Asks it to end, as its users do, and waits.</summary>
    public Task StopAsync() => _process!.StopAsync(Signal.Terminate, StopPatience);

    public async Task KillAsync()
    {
        await _process!.KillAsync();
        _process.Dispose();
        _process = null;
    }

    public bool IsRunning => _process is { HasExited: false };

    /// <summary>Of one that ended by itself.</summary>
    public int ExitCode => _process!.ExitCode;

    /// <summary>The database file, on SQLite.</summary>
    public string Database => Path.Combine(settings.Data, "parley.db");

    /// <summary>The last lines of its log.</summary>
    public string Tail() => File.Exists(Log) ? string.Join('\n', File.ReadLines(Log).TakeLast(30)) : "";

    public async ValueTask DisposeAsync()
    {
        if (_process is null) return;
        await _process.StopAsync(Signal.Terminate, TimeSpan.FromSeconds(3));
        _process.Dispose();
    }

    private Dictionary<string, string> Environment()
    {
        var variables = new Dictionary<string, string>(settings.Variables)
        {
            [$"Parley__Apps__{settings.Tokens.App}__Keys__0__Secret"] = settings.Tokens.Secret,
            ["Parley__Storage__Engine"] = settings.Engine.ToString(),
            // On both engines: uploads are files there.
            ["Parley__Storage__DataDirectory"] = settings.Data,
        };
        if (settings.Engine == Engine.Postgres) variables["Parley__Storage__PostgresConnectionString"] = settings.Postgres!;
        return variables;
    }

    private async Task<bool> AnswersAsync(CancellationToken cancel)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(Address, cancel);
            await socket.SendAsync("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8.ToArray(), cancel);
            var answer = new byte[16];
            return await socket.ReceiveAsync(answer, cancel) > 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
