using System.Net.Sockets;

namespace Parley.Client.Testing.Transport;

/// <summary>All the wires of a server; and where they lead to, which is another listener after a restart.</summary>
internal sealed class Network(VirtualClock clock) : IMoving
{
    private readonly Lock _gate = new();
    private readonly List<Wire> _wires = [];
    private long _done;
    private int _dialled;

    public VirtualClock Clock => clock;

    /// <summary>Where the server listens; null while there is none.</summary>
    public MemoryListener? Listener { get; set; }

    /// <summary>Whether clients may ask this.</summary>
    public Func<string, bool> Knows { get; set; } = _ => true;

    public long Done => Volatile.Read(ref _done);

    public string? Why
    {
        get
        {
            lock (_gate) return _wires.Select(wire => wire.Why).FirstOrDefault(why => why is not null);
        }
    }

    public void Moved() => Interlocked.Increment(ref _done);

    /// <summary>What carries the HTTP of somebody, and his WebSockets.</summary>
    public HttpMessageHandler Handler(Faults? faults) => faults is null ? WireOf(faults) : new FaultyHttp(this, faults, WireOf(faults));

    private SocketsHttpHandler WireOf(Faults? faults) => new()
    {
        ConnectCallback = async (_, cancel) => await DialAsync(faults, cancel),
        // A WebSocket over a connection that carried other requests before would pass the wire unread.
        PooledConnectionLifetime = TimeSpan.Zero,
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
    };

    /// <summary>Ends the connections that have these faults.</summary>
    public void Cut(Faults faults)
    {
        Wire[] cut;
        lock (_gate) cut = [.. _wires.Where(wire => wire.Faults is { } its && faults.Covers(its))];
        foreach (var wire in cut) wire.Cut();
    }

    /// <summary>Ends all connections.</summary>
    public void CutAll()
    {
        Wire[] cut;
        lock (_gate) cut = [.. _wires];
        foreach (var wire in cut) wire.Cut();
    }

    public void Ended(Wire wire)
    {
        lock (_gate) _wires.Remove(wire);
        Moved();
    }

    private async Task<Stream> DialAsync(Faults? faults, CancellationToken cancel)
    {
        while (faults?.Held is { } held) await held.WaitAsync(cancel);
        if (faults is { IsOffline: true }) throw new SocketException((int)SocketError.NetworkUnreachable);
        var wire = new Wire($"memory-{Interlocked.Increment(ref _dialled)}", this, faults);
        lock (_gate) _wires.Add(wire);
        if (Listener?.Offer(wire.Server) == true)
        {
            wire.Start();
            // Whoever went offline in between did not see this one.
            if (faults is { IsOffline: true }) wire.Cut();
            return wire.Client;
        }

        Ended(wire);
        throw new SocketException((int)SocketError.ConnectionRefused);
    }
}
