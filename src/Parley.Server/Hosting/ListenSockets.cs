using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Parley.Hosting;

/// <summary>How the web server listens, so that a client that does not read costs little and one that is gone is noticed.</summary>
internal static class ListenSockets
{
    private const int SendBuffer = 64 * 1024;
    private const int TcpUserTimeout = 18;
    private const int UserTimeoutMs = 30_000;

    /// <summary>What .NET reads when the first socket of a process waits for something.</summary>
    internal const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>
    /// Has everything that sockets bring handled by the threads that hear of it, one for each core. To be called before the process uses a socket;
    /// later it does nothing, and an operator who sets the variable himself is obeyed.
    /// </summary>
    /// <remarks>
    /// Otherwise .NET puts an event into one queue for each packet that arrives. Whoever sends much has hundreds of them there and is served each time one is
    /// reached; a server that falls behind had a million, and clients who sent one packet waited ten seconds behind them
    /// (docs/decisions/0022). The kernel's own list, which is then looked at instead, has each socket once.
    /// </remarks>
    public static void HandleWhereHeard()
    {
        if (Environment.GetEnvironmentVariable(InlineCompletions) is null) Environment.SetEnvironmentVariable(InlineCompletions, "1");
    }

    /// <summary>Limits of the web server's own.</summary>
    public static void Configure(KestrelServerOptions kestrel, HttpOptions http)
    {
        kestrel.AddServerHeader = false;
        // WebSockets are upgraded from HTTP/1.1, and nothing here gains from streams of HTTP/2.
        kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http1);
        kestrel.Limits.RequestHeadersTimeout = http.HeaderTimeout;
        kestrel.Limits.MaxRequestBodySize = http.MaxBodyBytes;
        kestrel.Limits.MaxRequestLineSize = http.MaxRequestLineBytes;
        kestrel.Limits.MaxRequestHeaderCount = http.MaxHeaders;
        kestrel.Limits.MaxRequestHeadersTotalSize = http.MaxHeaderBytes;
        kestrel.Limits.MaxResponseBufferSize = SendBuffer;
    }

    /// <summary>Options of the listening sockets, which accepted ones inherit, and of what runs where.</summary>
    /// <remarks>
    /// What a socket brings is handled where it was read, and what is to leave is written where it was queued: a hop to another thread for each would take
    /// a tenth of a message's CPU. This must not be done where handlers block. Ours do not: they hand what is to be written to the journal, and leave the
    /// thread before SQLite reads. A host that takes Parley into itself keeps its own setting.
    /// </remarks>
    public static void Configure(SocketTransportOptions transport)
    {
        transport.UnsafePreferInlineScheduling = true;
        transport.CreateBoundListenSocket = endpoint =>
        {
            var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
            if (socket.ProtocolType != ProtocolType.Tcp) return socket;
            socket.SendBufferSize = SendBuffer;
            if (OperatingSystem.IsLinux()) socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, TcpUserTimeout, BitConverter.GetBytes(UserTimeoutMs));
            return socket;
        };
    }
}
