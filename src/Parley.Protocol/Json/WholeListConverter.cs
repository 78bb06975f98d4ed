using System.Text.Json;
using System.Text.Json.Serialization;

namespace Parley;

/// <summary>Reads a list of records and refuses null among them, which the serializer would let pass as a record.</summary>
internal sealed class WholeListConverter<T> : JsonConverter<IReadOnlyList<T>>
    where T : class
{
    public override IReadOnlyList<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException("expected a list");
        var item = options.GetTypeInfo(typeof(T));
        var list = new List<T>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            try
            {
                list.Add((T?)JsonSerializer.Deserialize(ref reader, item) ?? throw new JsonException("expected a list without null"));
            }
            catch (JsonException failure) when (failure.Path is { } below)
            {
                // The serializer names the place of the list; what is below it is known only here.
                throw new JsonException(failure.Message, failure) { Data = { [JsonFault.Below] = $"[{list.Count}]{below[1..]}{failure.Data[JsonFault.Below]}" } };
            }
        }

        return list;
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<T> value, JsonSerializerOptions options)
    {
        var item = options.GetTypeInfo(typeof(T));
        writer.WriteStartArray();
        foreach (var one in value) JsonSerializer.Serialize(writer, one, item);
        writer.WriteEndArray();
    }
}
