using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Parley.Commands;

namespace Parley.Tests.Content;

/// <summary>The server as it ships, a process of its own on an empty database. It can be killed.</summary>
internal sealed class ServerProcess(TestDatabase files) : IAsyncDisposable
{
    private readonly int _port = FreePort();
    private Process? _process;

    public IPEndPoint Address => new(IPAddress.Loopback, _port);

    public string ContentFolder => Path.Combine(files.Folder, "content");

    private string Settings => Path.Combine(files.Folder, "settings.json");

    public static async Task<ServerProcess> StartAsync(Engine engine)
    {
        var files = await TestDatabase.CreateForServerAsync(engine);
        var server = new ServerProcess(files);
        object storage = engine == Engine.Sqlite
            ? new { Engine = "Sqlite", DataDirectory = Path.GetDirectoryName(new SqliteConnectionStringBuilder(files.ConnectionString).DataSource) }
            : new { Engine = "Postgres", PostgresConnectionString = files.ConnectionString, DataDirectory = files.Folder };
        var settings = new
        {
            Parley = new
            {
                Storage = storage,
                Content = new { Directory = server.ContentFolder, MinFreeBytes = 0, MinFreePercent = 0, UploadsPerUserBurst = 1_000, ParallelUploadsPerUser = 100 },
                Limits = new { RequestsPerSecond = 100_000, RequestsBurst = 100_000 },
            },
        };
        await File.WriteAllTextAsync(server.Settings, JsonSerializer.Serialize(settings));
        await server.StartAsync();
        return server;
    }

    /// <summary>Starts it on the data it had, and waits until it listens.</summary>
    public async Task StartAsync()
    {
        var url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_port}");
        var start = ServerProgram.With("serve", "--urls", url, "--data", files.Folder, "--config", Settings);
        (start.UseShellExecute, start.RedirectStandardOutput, start.RedirectStandardError, start.WorkingDirectory) = (false, true, true, files.Folder);
        _process = Process.Start(start)!;
        var listening = new TaskCompletionSource();
        var errors = new System.Text.StringBuilder();
        _process.OutputDataReceived += (_, e) =>
        {
            if (e.Data?.Contains("Listening", StringComparison.Ordinal) == true) listening.TrySetResult();
        };
        _process.ErrorDataReceived += (_, e) => errors.AppendLine(e.Data);
        _process.Exited += (_, _) => listening.TrySetException(new InvalidOperationException($"it ended: {errors}"));
        _process.EnableRaisingEvents = true;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await listening.Task.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System);
    }

    /// <summary>As <c>kill -9</c>.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    public string TokenOf(string user) =>
        TokenCommand.Issue(new ServerArguments(Settings, files.Folder), DemoApp.Name, new UserId(user), TimeSpan.FromHours(1), TimeProvider.System);

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false }) await KillAsync();
        _process?.Dispose();
        await files.DisposeAsync();
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
