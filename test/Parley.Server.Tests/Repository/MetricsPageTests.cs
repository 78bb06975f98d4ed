using System.Text.RegularExpressions;

namespace Parley.Tests.Repository;

/// <summary>Operators build alarms on names of metrics: docs/guide/operating.md lists exactly those that the server has, docs/guide/dotnet-sdk.md those of the client.</summary>
public partial class MetricsPageTests
{
    [Theory]
    [InlineData("docs/guide/operating.md", false)]
    [InlineData("docs/guide/dotnet-sdk.md", true)]
    public void Every_metric_is_on_its_page_and_nothing_else_is(string page, bool ofClient) =>
        Assert.Equal(InCode(Checkout.Files.Where(file => file.IsBelow("src/Parley.Client") == ofClient)), OnPage(Checkout.Files.Single(file => file.Path == page).Text));

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
