using Parley.Storage;

namespace Parley.Identity;

/// <summary>What a token proves: who, of which app, until when.</summary>
/// <param name="App">The app's number in this database.</param>
/// <param name="AppName">The app's name in the configuration.</param>
/// <param name="User">Who.</param>
/// <param name="ExpiresAt">The token's own <c>exp</c>. The token is taken, and what it opened goes on, until <see cref="TokenVerifier.ClockSkew"/> after it.</param>
internal sealed record VerifiedToken(AppId App, string AppName, UserId User, DateTimeOffset ExpiresAt);
