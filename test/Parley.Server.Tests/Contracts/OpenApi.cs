using System.Text.Json;
using System.Text.Json.Nodes;
using Parley.Gateway;

namespace Parley.Tests.Contracts;

/// <summary>The methods over HTTP as OpenAPI 3.1: the rows of the table, the schemas of <see cref="ProtocolSchema"/>, and the refusals that the pages name.</summary>
internal static class OpenApi
{
    private const string Schemas = "#/components/schemas/";
    private const string KeyScheme = "apiKey", TokenScheme = "userToken";

    /// <summary>What any request over HTTP may be refused with.</summary>
    private static readonly Refusal[] Always =
    [
        Refusals.BadRequest, Refusals.InvalidParams, Refusals.UnknownField, Refusals.Unauthorized, Refusals.UnknownMethod, Refusals.VerbNotAllowed, Refusals.RateLimited, Refusals.Internal,
        Refusals.Overloaded, Refusals.Unavailable, Refusals.KeysUnavailable, Refusals.Restarting,
    ];

    private static readonly Refusal[] WithBody = [Refusals.InvalidJson, Refusals.TooLarge, Refusals.TooSlow, Refusals.NotJson];

    private static readonly Refusal[] Writing = [Refusals.OutcomeUnknown, Refusals.StorageFull];

