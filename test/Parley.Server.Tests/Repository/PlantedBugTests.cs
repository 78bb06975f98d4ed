using System.Text;
using System.Text.RegularExpressions;
using Parley.Storage;

namespace Parley.Tests.Repository;

/// <summary>Bugs on purpose (<c>test/chaos/planted.sh</c>) are in builds that ask for them, and nowhere else.</summary>
public partial class PlantedBugTests
{
    private const string Constant = "PLANTED_BUGS";
    private const string Home = "src/Parley.Server/Storage/PlantedBugs.cs";

#if !PLANTED_BUGS
    [Fact]
    public void This_build_has_neither_the_bugs_nor_the_name_that_chooses_one()
    {
        Assert.Null(typeof(Journal).Assembly.GetType("Parley.Storage.PlantedBugs"));
        var variable = Regex.Match(Checkout.Files.Single(file => file.Path == Home).Text, "\"(PARLEY_[A-Z_]+)\"").Groups[1].Value;
        Assert.NotEqual("", variable);
        foreach (var assembly in Directory.GetFiles(AppContext.BaseDirectory, "parley*.dll", new EnumerationOptions { MatchCasing = MatchCasing.CaseInsensitive })
            .Where(path => !path.EndsWith("Tests.dll", StringComparison.Ordinal)))
        {
            Assert.True(File.ReadAllBytes(assembly).AsSpan().IndexOf(Encoding.Unicode.GetBytes(variable)) < 0, $"{assembly} knows {variable}");
        }
    }
#endif

    [Fact]
    public void Only_a_build_that_asks_for_the_bugs_defines_their_constant_and_it_goes_into_a_folder_of_its_own()
    {
        var defining = Assert.Single(Checkout.Files, file => file.HasExtension(".props", ".targets", ".csproj") && file.Text.Contains(Constant, StringComparison.Ordinal));

        Assert.Equal("Directory.Build.props", defining.Path);
        Assert.Matches(
            $@"Condition=""'\$\(PlantedBugs\)' == 'true'"">\s*<DefineConstants>\$\(DefineConstants\);{Constant}</DefineConstants>\s*<ArtifactsPath>.*artifacts/planted</ArtifactsPath>",
            defining.Text);
    }

    [Fact]
    public void Outside_their_file_a_bug_is_a_single_line() => Assert.Empty(
        from file in Checkout.Files
        where file.IsBelow("src") && file.Path != Home && file.Text.Contains(Constant, StringComparison.Ordinal)
        where Regex.Count(file.Text, Constant) != Hook().Count(file.Text)
        select file.Path);

    [GeneratedRegex(@"^#if PLANTED_BUGS\n[^\n]*\bPlantedBugs\.\w+\([^\n]*\n#endif$", RegexOptions.Multiline)]
    private static partial Regex Hook();
}
