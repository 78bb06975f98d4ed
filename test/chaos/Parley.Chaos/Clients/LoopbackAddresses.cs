using System.Net;

namespace Parley.Chaos;

/// <summary>Addresses of this machine that clients come from, so that limits for one address stay as they are shipped: all of 127/8 is ours.</summary>
internal static class LoopbackAddresses
{
    private const int Count = 60_000;
    private static int _last;

    /// <summary>Another one each time, for long; null, which is whatever the system takes, for a server that is reached otherwise.</summary>
    public static IPAddress? For(EndPoint server)
    {
        if (server is not IPEndPoint { Address: var address } || !IPAddress.IsLoopback(address)) return null;
        var number = (uint)Interlocked.Increment(ref _last) % Count;
        return new IPAddress([127, 77, (byte)(number / 250), (byte)(number % 250 + 1)]);
    }
}