    public static string Generate(IReadOnlyList<HandledCommand> rows)
    {
        var definitions = JsonNode.Parse(ProtocolSchema.Generate().Replace("#/$defs/", Schemas, StringComparison.Ordinal))!["$defs"]!.AsObject();
        var shared = new SharedResponses();
        var paths = new JsonObject(rows.Select(row => KeyValuePair.Create($"/v1/{row.Name}", (JsonNode?)PathOf(row, definitions, shared))));
        var schemas = new JsonObject { ["Problem"] = ProblemSchema() };
        foreach (var name in Reached(paths, definitions)) schemas[name] = definitions[name]!.DeepClone();

        return new JsonObject
        {
            ["openapi"] = "3.1.1",
            ["info"] = new JsonObject
            {
                ["title"] = "Parley",
                ["version"] = "1",
                ["description"] = "Every method of Parley over plain HTTP. Generated from the table of methods and the records of Parley.Protocol: do not edit. docs/protocol/http.md says what holds for all of them.",
                ["license"] = new JsonObject { ["name"] = "Apache License 2.0", ["identifier"] = "Apache-2.0" },
            },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = "/" }),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = schemas,
                ["responses"] = shared.All,
                ["parameters"] = new JsonObject
                {
                    ["User"] = new JsonObject
                    {
                        ["name"] = HttpAsker.UserHeader, ["in"] = "header", ["description"] = "With an API key, and only with one: in whose name is asked.", ["schema"] = Reference("UserId"),
                    },
                },
                ["headers"] = new JsonObject
                {
                    ["Request"] = new JsonObject { ["description"] = "What the server's log calls this request.", ["schema"] = new JsonObject { ["type"] = "string" } },
                    ["RetryAfter"] = new JsonObject { ["description"] = "Whole seconds after which to ask again; retryAfterMs says it more exactly.", ["schema"] = new JsonObject { ["type"] = "integer" } },
                },
                ["securitySchemes"] = new JsonObject
                {
                    [TokenScheme] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer", ["bearerFormat"] = "JWT", ["description"] = "A token of the user, as session.open takes it." },
                    [KeyScheme] = new JsonObject
                    {
                        ["type"] = "apiKey", ["in"] = "header", ["name"] = "Authorization", ["description"] = $"\"{HttpAsker.KeyScheme} \" and an API key of the app's backend.",
                    },
                },
            },
        }.ToJsonString(new JsonSerializerOptions { WriteIndented = true, Encoder = ProtocolJson.Lenient.Options.Encoder });
    }

    private static JsonObject PathOf(HandledCommand row, JsonObject definitions, SharedResponses shared)
    {
        var post = Operation(row, row.Name, WithBody, shared);
        post["requestBody"] = new JsonObject { ["required"] = true, ["content"] = Content("application/json", Reference(row.Params.Type.Name)) };
        var path = new JsonObject { ["post"] = post };
        if (row.Query is not { } query) return path;

        var get = Operation(row, $"{row.Name}.get", [], shared);
        var properties = definitions[row.Params.Type.Name]!["properties"]!.AsObject();
        var required = definitions[row.Params.Type.Name]!["required"]!.AsArray().Select(name => (string)name!).ToHashSet(StringComparer.Ordinal);
        var parameters = get["parameters"]?.AsArray() ?? [];
        foreach (var name in query.Members.Keys.Order(StringComparer.Ordinal))
        {
            var schema = properties[name]!.DeepClone().AsObject();
            var parameter = new JsonObject { ["name"] = name, ["in"] = "query" };
            if (required.Contains(name)) parameter["required"] = true;
            if (schema.Remove("description", out var description)) parameter["description"] = description;
            parameter["schema"] = schema;
            parameters.Add((JsonNode)parameter);
        }

        if (parameters.Count > 0) get["parameters"] = parameters.Parent is null ? parameters : get["parameters"]!.DeepClone();
        path.Insert(0, "get", get);
        return path;
    }

    private static JsonObject Operation(HandledCommand row, string id, Refusal[] more, SharedResponses shared)
    {
        var said = Page(row.Name).Column(row.Name, "refusal").Select(code => Refusals.Find(code)!);
        var refusals = Always.Concat(more).Concat(row.IsRead ? [] : Writing).Concat(said).Distinct();
        var responses = new JsonObject
        {
            ["200"] = new JsonObject
            {
                ["description"] = DocComments.Summary(row.Result.Type),
                ["headers"] = new JsonObject { [HttpGateway.RequestHeader] = new JsonObject { ["$ref"] = "#/components/headers/Request" } },
                ["content"] = Content("application/json", Reference(row.Result.Type.Name)),
            },
        };
        foreach (var status in refusals.GroupBy(refusal => refusal.Status).OrderBy(status => status.Key)) 
            responses[$"{status.Key}"] = shared.Reference(status.Key, Response([.. status.OrderBy(one => one.Code, StringComparer.Ordinal)]));

        var operation = new JsonObject
        {
            ["operationId"] = id,
            ["summary"] = Sentence(DocComments.Summary(row.Params.Type), row.Name),
            ["tags"] = new JsonArray(row.Name.Split('.')[0]),
            ["security"] = row.IsPlatform
                ? new JsonArray(new JsonObject { [KeyScheme] = new JsonArray() })
                : new JsonArray(new JsonObject { [TokenScheme] = new JsonArray() }, new JsonObject { [KeyScheme] = new JsonArray() }),
            ["responses"] = responses,
        };
        if (!row.IsPlatform) operation.Insert(4, "parameters", new JsonArray(new JsonObject { ["$ref"] = "#/components/parameters/User" }));
        return operation;
    }

    private static JsonObject Response(IReadOnlyList<Refusal> refusals)
    {
        var headers = new JsonObject { [HttpGateway.RequestHeader] = new JsonObject { ["$ref"] = "#/components/headers/Request" } };
        if (refusals.Any(refusal => refusal.Retry == RetryPolicy.Later)) headers["Retry-After"] = new JsonObject { ["$ref"] = "#/components/headers/RetryAfter" };
        return new JsonObject
        {
            ["description"] = string.Join(' ', refusals.Select(refusal => $"{refusal.Code}: {refusal.Meaning}")),
            ["headers"] = headers,
            ["content"] = Content("application/problem+json", Reference("Problem")),
        };
    }

    private static JsonObject ProblemSchema() => new()
    {
        ["description"] = "Why the server will not do what it understood (RFC 9457). Branch on code; docs/protocol/refusals.md lists them all.",
        ["type"] = "object",
        ["properties"] = new JsonObject
        {
            ["type"] = new JsonObject { ["type"] = "string", ["format"] = "uri", ["description"] = $"{Problem.TypePrefix} and the code." },
            ["title"] = new JsonObject { ["type"] = "string", ["description"] = "The sentence of the catalogue." },
            ["status"] = new JsonObject { ["type"] = "integer" },
            ["detail"] = new JsonObject { ["type"] = "string", ["description"] = "For the developer: what exactly. Its text may change." },
            ["code"] = new JsonObject { ["type"] = "string", ["examples"] = new JsonArray([.. Refusals.All.Select(refusal => (JsonNode)refusal.Code)]) },
            ["retryAfterMs"] = new JsonObject { ["type"] = "integer", ["minimum"] = 1, ["description"] = "When to ask again." },
        },
        ["required"] = new JsonArray("type", "title", "status", "code"),
    };

    /// <summary>The definitions that are named from here, and from those.</summary>
    private static SortedSet<string> Reached(JsonNode from, JsonObject definitions)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal) { "UserId" };
        var waiting = new Queue<JsonNode>([from]);
        while (waiting.TryDequeue(out var node))
        {
            foreach (var name in GeneratedReferenceTests.References(node).Where(target => target.StartsWith(Schemas, StringComparison.Ordinal)).Select(target => target[Schemas.Length..]))
            {
                if (name != "Problem" && found.Add(name)) waiting.Enqueue(definitions[name]!);
            }
        }

        return found;
    }

    /// <summary>The comment of a record begins with its method: what follows is the sentence.</summary>
    private static string Sentence(string comment, string method)
    {
        var sentence = comment.StartsWith(method, StringComparison.Ordinal) ? comment[method.Length..].TrimStart(':', ' ') : comment;
        return sentence.Length == 0 ? method : $"{char.ToUpperInvariant(sentence[0])}{sentence[1..]}";
    }

    private static ExamplePage Page(string method) => ExamplePage.All.Single(page => page.Text.Contains($"\n## `{method}`\n", StringComparison.Ordinal));

    private static JsonObject Content(string type, JsonObject schema) => new() { [type] = new JsonObject { ["schema"] = schema } };

    private static JsonObject Reference(string name) => new() { ["$ref"] = Schemas + name };

    /// <summary>Responses that many operations have, each said once.</summary>
    private sealed class SharedResponses
    {
        private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);

        public JsonObject All { get; } = [];

        public JsonObject Reference(int status, JsonObject response)
        {
            var text = response.ToJsonString();
            if (!_names.TryGetValue(text, out var name))
            {
                var same = All.Count(one => one.Key == $"Refused{status}" || one.Key.StartsWith($"Refused{status}_", StringComparison.Ordinal));
                _names[text] = name = same == 0 ? $"Refused{status}" : $"Refused{status}_{same + 1}";
                All[name] = response;
            }

            return new JsonObject { ["$ref"] = $"#/components/responses/{name}" };
        }
    }
}
