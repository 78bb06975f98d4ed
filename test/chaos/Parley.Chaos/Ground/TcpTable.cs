using System.Globalization;
using System.Net;

namespace Parley.Chaos;

/// <summary>What the system knows of a process's TCP connections (<c>/proc/PID/net/tcp</c>): whether the server still holds one whose client says nothing.</summary>
internal static class TcpTable
{
    private const string Established = "01";

    /// <summary>The ports of clients whose connections a server, seen by one of its processes, still has open.</summary>
    public static HashSet<int> ClientsOf(int process, IPEndPoint server) =>
    [
        .. from line in File.ReadLines($"/proc/{process}/net/tcp").Skip(1)
           let fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
           where fields[3] == Established && PortOf(fields[1]) == server.Port
           select PortOf(fields[2]),
    ];

    private static int PortOf(string address) => int.Parse(address.AsSpan(address.IndexOf(':') + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
