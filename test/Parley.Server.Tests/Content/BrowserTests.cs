using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Parley.Tests.Content;

/// <summary>Files that want to run, in a real browser: Debian's Chromium. Whatever runs calls a web server of the test's, which counts.</summary>
public sealed class BrowserTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact, Trait("Row", "FU-03")]
    public async Task No_script_of_an_uploaded_file_runs_when_a_browser_opens_it_or_a_page_shows_it()
    {
        var browser = Browser();
        await using var witness = await Witness.StartAsync();
        await using var server = await RunningServer.StartAsync(Engine.Sqlite);
        using var alice = UploadClient.Of(server, "alice");
        var addresses = new List<string>();
        foreach (var (name, type, text) in Hostile(witness))
        {
            var uploaded = await alice.UploadAsync(Encoding.UTF8.GetBytes(text), type, name);
            addresses.Add($"http://{server.Address}{await alice.UrlAsync(uploaded.Content)}");
        }

        foreach (var address in addresses) await witness.OpenAsync(browser, address);
        witness.Page = string.Concat(addresses.Select(address => $"""<img src="{address}"><iframe src="{address}"></iframe><embed src="{address}"><object data="{address}"></object><script src="{address}"></script>"""));
        await OpenAsync(browser, $"{witness.Address}/page");
        Assert.Equal(Enumerable.Repeat("page", addresses.Count + 1), witness.Calls);

        // The same files, from a server that believes what it is told: each of them runs, so the browser would have.
        await witness.OpenAsync(browser, $"{witness.Address}/{Hostile(witness).First().Name}");
        Assert.Contains($"ran-{Hostile(witness).First().Name}", witness.Calls);
        witness.Page = string.Concat(Hostile(witness).Select(file => $"""<iframe src="{witness.Address}/{file.Name}"></iframe>"""));
        await OpenAsync(browser, $"{witness.Address}/page");
        Assert.Equal(Hostile(witness).Select(file => $"ran-{file.Name}").Order(), witness.Calls.Where(call => call.StartsWith("ran-", StringComparison.Ordinal)).Distinct().Order());
    }

    private static IEnumerable<(string Name, string Type, string Text)> Hostile(Witness witness)
    {
        string Script(string name) => $"fetch('{witness.Address}/ran-{name}',{{mode:'no-cors'}})";
        yield return ("script.svg", "image/svg+xml", $"""<svg xmlns="http://www.w3.org/2000/svg"><script>{Script("script.svg")}</script></svg>""");
        yield return ("onload.svg", "image/svg+xml", $"""<svg xmlns="http://www.w3.org/2000/svg" onload="{Script("onload.svg")}"/>""");
        yield return ("foreign.svg", "image/svg+xml", $"""<svg xmlns="http://www.w3.org/2000/svg"><foreignObject><iframe xmlns="http://www.w3.org/1999/xhtml" srcdoc="&lt;script&gt;{Script("foreign.svg")}&lt;/script&gt;"/></foreignObject></svg>""");
        yield return ("page.html", "text/html", $"<!doctype html><script>{Script("page.html")}</script>");
        yield return ("text.html", "text/plain", $"\n\n<script>{Script("text.html")}</script>");
        yield return ("page.xhtml", "application/xhtml+xml", $"""<html xmlns="http://www.w3.org/1999/xhtml"><script>{Script("page.xhtml")}</script></html>""");
    }

    /// <summary>Opens an address and gives the page three seconds of its own time.</summary>
    private static async Task OpenAsync(string browser, string address)
    {
        using var profile = new TemporaryFolder();
        using var process = Process.Start(new ProcessStartInfo(browser,
            ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", $"--user-data-dir={profile.Path}", "--virtual-time-budget=3000", "--timeout=5000", "--dump-dom", address])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"The browser did not end on {address}: {await errors}");
        }

        await output;
    }

    private static string Browser()
    {
        var found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, "chromium")).FirstOrDefault(File.Exists);
        if (found is null) Assert.Skip("No Chromium: ./test.sh installs it on Debian.");
        return found!;
    }

    /// <summary>Serves the hostile files as what they say they are, a page that shows those of the server, and remembers who called.</summary>
    private sealed class Witness(WebApplication app) : IAsyncDisposable
    {
        private readonly ConcurrentQueue<string> _calls = new();

        public string Page { get; set; } = "";

        public string Address => app.Urls.Single();

        public IReadOnlyCollection<string> Calls => _calls;

        public static async Task<Witness> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var witness = new Witness(builder.Build());
            witness.Map();
            await witness.StartListeningAsync();
            return witness;
        }

        /// <summary>Goes to an address by a link of a page: a browser that is given what it saves as its first address does not end.</summary>
        public Task OpenAsync(string browser, string address)
        {
            Page = $"<script>location.href='{address}'</script>";
            return BrowserTests.OpenAsync(browser, $"{Address}/page");
        }

        public ValueTask DisposeAsync() => app.DisposeAsync();

        private Task StartListeningAsync() => app.StartAsync();

        private void Map()
        {
            app.MapGet("/{name}", (string name) =>
            {
                if (name == "favicon.ico") return Results.NotFound();
                if (Hostile(this).FirstOrDefault(file => file.Name == name) is { Text: { } text } file)
                    return Results.Text(text, name == "text.html" ? "text/html" : file.Type);
                _calls.Enqueue(name);
                return Results.Text(name == "page" ? $"<!doctype html>{Page}" : "", "text/html");
            });
        }
    }
}
