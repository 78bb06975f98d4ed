using System.Text;
using System.Text.Json;

namespace Parley.People;

/// <summary>A change of a profile that may be stored: null keeps, an empty text clears.</summary>
internal sealed record ProfileChange(string? DisplayName, string? AvatarUrl, string? PublicData, string? PrivateData)
{
    /// <summary>What a column holds afterwards.</summary>
    public static string? After(string? change, string? before) => change switch
    {
        null => before,
        "" => null,
        _ => change,
    };
}

/// <summary>What a profile may hold. Pure.</summary>
internal static class ProfileRules
{
    public static Outcome<ProfileChange> Check(string? displayName, string? avatarUrl, JsonElement? publicData, JsonElement? privateData)
    {
        if (displayName is not null && TextSize.CodePoints(displayName) > UserProfile.MaxDisplayName)
            return Refusals.InvalidParams.Because($"$.displayName: at most {UserProfile.MaxDisplayName} code points");
        if (avatarUrl is { Length: > 0 } && !IsAddress(avatarUrl))
            return Refusals.InvalidParams.Because($"$.avatarUrl: expected an http or https address of at most {UserProfile.MaxAvatarUrl} characters");
        if ((Fault(publicData, "$.publicData") ?? Fault(privateData, "$.privateData")) is { } refusal) return refusal;
        return new ProfileChange(displayName, avatarUrl, Stored(publicData), Stored(privateData));
    }

    private static bool IsAddress(string text) =>
        text.Length <= UserProfile.MaxAvatarUrl
        && !text.Any(character => char.IsWhiteSpace(character) || char.IsControl(character))
        && Uri.TryCreate(text, UriKind.Absolute, out var address) && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps);

    private static Refusal? Fault(JsonElement? data, string member)
    {
        if (data is not { } json) return null;
        if (json.ValueKind != JsonValueKind.Object) return Refusals.InvalidParams.Because($"{member}: expected an object");
        if (Depth(json) > UserProfile.MaxDataDepth) return Refusals.InvalidParams.Because($"{member}: at most {UserProfile.MaxDataDepth} deep");
        return Bytes(json).Length > UserProfile.MaxDataBytes ? Refusals.TooLarge.Because($"{member}: at most {UserProfile.MaxDataBytes} bytes") : null;
    }

    private static int Depth(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => 1 + json.EnumerateObject().Select(member => Depth(member.Value)).DefaultIfEmpty().Max(),
        JsonValueKind.Array => 1 + json.EnumerateArray().Select(Depth).DefaultIfEmpty().Max(),
        _ => 0,
    };

    private static string? Stored(JsonElement? data) => data switch
    {
        null => null,
        { } json when !json.EnumerateObject().Any() => "",
        { } json => Encoding.UTF8.GetString(Bytes(json)),
    };

    /// <summary>Without white space: what counts is what is said.</summary>
    private static byte[] Bytes(JsonElement json) => JsonSerializer.SerializeToUtf8Bytes(json, ProtocolJson.Lenient.JsonElement);
}
