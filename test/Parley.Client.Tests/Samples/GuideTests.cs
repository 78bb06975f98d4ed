using System.Diagnostics;
using System.IO.Compression;
using System.Text.RegularExpressions;
using Parley.Client.Tests.Support;
using Parley.Tests;

namespace Parley.Client.Tests.Samples;

/// <summary>docs/guide/dotnet-sdk.md, done: its packages made, its program made from nothing, built against them, and run.</summary>
public sealed partial class GuideTests(GuideTests.Reader reader) : IClassFixture<GuideTests.Reader>
{
    private static readonly string[] Packages = ["Parley.Client", "Parley.Client.Sqlite", "Parley.Client.Testing", "Parley.Protocol", "Parley.Server"];

    [Fact]
    public void The_reader_of_the_guide_receives_his_message()
    {
        Assert.Equal("Hello, Bob!", Assert.Single(reader.Said, line => line.StartsWith("alice: Hello", StringComparison.Ordinal))[7..]);
        Assert.Equal(reader.Promised, reader.Said);
    }

    [Fact]
    public void A_package_has_its_readme_icon_licence_documentation_and_where_it_comes_from()
    {
        foreach (var name in Packages)
        {
            using var package = ZipFile.OpenRead(Assert.Single(Directory.GetFiles(reader.Feed, $"{name}.0*.nupkg")));
            using var file = new StreamReader(package.GetEntry($"{name}.nuspec")!.Open());
            var nuspec = file.ReadToEnd();
            var files = package.Entries.Select(entry => entry.FullName).ToArray();

            Assert.All(["README.md", "icon.png", $"lib/net10.0/{name}.dll", $"lib/net10.0/{name}.xml"], needed => Assert.Contains(needed, files));
            Assert.All(["<icon>icon.png</icon>", "<readme>README.md</readme>", "<license type=\"expression\">Apache-2.0</license>", "<tags>chat ", "<description>"], said => Assert.Contains(said, nuspec, StringComparison.Ordinal));
            // The commit is there, and its branch, wherever there is a repository; its address is that of the remote.
            if (Directory.Exists(Checkout.PathOf(".git"))) Assert.Matches("<repository type=\"git\"[^>]* commit=\"[0-9a-f]{40}\"", nuspec);
            Assert.DoesNotContain(Checkout.PathOf("").TrimEnd('/'), nuspec, StringComparison.Ordinal);
            Assert.True(File.Exists(Path.Combine(reader.Feed, Path.GetFileName(Directory.GetFiles(reader.Feed, $"{name}.0*.nupkg")[0]).Replace(".nupkg", ".snupkg", StringComparison.Ordinal))));
        }
    }

    [Theory]
    [InlineData("Parley.Client")]
    [InlineData("Parley.Server")]
    public void The_test_kit_asks_for_the_very_version_whose_internals_it_uses(string name)
    {
        using var package = ZipFile.OpenRead(Assert.Single(Directory.GetFiles(reader.Feed, "Parley.Client.Testing.0*.nupkg")));
        using var file = new StreamReader(package.GetEntry("Parley.Client.Testing.nuspec")!.Open());

        Assert.Matches($"<dependency id=\"{Regex.Escape(name)}\" version=\"\\[0[^,]*\\]\"", file.ReadToEnd());
    }

    /// <summary>Reads the page, and does what it says, in a home folder of its own.</summary>
    public sealed partial class Reader : IAsyncLifetime
    {
        private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("parley-guide-");

        public string Feed => Path.Combine(_home.FullName, "parley-packages");

        /// <summary>What bob's program wrote until it had connected and heard alice.</summary>
        public IReadOnlyList<string> Said { get; private set; } = [];

        /// <summary>What the page says that it writes.</summary>
        public IReadOnlyList<string> Promised { get; private set; } = [];

