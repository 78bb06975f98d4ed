using Parley.Bench;

namespace Parley.Chaos;

/// <summary>Every fsync of one of SQLite's files fails with an I/O error. The first must end the server, since nobody knows what a second would mean.</summary>
internal sealed class FailedSync(SyncedFile file) : Fault
{
    private const int Aborted = 128 + 6;   // SIGABRT
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public override string Name => file == SyncedFile.Log ? "fsync-error-log" : "fsync-error-file";

    public override bool NeedsTracer => true;

    public override bool Concerns(Engine engine) => engine == Engine.Sqlite;

    public override async Task<long> StrikeAsync(Site site, Town town, Random random, CancellationToken cancel)
    {
        var path = file == SyncedFile.Log ? site.Server.Database + "-wal" : site.Server.Database;
        await using var disk = Tracer.Attach(site, [site.Server.ProcessId], path, Tracer.Syncs, "error=EIO:when=1+");
        if (await site.Problems.UntilAsync(() => !site.Server.IsRunning, Patience, "the server has ended after an fsync failed", cancel))
        {
            // strace ends with whom it watches, and only then has it written everything.
            await disk.StopAsync();
            if (site.Server.ExitCode != Aborted) site.Problems.Add($"The server did not abort after a failed fsync: it ended with {site.Server.ExitCode}.");
            var failures = File.ReadLines(disk.Calls).Count(line => line.Contains("(INJECTED)", StringComparison.Ordinal));
            if (failures != 1) site.Problems.Add($"Of one file {failures} fsyncs failed before the server ended; the first should have ended it.");
        }

        var ended = Now;
        await site.ReviveAsync(cancel);
        return ended;
    }
}

/// <summary>Which of SQLite's files cannot be made durable.</summary>
internal enum SyncedFile
{
    /// <summary>The log that it writes ahead: a commit.</summary>
    Log,

    /// <summary>The database file: a checkpoint.</summary>
    File,
}

/// <summary>fsync fails below PostgreSQL: it gives up all its processes and recovers by itself, and the server outlives that.</summary>
internal sealed class FailedDatabaseSync : Fault
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public override string Name => "fsync-error-database";

    public override bool NeedsTracer => true;

    public override bool Concerns(Engine engine) => engine == Engine.Postgres;

    public override async Task<long> StrikeAsync(Site site, Town town, Random random, CancellationToken cancel)
    {
        var postgres = site.Postgres!;
        var before = File.ReadAllText(postgres.Log).Length;
        await using (Tracer.Attach(site, postgres.Processes, file: null, Tracer.Syncs, "error=EIO:when=1+"))
        {
            await site.Problems.UntilAsync(
                () => File.ReadAllText(postgres.Log)[before..].Contains("PANIC", StringComparison.Ordinal), Patience, "PostgreSQL gave up after an fsync failed", cancel);
        }

        var ended = Now;
        await postgres.StartAsync(cancel);
        site.ServerMustRun("when a fsync of its database failed");
        await site.ReviveAsync(cancel);
        return ended;
    }
}
