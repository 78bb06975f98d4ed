using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace Parley;

/// <summary>A person or program of one app, named by the app's own backend.</summary>
/// <remarks>
/// 1 to 128 printable ASCII characters without space, quotes, backslash, angle brackets and <c>/ ? # %</c>, and neither
/// <c>.</c> nor <c>..</c>. Compared byte by byte: <c>Alice</c> and <c>alice</c> are two users (trap C9). A user exists by being named.
/// </remarks>
[JsonConverter(typeof(UserIdConverter))]
public readonly record struct UserId : IComparable<UserId>
{
    /// <summary>The longest id, in characters.</summary>
    public const int MaxLength = 128;

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("!$&()*+,-.0123456789:;=@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~");

    /// <summary>Names a user.</summary>
    /// <exception cref="ArgumentException">The text is not a valid id; <see cref="TryParse"/> asks without throwing.</exception>
    public UserId(string value)
    {
        if (!IsValid(value)) throw new ArgumentException($"A user id is {Form}.", nameof(value));
        Value = value;
    }

    /// <summary>The id as text.</summary>
    public string Value { get; }

    internal const string Form =
        "1 to 128 printable ASCII characters without space, quotes, backslash, angle brackets and / ? # %, and not . or ..";

    /// <summary>Whether <paramref name="text"/> may name a user.</summary>
    public static bool IsValid([NotNullWhen(true)] string? text) =>
        text is { Length: >= 1 and <= MaxLength } and not "." and not ".." && !text.AsSpan().ContainsAnyExcept(Allowed);

    /// <summary>Reads an id; false when the text is not one.</summary>
    public static bool TryParse(string? text, out UserId user)
    {
        user = IsValid(text) ? new UserId(text) : default;
        return user.Value is not null;
    }

    /// <summary>Byte order, the order in which both databases sort ids.</summary>
    public int CompareTo(UserId other) => string.CompareOrdinal(Value, other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value;

    /// <summary>Byte order.</summary>
    public static bool operator <(UserId left, UserId right) => left.CompareTo(right) < 0;

    /// <summary>Byte order.</summary>
    public static bool operator >(UserId left, UserId right) => left.CompareTo(right) > 0;

    /// <summary>Byte order.</summary>
    public static bool operator <=(UserId left, UserId right) => left.CompareTo(right) <= 0;

    /// <summary>Byte order.</summary>
    public static bool operator >=(UserId left, UserId right) => left.CompareTo(right) >= 0;
}
