using Parley.Bench;

namespace Parley.Chaos;

/// <summary>kill -9 under load, and then again while the database recovers from that; then it is let.</summary>
internal sealed class KillInRecovery : Fault
{
    private const int MostReads = 200;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public override string Name => "kill-in-recovery";

    public override bool NeedsTracer => true;

    public override async Task<long> StrikeAsync(Site site, Town town, Random random, CancellationToken cancel)
    {
        var killed = Now;
        if (site.Postgres is { } postgres)
        {
            await site.KillAllAsync();
            var log = new FileInfo(postgres.Log).Length;
            postgres.Launch();
            // Its log says when it begins; how far it comes is a matter of the seed.
            await site.Problems.UntilAsync(
                () => Since(postgres.Log, log).Contains("redo starts", StringComparison.Ordinal), Patience, "PostgreSQL recovers", cancel);
            await Task.Delay(Between(random, TimeSpan.Zero, TimeSpan.FromMilliseconds(10)), TimeProvider.System, cancel);
            await postgres.KillAllAsync();
            if (Since(postgres.Log, log).Contains("redo done", StringComparison.Ordinal)) site.Problems.Add("PostgreSQL had recovered before it was killed.");
        }
        else
        {
            await site.Server.KillAsync();
            // SQLite begins by reading the log that it was writing ahead, frame by frame.
            site.Server.Launch(Tracer.Under(site, site.Server.Database + "-wal", "pread64", $"signal=KILL:when={random.Next(1, MostReads)}"));
            await site.Problems.UntilAsync(() => !site.Server.IsRunning, Patience, "the server was killed while it recovered", cancel);
        }

        await site.ReviveAsync(cancel);
        return killed;
    }

    private static string Since(string log, long position)
    {
        using var file = new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Position = position;
        using var reader = new StreamReader(file);
        return reader.ReadToEnd();
    }
}
