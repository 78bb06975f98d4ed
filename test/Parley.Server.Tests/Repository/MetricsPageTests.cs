using System.Text.RegularExpressions;

namespace Parley.Tests.Repository;

/// <summary>Operators build alarms on names of metrics: docs/guide/operating.md lists exactly those that the server has.</summary>
public partial class MetricsPageTests
{
    [Fact]
    public void Every_metric_is_on_the_page_and_nothing_else_is() =>
        Assert.Equal(InCode(Checkout.Files), OnPage(Checkout.Files.Single(file => file.Path == "docs/guide/operating.md").Text));

    [Fact]
    public void Planted_metrics_are_seen()
    {
        SourceFile[] files = [new("src/A.cs", "meter.CreateCounter<long>(\"parley.a\", \"x\"); meter.CreateObservableGauge(\n    \"parley.b.c\", () => 1);"), new("test/B.cs", "\"parley.c\"")];

        Assert.Equal(["parley.a", "parley.b.c"], InCode(files));
        Assert.Equal(["parley.a", "parley.b"], OnPage("| `parley.db` | x |\n## Metrics\n| `parley.b` | x | About `parley.c`. |\n| `parley.a` | x | A. |\n"));
    }

    private static string[] InCode(IEnumerable<SourceFile> files) =>
        [.. files.Where(file => file.IsBelow("src") && file.HasExtension(".cs")).SelectMany(file => Instrument().Matches(file.Text)).Select(match => match.Groups["name"].Value).Order(StringComparer.Ordinal)];

    private static string[] OnPage(string page) =>
        [.. Row().Matches(page[page.IndexOf("## Metrics", StringComparison.Ordinal)..]).Select(match => match.Groups["name"].Value).Order(StringComparer.Ordinal)];

    [GeneratedRegex(@"\.Create(?:Observable)?(?:Counter|UpDownCounter|Gauge|Histogram)(?:<\w+>)?\(\s*""(?<name>[\w.]+)""", RegexOptions.ExplicitCapture)]
    private static partial Regex Instrument();

    [GeneratedRegex(@"^\| `(?<name>parley\.[\w.]+)` \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Row();
}
