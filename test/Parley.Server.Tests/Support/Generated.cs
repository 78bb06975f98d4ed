namespace Parley.Tests;

/// <summary>Files of the repository that are generated from code and checked in, so that a review sees what changed.</summary>
internal static class Generated
{
    /// <summary>The environment variable that makes the tests rewrite the files instead of comparing them.</summary>
    public const string AcceptVariable = "PARLEY_ACCEPT";

    /// <summary>Compares the file with what the code generates now, or rewrites it when asked to. Under CI it always compares.</summary>
    public static void MustEqual(string path, string generated)
    {
        generated = generated.ReplaceLineEndings("\n").TrimEnd('\n') + "\n";
        var file = Checkout.PathOf(path);
        var current = File.Exists(file) ? File.ReadAllText(file) : "";
        if (current == generated) return;

        if (Environment.GetEnvironmentVariable(AcceptVariable) == "1" && !TestDatabase.MustHaveAll)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, generated);
            return;
        }

        Assert.Fail($"{path} is not what the code generates. If the change is meant: {AcceptVariable}=1 ./test.sh, and read the diff.\n{FirstDifference(current, generated)}");
    }

    private static string FirstDifference(string current, string generated)
    {
        string[] before = current.Split('\n'), after = generated.Split('\n');
        var line = Enumerable.Range(0, Math.Max(before.Length, after.Length)).First(i => before.ElementAtOrDefault(i) != after.ElementAtOrDefault(i));
        return $"line {line + 1}\n  file: {before.ElementAtOrDefault(line) ?? "(ends)"}\n  code: {after.ElementAtOrDefault(line) ?? "(ends)"}";
    }
}
