using System.Text.RegularExpressions;

namespace Parley.Tests.Repository;

/// <summary>A name that ends in one of these says that nobody knew what the type is.</summary>
public partial class NamingTests
{
    [Fact]
    public void No_type_ends_in_a_word_that_says_nothing() => Assert.Empty(Violations(Checkout.Files));

    [Theory]
    [InlineData("internal sealed class SessionManager;", "SessionManager")]
    [InlineData("public static class TimeUtil", "TimeUtil")]
    [InlineData("private readonly record struct MessageInfo(int A);", "MessageInfo")]
    [InlineData("public abstract class HandlerBase<T>", "HandlerBase")]
    [InlineData("internal interface IMessageService", "IMessageService")]
    public void A_planted_violation_is_found(string text, string name) =>
        Assert.Equal([$"src/A.cs declares {name}"], Violations([new SourceFile("src/A.cs", text)]));

    [Theory]
    [InlineData("src/A.cs", "internal sealed class Sweeper : BackgroundService;")]
    [InlineData("src/A.cs", "internal sealed record Database;")]
    [InlineData("docs/a.md", "a class SessionManager")]
    public void What_is_allowed_passes(string path, string text) => Assert.Empty(Violations([new SourceFile(path, text)]));

    private static IEnumerable<string> Violations(IEnumerable<SourceFile> files) =>
        from file in files
        where file.HasExtension(".cs", ".ts") && !file.Path.EndsWith("/Repository/NamingTests.cs", StringComparison.Ordinal)
        from match in Declared().Matches(Code.WithoutComments(file.Text))
        select $"{file.Path} declares {match.Groups[1].Value}";

    // "Custom data" is what everybody in this field calls it.
    [GeneratedRegex(@"\b(?:class|struct|record|interface|enum) (?!CustomData\b)(\w+(?:Manager|Helper|Helpers|Util|Utils|Utility|Service|Impl|Base|Info|Data))\b")]
    private static partial Regex Declared();
}
