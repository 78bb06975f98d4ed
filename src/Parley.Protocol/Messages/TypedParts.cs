using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Parley;

/// <summary>A place on earth (L11, A53).</summary>
/// <param name="Latitude">Degrees, -90 to 90.</param>
/// <param name="Longitude">Degrees, -180 to 180.</param>
/// <param name="Name">What is there, as a building's name.</param>
/// <param name="Address">Its address.</param>
public sealed record Location(double Latitude, double Longitude, string? Name = null, string? Address = null);

/// <summary>A sticker of a pack that apps know.</summary>
/// <param name="Pack">Which pack: 1 to 64 characters.</param>
/// <param name="Id">Which one of it: 1 to 64 characters.</param>
public sealed record Sticker(string Pack, string Id);

/// <summary>Something that the recipient's app does, without showing it (A20).</summary>
/// <param name="Action">What: 1 to 64 characters.</param>
/// <param name="Data">What it needs.</param>
public sealed record AppCommand(string Action, CustomData? Data = null);

/// <summary>Something of the app's, by name (A31).</summary>
/// <param name="Event">What: 1 to 32 characters.</param>
/// <param name="Values">Up to 16 texts by name.</param>
public sealed record CustomEvent(string Event, IReadOnlyDictionary<string, string>? Values = null)
{
    /// <summary>The most values.</summary>
    public const int MaxValues = 16;
}

/// <summary>The shapes of the parts whose body is JSON.</summary>
public static class TypedParts
{
    /// <summary>What is wrong with the body of a part that has such a shape; null when nothing is, and for parts of other types.</summary>
    /// <param name="part">The part.</param>
    public static string? Fault(MessagePart part)
    {
        ArgumentNullException.ThrowIfNull(part);
        if (!part.Type.StartsWith("application/vnd.parley.", StringComparison.Ordinal)) return null;
        var strict = ProtocolJson.Strict;
        return part.Type switch
        {
            MessagePart.LocationType => Fault(part, strict.Location, one => one is not { Latitude: >= -90 and <= 90, Longitude: >= -180 and <= 180 }
                ? "expected a latitude of -90 to 90 and a longitude of -180 to 180" : null),
            MessagePart.StickerType => Fault(part, strict.Sticker, one => IsName(one.Pack, 64) && IsName(one.Id, 64) ? null : "expected a pack and an id of 1 to 64 characters"),
            MessagePart.CommandType => Fault(part, strict.AppCommand, one => IsName(one.Action, 64) ? null : "expected an action of 1 to 64 characters"),
            MessagePart.CustomType => Fault(part, strict.CustomEvent, one => !IsName(one.Event, 32) ? "expected an event of 1 to 32 characters"
                : one.Values?.Count > CustomEvent.MaxValues ? $"at most {CustomEvent.MaxValues} values" : null),
            _ => "no such type: application/vnd.parley is the server's own",
        };
    }

    internal static string Write<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.Serialize(value, type);

    internal static T? Read<T>(MessagePart part, string type, JsonTypeInfo<T> info)
        where T : class
    {
        if (part.Type != type || part.Body is null) return null;
        try
        {
            return JsonSerializer.Deserialize(part.Body, info);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool IsName(string text, int most) => text.Length > 0 && TextSize.CodePoints(text) <= most;

    private static string? Fault<T>(MessagePart part, JsonTypeInfo<T> type, Func<T, string?> check)
        where T : class
    {
        if (part.Body is null) return "expected a body that is JSON";
        try
        {
            return JsonSerializer.Deserialize(part.Body, type) is { } value ? check(value) : "expected a JSON object";
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            return "expected JSON of the form that the type has";
        }
    }
}
