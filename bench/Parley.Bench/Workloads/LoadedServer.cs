using System.Diagnostics;
using System.Net;
using System.Text.Json;

namespace Parley.Bench;

/// <summary>A server that is ready to be measured, and what measuring needs to know of it.</summary>
/// <param name="Address">Where it listens.</param>
/// <param name="Tokens">Signs for its app.</param>
/// <param name="ServerProcess">The server alone.</param>
/// <param name="Processes">The roots of its process trees, its database among them.</param>
/// <param name="Plan">How long to measure.</param>
internal sealed record LoadedServer(IPEndPoint Address, Tokens Tokens, int ServerProcess, IReadOnlyList<int> Processes, Plan Plan)
{
    /// <summary>The server's and the database's core; the generator is started on the other one.</summary>
    public const int Core = 0;

    /// <summary>How it is spoken with.</summary>
    public Dialect Dialect
    {
        get => field ??= new ParleyDialect(this);
        init;
    }

    /// <summary>How it is given files.</summary>
    public FileServer Files
    {
        get => field ??= new ParleyFiles(Address, Tokens);
        init;
    }

    /// <summary>The core of the generator, and of what else is not measured with the server.</summary>
    public const int GeneratorCore = 1;

    private static readonly TimeProvider Clock = TimeProvider.System;

    /// <summary>Opens connections for <paramref name="users"/>, a hundred at a time.</summary>
    public IEnumerable<RawConnection> Open(IEnumerable<string> users, int buffer)
    {
        foreach (var some in users.Chunk(100))
        {
            var connections = some.Select(_ => new RawConnection(Address, buffer)).ToList();
            foreach (var (connection, user) in connections.Zip(some))
            {
                connection.FinishUpgrade();
                var open = new OpenSession(Tokens.For(user), DeviceId.New(), Client: "Parley.Bench");
                connection.Request(1, Methods.OpenSession, open, ProtocolJson.Lenient.OpenSession);
            }

            foreach (var connection in connections)
            {
                connection.Answer(1);
                yield return connection;
            }
        }
    }

    /// <summary>Opens a connection that asks and is told nothing unasked.</summary>
    public RawConnection OpenQuietly(string user, int buffer, out JsonElement opened)
    {
        var connection = new RawConnection(Address, buffer);
        connection.FinishUpgrade();
        var open = new OpenSession(Tokens.For(user), DeviceId.New(), Client: "Parley.Bench", Receive: false);
        connection.Request(1, Methods.OpenSession, open, ProtocolJson.Lenient.OpenSession);
        opened = connection.Answer(1);
        return connection;
    }

    /// <summary>Warms up, then measures windows one by one; <paramref name="begin"/> is told each time where to count from then on.</summary>
    public async Task<IReadOnlyList<Window>> MeasureAsync(Action<Traffic> begin, CancellationToken cancel)
    {
        begin(new Traffic());
        await Task.Delay(Plan.WarmUp, Clock, cancel);
        var windows = new List<Window>();
        while (windows.Count < Plan.Windows && windows.Count(window => window.ForeignPercent < Plan.QuietPercent) < Plan.Counted)
        {
            windows.Add(await MeasureOneAsync(begin, cancel));
        }

        begin(new Traffic());
        return windows;
    }

    /// <summary>Does something that measures itself several times, until three times were quiet.</summary>
    public IReadOnlyList<Window> Repeat(Func<Window> once)
    {
        var windows = new List<Window>();
        while (windows.Count < Plan.Windows && windows.Count(window => window.ForeignPercent < Plan.QuietPercent) < Plan.Counted) windows.Add(once());
        return windows;
    }

    /// <summary>What it cost to do something to its end.</summary>
    public Window Measure(Func<Traffic> work)
    {
        var before = Usage();
        var started = Stopwatch.GetTimestamp();
        var traffic = work();
        return WindowOf(traffic, Stopwatch.GetElapsedTime(started), before);
    }

    /// <summary>Time in which both cores were busy, for whomever.</summary>
    public static TimeSpan BusyCores() => Cores.Busy(Core, GeneratorCore);

    private async Task<Window> MeasureOneAsync(Action<Traffic> begin, CancellationToken cancel)
    {
        var traffic = new Traffic();
        var before = Usage();
        begin(traffic);
        var started = Stopwatch.GetTimestamp();
        do await Task.Delay(Plan.Window, Clock, cancel);
        while (traffic.Delivered < Plan.FewestMessages && Stopwatch.GetElapsedTime(started) < Plan.LongestWindow);
        begin(new Traffic());
        return WindowOf(traffic, Stopwatch.GetElapsedTime(started), before);
    }

    private Window WindowOf(Traffic traffic, TimeSpan length, (TimeSpan Server, TimeSpan Generator, TimeSpan All) before)
    {
        var after = Usage();
        var (server, generator) = (after.Server - before.Server, after.Generator - before.Generator);
        var foreign = after.All - before.All - server - generator;
        return new Window(traffic, length, server, generator, foreign > TimeSpan.Zero ? foreign : TimeSpan.Zero);
    }

    private (TimeSpan Server, TimeSpan Generator, TimeSpan All) Usage() =>
        (ProcessTree.Cpu(Processes), Environment.CpuUsage.TotalTime, BusyCores());
}
