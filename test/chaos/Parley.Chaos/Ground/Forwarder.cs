using System.Net;
using System.Net.Sockets;

namespace Parley.Chaos;

/// <summary>A load balancer in small: hands connections to servers in turn, and passes bytes on.</summary>
internal sealed class Forwarder : IAsyncDisposable
{
    private const int Buffer = 64 * 1024;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private volatile IReadOnlyList<IPEndPoint> _servers;
    private int _next;

    public Forwarder(IReadOnlyList<IPEndPoint> servers)
    {
        _servers = servers;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Address => new($"http://{_listener.LocalEndpoint}");

    /// <summary>New connections go to these from now on; those that are open stay where they are.</summary>
    public void Use(params IReadOnlyList<IPEndPoint> servers) => _servers = servers;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                _ = PassAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
            }
            catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task PassAsync(TcpClient client)
    {
        using var server = new TcpClient { NoDelay = true };
        using (client)
        {
            client.NoDelay = true;
            try
            {
                var servers = _servers;
                await server.ConnectAsync(servers[(int)((uint)Interlocked.Increment(ref _next) % servers.Count)], _stop.Token);
                await Task.WhenAny(CopyAsync(client, server), CopyAsync(server, client));
            }
            catch (Exception ended) when (ended is SocketException or IOException or OperationCanceledException)
            {
                // Whoever asked finds his connection closed, as behind any balancer.
            }
        }
    }

    private async Task CopyAsync(TcpClient from, TcpClient to)
    {
        try
        {
            await from.GetStream().CopyToAsync(to.GetStream(), Buffer, _stop.Token);
        }
        catch (Exception ended) when (ended is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The other direction ends with this one.
        }
    }
}
