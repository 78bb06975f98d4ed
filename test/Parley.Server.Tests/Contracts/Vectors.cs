using System.Text.Json;
using System.Text.Json.Nodes;

namespace Parley.Tests.Contracts;

/// <summary>The golden frames of test/vectors, which every implementation of the protocol reads and writes.</summary>
/// <remarks>A file is {"about", "vectors": [{"name", …}]}; the other members depend on the file and are said in its "about".</remarks>
internal static class Vectors
{
    public static IEnumerable<TheoryDataRow<string>> NamesIn(string file) => Read(file).Select(vector => new TheoryDataRow<string>((string)vector["name"]!));

    public static JsonObject Find(string file, string name) => Read(file).Single(vector => (string)vector["name"]! == name);

    public static IReadOnlyList<JsonObject> Read(string file)
    {
        var text = File.ReadAllText(Checkout.PathOf($"test/vectors/{file}.json"));
        return [.. JsonNode.Parse(text)!["vectors"]!.AsArray().Select(vector => vector!.AsObject())];
    }

    /// <summary>As a frame carries it: no whitespace, escapes as we write them.</summary>
    public static string Compact(JsonNode json) => json.ToJsonString(Writing);

    private static readonly JsonSerializerOptions Writing = new() { Encoder = ProtocolJson.Lenient.Options.Encoder };
}
