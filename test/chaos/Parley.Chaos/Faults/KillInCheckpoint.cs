using Parley.Bench;

namespace Parley.Chaos;

/// <summary>kill -9 while the database moves its log into its files: at some page that is written there.</summary>
internal sealed class KillInCheckpoint : Fault
{
    private const int MostPages = 300;
    private const int MostCheckpoints = 100;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    public override string Name => "kill-in-checkpoint";

    public override bool NeedsTracer => true;

    public override async Task<long> StrikeAsync(Site site, Town town, Random random, CancellationToken cancel)
    {
        var at = $"signal=KILL:when={random.Next(1, MostPages)}";
        if (site.Postgres is { } postgres)
        {
            // Files of the database are written by its checkpointer, and it is told to checkpoint.
            var checkpointer = postgres.Processes.Single(process => ProcessTree.Title(process).Contains("checkpointer", StringComparison.Ordinal));
            await using (Tracer.Attach(site, [checkpointer], file: null, "pwrite64", at))
            {
                for (var attempt = 1; ProcessTree.Runs(checkpointer) && attempt <= MostCheckpoints; attempt++)
                    await postgres.RunAsync("psql", cancel, "-U", "parley", "-d", "postgres", "-q", "-c", "checkpoint");
            }

            if (ProcessTree.Runs(checkpointer)) site.Problems.Add($"PostgreSQL was not killed in any of {MostCheckpoints} checkpoints.");
        }
        else
        {
            await using (Tracer.Attach(site, [site.Server.ProcessId], site.Server.Database, "pwrite64", at))
                await site.Problems.UntilAsync(() => !site.Server.IsRunning, Patience, "the server was killed in a checkpoint", cancel);
        }

        var killed = Now;
        await site.KillAllAsync();
        await site.ReviveAsync(cancel);
        return killed;
    }
}
