using System.Diagnostics;

namespace Parley.Tests.Commands;

/// <summary>run.sh in a checkout of its own, with a <c>dotnet</c> that notes its builds and makes a program that says what it was asked.</summary>
public sealed class RunScriptTests : IDisposable
{
    private const string FakeDotnet = """
        #!/usr/bin/env bash
        [ "$1" = --version ] && { echo 10.0.100; exit; }
        echo build >>builds
        mkdir building || exit 1
        sleep 0.5
        rmdir building
        mkdir -p artifacts/bin/Parley/release
        touch artifacts/bin/Parley/release/parley.dll
        printf '#!/bin/sh\necho "$@"\n' >artifacts/bin/Parley/release/parley
        chmod +x artifacts/bin/Parley/release/parley
        """;

    private readonly TemporaryFolder _folder = new();

    public RunScriptTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "run.sh takes turns with flock, which only Linux has.");
        Directory.CreateDirectory(_folder.File("bin"));
        Directory.CreateDirectory(_folder.File("src"));
        foreach (var name in new[] { "Directory.Build.props", "Directory.Packages.props", "global.json" }) File.WriteAllText(_folder.File(name), "");
        File.Copy(Checkout.PathOf("run.sh"), _folder.File("run.sh"));
        File.WriteAllText(_folder.File("bin/dotnet"), FakeDotnet);
        if (OperatingSystem.IsLinux()) File.SetUnixFileMode(_folder.File("bin/dotnet"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Three_that_start_at_once_build_once_and_all_run()
    {
        var runs = await Task.WhenAll(RunAsync("serve"), RunAsync("chat", "alice", "bob"), RunAsync("chat", "bob", "alice"));

        Assert.Equal([(0, "serve\n"), (0, "chat alice bob\n"), (0, "chat bob alice\n")], runs);
        Assert.Single(File.ReadAllLines(_folder.File("builds")));
    }

    private async Task<(int Code, string Output)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("bash", [_folder.File("run.sh"), .. arguments])
        {
            UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["PATH"] = $"{_folder.File("bin")}:{start.Environment["PATH"]}";
        using var run = Process.Start(start)!;
        var error = run.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await run.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await run.WaitForExitAsync(TestContext.Current.CancellationToken);
        await error;
        return (run.ExitCode, output);
    }
}
