using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Parley.Tests.Contracts;

/// <summary>Judges JSON by the words of JSON Schema that our schema uses; an unknown word is an error, so nothing passes unjudged.</summary>
internal sealed class SchemaCheck(JsonNode schema)
{
    private static readonly Dictionary<string, string> Formats = new(StringComparer.Ordinal)
    {
        ["uuid"] = @"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
        ["date-time"] = @"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$",
    };

    public bool Accepts(JsonNode definition, JsonNode? json) =>
        definition.AsObject().All(word => Holds(definition.AsObject(), word.Key, word.Value!, json));

    private bool Holds(JsonObject definition, string word, JsonNode value, JsonNode? json) => word switch
    {
        "description" or "default" => true,
        "$ref" => Accepts(schema["$defs"]![((string)value!).Split('/')[^1]]!, json),
        "type" => value is JsonArray types ? types.Any(type => IsOf((string)type!, json)) : IsOf((string)value!, json),
        "enum" => value.AsArray().Any(one => JsonNode.DeepEquals(one, json)),
        "const" => JsonNode.DeepEquals(value, json),
        "anyOf" => value.AsArray().Any(one => Accepts(one!, json)),
        "oneOf" => value.AsArray().Count(one => Accepts(one!, json)) == 1,
        "not" => !Accepts(value, json),
        "minimum" => json!.GetValueKind() != JsonValueKind.Number || json.GetValue<decimal>() >= value.GetValue<decimal>(),
        "maximum" => json!.GetValueKind() != JsonValueKind.Number || json.GetValue<decimal>() <= value.GetValue<decimal>(),
        "pattern" => json?.GetValueKind() != JsonValueKind.String || IsWhole((string)json!, (string)value!),
        "format" => json?.GetValueKind() != JsonValueKind.String || IsWhole((string)json!, Formats[(string)value!]),
        "items" => json is not JsonArray list || list.All(item => Accepts(value, item)),
        "uniqueItems" => json is not JsonArray list || list.Select(item => item?.ToJsonString()).Distinct().Count() == list.Count,
        "properties" => json is not JsonObject record || value.AsObject().All(member => !record.ContainsKey(member.Key) || Accepts(member.Value!, record[member.Key])),
        "required" => json is not JsonObject record || value.AsArray().All(name => record.ContainsKey((string)name!)),
        "additionalProperties" when value is JsonObject => json is not JsonObject map || map.All(member => Accepts(value, member.Value)),
        "additionalProperties" => json is not JsonObject record || record.All(member => definition["properties"]!.AsObject().ContainsKey(member.Key)),
        _ => throw new NotSupportedException($"The schema uses \"{word}\", which is not judged here."),
    };

    // In .NET "$" also stands before a last line end; in JSON Schema it does not.
    private static bool IsWhole(string text, string pattern) => Regex.Match(text, pattern) is { Success: true } match && match.Length == text.Length;

    private static bool IsOf(string type, JsonNode? json) => (type, json?.GetValueKind() ?? JsonValueKind.Null) switch
    {
        ("integer", JsonValueKind.Number) => json!.ToJsonString().All(character => char.IsAsciiDigit(character) || character == '-'),
        ("object", JsonValueKind.Object) or ("array", JsonValueKind.Array) or ("string", JsonValueKind.String) or ("null", JsonValueKind.Null) => true,
        ("boolean", JsonValueKind.True or JsonValueKind.False) => true,
        _ => false,
    };
}
