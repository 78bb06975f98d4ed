using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace Parley;

/// <summary>One installation of a client, named by the client itself and kept by it. Opening a session again closes the older socket.</summary>
/// <remarks>1 to 64 characters of the alphabet of <see cref="UserId"/>.</remarks>
[JsonConverter(typeof(DeviceIdConverter))]
public readonly record struct DeviceId
{
    /// <summary>The longest id, in characters.</summary>
    public const int MaxLength = 64;

    /// <summary>Names a device.</summary>
    /// <exception cref="ArgumentException">The text is not a valid id.</exception>
    public DeviceId(string value)
    {
        if (!IsValid(value)) throw new ArgumentException($"A device id is {Form}.", nameof(value));
        Value = value;
    }

    /// <summary>The id as text.</summary>
    public string Value { get; }

    internal const string Form = "1 to 64 printable ASCII characters, of those a user id may have";

    /// <summary>Whether <paramref name="text"/> may name a device.</summary>
    public static bool IsValid([NotNullWhen(true)] string? text) => text is { Length: <= MaxLength } && UserId.IsValid(text);

    /// <summary>A new random device.</summary>
    public static DeviceId New() => new(Guid.NewGuid().ToString("N"));

    /// <inheritdoc/>
    public override string ToString() => Value;
}
