using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Parley.Identity;

/// <summary>Reads JSON and base64url in exactly one way: what two readers could understand differently is not read at all. Never throws.</summary>
internal static class StrictReading
{
    /// <summary>Deeper than any member we read; shallow enough to cost nothing.</summary>
    private const int MaxDepth = 16;

    private static readonly SearchValues<char> Base64UrlAlphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    private static readonly JsonDocumentOptions StrictJson = new() { AllowDuplicateProperties = false, MaxDepth = MaxDepth };

    /// <summary>A JSON object in which no member occurs twice; null for anything else.</summary>
    public static JsonElement? Object(byte[] json)
    {
        if (!Utf8.IsValid(json)) return null;
        try
        {
            using var document = JsonDocument.Parse(json, StrictJson);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null; // not JSON, a member twice, too deep, or a member whose name is not Unicode
        }
    }

    /// <summary>A member's text; null when it is absent, no string, or a string that is not Unicode.</summary>
    public static string? Text(JsonElement element, ReadOnlySpan<byte> member) =>
        element.TryGetProperty(member, out var value) ? Text(value) : null;

    /// <summary>The element's text; null when it is no string, or a string that is not Unicode.</summary>
    public static string? Text(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.String) return null;
        try
        {
            return element.GetString();
        }
        catch (InvalidOperationException)
        {
            return null; // an escaped lone surrogate
        }
    }

    /// <summary>Base64url of the alphabet only, without padding and with no spare bits set; so each value has one spelling. Null for any other.</summary>
    public static byte[]? Bytes(ReadOnlySpan<char> text)
    {
        if (text.ContainsAnyExcept(Base64UrlAlphabet)) return null; // the decoder would pass over padding and space

        var bytes = new byte[Base64Url.GetMaxDecodedLength(text.Length)];
        return Base64Url.DecodeFromChars(text, bytes, out _, out var written) == OperationStatus.Done ? bytes[..written] : null;
    }
}
