using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Parley.Commands;

namespace Parley.Tests.Commands;

public sealed class ServeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Requests_beyond_the_limits_are_refused_and_the_server_goes_on()
    {
        await using var app = await StartAsync();
        using var http = new HttpClient { BaseAddress = AddressOf(app) };

        Assert.Equal(HttpStatusCode.RequestUriTooLong, await StatusAsync(http, new HttpRequestMessage(HttpMethod.Get, $"/{new string('a', 8_192)}")));
        Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, await StatusAsync(http, WithHeaders(1, 33 * 1024)));
        Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, await StatusAsync(http, WithHeaders(101, 1)));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await StatusAsync(http, Posting((256 * 1024) + 1)));

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(http, Posting(256 * 1024)));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(http, WithHeaders(90, 300)));
    }

    [Fact]
    public void The_executables_heap_takes_half_of_the_memory_at_most()
    {
        using var configuration = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "parley.runtimeconfig.json")));
        Assert.Equal(50, configuration.RootElement.GetProperty("runtimeOptions").GetProperty("configProperties").GetProperty("System.GC.HeapHardLimitPercent").GetInt32());
    }

    [Fact]
    public async Task No_answer_names_the_software()
    {
        await using var app = await StartAsync();
        using var http = new HttpClient { BaseAddress = AddressOf(app) };
        using var answer = await http.GetAsync(new Uri("/nothing", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Empty(answer.Headers.Server);
        Assert.DoesNotContain(answer.Headers, header => header.Key.StartsWith("X-Powered", StringComparison.OrdinalIgnoreCase));
    }

    [Fact, Trait("Row", "WS-07")]
    public async Task Headers_that_never_end_are_waited_for_no_longer_than_configured()
    {
        await File.WriteAllTextAsync(_folder.File("settings.json"), """{ "Parley": { "Http": { "HeaderTimeout": "00:00:01" } } }""", TestContext.Current.CancellationToken);
        await using var app = await StartAsync(_folder.File("settings.json"));
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, AddressOf(app).Port, TestContext.Current.CancellationToken);
        var watch = Stopwatch.StartNew();

        await socket.GetStream().WriteAsync("GET / HTTP/1.1\r\nHost: a\r\nX: "u8.ToArray(), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(socket.GetStream(), Encoding.ASCII);
        var answer = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);

        Assert.StartsWith("HTTP/1.1 408", answer, StringComparison.Ordinal);
        Assert.InRange(watch.Elapsed, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(8));
    }

    [Fact]
    public async Task The_system_keeps_little_for_a_connection_that_reads_slowly()
    {
        await using var app = ServeCommand.Build(new ServerArguments(null, _folder.Path));
        using var socket = app.Services.GetRequiredService<IOptions<SocketTransportOptions>>().Value.CreateBoundListenSocket(new IPEndPoint(IPAddress.Loopback, 0));

        // Linux doubles what it is asked for, for its own book-keeping.
        Assert.InRange(socket.SendBufferSize, 64 * 1024, 2 * 64 * 1024);
    }

    [Fact]
    public async Task It_needs_no_configuration_and_stops_when_asked()
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "parley.dll"), "serve", "--urls", "http://127.0.0.1:0"])
        {
            WorkingDirectory = _folder.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using var server = Process.Start(start)!;
        try
        {
            var line = await server.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            using var listening = JsonDocument.Parse(line!);
            var address = listening.RootElement.GetProperty("values").GetProperty("Addresses").GetString();
            using var http = new HttpClient { BaseAddress = new Uri(address!) };
            Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(http, new HttpRequestMessage(HttpMethod.Get, "/nothing")));
            Assert.True(File.Exists(Path.Combine(_folder.Path, "data", "demo.secret")));
            // With the queue of events between sockets and handlers there would be one (docs/decisions/0022); on a single core this cannot be told.
            if (OperatingSystem.IsLinux()) Assert.Equal(Environment.ProcessorCount, Threads(server).Count(name => name == ".NET Sockets"));

            using var kill = Process.Start("kill", ["-TERM", $"{server.Id}"]);
            await server.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal((0, ""), (server.ExitCode, await server.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken)));
        }
        finally
        {
            if (!server.HasExited) server.Kill();
        }
    }

    private static IEnumerable<string> Threads(Process process) =>
        Directory.EnumerateDirectories($"/proc/{process.Id}/task").Select(thread => File.ReadAllText(Path.Combine(thread, "comm")).Trim());

    private async Task<WebApplication> StartAsync(string? file = null)
    {
        var app = ServeCommand.Build(new ServerArguments(file, _folder.Path, "http://127.0.0.1:0"));
        app.MapPost("/body", async (HttpRequest request) => (await new StreamReader(request.Body).ReadToEndAsync()).Length);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }

    private static Uri AddressOf(WebApplication app) =>
        new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    private static HttpRequestMessage WithHeaders(int count, int length)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/nothing");
        for (var i = 0; i < count; i++) request.Headers.TryAddWithoutValidation($"X-{i}", new string('x', length));
        return request;
    }

    private static HttpRequestMessage Posting(int length) => new(HttpMethod.Post, "/body")
    {
        Content = new ByteArrayContent(new byte[length]) { Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") } },
        Headers = { ExpectContinue = true },
    };

    private static async Task<HttpStatusCode> StatusAsync(HttpClient http, HttpRequestMessage request)
    {
        using (request)
        {
            using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
            return answer.StatusCode;
        }
    }
}
