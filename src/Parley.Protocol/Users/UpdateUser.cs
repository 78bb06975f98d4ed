using System.Text.Json;

namespace Parley;

/// <summary><c>user.update</c>: changes the own profile. What is left out, or null, stays as it is; what is empty is cleared.</summary>
/// <param name="DisplayName">Up to 128 code points.</param>
/// <param name="AvatarUrl">http or https, up to 1,024 characters.</param>
/// <param name="PublicData">A JSON object of up to 5,120 bytes, 8 deep; replaced whole.</param>
/// <param name="PrivateData">As <paramref name="PublicData"/>, for nobody but the user himself and the app's backend.</param>
public sealed record UpdateUser(string? DisplayName = null, string? AvatarUrl = null, JsonElement? PublicData = null, JsonElement? PrivateData = null);
