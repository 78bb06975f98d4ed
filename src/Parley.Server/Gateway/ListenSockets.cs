using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Parley.Gateway;

/// <summary>How the web server listens, so that a client that does not read costs little and one that is gone is noticed.</summary>
internal static class ListenSockets
{
    private const int SendBuffer = 64 * 1024;
    private const int TcpUserTimeout = 18;
    private const int UserTimeoutMs = 30_000;

    /// <summary>Limits of the web server's own.</summary>
    public static void Configure(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(60);
        kestrel.Limits.MaxRequestLineSize = 8 * 1024;
        kestrel.Limits.MaxRequestHeaderCount = 100;
        kestrel.Limits.MaxRequestHeadersTotalSize = 32 * 1024;
        kestrel.Limits.MaxRequestBodySize = 256 * 1024;
        kestrel.Limits.MaxResponseBufferSize = SendBuffer;
    }

    /// <summary>Options of the listening sockets, which accepted ones inherit.</summary>
    public static void Configure(SocketTransportOptions transport) => transport.CreateBoundListenSocket = endpoint =>
    {
        var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        if (socket.ProtocolType != ProtocolType.Tcp) return socket;
        socket.SendBufferSize = SendBuffer;
        if (OperatingSystem.IsLinux()) socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, TcpUserTimeout, BitConverter.GetBytes(UserTimeoutMs));
        return socket;
    };
}
