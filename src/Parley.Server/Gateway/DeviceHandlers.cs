using Parley.Delivery;
using Parley.Identity;

namespace Parley.Gateway;

/// <summary><c>user.devices</c> and <c>user.endDevice</c>: sessions are connections, and these the gateway has.</summary>
/// <param name="sessions">Those of this node; there is a gateway only after there are handlers.</param>
internal sealed class DevicesHandler(Func<Sessions> sessions)
{
    public Task HandleAsync(Caller caller, ListDevices query, Origin origin, CancellationToken cancel)
    {
        Answer(caller, origin);
        return Task.CompletedTask;
    }

    public void Handle(Caller caller, EndDevice command, Origin origin)
    {
        if (command.Device == caller.Device)
        {
            origin.Refuse(Refusals.InvalidParams.Because("$.device: expected another device; this one closes its connection"));
            return;
        }

        sessions().End(caller.Key, command.Device);
        Answer(caller, origin);
    }

    private void Answer(Caller caller, Origin origin) => origin.Answer(new DeviceList(sessions().Of(caller)), ProtocolJson.Lenient.DeviceList);
}
