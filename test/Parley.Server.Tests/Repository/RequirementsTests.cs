using System.Text.RegularExpressions;

namespace Parley.Tests.Repository;

/// <summary>docs/requirements.md: what is promised, where it lives, and the tests that bear the row's id.</summary>
/// <remarks>The last column is generated from <c>[Trait("Row", …)]</c>: a row is done when a test bears its id, and only then.</remarks>
public partial class RequirementsTests
{
    private const string Page = "docs/requirements.md";
    private const string Nothing = "–";

    [Fact]
    public void The_column_of_tests_is_generated_from_the_tests() =>
        Generated.MustEqual(Page, WithTests(PageOf(Checkout.Files), TestsOf(Checkout.Files)));

    [Fact]
    public void Every_row_that_a_test_bears_is_listed() => Assert.Empty(Unlisted(Checkout.Files));

    [Fact]
    public void Every_row_that_is_done_lives_somewhere() => Assert.Empty(Homeless(Checkout.Files));

    [Fact]
    public void No_row_is_listed_twice() => Assert.Distinct(RowsOf(PageOf(Checkout.Files)).Select(row => row.Id));

    [Fact]
    public void A_planted_test_of_no_row_is_found() => Assert.Equal(["ATests bears X-09"], Unlisted(Planted("")));

    [Fact]
    public void A_planted_row_without_a_home_is_found()
    {
        Assert.Equal(["X-01 lives nowhere"], Homeless(Planted("")));
        Assert.Equal(["X-01 lives in `Storage/Missing`, which is not there"], Homeless(Planted("`Storage/Missing`")));
        Assert.Empty(Homeless(Planted("`Storage/Journal`, decided by `Storage/`")));
    }

    [Fact]
    public void The_column_follows_the_tests()
    {
        var files = Planted("here");

        var page = WithTests(PageOf(files), TestsOf(files));

        Assert.Contains("| X-01 | a promise | here | `ATests` `BTests` |", page, StringComparison.Ordinal);
        Assert.Contains($"| X-02 | another | | {Nothing} |", page, StringComparison.Ordinal);
        Assert.Equal(page, WithTests(page, TestsOf(files)));
    }

    private static SourceFile[] Planted(string home) =>
    [
        new(Page, $"| row | promise | where | tests |\n|---|---|---|---|\n| X-01 | a promise | {home} | |\n| X-02 | another | | `GoneTests` |\n"),
        new("test/A/ATests.cs", "[Fact, Trait(\"Row\", \"X-01\")] [Trait(\"Row\", \"X-09\")]"),
        new("test/B/BTests.cs", "[Trait(\"Row\", \"X-01\")] [Trait(\"Row\", \"X-01\")] [Trait(\"Other\", \"X-02\")]"),
        new("src/Parley.Server/Storage/Journal.cs", "[Trait(\"Row\", \"X-02\")]"),
    ];

    private static string PageOf(IEnumerable<SourceFile> files) => files.Single(file => file.Path == Page).Text;

    private static ILookup<string, string> TestsOf(IEnumerable<SourceFile> files) =>
        (from file in files
         where file.IsBelow("test") && file.HasExtension(".cs")
         from match in Trait().Matches(file.Text)
         select (Row: match.Groups[1].Value, Test: file.Name[..^".cs".Length])).Distinct()
        .OrderBy(pair => pair.Test, StringComparer.Ordinal).ToLookup(pair => pair.Row, pair => pair.Test);

    private static IEnumerable<(string Id, string Home)> RowsOf(string page) =>
        Row().Matches(page).Select(match => (match.Groups["id"].Value, match.Groups["home"].Value.Trim()));

    private static string WithTests(string page, ILookup<string, string> tests) => Row().Replace(page, row =>
    {
        var names = string.Join(' ', tests[row.Groups["id"].Value].Select(test => $"`{test}`"));
        return $"{row.Groups["before"].Value}| {(names == "" ? Nothing : names)} |";
    });

    private static IEnumerable<string> Unlisted(IReadOnlyList<SourceFile> files)
    {
        var listed = RowsOf(PageOf(files)).Select(row => row.Id).ToHashSet(StringComparer.Ordinal);
        return from tests in TestsOf(files)
               where !listed.Contains(tests.Key)
               from test in tests
               select $"{test} bears {tests.Key}";
    }

    private static IEnumerable<string> Homeless(IReadOnlyList<SourceFile> files)
    {
        var paths = new RepositoryPaths(files);
        var tests = TestsOf(files);
        foreach (var (id, home) in RowsOf(PageOf(files)).Where(row => tests.Contains(row.Id)))
        {
            if (home is "" or Nothing) yield return $"{id} lives nowhere";
            foreach (var path in Quoted().Matches(home).Select(match => match.Groups[1].Value).Where(path => !paths.HasShort("", path)))
                yield return $"{id} lives in `{path}`, which is not there";
        }
    }

    // | id | promise | where it lives | tests |
    [GeneratedRegex(@"^(?<before>\| (?<id>[A-Z]+-?\d+) \|[^|\n]*\|(?<home>[^|\n]*))\|[^|\n]*\|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"Trait\(""Row"", ?""([^""]+)""\)")]
    private static partial Regex Trait();

    [GeneratedRegex(@"`([^`\n]+)`")]
    private static partial Regex Quoted();
}
