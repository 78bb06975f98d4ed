using System.Text.Json;
using System.Text.Json.Serialization;

namespace Parley;

internal sealed class ContentIdConverter : JsonConverter<ContentId>
{
    public override ContentId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TextOrNull() is { } text && ContentId.IsValid(text) ? new ContentId(text) : throw new JsonException($"expected {ContentId.Form}");

    public override void Write(Utf8JsonWriter writer, ContentId value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
}

/// <summary>An object that is left out where there is none: null is refused, for one who says it may mean that there is an empty one.</summary>
internal sealed class ExtConverter : JsonConverter<CustomData>
{
    public override bool HandleNull => true;

    public override CustomData Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Null) throw new JsonException("expected a JSON object; leave it out where there is none");
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException("expected a JSON object");
        return CustomData.Of(JsonElement.ParseValue(ref reader));
    }

    public override void Write(Utf8JsonWriter writer, CustomData value, JsonSerializerOptions options)
    {
        // Reached with none where somebody writes nulls, which the protocol does not.
        if (value is null) writer.WriteNullValue();
        else value.ToElement().WriteTo(writer);
    }
}
