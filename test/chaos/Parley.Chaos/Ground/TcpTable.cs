using System.Globalization;
using System.Net;

namespace Parley.Chaos;

/// <summary>What the system knows of a process's TCP connections (<c>/proc/PID/net/tcp</c>): whether the server still holds one whose client says nothing.</summary>
internal static class TcpTable
{
    private const string Established = "01";

    /// <summary>Where the clients are whose connections a server, seen by one of its processes, still has open.</summary>
    public static HashSet<IPEndPoint> ClientsOf(int process, IPEndPoint server) =>
    [
        .. from line in File.ReadLines($"/proc/{process}/net/tcp").Skip(1)
           let fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
           where fields[3] == Established && Parse(fields[1]).Port == server.Port
           select Parse(fields[2]),
    ];

    /// <summary>An address as this machine holds it, and a port: <c>0100007F:1F90</c>.</summary>
    private static IPEndPoint Parse(string text)
    {
        var colon = text.IndexOf(':');
        var address = new IPAddress(uint.Parse(text.AsSpan(0, colon), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        return new IPEndPoint(address, int.Parse(text.AsSpan(colon + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
    }
}
