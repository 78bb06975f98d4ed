using System.Text.Json;

namespace Parley;

/// <summary>Where JSON was wrong.</summary>
public static class JsonFault
{
    internal const string Below = "below";

    /// <summary>The path of the member at fault, <c>$.content.parts[0].body</c>, also inside lists; null when the serializer did not say.</summary>
    public static string? PathOf(JsonException failure) => failure.Path is { } path ? path + failure.Data[Below] : null;
}
