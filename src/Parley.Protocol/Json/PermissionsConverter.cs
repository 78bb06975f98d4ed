using System.Text.Json;
using System.Text.Json.Serialization;

namespace Parley;

/// <summary>Permissions travel as a list of names, so that a reader sees what they say. One of a newer server is passed over; in a request it is refused.</summary>
internal sealed class PermissionsConverter : JsonConverter<Permissions>
{
    private static readonly (string Name, Permissions Flag)[] Names =
    [
        .. Enum.GetValues<Permissions>().Where(flag => flag != Permissions.None).Select(flag => (JsonNamingPolicy.CamelCase.ConvertName(flag.ToString()), flag)),
    ];

    public override Permissions Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException("expected a list of permission names");
        var permissions = Permissions.None;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var name = reader.TextOrNull();
            var flag = Array.Find(Names, known => known.Name == name).Flag;
            if (flag == Permissions.None && options.IsStrict())
                throw new JsonException($"expected permission names, of {string.Join(", ", Names.Select(known => known.Name))}");
            permissions |= flag;
        }

        return permissions;
    }

    public override void Write(Utf8JsonWriter writer, Permissions value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (var (name, flag) in Names)
        {
            if (value.HasFlag(flag)) writer.WriteStringValue(name);
        }

        writer.WriteEndArray();
    }
}
