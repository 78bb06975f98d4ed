using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Parley.Client.Tests.Content;

/// <summary>A TCP proxy that breaks connections: after so many bytes in one direction, the one that carries them.</summary>
internal sealed class CuttingWire : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly IPEndPoint _target;
    private readonly Direction _up = new();
    private readonly Direction _down = new();
    private readonly Task _accepting;

    public CuttingWire(Uri target)
    {
        _target = new IPEndPoint(IPAddress.Loopback, target.Port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>Bytes that went to the server.</summary>
    public long Sent => _up.Passed;

    /// <summary>Bytes that came from the server.</summary>
    public long Received => _down.Passed;

    /// <summary>Connections that were broken.</summary>
    public int Cuts => _up.Cuts + _down.Cuts;

    /// <summary>Breaks connections to the server, each after so many more bytes.</summary>
    public void CutSending(params long[] after) => _up.Cut(after);

    /// <summary>Lets so many more bytes go to the server, and then no more; what is open stays open. Zero or more.</summary>
    public void HoldSending(long after) => _up.Hold(after);

    /// <summary>Whether bytes wait that are not let through.</summary>
    public bool IsHolding => _up.IsHolding;

    /// <summary>Lets everything through again.</summary>
    public void Release() => _up.Release();

    /// <summary>Breaks connections from the server, each after so many more bytes.</summary>
    public void CutReceiving(params long[] after) => _down.Cut(after);

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
            while (true) passing.Add(PassAsync(await _listener.AcceptSocketAsync(_stopping.Token)));
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(passing);
        }
    }

    private async Task PassAsync(Socket client)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using (client)
        {
            client.NoDelay = true;
            try
            {
                await server.ConnectAsync(_target, _stopping.Token);
            }
            catch (SocketException)
            {
                // As a proxy whose server is down, and has nothing to say about it.
                return;
            }

            using var broken = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
            await Task.WhenAll(CopyAsync(client, server, _up, broken), CopyAsync(server, client, _down, broken));
        }
    }

    private static async Task CopyAsync(Socket from, Socket to, Direction direction, CancellationTokenSource broken)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, broken.Token) is > 0 and var count)
            {
                await direction.WaitAsync(broken.Token);
                if (direction.Pass(count))
                {
                    // Who sends is cut off without a farewell. Who receives has all that passed: how much a reset takes away is the system's whim.
                    from.LingerState = new LingerOption(true, 0);
                    await broken.CancelAsync();
                    return;
                }

                for (var at = 0; at < count;) at += await to.SendAsync(buffer.AsMemory(at, count - at), broken.Token);
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await broken.CancelAsync();
        }
    }

    private sealed class Direction
    {
        private readonly ConcurrentQueue<long> _cuts = [];
        private readonly Lock _gate = new();
        private long _passed;
        private long _next = long.MaxValue;
        private long _hold = long.MaxValue;
        private TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public long Passed => Interlocked.Read(ref _passed);

        public int Cuts { get; private set; }

        public bool IsHolding { get; private set; }

        public void Hold(long after)
        {
            lock (_gate) (_hold, _released) = (_passed + after, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        public void Release()
        {
            lock (_gate)
            {
                (_hold, IsHolding) = (long.MaxValue, false);
                _released.TrySetResult();
            }
        }

        /// <summary>Completes when bytes may pass.</summary>
        public Task WaitAsync(CancellationToken cancel)
        {
            lock (_gate)
            {
                if (_passed < _hold) return Task.CompletedTask;
                IsHolding = true;
                return _released.Task.WaitAsync(cancel);
            }
        }

        public void Cut(long[] after)
        {
            lock (_gate)
            {
                foreach (var one in after) _cuts.Enqueue(one);
                if (_next == long.MaxValue) Arm();
            }
        }

        /// <summary>Counts bytes; true when the connection that brought them breaks with them.</summary>
        public bool Pass(int bytes)
        {
            lock (_gate)
            {
                _passed += bytes;
                if (_passed < _next) return false;
                Cuts++;
                Arm();
                return true;
            }
        }

        private void Arm() => _next = _cuts.TryDequeue(out var after) ? _passed + after : long.MaxValue;
    }
}
