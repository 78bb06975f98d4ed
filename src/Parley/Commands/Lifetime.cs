using Parley.Identity;

namespace Parley.Commands;

/// <summary>How long a token is valid, as people type it.</summary>
internal static class Lifetime
{
    public static bool TryParse(string text, out TimeSpan lifetime) => Duration.TryParse(text, out lifetime) && lifetime <= TokenVerifier.MaxLifetime;
}
