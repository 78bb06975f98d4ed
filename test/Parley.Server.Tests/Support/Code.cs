using System.Text.RegularExpressions;

namespace Parley.Tests;

/// <summary>C# as the guards read it: as text, which is enough for names.</summary>
internal static partial class Code
{
    public static string WithoutComments(string text) => Comment().Replace(text, "");

    // The address of a page, https://…, is no comment.
    [GeneratedRegex(@"(?<!:)//.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();
}
