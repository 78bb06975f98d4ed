using Parley.Bench;

namespace Parley.Chaos;

/// <summary>Three times as many messages as the server can take, from clients that do not listen when they are told to wait.</summary>
internal sealed class Flood(Limits limits) : Strain
{
    private const int FullUsers = 600;
    private const int ShortUsers = 120;
    private const double Excess = 3;
    private const double Ordinary = 0.3;
    private const double LeastGoodput = 0.8;
    private const double MostMs = 1_000;
    /// <summary>As shipped (docs/guide/configuration.md): messages a second of one user, and of an app.</summary>
    private const double ShippedPerUser = 5;
    private const double ShippedPerApp = 2_000;
    private const long HeapBytes = 512L * 1024 * 1024;
    private const long MemoryKb = 1024 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Recovered = TimeSpan.FromSeconds(10);

    private static readonly Promise[] Wanted =
    [
        Promise.AcknowledgedIsKept, Promise.NothingInvented, Promise.OneOrder, Promise.PushesInOrder, Promise.RealTimeOrder, Promise.SenderOrder,
        Promise.OnceOnly, Promise.Settled, Promise.CatchUpComplete, Promise.ReceiptsMoveForward,
    ];

    public override string Name => limits == Limits.Raised ? "flood" : "flood-shipped-limits";

