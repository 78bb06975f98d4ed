using System.Diagnostics;
using System.Globalization;

namespace Parley.Bench;

/// <summary>W10: a device with the .NET SDK that was away for a day, and is told what it missed.</summary>
/// <param name="Mode">What the device knew.</param>
/// <param name="Conversations">In how many conversations something was missed.</param>
/// <param name="Entries">How much in all.</param>
/// <param name="Took">From asking to connect to the last entry.</param>
/// <param name="DeviceCpu">Used by the device's program from its start to the last entry.</param>
/// <param name="ServerCpu">Used by the server and its database meanwhile.</param>
/// <param name="PeakMb">The most memory the program had.</param>
/// <param name="QuietMb">The most it has when nothing was missed.</param>
/// <param name="ForeignPercent">Share of a core that others took meanwhile.</param>
internal sealed record DayAway(
    string Mode, int Conversations, int Entries, TimeSpan Took, TimeSpan DeviceCpu, TimeSpan ServerCpu, double PeakMb, double QuietMb, double ForeignPercent)
{
    private const string Traveller = "w10-alice";
    private const int Buffer = 16 * 1024;
    private const int TextLength = 200;
    private const int Rounds = 3;

    // One for each round: who was told something once is told what comes after it.
    private static readonly string[] Newcomers = [.. Enumerable.Range(1, Rounds).Select(round => $"w10-carol-{round}")];
    private const int HoursAway = 24;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>Has a device with a store away a day, and then one come that knows nothing; of each the median of three, by the device's CPU.</summary>
    public static async Task<IReadOnlyList<DayAway>> MeasureAsync(LoadedServer server, CancellationToken cancel)
    {
        var folder = Directory.CreateTempSubdirectory("parley-bench-device-");
        try
        {
            var (groups, each) = (server.Plan.Groups, server.Plan.MissedEach);
            var missed = groups * each;
            var conversations = Make(server, groups);
            var store = Path.Combine(folder.FullName, "device.db");
            await using (var acquainted = new Run(server, folder.FullName, Traveller, store, later: 0, first: 1, groups)) await acquainted.ToldAsync(cancel);

            var (returns, quiet) = (new List<Outcome>(), new List<Outcome>());
            for (var round = 0; round < Rounds; round++)
            {
                Write(server, conversations, each, round);
                var first = 2 + (long)round * each;
                returns.Add(await MeasureAsync(server, folder.FullName, Traveller, store, HoursAway * (round + 1), first, missed, cancel));
                quiet.Add(await MeasureAsync(server, folder.FullName, Traveller, store, HoursAway * (round + 1), first, 0, cancel));
            }

            var newcomers = new List<Outcome>();
            var all = groups + Rounds * missed;
            foreach (var newcomer in Newcomers) newcomers.Add(await MeasureAsync(server, folder.FullName, newcomer, "-", 0, 1, all, cancel));
            return [Of("after a day, with a store", groups, missed, returns, quiet), Of("a new device, without", groups, all, newcomers, quiet)];
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static DayAway Of(string mode, int groups, int entries, List<Outcome> outcomes, List<Outcome> quiet)
    {
        var median = outcomes.OrderBy(outcome => outcome.DeviceCpu).ElementAt(outcomes.Count / 2);
        return new DayAway(mode, groups, entries, median.Took, median.DeviceCpu, median.ServerCpu, median.PeakMb, quiet.Select(outcome => outcome.PeakMb).Order().ElementAt(quiet.Count / 2), median.ForeignPercent);
    }

    private static List<ConversationId> Make(LoadedServer server, int groups)
    {
        using var bob = server.OpenQuietly("w10-bob", Buffer, out _);
        var conversations = Enumerable.Range(0, groups).Select(_ => ConversationId.New()).ToList();
        foreach (var conversation in conversations)
            bob.Ask(Methods.CreateConversation, new CreateConversation(conversation, ConversationKind.Group, [new UserId(Traveller), .. Newcomers.Select(newcomer => new UserId(newcomer))]), ProtocolJson.Lenient.CreateConversation);
        return conversations;
    }

    /// <summary>As many messages to each group, while the device is away.</summary>
    private static void Write(LoadedServer server, List<ConversationId> conversations, int each, int round)
    {
        using var bob = server.OpenQuietly("w10-bob", Buffer, out _);
        foreach (var (number, conversation) in conversations.Index())
        {
            var burst = new Burst(bob, new SendTemplate(conversation, number, new string('x', TextLength)), (uint)(round * each + 1), each);
            burst.Send();
            burst.Finish();
        }
    }

    private static async Task<Outcome> MeasureAsync(LoadedServer server, string folder, string user, string store, int later, long first, int expected, CancellationToken cancel)
    {
        var (cpu, own, all, started) = (ProcessTree.Cpu(server.Processes), Environment.CpuUsage.TotalTime, LoadedServer.BusyCores(), Stopwatch.GetTimestamp());
        await using var run = new Run(server, folder, user, store, later, first, expected);
        var took = await run.ToldAsync(cancel);
        var (device, used) = (ProcessTree.Cpu([run.ProcessId]), ProcessTree.Cpu(server.Processes) - cpu);
        var foreign = LoadedServer.BusyCores() - all - used - device - (Environment.CpuUsage.TotalTime - own);
        return new Outcome(took, device, used, ProcessTree.PeakResidentKb(run.ProcessId) / 1024.0, Math.Max(0, 100 * (foreign / Stopwatch.GetElapsedTime(started))));
    }

    private sealed record Outcome(TimeSpan Took, TimeSpan DeviceCpu, TimeSpan ServerCpu, double PeakMb, double ForeignPercent);

    /// <summary>One run of the device's program.</summary>
    private sealed class Run : IAsyncDisposable
    {
        private readonly string _log;
        private readonly ChildProcess _process;

        public Run(LoadedServer server, string folder, string user, string store, int later, long first, int expected)
        {
            _log = Path.Combine(folder, $"{Guid.NewGuid():N}.log");
            string[] arguments = [$"http://{server.Address}", server.Tokens.For(user), store, Text(later), Text(first), Text(expected)];
            _process = ChildProcess.Start(LoadedServer.GeneratorCore, _log, new Dictionary<string, string>(), [Installation.BinaryOf("Parley.Bench.Device", "Parley.Bench.Device"), .. arguments]);
        }

        public int ProcessId => _process.Id;

        /// <summary>Waits until it was told everything, and says how long that took it.</summary>
        public async Task<TimeSpan> ToldAsync(CancellationToken cancel)
        {
            for (var started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < Patience && !_process.HasExited; await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancel))
            {
                var line = File.Exists(_log) ? Array.Find(await File.ReadAllLinesAsync(_log, cancel), line => line.StartsWith("told ", StringComparison.Ordinal)) : null;
                if (line?.Split(' ') is [_, _, var milliseconds]) return TimeSpan.FromMilliseconds(double.Parse(milliseconds, CultureInfo.InvariantCulture));
            }

            throw new BenchException($"The device was not told everything: {await File.ReadAllTextAsync(_log, cancel)}");
        }

        /// <summary>Ends the program as its user would, and fails where it was told more than there is.</summary>
        public async ValueTask DisposeAsync()
        {
            await _process.StopAsync(Signal.Terminate, TimeSpan.FromSeconds(20));
            _process.Dispose();
        }

        private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
    }
}
