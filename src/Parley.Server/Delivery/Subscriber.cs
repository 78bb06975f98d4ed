using Parley.Storage;

namespace Parley.Delivery;

/// <summary>One connection as the fan-out sees it: a bounded queue that never makes others wait.</summary>
internal sealed class Subscriber(UserKey user, DeviceId device)
{
    public UserKey User => user;

    public DeviceId Device => device;

    public void Push(EncodedEntry entry)
    {
    }

    public void Signal(ReadOnlyMemory<byte> notification)
    {
    }
}
