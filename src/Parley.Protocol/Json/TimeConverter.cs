using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Parley;

/// <summary>RFC 3339 in UTC with milliseconds, always 24 characters: <c>2026-11-20T08:15:00.123Z</c>.</summary>
internal sealed class TimeConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        DateTimeOffset.TryParseExact(reader.TextOrNull(), "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : throw new JsonException("expected a time as 2026-11-20T08:15:00.123Z");

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
    {
        Span<byte> text = stackalloc byte[WireTime.Length];
        WireTime.Format(value, text);
        writer.WriteStringValue(text);
    }
}
