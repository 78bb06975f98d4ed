using System.Diagnostics;
using System.Net;

namespace Parley.Chaos;

/// <summary>Notes when a server lets clients go that do not notice it themselves. Looks a few times a second, beside whoever waits: the system's table takes it milliseconds to write.</summary>
internal sealed class Departures : IDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(200);

    private readonly Lock _gate = new();
    private readonly int _process;
    private readonly IPEndPoint _server;
    private readonly HashSet<IPEndPoint> _open;
    private readonly long _began = Stopwatch.GetTimestamp();
    private readonly Timer _timer;
    private volatile int _count;
    private long _last;

    /// <param name="process">The server's.</param>
    /// <param name="server">Where it listens.</param>
    /// <param name="clients">Where these are.</param>
    public Departures(int process, IPEndPoint server, IEnumerable<IPEndPoint> clients)
    {
        (_process, _server, _open) = (process, server, [.. clients]);
        _count = _open.Count;
        _timer = new Timer(_ => Look(), state: null, Every, Every);
    }

    /// <summary>How many were not gone at the last look.</summary>
    public int Open => _count;

    /// <summary>When the last of those who are gone went, from the beginning.</summary>
    public TimeSpan Last => TimeSpan.FromTicks(Interlocked.Read(ref _last));

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        lock (_gate)
        {
            if (_count == 0) return;
            var here = TcpTable.ClientsOf(_process, _server);
            if (_open.RemoveWhere(client => !here.Contains(client)) == 0) return;
            Interlocked.Exchange(ref _last, Stopwatch.GetElapsedTime(_began).Ticks);
            _count = _open.Count;
        }
    }
}
