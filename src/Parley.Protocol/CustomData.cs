using System.Text.Json;
using System.Text.Json.Serialization;

namespace Parley;

/// <summary>A JSON object that an app keeps with something of Parley's. Parley stores it and tells it, and never looks inside.</summary>
/// <remarks>At most 5,120 bytes of UTF-8 as Parley writes it, without white space, and 8 levels deep. Equal when they are the same JSON, whatever the order of members.</remarks>
[JsonConverter(typeof(CustomDataConverter))]
public sealed class CustomData : IEquatable<CustomData>
{
    /// <summary>The most bytes.</summary>
    public const int MaxBytes = 5_120;

    /// <summary>The deepest nesting, the object itself counted.</summary>
    public const int MaxDepth = 8;

    private readonly JsonElement _element;

    private CustomData(JsonElement element) => (_element, Json) = (element, JsonText.Of(element));

    /// <summary>The object without members. Where null means <i>as before</i>, this means <i>none</i>.</summary>
    public static CustomData Empty { get; } = Parse("{}");

    /// <summary>The object as text.</summary>
    public string Json { get; }

    /// <summary>Whether it has no members.</summary>
    public bool IsEmpty => Json.Length == 2;

    /// <summary>Reads an object. Its size and depth are checked by the server, which refuses what is beyond them.</summary>
    /// <exception cref="JsonException">The text is no JSON object, or an object in it names a member twice.</exception>
    public static CustomData Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return Of(document.RootElement);
    }

    /// <summary>Takes an object over.</summary>
    /// <exception cref="JsonException">It is no object, or an object in it names a member twice.</exception>
    public static CustomData Of(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object) throw new JsonException("expected a JSON object");
        // Options that refuse members named twice see none inside of an element.
        if (JsonText.NamesTwice(element)) throw new JsonException("expected each member once");
        return new CustomData(element.Clone());
    }

    /// <summary>The object for reading.</summary>
    public JsonElement ToElement() => _element;

    /// <summary>This object after a merge patch (RFC 7396): members replace members, null removes one, objects are merged.</summary>
    public CustomData Patched(CustomData patch) => Parse(JsonText.Merged(_element, patch._element));

    /// <summary>How deep it is nested; 1 for an object without objects or lists in it.</summary>
    public int Depth => JsonText.DepthOf(_element);

    /// <inheritdoc/>
    public bool Equals(CustomData? other) => other is not null && JsonElement.DeepEquals(_element, other._element);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as CustomData);

    /// <summary>Of what does not depend on the order of members.</summary>
    public override int GetHashCode() => Json.Length;

    /// <inheritdoc/>
    public override string ToString() => Json;

    private static class JsonText
    {
        public static string Of(JsonElement element) => Write(writer => element.WriteTo(writer));

        public static string Merged(JsonElement target, JsonElement patch) => Write(writer => Merge(writer, target, patch));

        public static bool NamesTwice(JsonElement element) => element.ValueKind switch
        {
            JsonValueKind.Object => element.EnumerateObject().DistinctBy(member => member.Name, StringComparer.Ordinal).Count() < element.GetPropertyCount()
                || element.EnumerateObject().Any(member => NamesTwice(member.Value)),
            JsonValueKind.Array => element.EnumerateArray().Any(NamesTwice),
            _ => false,
        };

        public static int DepthOf(JsonElement element) => element.ValueKind switch
        {
            JsonValueKind.Object => 1 + element.EnumerateObject().Select(member => DepthOf(member.Value)).DefaultIfEmpty().Max(),
            JsonValueKind.Array => 1 + element.EnumerateArray().Select(DepthOf).DefaultIfEmpty().Max(),
            _ => 0,
        };

        private static string Write(Action<Utf8JsonWriter> write)
        {
            var bytes = new System.Buffers.ArrayBufferWriter<byte>();
            using (var writer = new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
                write(writer);
            return System.Text.Encoding.UTF8.GetString(bytes.WrittenSpan);
        }

        private static void Merge(Utf8JsonWriter writer, JsonElement target, JsonElement patch)
        {
            if (patch.ValueKind != JsonValueKind.Object)
            {
                patch.WriteTo(writer);
                return;
            }

            writer.WriteStartObject();
            if (target.ValueKind == JsonValueKind.Object)
            {
                foreach (var member in target.EnumerateObject().Where(member => !patch.TryGetProperty(member.Name, out _))) member.WriteTo(writer);
            }

            foreach (var member in patch.EnumerateObject().Where(member => member.Value.ValueKind != JsonValueKind.Null))
            {
                writer.WritePropertyName(member.Name);
                Merge(writer, target.ValueKind == JsonValueKind.Object && target.TryGetProperty(member.Name, out var old) ? old : default, member.Value);
            }

            writer.WriteEndObject();
        }
    }
}

internal sealed class CustomDataConverter : JsonConverter<CustomData>
{
    public override CustomData Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException("expected a JSON object");
        return CustomData.Of(JsonElement.ParseValue(ref reader));
    }

    public override void Write(Utf8JsonWriter writer, CustomData value, JsonSerializerOptions options) => value.ToElement().WriteTo(writer);
}
