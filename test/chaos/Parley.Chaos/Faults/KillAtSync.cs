using Parley.Bench;

namespace Parley.Chaos;

/// <summary>kill -9 at the n-th fsync that one of the threads asks for, n from the seed: what it would have made durable may be, or not.</summary>
internal sealed class KillAtSync : Fault
{
    private const int Latest = 40;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public override string Name => "kill-at-fsync";

    public override bool NeedsTracer => true;

    public override async Task<long> StrikeAsync(Site site, Town town, Random random, CancellationToken cancel)
    {
        // PostgreSQL's workers come and go by themselves.
        IReadOnlyList<int> processes = site.Postgres is { } postgres
            ? [.. postgres.Processes.Where(process => !ProcessTree.Title(process).Contains("worker", StringComparison.Ordinal))]
            : [site.Server.ProcessId];
        await using (Tracer.Attach(site, processes, file: null, Tracer.Syncs, $"signal=KILL:when={random.Next(1, Latest)}"))
            await site.Problems.UntilAsync(() => !processes.All(ProcessTree.Runs), Patience, "a process was killed when it asked for a fsync", cancel);
        var killed = Now;
        await site.KillAllAsync();
        await site.ReviveAsync(cancel);
        return killed;
    }
}
