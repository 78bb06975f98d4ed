using System.Text;
using System.Text.Json.Nodes;

namespace Parley.Tests.Contracts;

/// <summary>The generated half of docs/protocol is what the code says today.</summary>
public class GeneratedReferenceTests
{
    private const string Notice = "<!-- Generated from the code: do not edit. PARLEY_ACCEPT=1 ./test.sh rewrites it. -->";

    [Fact]
    public void The_schema_is_generated_from_the_records() => Generated.MustEqual("docs/protocol/schema.json", ProtocolSchema.Generate());

    [Fact]
    public async Task The_description_for_HTTP_is_generated_from_the_table_of_methods()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);

        var description = OpenApi.Generate(server.Node.Gateway.Router.Rows);

        Generated.MustEqual("docs/protocol/openapi.json", description);
        var paths = JsonNode.Parse(description)!["paths"]!.AsObject();
        Assert.Equal(server.Node.Gateway.Router.Rows.Select(row => $"/v1/{row.Name}"), paths.Select(path => path.Key));
        Assert.All(References(JsonNode.Parse(description)), reference =>
            Assert.NotNull(reference.Split('/').Skip(1).Aggregate(JsonNode.Parse(description), (node, part) => node?[part])));
    }

    [Fact]
    public void The_page_of_refusals_is_generated_from_the_catalogue()
    {
        var page = new StringBuilder($"""
            {Notice}

            # Refusals

            Every reason for which Parley does not do what it understood. Branch on `error.data.code`, which never changes; show nobody the
            sentence, it is for the developer. `number` is `error.code` of JSON-RPC, `HTTP` the status at the HTTP edge. *Again: later* means that the
            same request, unchanged, may succeed after a while (after `error.data.retryAfterMs`, where it is given).

            Over HTTP a refusal is a problem of RFC 9457, whose `type` is `urn:parley:refusal:` and the code: see [http.md](http.md#problems).

            `Agora` is the number that Agora Chat has for it, where it has one: what its clients get as the `type` of an error.
            Its other numbers have no row. -4 to -1, 101, 102, 200 and 510 are of what its client notices itself; 206, 207, 216 and 217 of connections that end, which have a
            [close code](close-codes.md). 52 is told as 603, 204 and 705 as 605, 607 and 704 as 606, 702 as 602, 1100 as 511. 1101 to 1103, 1200 to 1204, 1300 and 1301
            are of reactions, translations and threads, which are not here.

            | code | number | HTTP | again | Agora | meaning |
            |---|---|---|---|---|---|

            """);
        foreach (var row in Refusals.All)
            page.Append($"| `{row.Code}` | {row.Number} | {row.Status} | {(row.Retry == RetryPolicy.Later ? "later" : "no")} | {row.Agora} | {row.Meaning} |\n");

        Generated.MustEqual("docs/protocol/refusals.md", page.ToString());
    }

    [Fact]
    public void The_page_of_close_codes_is_generated_from_the_table()
    {
        var page = new StringBuilder($"""
            {Notice}

            # Close codes

            Why a connection ended, and what a client does then. The name is the close reason on the wire. After a wait means: with full
            jitter, and with the positions it has; they are good.

            | code | name | reconnect | meaning |
            |---|---|---|---|

            """);
        foreach (var row in CloseCode.All)
            page.Append($"| {row.Code} | `{row.Name}` | {Say(row.Reconnect)} | {row.Meaning} |\n");

        Generated.MustEqual("docs/protocol/close-codes.md", page.ToString());
    }

    [Fact]
    public void Every_reference_inside_the_schema_leads_to_a_definition()
    {
        var schema = JsonNode.Parse(ProtocolSchema.Generate())!;
        var definitions = schema["$defs"]!.AsObject().Select(definition => $"#/$defs/{definition.Key}").ToHashSet(StringComparer.Ordinal);

        Assert.All(References(schema), reference => Assert.Contains(reference, definitions));
    }

    [Fact]
    public void The_schema_takes_every_golden_frame()
    {
        var schema = JsonNode.Parse(ProtocolSchema.Generate())!;
        var check = new SchemaCheck(schema);

        Assert.All(Vectors.Read("events"), vector => Assert.True(check.Accepts(schema["$defs"]!["LogEntry"]!, vector["entry"])));
        Assert.All(Vectors.Read("refusals"), vector => Assert.True(check.Accepts(schema["error"]!, vector["answer"]!["error"])));
        Assert.All(Vectors.Read("notifications"), vector =>
            Assert.True(check.Accepts(schema["notifications"]![(string)vector["method"]!]!["params"]!, vector["notification"]!["params"])));
        Assert.All(Vectors.Read("methods"), vector =>
        {
            var method = schema["methods"]![(string)vector["method"]!]!;
            Assert.True(check.Accepts(method["params"]!, vector["request"]!["params"]));
            Assert.True(check.Accepts(method["result"]!, vector["answer"]!["result"]));
        });
    }

    [Fact]
    public void The_schema_refuses_params_that_the_server_refuses_by_their_form()
    {
        var schema = JsonNode.Parse(ProtocolSchema.Generate())!;
        var check = new SchemaCheck(schema);
        // Content is the same record in requests and in entries, where members of a newer server must pass; widths of integers are not said.
        var byForm = Vectors.Read("invalid").Where(vector => (string)vector["refusal"]! is "invalid_params" or "unknown_field")
            .Where(vector => (string)vector["name"]! is not ("a limit beyond 32 bits" or "a member that nobody knows, inside a part"));

        Assert.All(byForm, vector =>
        {
            var frame = JsonNode.Parse((string)vector["text"]!)!;
            Assert.False(check.Accepts(schema["methods"]![(string)frame["method"]!]!["params"]!, frame["params"]), (string)vector["name"]!);
        });
    }

    internal static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject found => found.SelectMany(member => member is { Key: "$ref", Value: { } target } ? [(string)target!] : References(member.Value)),
        JsonArray list => list.SelectMany(References),
        _ => [],
    };

    private static string Say(Reconnect reconnect) => reconnect switch
    {
        Reconnect.WithWait => "after a wait",
        Reconnect.WithNewToken => "with a new token",
        _ => "no",
    };
}
