using System.IO.Pipelines;
using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;

namespace Parley.Client.Testing.Transport;

/// <summary>Where a server listens that has no port.</summary>
internal sealed class MemoryEndPoint : EndPoint
{
    public override string ToString() => "memory";
}

/// <summary>What Kestrel accepts connections from, in place of sockets: pipes of this process.</summary>
internal sealed class MemoryListener : IConnectionListenerFactory, IConnectionListenerFactorySelector, IConnectionListener
{
    private readonly Channel<ConnectionContext> _accepted = Channel.CreateUnbounded<ConnectionContext>();

    public EndPoint EndPoint { get; private set; } = new MemoryEndPoint();

    public bool CanBind(EndPoint endpoint) => endpoint is MemoryEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        EndPoint = endpoint;
        return ValueTask.FromResult<IConnectionListener>(this);
    }

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await _accepted.Reader.WaitToReadAsync(cancellationToken))
        {
            if (_accepted.Reader.TryRead(out var connection)) return connection;
        }

        return null;
    }

    /// <summary>Hands Kestrel a connection; false when it listens no more.</summary>
    public bool Offer(ConnectionContext connection) => _accepted.Writer.TryWrite(connection);

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        _accepted.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => UnbindAsync();
}

/// <summary>The server's end of a connection.</summary>
internal sealed class MemoryConnection : DefaultConnectionContext
{
    private readonly Action _aborted;

    // Not disposed: it may be cancelled after Kestrel has ended the connection, as the base class does not expect.
    private readonly CancellationTokenSource _closed = new();

    public MemoryConnection(string id, IDuplexPipe transport, IDuplexPipe application, Action aborted)
        : base(id, transport, application)
    {
        _aborted = aborted;
        ConnectionClosed = _closed.Token;
        LocalEndPoint = new IPEndPoint(IPAddress.Loopback, 80);
        RemoteEndPoint = new IPEndPoint(IPAddress.Loopback, 40_000);
    }

    public override void Abort(ConnectionAbortedException abortReason)
    {
        _aborted();
        ThreadPool.UnsafeQueueUserWorkItem(static closed => closed.Cancel(), _closed, preferLocal: false);
    }
}

/// <summary>Two ends of two pipes.</summary>
internal sealed record Ends(PipeReader Input, PipeWriter Output) : IDuplexPipe;
