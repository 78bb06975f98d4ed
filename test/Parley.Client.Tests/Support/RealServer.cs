using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Parley.Commands;

namespace Parley.Client.Tests.Support;

/// <summary>The server as it ships, a process of its own on SQLite in a temporary folder, with the limits of the benchmarks. It can be killed.</summary>
internal sealed class RealServer : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("parley-client-tests-").FullName;
    private readonly int _port = FreePort();
    private Process? _process;

    public Uri Address => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_port}"));

    public static async Task<RealServer> StartNewAsync()
    {
        var server = new RealServer();
        await server.StartAsync();
        return server;
    }

    /// <summary>Where its files are.</summary>
    public string Folder => _folder;

    /// <summary>Starts it on the data it had, and waits until it listens.</summary>
    public async Task StartAsync()
    {
        var limits = Parley.Tests.Checkout.PathOf("bench/limits.json");
        var start = Parley.Tests.ServerProgram.With("serve", "--urls", Address.ToString(), "--data", _folder, "--config", limits);
        (start.UseShellExecute, start.RedirectStandardOutput, start.RedirectStandardError, start.WorkingDirectory) = (false, true, true, _folder);
        _process = Process.Start(start)!;
        var listening = new TaskCompletionSource();
        _process.OutputDataReceived += (_, e) =>
        {
            if (e.Data?.Contains("Listening", StringComparison.Ordinal) == true) listening.TrySetResult();
        };
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await listening.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    /// <summary>As <c>kill -9</c>.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Stops it as SIGSTOP does: it takes connections still, and says nothing.</summary>
    public Task FreezeAsync() => SignalAsync("-STOP");

    /// <summary>Lets it go on.</summary>
    public Task ThawAsync() => SignalAsync("-CONT");

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [signal, _process!.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    public string TokenOf(string user) =>
        TokenCommand.Issue(new ServerArguments(null, _folder), DemoApp.Name, new UserId(user), TimeSpan.FromHours(1), TimeProvider.System);

    public ParleyClient ClientOf(string user, string device = "phone", double settleTimeout = 60, double patience = 60) => new(
        new ParleyClientOptions
        {
            Endpoint = Address,
            TokenProvider = _ => ValueTask.FromResult(TokenOf(user)),
            DeviceId = new DeviceId(device),
            SendTimeout = TimeSpan.FromSeconds(patience),
            SettleTimeout = TimeSpan.FromSeconds(settleTimeout),
            RequestTimeout = TimeSpan.FromSeconds(patience),
        },
        // Back soon after each kill.
        () => 0.1);

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false }) await KillAsync();
        _process?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
