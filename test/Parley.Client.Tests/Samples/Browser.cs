using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Parley.Client.Tests.Samples;

/// <summary>A page in Debian's Chromium, driven by the browser's own protocol: a driver would be a package with a Node.js in it, for a click.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private readonly DirectoryInfo _profile = Directory.CreateTempSubdirectory("parley-browser-");
    private readonly ClientWebSocket _socket = new();
    private Process? _process;
    private int _lastId;

    public static bool IsThere => Path is not null;

    private static string? Path => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => System.IO.Path.Combine(folder, "chromium")).FirstOrDefault(File.Exists);

    public static async Task<Browser> OpenAsync(Uri page)
    {
        var browser = new Browser();
        browser._process = Process.Start(new ProcessStartInfo(Path!,
            ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", $"--user-data-dir={browser._profile.FullName}", "--remote-debugging-port=0", "about:blank"])
        {
            UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var port = await browser.PortAsync();
        using var http = new HttpClient();
        var tabs = JsonNode.Parse(await http.GetStringAsync(new Uri($"http://127.0.0.1:{port}/json")))!.AsArray();
        await browser._socket.ConnectAsync(new Uri((string)tabs.First(tab => (string?)tab!["type"] == "page")!["webSocketDebuggerUrl"]!), CancellationToken.None);
        await browser.AskAsync("Page.navigate", new JsonObject { ["url"] = page.ToString() });
        return browser;
    }

    /// <summary>What an expression of the page's script is, as text.</summary>
    public async Task<string> EvaluateAsync(string expression) =>
        (await AskAsync("Runtime.evaluate", new JsonObject { ["expression"] = $"String({expression})" }))["result"]?["value"]?.ToString() ?? "";

    /// <summary>Waits until an expression is this.</summary>
    public async Task UntilAsync(string expression, string expected)
    {
        var seen = "";
        for (var times = 0; times < 200; times++)
        {
            if ((seen = await EvaluateAsync(expression)) == expected) return;
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }

        Assert.Fail($"{expression} never was {expected}; it is {seen}");
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        if (_process is { HasExited: false }) _process.Kill(entireProcessTree: true);
        if (_process is not null) await _process.WaitForExitAsync();
        _process?.Dispose();
        for (var times = 0; ; times++)
        {
            try
            {
                _profile.Delete(recursive: true);
                return;
            }
            catch (IOException) when (times < 50)
            {
                // A child of the browser writes its last words.
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            }
        }
    }

    private async Task<string> PortAsync()
    {
        var file = System.IO.Path.Combine(_profile.FullName, "DevToolsActivePort");
        await Support.Cast.UntilAsync(() => _process!.HasExited || (File.Exists(file) && File.ReadAllLines(file).Length == 2), "the browser listens");
        return (await File.ReadAllLinesAsync(file))[0];
    }

    private async Task<JsonNode> AskAsync(string method, JsonObject parameters)
    {
        var id = ++_lastId;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await _socket.SendAsync(Encoding.UTF8.GetBytes(new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters }.ToJsonString()), WebSocketMessageType.Text, true, patience.Token);
        var buffer = new byte[1 << 20];
        while (true)
        {
            var length = 0;
            ValueWebSocketReceiveResult part;
            do
            {
                part = await _socket.ReceiveAsync(buffer.AsMemory(length), patience.Token);
                length += part.Count;
            }
            while (!part.EndOfMessage);
            var answer = JsonNode.Parse(buffer.AsSpan(0, length))!;
            if ((int?)answer["id"] == id) return answer["result"] ?? throw new InvalidOperationException(answer.ToJsonString());
        }
    }
}
