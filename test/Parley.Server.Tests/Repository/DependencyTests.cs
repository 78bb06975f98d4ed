using System.Xml;
using System.Xml.Linq;

namespace Parley.Tests.Repository;

public class DependencyTests
{
    // The product's, and that of the peers it is measured beside.
    private static readonly string[] Versions = ["Directory.Packages.props", "bench/peers/Directory.Packages.props"];

    [Fact]
    public void Every_dependency_says_what_it_saves_us() => Assert.Empty(Versions.SelectMany(file => Unexplained(TextOf(file))));

    [Fact]
    [Trait("Row", "SC-01")]
    public void Every_dependency_has_an_exact_version() => Assert.Empty(Versions.SelectMany(file => Inexact(TextOf(file))));

    [Fact]
    public void Every_list_of_versions_is_checked() =>
        Assert.Equal(Versions, Checkout.Files.Select(file => file.Path).Where(path => Path.GetFileName(path) == "Directory.Packages.props").Order());

    [Fact]
    [Trait("Row", "SC-01")]
    public void Every_project_has_a_lock_file() => Assert.Empty(Unlocked(Checkout.Files));

    [Fact]
    public void Every_project_is_in_the_solution() => Assert.Empty(OutsideSolution(Checkout.Files));

    [Fact]
    public void A_planted_dependency_without_a_reason_is_found()
    {
        const string Text = """
            <Project><ItemGroup>
              <!-- Saves us a parser. -->
              <PackageVersion Include="Explained" Version="1.0.0" />
              <PackageVersion Include="Bare" Version="1.0.0" />
            </ItemGroup></Project>
            """;

        Assert.Equal(["Bare"], Unexplained(Text));
    }

    [Theory]
    [InlineData("*")]
    [InlineData("1.*")]
    [InlineData("[1.0,2.0)")]
    [InlineData("1.0.0-*")]
    public void A_planted_inexact_version_is_found(string version) =>
        Assert.Single(Inexact($"<Project><ItemGroup><PackageVersion Include=\"Loose\" Version=\"{version}\" /></ItemGroup></Project>"));

    [Fact]
    public void A_planted_project_without_lock_file_or_solution_is_found()
    {
        SourceFile[] files = [new("Parley.slnx", "<Solution/>"), new("src/A/A.csproj", "")];

        Assert.Equal(["src/A/packages.lock.json is missing"], Unlocked(files));
        Assert.Equal(["Parley.slnx does not name src/A/A.csproj"], OutsideSolution(files));
    }

    private static IEnumerable<string> Unexplained(string props) =>
        from package in Packages(props)
        let before = package.NodesBeforeSelf().LastOrDefault(node => node is not XText { NodeType: XmlNodeType.Text or XmlNodeType.Whitespace })
        where before is not XComment { Value.Length: > 10 }
        select package.Attribute("Include")!.Value;

    private static IEnumerable<string> Inexact(string props) =>
        from package in Packages(props)
        where package.Attribute("Version") is not { } version || !System.Version.TryParse(version.Value, out _)
        select package.Attribute("Include")!.Value;

    private static IEnumerable<string> Unlocked(IReadOnlyList<SourceFile> files) =>
        from project in files
        where project.HasExtension(".csproj")
        let lockFile = $"{project.Folder}/packages.lock.json"
        where files.All(file => file.Path != lockFile)
        select $"{lockFile} is missing";

    private static IEnumerable<string> OutsideSolution(IReadOnlyList<SourceFile> files) =>
        from project in files
        where project.HasExtension(".csproj")
        where !files.Single(file => file.Path == "Parley.slnx").Text.Contains($"\"{project.Path}\"", StringComparison.Ordinal)
        select $"Parley.slnx does not name {project.Path}";

    private static IEnumerable<XElement> Packages(string props) => XDocument.Parse(props).Descendants("PackageVersion");

    private static string TextOf(string path) => Checkout.Files.Single(file => file.Path == path).Text;
}
