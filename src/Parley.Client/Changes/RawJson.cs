using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Parley.Client;

/// <summary>JSON that goes over the wire as it stands, and comes from it so: the server compares what comes under one id, so what is asked again must be the same bytes, also after another version of the SDK was installed.</summary>
internal sealed class RawJson(ReadOnlyMemory<byte> bytes)
{
    public static readonly JsonTypeInfo<RawJson> TypeInfo = JsonMetadataServices.CreateValueInfo<RawJson>(ProtocolJson.Lenient.Options, new Converter());

    public ReadOnlyMemory<byte> Bytes => bytes;

    private sealed class Converter : JsonConverter<RawJson>
    {
        public override RawJson Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(JsonSerializer.SerializeToUtf8Bytes(JsonElement.ParseValue(ref reader), ProtocolJson.Lenient.JsonElement));

        public override void Write(Utf8JsonWriter writer, RawJson value, JsonSerializerOptions options) => writer.WriteRawValue(value.Bytes.Span, skipInputValidation: true);
    }
}
