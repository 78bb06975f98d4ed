using System.Text.RegularExpressions;

namespace Parley.Tests.Repository;

/// <summary>Rules are decided again when the world moved, and tested without a server: they must not touch the world.</summary>
public partial class PurityTests
{
    [Fact]
    public void Rules_and_protocol_name_no_input_or_output() => Assert.Empty(Violations(Checkout.Files));

    [Fact]
    public void The_protocol_depends_on_nothing()
    {
        var project = Assert.Single(Checkout.Files, file => file.Path == "src/Parley.Protocol/Parley.Protocol.csproj");

        Assert.DoesNotContain("Reference Include", project.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("src/Parley.Protocol/A.cs", "using System.IO;")]
    [InlineData("src/Parley.Protocol/A.cs", "public Task<int> ReadAsync()")]
    [InlineData("src/Parley.Protocol/A.cs", "Console.WriteLine()")]
    [InlineData("src/Parley.Server/Conversations/Conversation.cs", "await store.LoadAsync()")]
    [InlineData("src/Parley.Server/Conversations/Conversation.cs", "clock.Now() // of a TimeProvider\nTimeProvider clock")]
    [InlineData("src/Parley.Server/Receipts/ReceiptRules.cs", "MessageId.New()")]
    [InlineData("src/Parley.Server/Conversations/ConversationKinds.cs", "using Microsoft.Extensions.Logging;")]
    public void A_planted_violation_is_found(string path, string text) => Assert.Single(Violations([new SourceFile(path, text)]));

    [Theory]
    [InlineData("src/Parley.Server/Conversations/ConversationStore.cs", "await Task.Yield();")]
    [InlineData("src/Parley.Server/Conversations/Conversation.cs", "// nothing here awaits; a Task would be wrong")]
    [InlineData("src/Parley.Protocol/A.cs", "TimeProvider clock; Guid.CreateVersion7()")]
    public void What_is_allowed_passes(string path, string text) => Assert.Empty(Violations([new SourceFile(path, text)]));

    private static List<string> Violations(IEnumerable<SourceFile> files)
    {
        var violations = new List<string>();
        foreach (var file in files.Where(file => file.HasExtension(".cs")))
        {
            var rules = IsRules(file);
            if (!rules && !file.IsBelow("src/Parley.Protocol")) continue;
            var code = Code.WithoutComments(file.Text);
            var found = World().Match(code) is { Success: true } world ? world : rules ? ClockAndChance().Match(code) : Match.Empty;
            if (found.Success) violations.Add($"{file.Path} names {found.Value}");
        }

        return violations;
    }

    private static bool IsRules(SourceFile file) =>
        file.IsBelow("src/Parley.Server") && (file.Name == "Conversation.cs" || file.HasExtension("Rules.cs", "Kinds.cs"));

    [GeneratedRegex(@"\b(System\.(IO|Net|Data|Threading)|Microsoft\.\w+|Npgsql|Sqlite\w*|File\.|Directory\.|Console\.|Environment\.|Process\.|Task\b|ValueTask|async |await |Thread\b|\w*Stream\b|Socket\w*|HttpClient|ILogger|Timer\b)")]
    private static partial Regex World();

    [GeneratedRegex(@"\b(TimeProvider|UtcNow|Guid\.(NewGuid|CreateVersion7)|\w+Id\.New\(|Random|Database|Journal|Sql\b|Fanout)")]
    private static partial Regex ClockAndChance();
}
