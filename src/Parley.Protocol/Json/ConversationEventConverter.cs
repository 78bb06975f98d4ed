using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Parley;

/// <summary>Chooses an event's type by its <c>type</c> member; a type of a newer server becomes an <see cref="UnknownEvent"/>.</summary>
internal sealed class ConversationEventConverter : JsonConverter<ConversationEvent>
{
    public override ConversationEvent Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var type = TypeOf(reader) ?? throw new JsonException("expected an object with a \"type\"");
        if (EventTypes.Find(type) is not { } known) return new UnknownEvent(type, JsonElement.ParseValue(ref reader));
        return (ConversationEvent)JsonSerializer.Deserialize(ref reader, options.GetTypeInfo(known))!;
    }

    public override void Write(Utf8JsonWriter writer, ConversationEvent value, JsonSerializerOptions options)
    {
        if (value is UnknownEvent unknown) unknown.Json.WriteTo(writer);
        else JsonSerializer.Serialize(writer, value, options.GetTypeInfo(value.GetType()));
    }

    private static string? TypeOf(Utf8JsonReader ahead)
    {
        if (ahead.TokenType != JsonTokenType.StartObject) return null;
        while (ahead.Read() && ahead.TokenType == JsonTokenType.PropertyName)
        {
            var found = ahead.ValueTextEquals("type"u8);
            ahead.Read();
            if (found) return ahead.TextOrNull();
            ahead.Skip();
        }

        return null;
    }
}
