using System.Xml.Linq;
using Parley.Bench;

namespace Parley.Chaos;

/// <summary>The server's tests notice a bug: of those that bear a row of docs/requirements.md at least one fails.</summary>
/// <param name="Row">Which row.</param>
internal sealed record Tested(string Row) : INoticer
{
    private const int Named = 3;

    public string Means => $"tests of {Row}";

    public async Task<Notice> RunAsync(PlantedBuild build, IReadOnlyDictionary<string, string> environment, CancellationToken cancel)
    {
        var folder = Directory.CreateTempSubdirectory("parley-planted-").FullName;
        try
        {
            var (report, log) = (Path.Combine(folder, "report.xml"), Path.Combine(folder, "log"));
            await ChildProcess.RunAsync(log, environment, cancel, build.Tests, "-trait", $"Row={Row}", "-noColor", "-reporter", "quiet", "-xml", report);
            if (!File.Exists(report)) throw new BenchException($"{build.Tests} left no report:\n{await File.ReadAllTextAsync(log, cancel)}");
            return Read(XDocument.Load(report));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Notice Read(XDocument report)
    {
        var outcomes = report.Descendants("test").ToLookup(test => (string)test.Attribute("result")!, test => (string)test.Attribute("method")!);
        var (passed, failed) = (outcomes["Pass"].Count(), outcomes["Fail"].Distinct().ToList());
        if (failed.Count == 0) return new Notice(Noticed: false, Clean: passed > 0, $"{passed} passed, none failed");
        return new Notice(Noticed: true, Clean: false, string.Join(", ", failed.Take(Named)) + (failed.Count > Named ? $" and {failed.Count - Named} more" : ""));
    }
}
