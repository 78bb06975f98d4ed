using System.Text.RegularExpressions;

namespace Parley.Tests.Repository;

/// <summary>A page that names a file which is not there teaches distrust of the others.</summary>
public partial class DocumentationTests
{
    [Fact]
    public void Every_path_that_the_internals_mention_exists() => Assert.Empty(MissingPaths(Checkout.Files));

    [Fact]
    public void Every_link_of_every_page_leads_somewhere() => Assert.Empty(DeadLinks(Checkout.Files));

    [Theory]
    [InlineData("the file `Gateway/Missing`", "Gateway/Missing")]
    [InlineData("the file `Missing.cs`", "Missing.cs")]
    [InlineData("see `src/Parley.Server/Storage/Missing/`", "src/Parley.Server/Storage/Missing/")]
    [InlineData("a tree `docs/nothing/*.md`", "docs/nothing/*.md")]
    public void A_planted_path_to_nothing_is_found(string text, string path) =>
        Assert.Equal([$"ARCHITECTURE.md mentions {path}"], MissingPaths([new SourceFile("ARCHITECTURE.md", text), .. Planted]));

    [Theory]
    [InlineData("`Storage/Journal`, `Storage/Journal.cs`, `src/Parley.Server/Storage`, `Storage/`, `docs/internals/*.md`")]
    [InlineData("`message.send` at `/v1/realtime` with `text/plain`, `T | null`, `a / b`, `{conversation, message}`")]
    [InlineData("```\nnot/a/path.cs\n```")]
    public void What_exists_or_is_no_path_passes(string text) => Assert.Empty(MissingPaths([new SourceFile("ARCHITECTURE.md", text), .. Planted]));

    [Fact]
    public void A_planted_dead_link_is_found()
    {
        SourceFile[] files =
        [
            new("docs/a.md", "[up](../README.md) [beside](b.md#part) [web](https://example.org) [here](#part) [dead](c.md) [folder](.)"),
            new("docs/b.md", ""),
            new("README.md", "[down](docs/a.md) [dead](docs/c.md)"),
        ];

        Assert.Equal(["docs/a.md links to c.md", "README.md links to docs/c.md"], DeadLinks(files));
    }

    private static SourceFile[] Planted => [new("src/Parley.Server/Storage/Journal.cs", ""), new("docs/internals/storage.md", "")];

    private static IEnumerable<string> MissingPaths(IReadOnlyList<SourceFile> files)
    {
        var paths = new RepositoryPaths(files);
        return from page in files
               where page.Path == "ARCHITECTURE.md" || page.IsBelow("docs/internals")
               from quoted in Quoted().Matches(Fence().Replace(page.Text, "")).Select(match => match.Groups[1].Value)
               where LooksLikePath().IsMatch(quoted)
               where !paths.HasShort(page.Folder, quoted)
               select $"{page.Path} mentions {quoted}";
    }

    private static IEnumerable<string> DeadLinks(IReadOnlyList<SourceFile> files)
    {
        var paths = new RepositoryPaths(files);
        return from page in files
               where page.HasExtension(".md")
               from target in Link().Matches(Fence().Replace(page.Text, "")).Select(match => match.Groups[1].Value.Split('#')[0])
               where target != "" && !target.Contains(':', StringComparison.Ordinal)
               where !paths.Has(page.Folder, target)
               select $"{page.Path} links to {target}";
    }

    [GeneratedRegex(@"`([^`\n]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"^ *```.*?^ *```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    // Folder/File, Folder/, or a file name with an ending of ours; a MIME type is none.
    [GeneratedRegex(@"^(?!(text|image|audio|video|application|multipart)/)[\w.*-]+(/[\w.*-]+)*(/|(?<=/[\w.*-]+)|(?<=\.(cs|csproj|props|slnx|md|sh|json|sql|txt)))$")]
    private static partial Regex LooksLikePath();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();
}
