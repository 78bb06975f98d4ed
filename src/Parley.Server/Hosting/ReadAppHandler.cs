using Parley.Delivery;
using Parley.Identity;
using Parley.Storage;

namespace Parley.Hosting;

/// <summary><c>app.get</c>: what a backend asks first, to see that its key is the one it meant.</summary>
internal sealed class ReadAppHandler(Installation installation, TimeProvider clock)
{
    public Task HandleAsync(PlatformCaller caller, GetApp query, Origin origin, CancellationToken cancel)
    {
        var name = installation.Apps.Single(app => app.Value == caller.App).Key;
        origin.Answer(new AppState(name, caller.KeyName, Protocol: 1, SessionOpening.Server, clock.Now(), installation.Epoch), ProtocolJson.Lenient.AppState);
        return Task.CompletedTask;
    }
}
