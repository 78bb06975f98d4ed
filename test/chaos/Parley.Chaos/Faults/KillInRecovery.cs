namespace Parley.Chaos;

/// <summary>kill -9 under load, and then again while the database recovers from that; then it is let.</summary>
internal sealed class KillInRecovery : Fault
{
    private const int MostReads = 100;

    // Loading a program reads a few times, too.
    private const int ReadsOfLoading = 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public override string Name => "kill-in-recovery";

    public override bool NeedsTracer => true;

    public override async Task<long> StrikeAsync(Site site, Town town, Random random, CancellationToken cancel)
    {
        var killed = Now;
        var read = random.Next(1, MostReads);
        await site.KillAllAsync();
        if (site.Postgres is { } postgres)
        {
            // Its start-up process reads the log, and what that is about; when it is killed, the postmaster gives up.
            var before = File.ReadAllText(postgres.Log).Length;
            postgres.Launch(Tracer.Under(site, file: null, "pread64", $"signal=KILL:when={ReadsOfLoading + read}"));
            await site.Problems.UntilAsync(() => !postgres.IsRunning, Patience, "PostgreSQL gave up while it recovered", cancel);
            var said = File.ReadAllText(postgres.Log)[before..];
            if (!said.Contains("startup process (PID", StringComparison.Ordinal)) site.Problems.Add($"PostgreSQL was not killed while it recovered:\n{said}");
        }
        else
        {
            // SQLite begins by reading the log that it was writing ahead, frame by frame.
            site.Server.Launch(Tracer.Under(site, site.Server.Database + "-wal", "pread64", $"signal=KILL:when={read}"));
            await site.Problems.UntilAsync(() => !site.Server.IsRunning, Patience, "the server was killed while it recovered", cancel);
        }

        await site.ReviveAsync(cancel);
        return killed;
    }
}
