using System.Text.RegularExpressions;

namespace Parley.Tests.Repository;

public partial class LayeringTests
{
    private const string Server = "src/Parley.Server";

    /// <summary>Outermost first. A folder uses only folders on lower lines, so that following a message never turns back.</summary>
    private static readonly string[][] Layers =
    [
        ["Hosting"],
        ["Dashboard"],
        ["Gateway", "Platform"],
        ["Webhooks", "Push", "Retention"],
        ["Messages", "Receipts", "Inbox"],
        ["Presence", "Content", "Moderation"],
        ["Conversations"],
        ["People"],
        ["Identity", "Delivery"],
        ["Storage", "Egress"],
    ];

    [Fact]
    public void Folders_use_only_the_folders_below_them() => Assert.Empty(Violations(Checkout.Files));

    [Theory]
    [InlineData("Storage/Sql.cs", "using Parley.Conversations;", "Storage/Sql.cs uses Conversations")]
    [InlineData("Messages/A.cs", "using Parley.Receipts;", "Messages/A.cs uses Receipts")]
    [InlineData("Delivery/A.cs", "using Cut = Parley.Gateway.Connection;", "Delivery/A.cs uses Gateway")]
    [InlineData("Delivery/A.cs", "using static Parley.Gateway.Frames;", "Delivery/A.cs uses Gateway")]
    [InlineData("People/A.cs", "var c = new global::Parley.Conversations.Conversation();", "People/A.cs uses Conversations")]
    [InlineData("Storage/Sqlite/A.cs", "using Parley.Delivery;", "Storage/Sqlite/A.cs uses Delivery")]
    [InlineData("Sockets/A.cs", "", "Sockets is not in the list of layers")]
    [InlineData("A.cs", "", "A.cs stands outside the folders")]
    [InlineData("Inbox/A.cs", "namespace Parley.Gateway;", "Inbox/A.cs is in the namespace Parley.Gateway")]
    [InlineData("Inbox/A.cs", "global using Parley.Storage;", "Inbox/A.cs has a global using, which hides what a file uses")]
    public void A_planted_violation_is_found(string path, string text, string violation) =>
        Assert.Contains(violation, Violations([new SourceFile($"{Server}/{path}", text)]));

    [Theory]
    [InlineData("Gateway/A.cs", "using Parley.Messages;\nnamespace Parley.Gateway;")]
    [InlineData("Storage/Sqlite/A.cs", "using Parley.Storage;\nnamespace Parley.Storage.Sqlite;")]
    [InlineData("Storage/A.cs", "/// <see cref=\"Parley.Gateway.Connection\"/>\nnamespace Parley.Storage;")]
    [InlineData("Hosting/A.cs", "using Parley.Gateway;\nnamespace Parley;")]
    public void What_is_allowed_passes(string path, string text) => Assert.Empty(Violations([new SourceFile($"{Server}/{path}", text)]));

    private static List<string> Violations(IEnumerable<SourceFile> files)
    {
        var violations = new List<string>();
        foreach (var file in files.Where(file => file.IsBelow(Server) && file.HasExtension(".cs")))
        {
            var path = file.Path[(Server.Length + 1)..];
            var code = Code.WithoutComments(file.Text);
            var folder = path.Split('/')[0];
            if (folder == path) violations.Add($"{path} stands outside the folders");
            else if (LayerOf(folder) < 0) violations.Add($"{folder} is not in the list of layers");
            else violations.AddRange(ViolationsIn(path, folder, code));
        }

        return violations;
    }

    private static IEnumerable<string> ViolationsIn(string path, string folder, string code)
    {
        foreach (var used in Named().Matches(code).Select(match => match.Groups[1].Value).Distinct())
        {
            if (used != folder && LayerOf(used) >= 0 && LayerOf(used) <= LayerOf(folder)) yield return $"{path} uses {used}";
        }

        // AddParley and MapParley stand where a host looks for them; nothing uses Hosting.
        var home = Namespace().Match(code).Groups["name"].Value;
        if (home != "" && folder != "Hosting" && home != $"Parley.{folder}" && !home.StartsWith($"Parley.{folder}.", StringComparison.Ordinal))
            yield return $"{path} is in the namespace {home}";

        if (GlobalUsing().IsMatch(code)) yield return $"{path} has a global using, which hides what a file uses";
    }

    private static int LayerOf(string folder) => Array.FindIndex(Layers, layer => layer.Contains(folder));

    [GeneratedRegex(@"(?<!namespace )\bParley\.(\w+)")]
    private static partial Regex Named();

    [GeneratedRegex(@"^namespace (?<name>[\w.]+)", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"^global using", RegexOptions.Multiline)]
    private static partial Regex GlobalUsing();
}