        public async ValueTask InitializeAsync()
        {
            var page = await File.ReadAllTextAsync(Checkout.PathOf("docs/guide/dotnet-sdk.md"));
            var program = Assert.Single(Programs().Matches(page)).Groups["code"].Value;
            Promised = Assert.Single(Outputs().Matches(page)).Groups["text"].Value.TrimEnd().Split('\n');
            MakeHome();
            await using var server = await RealServer.StartNewAsync();
            foreach (Match block in Commands().Matches(page))
            {
                var (terminal, commands) = (block.Groups["terminal"].Value, block.Groups["commands"].Value);
                if (terminal == "server")
                {
                    // This one is running already, at an address of its own.
                    Assert.Equal("./run.sh\n", commands);
                    continue;
                }

                var said = await DoAsync(terminal, commands, server);
                if (commands.StartsWith("dotnet new", StringComparison.Ordinal)) await File.WriteAllTextAsync(Path.Combine(_home.FullName, "hello/Program.cs"), program.Replace("http://localhost:5080", server.Address.ToString(), StringComparison.Ordinal));
                if (terminal == "bob") Said = said.TakeWhile(line => !line.StartsWith("(Closed", StringComparison.Ordinal)).ToList();
            }
        }

        public ValueTask DisposeAsync()
        {
            _home.Delete(recursive: true);
            return ValueTask.CompletedTask;
        }

        /// <summary>With the sources that this machine has, and what it has got from them before, but nothing that an earlier run left of these packages.</summary>
        private void MakeHome()
        {
            var mine = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            var (sources, packages) = (Path.Combine(mine, ".nuget/NuGet"), Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(mine, ".nuget/packages"));
            foreach (var file in Directory.Exists(sources) ? Directory.GetFiles(sources) : [])
            {
                var copy = Path.Combine(_home.FullName, ".nuget/NuGet", Path.GetFileName(file));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(file, copy);
            }

            var cache = Directory.CreateDirectory(Path.Combine(_home.FullName, ".nuget/packages")).FullName;
            foreach (var package in Directory.Exists(packages) ? Directory.GetDirectories(packages) : [])
                if (!Path.GetFileName(package).StartsWith("parley", StringComparison.Ordinal)) Directory.CreateSymbolicLink(Path.Combine(cache, Path.GetFileName(package)), package);
        }

        private async Task<List<string>> DoAsync(string terminal, string commands, RealServer server)
        {
            var parley = Parley.Tests.ServerProgram.With();
            var words = string.Join(' ', parley.ArgumentList.Prepend(parley.FileName).Select(word => $"'{word}'"));
            var script = $"set -euo pipefail\n{commands}"
                .Replace("./run.sh token", $"{words} token --data '{server.Folder}'", StringComparison.Ordinal);
            // In the clone NuGet stays at home: with another folder of packages it would write new restores over those that this solution was built with.
            if (terminal == "clone")
            {
                script = script.Replace("~/", $"{_home.FullName}/", StringComparison.Ordinal)
                    .Replace("dotnet nuget", $"HOME='{_home.FullName}' DOTNET_CLI_HOME='{_home.FullName}' dotnet nuget", StringComparison.Ordinal);
            }

            var folder = terminal switch
            {
                "clone" => Checkout.PathOf(""),
                "alice" when commands.StartsWith("dotnet new", StringComparison.Ordinal) => _home.FullName,
                _ => Path.Combine(_home.FullName, "hello"),
            };
            var start = new ProcessStartInfo("bash", ["-c", script]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder };
            if (terminal != "clone")
                (start.Environment["HOME"], start.Environment["DOTNET_CLI_HOME"], start.Environment["NUGET_PACKAGES"]) = (_home.FullName, _home.FullName, Path.Combine(_home.FullName, ".nuget/packages"));
            (start.Environment["DOTNET_NOLOGO"], start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"], start.Environment["DOTNET_SKIP_FIRST_TIME_EXPERIENCE"], start.Environment["MSBUILDDISABLENODEREUSE"]) = ("1", "1", "1", "1");
            // The solution is built already, and this very test runs from it.
            if (terminal == "clone") start.Environment["NoBuild"] = "true";
            using var process = Process.Start(start)!;
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
            await process.WaitForExitAsync(patience.Token);
            Assert.True(process.ExitCode == 0, $"{terminal}: {commands}\n{await output}\n{await errors}");
            return [.. (await output).TrimEnd().Split('\n')];
        }

        [GeneratedRegex(@"^<!-- terminal: (?<terminal>\w+) -->\n```bash\n(?<commands>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
        private static partial Regex Commands();

        [GeneratedRegex(@"^<!-- sample: samples/TenMinutes/Program\.cs#ten-minutes -->\n```csharp\n(?<code>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
        private static partial Regex Programs();

        [GeneratedRegex(@"^```\n(?<text>\(Connecting.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
        private static partial Regex Outputs();
    }
}
