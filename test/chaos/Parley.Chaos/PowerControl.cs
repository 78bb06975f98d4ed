using System.Net.Sockets;
using Parley.Bench;

namespace Parley.Chaos;

/// <summary>The control of the power cuts: the same cut below a database whose commits do not wait for the disk. It must lose acknowledged messages.</summary>
/// <remarks>A cut that loses nothing here cuts nothing, and what it shows elsewhere is worthless.</remarks>
internal sealed record PowerControl(Engine Engine, FileSystem FileSystem, TimeSpan Load)
{
    private static readonly TimeSpan LoadPatience = TimeSpan.FromSeconds(20);

    /// <summary>Why it cannot be done here; null when it can.</summary>
    public async Task<string?> ObstacleAsync(CancellationToken cancel)
    {
        if (Engine == Engine.Postgres && PostgresInstance.FindBinaries() is null) return "Install postgresql to run this.";
        if (Engine == Engine.Sqlite && await Tracer.ObstacleAsync(cancel) is { } noTracer) return noTracer;
        return await Volume.ObstacleAsync(FileSystem, cancel);
    }

    /// <summary>Cuts the power once, and counts.</summary>
    public async Task<ControlResult> RunAsync(Installation installation, CancellationToken cancel)
    {
        await using var site = await Site.SetUpAsync(installation, new Ground(Engine, FileSystem), cancel);
        using var town = new Town(site, seed: 0);
        await PretendAsync(site, cancel);
        town.Start();
        await site.Problems.UntilAsync(() => town.Acknowledged > 0, LoadPatience, "sends are acknowledged", cancel);
        await Task.Delay(Load, TimeProvider.System, cancel);
        await site.CutPowerAsync(cancel);
        town.End();
        await site.Volume!.RestorePowerAsync(cancel);

        IReadOnlyDictionary<ConversationId, IReadOnlyList<Entry>> log;
        string left;
        try
        {
            await site.ReviveAsync(cancel);
            (log, left) = (town.ReadAll(), "the rest can be read");
        }
        catch (Exception unreadable) when (unreadable is BenchException or SocketException)
        {
            // What was checkpointed without a fsync may be half there.
            (log, left) = (new Dictionary<ConversationId, IReadOnlyList<Entry>>(), $"nothing can be read: {unreadable.Message.Split('\n')[0]}");
        }

        var (acknowledged, lost) = new Acknowledgements(town.Record(log, [])).Between(0, long.MaxValue);
        return new ControlResult(this, acknowledged, lost, left);
    }

    /// <summary>From now on no commit waits for the disk.</summary>
    private static async Task PretendAsync(Site site, CancellationToken cancel)
    {
        if (site.Postgres is { } postgres)
        {
            string[] settings = ["synchronous_commit = off", "wal_writer_delay = 10000", "wal_writer_flush_after = '1GB'"];
            var commands = settings.Select(setting => $"alter system set {setting}").Append("select pg_reload_conf()").SelectMany(sql => new[] { "-c", sql });
            if (await postgres.RunAsync("psql", cancel, ["-U", "parley", "-d", "postgres", "-q", .. commands]) != 0)
                throw new BenchException($"PostgreSQL does not take its settings:\n{postgres.Tail()}");
            return;
        }

        await site.Server.StopAsync();
        await site.Server.StartAsync(cancel, LyingDisk);
    }

    // The disk says that it has flushed and has not. Only these calls stop the process, so it stays nearly as fast as it was.
    private static IReadOnlyList<string> LyingDisk { get; } =
        ["strace", "-D", "-f", "-q", "--seccomp-bpf", "-o", "/dev/null", "-e", $"trace={Tracer.Syncs}", "-e", $"inject={Tracer.Syncs}:retval=0"];
}

/// <summary>What a control lost.</summary>
/// <param name="Control">Which.</param>
/// <param name="Acknowledged">Messages acknowledged before the cut.</param>
/// <param name="Lost">Of them, those that are gone.</param>
/// <param name="Left">What can be said of the others.</param>
internal sealed record ControlResult(PowerControl Control, int Acknowledged, int Lost, string Left)
{
    public bool Passed => Lost > 0;

    public override string ToString() =>
        $"control, {Control.Engine} on {Control.FileSystem} with commits that do not wait for the disk: " +
        $"{Acknowledged:N0} acknowledged, {Lost:N0} lost{(Passed ? "" : " — THE POWER WAS NOT CUT")}; {Left}";
}
