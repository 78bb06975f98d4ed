namespace Parley.Bench;

/// <summary>W3: connections of users who do nothing.</summary>
/// <param name="Connections">How many.</param>
/// <param name="RssKbPerConnection">Growth of the server's memory by each.</param>
/// <param name="ConnectCpuMicros">CPU of the server and its database to take one, its session included.</param>
/// <param name="IdleCpuPercent">Share of a core that they all take while idle.</param>
/// <param name="ForeignPercent">Share of a core that others took meanwhile.</param>
internal sealed record Idle(int Connections, double RssKbPerConnection, double ConnectCpuMicros, double IdleCpuPercent, double ForeignPercent)
{
    private const int Buffer = 4 * 1024;
    private const int WarmUp = 500;

    /// <summary>Opens them, waits, and looks.</summary>
    public static async Task<Idle> MeasureAsync(LoadedServer server, CancellationToken cancel)
    {
        var settle = TimeSpan.FromSeconds(Math.Min(2, server.Plan.Idle.TotalSeconds));
        var (warm, idle) = (Users("warm", Math.Min(WarmUp, server.Plan.IdleConnections)), Users("idle", server.Plan.IdleConnections));
        server.Dialect.Introduce([.. warm, .. idle]);
        foreach (var connection in server.Dialect.Open(warm, Buffer).ToList()) connection.Dispose();
        await Task.Delay(settle, TimeProvider.System, cancel);

        var (emptyKb, emptyCpu) = (ProcessTree.ResidentKb(server.ServerProcess), ProcessTree.Cpu(server.Processes));
        using var epoll = new Epoll();
        var connections = server.Dialect.Open(idle, Buffer).ToList();
        try
        {
            var connectCpu = ProcessTree.Cpu(server.Processes) - emptyCpu;
            for (var i = 0; i < connections.Count; i++) epoll.Watch(connections[i].Socket, i);
            AnswerPings(epoll, connections, settle);

            var (fullCpu, generatorCpu, allCpu) = (ProcessTree.Cpu(server.Processes), Environment.CpuUsage.TotalTime, LoadedServer.BusyCores());
            AnswerPings(epoll, connections, server.Plan.Idle);
            var idleCpu = ProcessTree.Cpu(server.Processes) - fullCpu;
            var foreign = LoadedServer.BusyCores() - allCpu - idleCpu - (Environment.CpuUsage.TotalTime - generatorCpu);
            var grown = ProcessTree.ResidentKb(server.ServerProcess) - emptyKb;
            return new Idle(connections.Count, (double)grown / connections.Count, connectCpu.TotalMicroseconds / connections.Count,
                100 * (idleCpu / server.Plan.Idle), Math.Max(0, 100 * (foreign / server.Plan.Idle)));
        }
        finally
        {
            foreach (var connection in connections) connection.Dispose();
        }
    }

    private static List<string> Users(string name, int count)
    {
        var run = Guid.NewGuid().ToString("N")[..8];
        return [.. Enumerable.Range(0, count).Select(i => $"w3-{name}-{run}-{i}")];
    }

    private static void AnswerPings(Epoll epoll, List<Line> connections, TimeSpan time)
    {
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        for (TimeSpan left; (left = time - System.Diagnostics.Stopwatch.GetElapsedTime(started)) > TimeSpan.Zero;)
        {
            var ready = epoll.Wait(left);
            for (var i = 0; i < ready; i++)
            {
                var connection = connections[epoll[i]];
                connection.Fill();
                // Pings are answered inside; an idle user is told nothing else that matters here.
                connection.Tell(NoArrivals.Instance);
            }
        }
    }
}
