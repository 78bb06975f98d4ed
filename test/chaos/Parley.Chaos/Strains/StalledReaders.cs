using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Parley.Bench;

namespace Parley.Chaos;

/// <summary>Twenty of a group stop reading, while each of the group is sent a megabyte a second.</summary>
internal sealed class StalledReaders : Strain
{
    private const int Stalled = 20;
    private const int Reading = 5;
    private const int MessageLength = 8_000;
    private const int PerSecond = 128;
    private const int ReceiveBuffer = 64 * 1024;
    private const long MostKbEach = 1_536;

    /// <summary>What else comes and goes in a heap meanwhile.</summary>
    private const long GarbageKb = 64 * 1024;
    private static readonly TimeSpan ClosedWithin = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    /// <summary>The deadline of a write in short runs.</summary>
    private static readonly TimeSpan ShortDeadline = TimeSpan.FromSeconds(2);

    public override string Name => "stalled-readers";

    public override bool Concerns(Engine engine) => engine == Engine.Sqlite;

    public override async Task<StrainResult> RunAsync(Installation installation, Engine engine, Extent extent, CancellationToken cancel)
    {
        var variables = new Dictionary<string, string> { ["Logging__LogLevel__Parley"] = "Debug" };
        if (extent == Extent.Short) variables["Parley__Gateway__WriteDeadline"] = $"{ShortDeadline:c}";
        var ground = new Ground(engine, FileSystem.Given) { Core = CoreOf(extent), Variables = variables };
        await using var site = await Site.SetUpAsync(installation, ground, cancel);
        var result = new StrainResult($"{Name}, {engine}");
        await Task.Factory.StartNew(() => Run(site, extent, result, cancel), cancel, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        site.ServerMustRun("when clients did not read");
        result.Promise(site.Problems.All.Count == 0, string.Join('\n', site.Problems.All));
        var slow = File.ReadLines(site.Server.Log).Count(line => line.Contains("ended with 4008", StringComparison.Ordinal));
        result.Promise(slow == Stalled, $"{slow} connections ended with 4008, and {Stalled} stalled");
        return result;
    }

    private static void Run(Site site, Extent extent, StrainResult result, CancellationToken cancel)
    {
        var (calm, most) = extent == Extent.Full ? (TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(20)) : (TimeSpan.FromSeconds(1), ShortDeadline + TimeSpan.FromSeconds(10));
        var users = Enumerable.Range(0, 1 + Reading + Stalled).Select(i => new UserId($"user-{i:00}")).ToList();
        var visitor = new Visitor(site.Server.Address, site.Tokens);
        var conversation = visitor.Make(ConversationKind.Group, users);
        var sentAt = new Dictionary<MessageId, long>();
        var latencies = new List<double>();
        var members = users.Select((user, i) => new CrowdMember(user, conversation, site.Server.Address, site.Tokens, ReceiveBuffer)
        {
            Pushed = i is >= 1 and <= Reading ? (entry, now) => latencies.Add(Stopwatch.GetElapsedTime(sentAt[entry.Message], now).TotalMilliseconds) : null,
        }).ToList();
        var (awake, stalled) = (members.Take(1 + Reading).ToList(), members.Skip(1 + Reading).ToList());

        using var memory = new MemoryWatch(site.Server.ProcessId);
        Talk(members, calm / 2, () => false);
        latencies.Clear();
        Talk(members, calm, () => false);
        var (before, p99Before) = (memory.MostKb, P99(latencies));
        latencies.Clear();

        using var departures = new Departures(site.Server.ProcessId, site.Server.Address, stalled.Select(member => (IPEndPoint)member.Socket.LocalEndPoint!));
        Talk(awake, most, () => departures.Open == 0);
        memory.Stop();
        var (after, p99After) = (memory.MostKb, P99(latencies));

        result.Promise(departures.Open == 0, $"{departures.Open} of {Stalled} stalled connections are still open after {most.TotalSeconds} s");
        var told = stalled.Count(member => HearsWhy(member));
        foreach (var member in stalled) member.Return();
        foreach (var member in members) member.Finish();
        var records = members.Select(member => member.Record()).ToList();
        var log = new Dictionary<ConversationId, IReadOnlyList<Entry>> { [conversation] = visitor.ReadAll(conversation, users[^1]) };
        var history = new History(
            [.. records.SelectMany(record => record.Attempts)], log, [.. records.SelectMany(record => record.Streams)],
            [.. records.SelectMany(record => record.Timelines)], [.. records.SelectMany(record => record.Pages)], []);
        result.Judge(Checker.Check(history), site.Problems, Promise.AcknowledgedIsKept, Promise.PushesInOrder, Promise.CatchUpComplete, Promise.Settled);
        foreach (var member in members) member.Dispose();

        result.Tell($"{log[conversation].Count:N0} entries of {MessageLength / 1_000} KB; {told} of the stalled could still read the close frame, the others found the connection reset");
        var last = departures.Last;
        result.Bound(extent == Extent.Short || last <= ClosedWithin, $"the last of {Stalled} was closed {last.TotalSeconds:0.0} s after it stopped reading (bound: {ClosedWithin.TotalSeconds} s)");
        result.Promise(after - before <= Stalled * MostKbEach + GarbageKb, $"the server took {(after - before) / 1_024} MiB more for {Stalled} stalled readers");
        result.Bound(after - before <= Stalled * MostKbEach, $"memory of the server: {(after - before) / (double)Stalled / 1_024:0.00} MiB more for each of them (bound: {MostKbEach / 1_024.0:0.0} MiB)");
        result.Bound(p99After < 2 * p99Before, $"p99 of a push to the others: {p99Before:0.0} ms before, {p99After:0.0} ms while they stood (bound: twice)");

        // One sends, all of these read, until it is time or enough.
        void Talk(IReadOnlyList<CrowdMember> reading, TimeSpan atMost, Func<bool> enough)
        {
            using var epoll = new Epoll();
            for (var i = 0; i < reading.Count; i++) epoll.Watch(reading[i].Socket, i);
            var (start, sent, tally) = (Stopwatch.GetTimestamp(), 0, new Tally());
            while (Stopwatch.GetElapsedTime(start) < atMost && !enough())
            {
                cancel.ThrowIfCancellationRequested();
                for (var now = Stopwatch.GetTimestamp(); sent < Stopwatch.GetElapsedTime(start, now).TotalSeconds * PerSecond; sent++)
                {
                    sentAt[members[0].Add(now, MessageLength)] = now;
                    members[0].Flush();
                }

                var ready = epoll.Wait(Tick);
                for (var i = 0; i < ready; i++) reading[epoll[i]].Receive(tally);
            }

            for (var patience = Stopwatch.GetTimestamp(); members[0].Unanswered > 0 && Stopwatch.GetElapsedTime(patience) < ClosedWithin;)
            {
                var ready = epoll.Wait(Tick);
                for (var i = 0; i < ready; i++) reading[epoll[i]].Receive(tally);
            }
        }
    }

    /// <summary>Reads what is left to read; whether the last of it is the code.</summary>
    private static bool HearsWhy(CrowdMember member)
    {
        try
        {
            while (true) member.Receive(new Tally());
        }
        catch (BenchException closed)
        {
            return closed.Message.Contains("4008", StringComparison.Ordinal);
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static double P99(List<double> latencies) => latencies.Count == 0 ? 0 : latencies.Order().ElementAt((int)(latencies.Count * 0.99));
}
