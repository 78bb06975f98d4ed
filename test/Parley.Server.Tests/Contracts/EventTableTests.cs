using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Parley.Tests.Contracts;

/// <summary>The table of events in docs/protocol/conversation.md is what clients fold by: it names what the records have, and nothing else.</summary>
public sealed partial class EventTableTests
{
    /// <summary>What has a table of its own on another page.</summary>
    private static readonly string[] DescribedElsewhere = ["MessageContent", "ConversationSettings", "Sequence"];

    private static readonly JsonObject Schemas = JsonNode.Parse(ProtocolSchema.Generate())!["$defs"]!.AsObject();

    private static readonly IReadOnlyDictionary<string, JsonObject> Events = Schemas
        .Where(one => one.Value!["properties"]?["type"]?["const"] is not null)
        .ToDictionary(one => (string)one.Value!["properties"]!["type"]!["const"]!, one => one.Value!["properties"]!.AsObject());

    /// <summary>The second column, by the names in the first.</summary>
    private static readonly IReadOnlyDictionary<string, string> Rows = (
        from row in Table().Match(ExamplePage.All.Single(page => page.Name == "conversation.md").Text).Groups["rows"].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        let cells = row.Split('|')
        from name in Quoted(cells[1])
        select (name, cells[2])).ToDictionary(row => row.name, row => row.Item2);

    [Fact]
    public void Every_event_is_described_with_exactly_the_members_it_has()
    {
        Assert.Equal(EventTypes.Names.Order(StringComparer.Ordinal), Events.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(EventTypes.Names.Order(StringComparer.Ordinal), Rows.Keys.Order(StringComparer.Ordinal));
        Assert.All(Events, one => Assert.Equal(
            one.Value.Select(member => member.Key).Where(member => member != "type").Order(StringComparer.Ordinal),
            Quoted(InBrackets().Replace(Rows[one.Key], "")).Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void Every_object_in_an_event_is_described_with_members_it_has_and_none_of_them_is_missing_everywhere()
    {
        var described = new Dictionary<string, SortedSet<string>>();
        foreach (var (name, members) in Events)
        {
            var inside = Inside().Matches(Rows[name]).ToDictionary(match => match.Groups["member"].Value, match => Quoted(match.Groups["has"].Value).ToArray());
            foreach (var (member, schema) in members)
            {
                if (ObjectIn(schema!) is not { } found || DescribedElsewhere.Contains(found)) continue;
                Assert.True(inside.TryGetValue(member, out var named), $"{name}: it is not said what {member} has");
                Assert.Empty(named.Except(Schemas[found]!["properties"]!.AsObject().Select(one => one.Key)));
                (described.TryGetValue(found, out var all) ? all : described[found] = new(StringComparer.Ordinal)).UnionWith(named);
            }
        }

        Assert.Equal(["ForwardedFrom", "Participant"], described.Keys.Order(StringComparer.Ordinal));
        Assert.All(described, one => Assert.Equal(Schemas[one.Key]!["properties"]!.AsObject().Select(member => member.Key).Order(StringComparer.Ordinal), one.Value));
    }

    /// <summary>The object that a member is, or is a list of; null for a plain value.</summary>
    private static string? ObjectIn(JsonNode schema) =>
        schema["items"] is { } items ? ObjectIn(items)
        : schema["anyOf"] is JsonArray several ? several.Select(one => ObjectIn(one!)).FirstOrDefault(one => one is not null)
        : (string?)schema["$ref"] is { } reference && reference.Split('/')[^1] is var name && Schemas[name]!["properties"] is not null ? name
        : null;

    private static IEnumerable<string> Quoted(string text) => InQuotes().Matches(text).Select(match => match.Groups["name"].Value);

    [GeneratedRegex(@"^\| event \|.*\n\|[-|]+\n(?<rows>(?:\|.*\n)+)", RegexOptions.Multiline)]
    private static partial Regex Table();

    [GeneratedRegex("`(?<name>[^`]+)`")]
    private static partial Regex InQuotes();

    [GeneratedRegex(@"\([^)]*\)")]
    private static partial Regex InBrackets();

    [GeneratedRegex(@"`(?<member>\w+)` \((?:each|with) (?<has>[^)]*)\)")]
    private static partial Regex Inside();
}
