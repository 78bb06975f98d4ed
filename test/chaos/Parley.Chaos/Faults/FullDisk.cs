using System.Diagnostics;
using Parley.Bench;

namespace Parley.Chaos;

/// <summary>Something else takes all the room on the disk at once, and later gives it back. The server outlives that; on SQLite nothing is acknowledged meanwhile, and everything can be read.</summary>
internal sealed class FullDisk : Fault
{
    private static readonly TimeSpan Full = TimeSpan.FromSeconds(1);

    // The server looks at the disk once a second, so it may take so long to notice.
    private static readonly TimeSpan Noticed = TimeSpan.FromSeconds(2);

    // Noticed within a second; the other is for a machine that is busy.
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    public override string Name => "disk-full";

    public override bool NeedsVolume => true;

    public override async Task<long> StrikeAsync(Site site, Town town, Random random, CancellationToken cancel)
    {
        await site.Volume!.FillAsync(cancel);
        await Task.Delay(Noticed, TimeProvider.System, cancel);
        var acknowledged = town.Acknowledged;
        await Task.Delay(Full, TimeProvider.System, cancel);
        site.ServerMustRun("when the disk was full");
        if (site.Ground.Engine == Engine.Sqlite && site.Server.IsRunning)
        {
            if (town.Acknowledged != acknowledged) site.Problems.Add($"{town.Acknowledged - acknowledged} sends were acknowledged on a full disk.");
            if (town.RefusedWith(Refusals.StorageFull.Code) == 0) site.Problems.Add("Nobody was told that the disk is full.");
            if (town.ReadAll().Values.Any(log => log.Count == 0)) site.Problems.Add("A conversation could not be read while the disk was full.");
        }

        site.Volume.Free();
        var freed = Now;
        if (site.Ground.Engine == Engine.Sqlite) await site.Problems.UntilAsync(town.CanRecord, Soon, "something new is recorded after there is room again", cancel);

        // PostgreSQL may give up on a full disk, even while it recovers from that; whoever supervises it starts it again.
        for (var again = town.Acknowledged; town.Acknowledged == again && Stopwatch.GetElapsedTime(freed) < Patience;)
        {
            await site.ReviveAsync(cancel);
            await Task.Delay(Look, TimeProvider.System, cancel);
        }

        return freed;
    }
}
