using Parley.Storage;

namespace Parley.Identity;

/// <summary>Who asks, as his token says. No member of a request can say otherwise.</summary>
internal sealed record Caller(AppId App, UserId User, DeviceId Device)
{
    public UserKey Key => new(App, User);
}
