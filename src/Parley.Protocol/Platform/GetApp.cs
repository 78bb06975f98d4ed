namespace Parley;

/// <summary><c>app.get</c>: asks which app an API key is of. For the app's backend only: over HTTP, with the key.</summary>
public sealed record GetApp;

/// <summary>The app of an API key, as its server sees it.</summary>
/// <param name="App">The app's name in the configuration.</param>
/// <param name="ApiKey">The key's name in the configuration.</param>
/// <param name="Protocol">1.</param>
/// <param name="Server">Name and version of the server.</param>
/// <param name="Time">The server's clock.</param>
/// <param name="Epoch">Of every position.</param>
public sealed record AppState(string App, string ApiKey, int Protocol, string Server, DateTimeOffset Time, Guid Epoch);
