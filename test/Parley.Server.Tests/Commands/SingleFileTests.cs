using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Parley.Storage;
using Parley.Storage.Sqlite;

namespace Parley.Tests.Commands;

/// <summary>What the guide says of the single file, done.</summary>
[Collection(nameof(Alone))]
public sealed class SingleFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task One_file_is_all_that_a_machine_without_dotnet_needs()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && System.Runtime.InteropServices.RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.X64, "The file is for Linux on x64.");
        // Apart from the build that is running, whose analyzers have seen all of it; kept, so that the next one is quick. A build server would outlive it, and keep its output open.
        await RunAsync("dotnet", Checkout.Root, "publish", "src/Parley", "-c", "Release", "-r", "linux-x64", "-p:PublishSingleFile=true", "-o", _folder.Path,
            "--artifacts-path", Checkout.PathOf("artifacts/single-file"), "--disable-build-servers", "-p:RunAnalyzers=false", "-nologo", "-v", "quiet");
        var program = Assert.Single(Directory.GetFileSystemEntries(_folder.Path));
        Assert.Equal(_folder.File("parley"), program);

        var start = new ProcessStartInfo(program, ["serve", "--urls", "http://127.0.0.1:0"]) { WorkingDirectory = _folder.Path, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.Environment.Clear();
        using var server = Process.Start(start)!;
        try
        {
            using var line = JsonDocument.Parse((await server.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken))!);
            var address = line.RootElement.GetProperty("values").GetProperty("Addresses").GetString()!;
            using var http = new HttpClient();
            using var ready = await http.GetAsync(new Uri($"{address}/health/ready"), TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
            await RunAsync(program, _folder.Path, "doctor", "--urls", address, "--url", address);
            await RunAsync(program, _folder.Path, "backup", "--to", "backup.db");

            using var kill = Process.Start("kill", ["-TERM", $"{server.Id}"]);
            await server.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal((0, ""), (server.ExitCode, await server.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken)));
        }
        finally
        {
            if (!server.HasExited) server.Kill();
        }
    }

    /// <summary>The one thing that is not in the file.</summary>
    [Fact]
    public void A_missing_library_is_named_with_its_package()
    {
        var missing = Assert.Throws<StorageException>(() => SystemSqlite.Load("libsqlite3-of-nobody.so.0"));

        Assert.Equal("SQLite's library libsqlite3-of-nobody.so.0 is not installed. On Debian and Ubuntu: apt-get install libsqlite3-0; on Fedora: dnf install sqlite-libs.", missing.Message);
    }

    private static async Task RunAsync(string program, string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, UseShellExecute = false };
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, output);
    }
}
