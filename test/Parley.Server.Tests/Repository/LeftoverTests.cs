using System.Text.RegularExpressions;

namespace Parley.Tests.Repository;

/// <summary>What must not stay in a repository that strangers read.</summary>
public partial class LeftoverTests
{
    [Fact]
    public void Nothing_is_left_for_later() => Assert.Empty(Unfinished(Checkout.Files));

    [Fact]
    public void No_file_names_a_path_of_somebodys_machine() => Assert.Empty(MachinePaths(Checkout.Files));

    [Theory]
    [InlineData("// TO" + "DO: later")]
    [InlineData("/* FIX" + "ME */")]
    [InlineData("throw new NotImplemented" + "Exception();")]
    [InlineData("[Fact(Skip" + " = \"flaky\")]")]
    [InlineData("test.s" + "kip('later')")]
    public void Planted_unfinished_work_is_found(string text) => Assert.Single(Unfinished([new SourceFile("src/A.cs", text)]));

    [Theory]
    [InlineData("data in /" + "home/somebody/parley")]
    [InlineData("\"/" + "tmp/x\"")]
    [InlineData("cd /" + "root/")]
    [InlineData("C:" + "\\Users\\somebody")]
    [InlineData("/" + "Users/somebody/")]
    public void A_planted_machine_path_is_found(string text) => Assert.Single(MachinePaths([new SourceFile("docs/a.md", text)]));

    [Theory]
    [InlineData("#!/usr/bin/env bash")]
    [InlineData("see docs/root/page.md and https://example.org/home/")]
    [InlineData("/v1/realtime /etc/passwd /usr/lib/postgresql")]
    public void Paths_that_every_machine_has_pass(string text) => Assert.Empty(MachinePaths([new SourceFile("docs/a.md", text)]));

    private static IEnumerable<string> Unfinished(IEnumerable<SourceFile> files) =>
        from file in files
        where file.HasExtension(".cs", ".sql", ".sh", ".ts", ".tsx", ".css", ".csproj", ".props")
        from match in Later().Matches(file.Text)
        select $"{file.Path} has {match.Value}";

    private static IEnumerable<string> MachinePaths(IEnumerable<SourceFile> files) =>
        from file in files
        from match in MachinePath().Matches(file.Text)
        select $"{file.Path} has {match.Value}";

    [GeneratedRegex(@"\bT[O]DO\b|\bF[I]XME\b|\bH[A]CK\b|NotImplemented[E]xception|\bSkip ?= ?""|\b(?:test|it|describe)\.[s]kip\b")]
    private static partial Regex Later();

    [GeneratedRegex(@"(?<![\w.-])/(?:work|root|tmp|home|Users)/|[A-Z]:\\Users\\")]
    private static partial Regex MachinePath();
}
