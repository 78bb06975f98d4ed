using System.Text.Json;
using System.Text.Json.Serialization;

namespace Parley;

/// <summary>What everybody in the app may know of a user.</summary>
/// <param name="User">Who.</param>
/// <param name="Number">His numeric alias: unique in the app, given once, never changed.</param>
/// <param name="Status">Whether he takes part.</param>
/// <param name="DisplayName">Any text of up to 128 code points, not unique: never to be shown where only the id says who it is.</param>
/// <param name="AvatarUrl">Where his picture is: http or https, up to 1,024 characters.</param>
/// <param name="PublicData">A JSON object of the app's own, up to 5,120 bytes and 8 deep.</param>
public sealed record UserProfile(
    UserId User, long Number, UserStatus Status, string? DisplayName = null, string? AvatarUrl = null, JsonElement? PublicData = null)
{
    /// <summary>The longest display name, in code points.</summary>
    public const int MaxDisplayName = 128;

    /// <summary>The longest avatar URL, in characters.</summary>
    public const int MaxAvatarUrl = 1_024;

    /// <summary>The most bytes of the public data, and of the private ones, without white space.</summary>
    public const int MaxDataBytes = 5_120;

    /// <summary>How deep objects and lists of the data may be nested; the object itself is the first.</summary>
    public const int MaxDataDepth = 8;
}

/// <summary>Whether a user takes part; a newer server may answer others.</summary>
[JsonConverter(typeof(UserStatusConverter))]
public enum UserStatus
{
    /// <summary>He does.</summary>
    Active,

    /// <summary>The app has deactivated him: no session, no message, until it restores him.</summary>
    Deactivated,

    /// <summary>He is deleted: of him only the id, the number and what he wrote is left.</summary>
    Deleted,

    /// <summary>A status of a newer server.</summary>
    Unknown = -1,
}

/// <summary>What a user may know of himself.</summary>
/// <param name="Profile">What everybody may know.</param>
/// <param name="PrivateData">A JSON object that only he and the app's backend see.</param>
/// <param name="Email">His e-mail address, as the backend gave it.</param>
/// <param name="Phone">His telephone number, in the form of E.164.</param>
/// <param name="MutedUntil">He sends no message in the whole app before then; null when he may.</param>
public sealed record OwnProfile(
    UserProfile Profile, JsonElement? PrivateData = null, string? Email = null, string? Phone = null, DateTimeOffset? MutedUntil = null);
