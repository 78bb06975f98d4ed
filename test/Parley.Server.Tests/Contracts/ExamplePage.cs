using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Parley.Tests.Contracts;

/// <summary>A page of docs/protocol, taken apart into what its examples do.</summary>
/// <remarks>
/// The info string of a code block says who speaks: <c>json client alice</c> is a frame of alice's connection, <c>json server alice</c> the
/// next message on it, <c>text closed alice</c> its end. <c>alice/tablet</c> is another connection of hers. With <c>later</c> behind it,
/// earlier notifications of the same conversation are passed over. <c>json setup alice</c> is sent before the others connect, and
/// its answers are not shown. <c>http client alice</c> is a request over HTTP as it goes over the wire, and <c>http server alice</c> its answer, with those
/// headers that the page is about. What cannot be said in a frame is said in a comment, <c>run: …</c>.
/// </remarks>
internal sealed partial record ExamplePage(string Name, string Text)
{
    private static readonly string[] Generated = ["refusals.md", "close-codes.md"];

    /// <summary>The pages written by hand; what the code generates has tests of its own.</summary>
    public static IReadOnlyList<ExamplePage> All { get; } =
    [
        .. from file in Checkout.Files
           where file.Folder == "docs/protocol" && file.HasExtension(".md") && !Generated.Contains(file.Name)
           orderby file.Name
           select new ExamplePage(file.Name, file.Text),
    ];

    /// <summary>What the page does, in order.</summary>
    public IReadOnlyList<ExampleStep> Steps { get; } = [.. Read(Name, Text)];

    /// <summary>The rows of the tables of a section whose first column has this title: what stands there in quotes.</summary>
    public IEnumerable<string> Column(string section, string title)
    {
        var within = Regex.Match(Text, $@"^## `{Regex.Escape(section)}`\n(.*?)(?=^## |\z)", RegexOptions.Multiline | RegexOptions.Singleline).Groups[1].Value;
        return from table in Regex.Matches(within, $@"^\| {title} \|.*\n\|[-|]+\n((?:\|.*\n)+)", RegexOptions.Multiline)
               from row in table.Groups[1].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries)
               from name in Quoted().Matches(row.Split('|')[1]).Select(match => match.Groups[1].Value)
               select name;
    }

    public override string ToString() => Name;

    private static IEnumerable<ExampleStep> Read(string page, string text)
    {
        foreach (Match match in Step().Matches(text))
        {
            var line = text.AsSpan(0, match.Index).Count('\n') + 1;
            var step = match.Groups["info"].Value.Split(' ') switch
            {
                [""] => new ExampleStep(line, ExampleKind.Run, "", match.Groups["run"].Value),
                ["json", "setup", var who] => new ExampleStep(line, ExampleKind.Setup, who, match.Groups["body"].Value),
                ["json", "client", var who] => new ExampleStep(line, ExampleKind.Client, who, match.Groups["body"].Value),
                ["json", "server", var who] => new ExampleStep(line, ExampleKind.Server, who, match.Groups["body"].Value),
                ["json", "server", var who, "later"] => new ExampleStep(line, ExampleKind.ServerLater, who, match.Groups["body"].Value),
                ["http", "client", var who] => new ExampleStep(line, ExampleKind.HttpClient, who, match.Groups["body"].Value),
                ["http", "server", var who] => new ExampleStep(line, ExampleKind.HttpServer, who, match.Groups["body"].Value),
                ["text", "closed", var who] => new ExampleStep(line, ExampleKind.Closed, who, match.Groups["body"].Value.Trim()),
                ["text"] => null,
                _ => throw new InvalidDataException($"{page}:{line}: a block of docs/protocol says who speaks, not \"{match.Groups["info"].Value}\""),
            };
            if (step is not null) yield return step;
        }
    }

    [GeneratedRegex(@"^```(?<info>[^\n]*)\n(?<body>.*?)^```$|^<!-- run: (?<run>[^\n]+) -->$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Step();

    [GeneratedRegex(@"`([^`]+)`")]
    private static partial Regex Quoted();
}

/// <summary>What a code block is.</summary>
internal enum ExampleKind
{
    /// <summary>Requests made before anybody of the page connects.</summary>
    Setup,

    /// <summary>A frame to the server.</summary>
    Client,

    /// <summary>The next message from the server.</summary>
    Server,

    /// <summary>A message from the server, after some that are not shown.</summary>
    ServerLater,

    /// <summary>The server closed the connection.</summary>
    Closed,

    /// <summary>A request over HTTP.</summary>
    HttpClient,

    /// <summary>The answer to the last request over HTTP.</summary>
    HttpServer,

    /// <summary>Something that happens outside the wire.</summary>
    Run,
}

/// <summary>One thing an example does.</summary>
/// <param name="Line">Where it stands in its page.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Who">The user, or user/device.</param>
/// <param name="Text">The body of the block.</param>
internal sealed record ExampleStep(int Line, ExampleKind Kind, string Who, string Text)
{
    public string User => Who.Split('/')[0];

    public string Device => Who.Split('/') is [_, var device] ? device : "phone";

    /// <summary>The requests of a frame, or the one message; none when it is no JSON, which an example may be about.</summary>
    public IReadOnlyList<JsonObject> Messages
    {
        get
        {
            try
            {
                return JsonNode.Parse(Text) switch
                {
                    JsonArray items => [.. items.OfType<JsonObject>()],
                    JsonObject one => [one],
                    _ => [],
                };
            }
            catch (JsonException)
            {
                return [];
            }
        }
    }
}
