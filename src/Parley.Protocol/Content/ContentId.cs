using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.Json.Serialization;

namespace Parley;

/// <summary>Uploaded content: 128 random bits as 32 hexadecimal digits. Who knows an id may not fetch it for that.</summary>
[JsonConverter(typeof(ContentIdConverter))]
public readonly record struct ContentId
{
    /// <summary>What an id looks like, for messages.</summary>
    public const string Form = "32 of 0-9 a-f";

    private const int Length = 32;

    /// <summary>Takes an id over.</summary>
    /// <exception cref="ArgumentException">It has another form.</exception>
    public ContentId(string value) => Value = IsValid(value) ? value : throw new ArgumentException($"Expected {Form}.", nameof(value));

    /// <summary>The id as text.</summary>
    public string Value { get; }

    /// <summary>A new id, which nobody can guess.</summary>
    public static ContentId New() => new(RandomNumberGenerator.GetHexString(Length, lowercase: true));

    /// <summary>Whether a text is an id.</summary>
    public static bool IsValid([NotNullWhen(true)] string? text) => text is { Length: Length } && text.AsSpan().IndexOfAnyExceptInRange('0', 'f') < 0 && !text.AsSpan().ContainsAnyInRange(':', '`');

    /// <inheritdoc/>
    public override string ToString() => Value;
}
