using System.Diagnostics;

namespace Parley.Tests;

/// <summary>A text file of the repository, named by its path from the root with forward slashes.</summary>
internal sealed record SourceFile(string Path, string Text)
{
    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    public string Folder => Path.Contains('/', StringComparison.Ordinal) ? Path[..Path.LastIndexOf('/')] : "";

    public bool IsBelow(string folder) => Path.StartsWith(folder + "/", StringComparison.Ordinal);

    public bool HasExtension(params string[] extensions) => extensions.Any(extension => Path.EndsWith(extension, StringComparison.Ordinal));
}

/// <summary>The repository that these tests were built from.</summary>
internal static class Checkout
{
    private static readonly Lazy<IReadOnlyList<SourceFile>> All = new(Read);

    public static string Root { get; } = FindRoot();

    /// <summary>Every text file that git tracks or would track.</summary>
    public static IReadOnlyList<SourceFile> Files => All.Value;

    public static string PathOf(string path) => Path.Combine(Root, path);

    private static string FindRoot()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "Parley.slnx"))) return folder;
        }

        throw new InvalidOperationException("These tests run inside the repository they were built from.");
    }

    private static List<SourceFile> Read()
    {
        var files = new List<SourceFile>();
        foreach (var path in Paths())
        {
            if (!File.Exists(PathOf(path))) continue;   // deleted, and not yet committed
            var text = File.ReadAllText(PathOf(path));
            if (!text.Contains('\0', StringComparison.Ordinal)) files.Add(new SourceFile(path, text));
        }

        return files;
    }

    private static string[] Paths()
    {
        // A container often runs as another user than the one who cloned; reading names is harmless then.
        string[] arguments = ["-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"];
        using var git = Process.Start(new ProcessStartInfo("git", arguments) {
            WorkingDirectory = Root, RedirectStandardOutput = true, UseShellExecute = false,
        })!;
        var output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        if (git.ExitCode != 0) throw new InvalidOperationException("git ls-files failed: these tests run in a clone of the repository.");
        return output.Split('\0', StringSplitOptions.RemoveEmptyEntries);
    }
}

/// <summary>The executable that tests start.</summary>
internal static class ServerProgram
{
    /// <summary>Starts <c>parley</c> with these arguments: as it was built with the tests, or the same compiled ahead, where <c>PARLEY_TEST_SERVER</c> names that. It starts in half the time.</summary>
    public static ProcessStartInfo With(params string[] arguments) => Environment.GetEnvironmentVariable("PARLEY_TEST_SERVER") is { Length: > 0 } program
        ? new ProcessStartInfo(program, arguments)
        : new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "parley.dll"), .. arguments]);
}
