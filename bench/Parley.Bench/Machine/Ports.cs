using System.Net;
using System.Net.Sockets;

namespace Parley.Bench;

internal static class Ports
{
    private const int First = 20_000;
    private const int End = 32_000;

    /// <summary>A port of 127.0.0.1 that is free now.</summary>
    /// <remarks>
    /// Below the range that the system takes client ports from: a client that reconnects to a server that was killed could
    /// otherwise be given the server's own port, and connect to itself.
    /// </remarks>
    public static int Free()
    {
        while (true)
        {
            var port = Random.Shared.Next(First, End);
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                probe.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
                // Taken: another one.
            }
        }
    }
}
