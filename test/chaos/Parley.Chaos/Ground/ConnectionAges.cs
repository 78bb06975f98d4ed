using System.Diagnostics;
using System.Net;
using Parley.Bench;

namespace Parley.Chaos;

/// <summary>Watches how long a server keeps connections that are opened from now on.</summary>
internal sealed class ConnectionAges : IDisposable
{
    private readonly HashSet<IPEndPoint> _before;
    private readonly Dictionary<IPEndPoint, (long First, long Last)> _seen = [];
    private readonly ServerProcess _server;
    private readonly Timer _timer;

    public ConnectionAges(ServerProcess server, TimeSpan every)
    {
        _server = server;
        _before = TcpTable.ClientsOf(server.ProcessId, server.Address);
        _timer = new Timer(_ => Look(), state: null, every, every);
    }

    /// <summary>How many came.</summary>
    public int Seen
    {
        get
        {
            lock (_seen) return _seen.Count;
        }
    }

    /// <summary>How long the one was open that was open longest, between looks.</summary>
    public TimeSpan Oldest
    {
        get
        {
            lock (_seen) return _seen.Values.Select(one => Stopwatch.GetElapsedTime(one.First, one.Last)).DefaultIfEmpty().Max();
        }
    }

    public void Stop() => _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        var now = Stopwatch.GetTimestamp();
        lock (_seen)
        {
            foreach (var client in TcpTable.ClientsOf(_server.ProcessId, _server.Address).Except(_before))
                _seen[client] = (_seen.TryGetValue(client, out var seen) ? seen.First : now, now);
        }
    }
}