    public override async Task<StrainResult> RunAsync(Installation installation, Engine engine, Extent extent, CancellationToken cancel)
    {
        var plan = extent == Extent.Full ? Plan.Full : Plan.Short;
        // What everybody may send at once after a quiet time is gone after six seconds.
        if (limits == Limits.Shipped && extent == Extent.Short) plan = plan with { Flood = TimeSpan.FromSeconds(10) };
        var ground = new Ground(engine, FileSystem.Given)
        {
            Core = CoreOf(extent),
            Limits = limits,
            // As in a container of 1 GiB.
            Variables = new Dictionary<string, string> { ["DOTNET_GCHeapHardLimit"] = $"{HeapBytes:x}" },
        };
        await using var site = await Site.SetUpAsync(installation, ground, cancel);
        var result = new StrainResult($"{Name}, {engine}");
        using var memory = new MemoryWatch(site.Server.ProcessId);
        await Task.Factory.StartNew(() => Run(site, plan, result, cancel), cancel, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        memory.Stop();
        result.Tell($"memory of the server: {memory.MostKb / 1024:N0} MiB at most");
        result.Promise(memory.MostKb < MemoryKb, $"the server took {memory.MostKb / 1024:N0} MiB, more than a container of 1 GiB has");
        site.ServerMustRun("under overload");
        return result;
    }

    private void Run(Site site, Plan plan, StrainResult result, CancellationToken cancel)
    {
        using var crowd = new Crowd(site, plan.Users);
        var processes = site.Postgres is { } postgres ? new[] { site.Server.ProcessId, postgres.ProcessId } : [site.Server.ProcessId];
        var (peak, cost) = Peak(crowd, plan, processes, result, cancel);
        crowd.Send(0, Pause, cancel);
        var baseline = crowd.Send(peak * Ordinary, plan.Ordinary, cancel);
        var (before, ownBefore, busyBefore, stoodBefore) = (ProcessTree.Cpu(processes), Environment.CpuUsage.TotalTime, Cores.Busy(0, 1), GC.GetTotalPauseDuration());
        var flood = crowd.Send(peak * Excess, plan.Flood, cancel);
        var (used, own, busy) = (ProcessTree.Cpu(processes) - before, Environment.CpuUsage.TotalTime - ownBefore, Cores.Busy(0, 1) - busyBefore);
        var stood = GC.GetTotalPauseDuration() - stoodBefore;
        var after = crowd.Send(peak * Ordinary, plan.After, cancel);
        var history = crowd.Finish(Patience, cancel);

        // Only now: to put a million waits in order takes a second, in which nobody would read what comes.
        result.Tell($"before:   {baseline}");
        result.Tell($"overload: {flood}");
        result.Tell($"CPU under overload: server and database {used / flood.Length:P0} of a core, the crowd {own / flood.Length:P0}, others {(busy - used - own) / flood.Length:P0}; " +
            $"{(used / Math.Max(1, flood.AdmittedCount + flood.RefusedCount)).TotalMicroseconds:N1} µs for each request, refusals among them" +
            (cost == TimeSpan.Zero ? "" : $", and {cost.TotalMicroseconds:N1} µs for each at the peak"));
        // What the clients lose to their own garbage collector stands in their waits, and is not the server's.
        result.Tell($"the crowd stood still for {stood.TotalMilliseconds:N0} ms of it, its garbage collected");
        result.Tell($"after:    {after}");

        result.Promise(flood.AdmittedCount > 0, "nothing was admitted under overload");
        result.Promise(flood.RefusedCount + flood.HeldBack > 0, "it was no overload: nothing was refused");
        result.Promise(flood.Untimed == 0, $"{flood.Untimed} refusals did not say when to come back");
        var others = flood.Codes.Except([Refusals.Overloaded.Code, Refusals.RateLimited.Code]).ToList();
        result.Promise(others.Count == 0, $"refused as {string.Join(", ", others)}");
        result.Judge(Checker.Check(history), site.Problems, Wanted);

        var sent = (flood.Due - flood.HeldBack) / flood.Length.TotalSeconds;
        result.Bound(flood.Goodput >= LeastGoodput * peak, $"goodput under overload: {flood.Goodput / peak:P0} of {peak:N0}/s, with {sent / peak:0.0} times as many sent (bound: 80 %)");
        result.Bound(flood.Percentile(0.99) < MostMs, $"p99 of the admitted: {flood.Percentile(0.99):N0} ms (bound: {MostMs:N0} ms)");
        var calm = Math.Max(2 * baseline.Percentile(0.99), 50);
        var recovery = after.SecondsUntil(0.99, calm);
        result.Bound(recovery <= Recovered.TotalSeconds, $"p99 below {calm:N0} ms again after {recovery} s (bound: {Recovered.TotalSeconds:N0} s)");
    }

    /// <summary>As many messages a second as the server takes, when everybody waits for his answers; with the shipped limits, as many as they let through.</summary>
    private (double PerSecond, TimeSpan Cost) Peak(Crowd crowd, Plan plan, int[] processes, StrainResult result, CancellationToken cancel)
    {
        if (limits == Limits.Shipped)
        {
            var allowed = Math.Min(ShippedPerApp, crowd.Count * ShippedPerUser);
            result.Tell($"the limits let {allowed:N0}/s through: {ShippedPerUser}/s each user, {ShippedPerApp:N0}/s the app");
            return (allowed, TimeSpan.Zero);
        }

        crowd.Saturate(plan.Window, plan.WarmUp, cancel);
        var before = ProcessTree.Cpu(processes);
        var peak = crowd.Saturate(plan.Window, plan.Peak, cancel);
        result.Tell($"peak:     {peak}");
        return (peak.Goodput, (ProcessTree.Cpu(processes) - before) / Math.Max(1, peak.AdmittedCount));
    }

    /// <summary>How long everything lasts.</summary>
    /// <param name="Users">How many.</param>
    /// <param name="Window">Sends of each without an answer, while the peak is looked for: together fewer than may wait for the database.</param>
    /// <param name="WarmUp">Before the peak counts.</param>
    /// <param name="Peak">Looking for it.</param>
    /// <param name="Ordinary">At an ordinary rate.</param>
    /// <param name="Flood">At three times the peak.</param>
    /// <param name="After">At the ordinary rate again.</param>
    private sealed record Plan(int Users, int Window, TimeSpan WarmUp, TimeSpan Peak, TimeSpan Ordinary, TimeSpan Flood, TimeSpan After)
    {
        public static Plan Full { get; } = new(
            FullUsers, Window: 2, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(15));

        public static Plan Short { get; } = new(
            ShortUsers, Window: 6, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(0.5));
    }
}
