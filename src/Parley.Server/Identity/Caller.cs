using Parley.Storage;

namespace Parley.Identity;

/// <summary>In whose name something is asked, as his token says, or the app's backend. No member of a request can say otherwise.</summary>
/// <param name="App">The app.</param>
/// <param name="User">The user.</param>
/// <param name="Device">His device; default over HTTP, where there is none.</param>
internal sealed record Caller(AppId App, UserId User, DeviceId Device)
{
    public UserKey Key => new(App, User);

    /// <summary>The backend that asks in his name; null where he asks himself.</summary>
    public PlatformCaller? Platform { get; init; }
}

/// <summary>The app's backend, by one of its API keys.</summary>
/// <param name="App">Whose key it is: what is asked with it is asked of this app.</param>
/// <param name="KeyName">The key's name in the configuration.</param>
internal sealed record PlatformCaller(AppId App, string KeyName);
