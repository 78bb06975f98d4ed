using System.Text.RegularExpressions;

namespace Parley.Tests.Repository;

/// <summary>Code in a page is a region of a sample that the solution builds, so that what a reader copies compiles.</summary>
/// <remarks>
/// A page names the region in the line above the block, <c>&lt;!-- sample: samples/First/Program.cs#name --&gt;</c>; the file has it between
/// <c>// docs: name</c> and <c>// docs: end</c>.
/// </remarks>
public partial class SampleTests
{
    [Fact]
    public void Every_program_in_a_page_is_that_of_a_sample() => Assert.Empty(Violations(Checkout.Files));

    [Theory]
    [InlineData("```csharp\nvar a = 1;\n```", "page.md has a block of csharp that is of no sample")]
    [InlineData("text\n```js\nlet a;\n```", "page.md has a block of js that is of no sample")]
    [InlineData("<!-- sample: a.cs#gone -->\n```csharp\nvar a = 1;\n```", "page.md shows a.cs#gone, which is not there")]
    [InlineData("<!-- sample: gone.cs#one -->\n```csharp\nvar a = 1;\n```", "page.md shows gone.cs#one, which is not there")]
    [InlineData("<!-- sample: a.cs#one -->\n```csharp\nvar a = 2;\n```", "page.md shows a.cs#one differently")]
    [InlineData("<!-- sample: a.cs#one -->\n```csharp\nvar a = 1;\n```\n```csharp\nvar a = 1;\n```", "page.md has a block of csharp that is of no sample")]
    public void A_planted_program_of_no_sample_is_found(string page, string violation) => Assert.Equal([violation], Violations(Planted(page)));

    [Theory]
    [InlineData("<!-- sample: a.cs#one -->\n```csharp\nvar a = 1;\n```")]
    [InlineData("<!-- sample: a.cs#two -->\n```csharp\nif (a == 1)\n{\n    b();\n}\n```")]
    [InlineData("```bash\n./run.sh\n```\n\n```json\n{}\n```\n\n```\nanything\n```")]
    public void What_is_a_sample_or_no_program_passes(string page) => Assert.Empty(Violations(Planted(page)));

    private static SourceFile[] Planted(string page) =>
    [
        new("page.md", page + "\n"),
        new("a.cs", "// docs: one\nvar a = 1;\n// docs: end\n    // docs: two\n    if (a == 1)\n    {\n        b();\n    }\n    // docs: end\n"),
    ];

    private static IEnumerable<string> Violations(IReadOnlyList<SourceFile> files)
    {
        foreach (var page in files.Where(file => file.HasExtension(".md")))
        {
            foreach (Match block in Block().Matches(page.Text))
            {
                var (path, name) = (block.Groups["path"].Value, block.Groups["name"].Value);
                if (path == "") yield return $"{page.Path} has a block of {block.Groups["language"].Value} that is of no sample";
                else if (RegionOf(files, path, name) is not { } region) yield return $"{page.Path} shows {path}#{name}, which is not there";
                else if (region != block.Groups["code"].Value) yield return $"{page.Path} shows {path}#{name} differently";
            }
        }
    }

    /// <summary>The lines of a region without their common indentation; null when there is no such file or region.</summary>
    private static string? RegionOf(IEnumerable<SourceFile> files, string path, string name)
    {
        var text = files.FirstOrDefault(file => file.Path == path)?.Text ?? "";
        var region = Regex.Match(text, $@"^(?<indent> *)// docs: {Regex.Escape(name)}\n(?<code>.*?)^ *// docs: end$", RegexOptions.Multiline | RegexOptions.Singleline);
        return region.Success ? Regex.Replace(region.Groups["code"].Value, $"^{region.Groups["indent"].Value}", "", RegexOptions.Multiline) : null;
    }

    [GeneratedRegex(@"(?:^<!-- sample: (?<path>[^#\s]+)#(?<name>[\w-]+) -->\n)?^```(?<language>csharp|cs|js|javascript|ts|typescript)\n(?<code>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
