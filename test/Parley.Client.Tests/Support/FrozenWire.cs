using System.Net;
using System.Net.Sockets;

namespace Parley.Client.Tests.Support;

/// <summary>A TCP proxy that can stop passing bytes on without closing anything: a half-open connection.</summary>
internal sealed class FrozenWire : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Uri _target;
    private volatile bool _frozen;
    private Task _accepting = Task.CompletedTask;

    private FrozenWire(Uri target) => _target = target;

    public Uri Address => new($"http://localhost:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    public static Task<FrozenWire> StartAsync(Uri target)
    {
        var wire = new FrozenWire(target);
        wire._listener.Start();
        wire._accepting = wire.AcceptAsync();
        return Task.FromResult(wire);
    }

    public void Freeze() => _frozen = true;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        var passing = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stopping.Token);
                var server = new TcpClient();
                await server.ConnectAsync(_target.Host, _target.Port, _stopping.Token);
                passing.Add(PassAsync(client.GetStream(), server.GetStream()));
                passing.Add(PassAsync(server.GetStream(), client.GetStream()));
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or InvalidOperationException)
        {
            await Task.WhenAll(passing);
        }
    }

    private async Task PassAsync(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[4096];
        try
        {
            while (await from.ReadAsync(buffer, _stopping.Token) is > 0 and var count)
            {
                if (!_frozen) await to.WriteAsync(buffer.AsMemory(0, count), _stopping.Token);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or IOException)
        {
            // Either end is gone.
        }

        // Frozen, nobody hears of the end either.
        if (!_frozen) to.Close();
    }
}
