namespace Parley.Chaos;

/// <summary>The power fails: what had not reached the device is gone, and so is every process.</summary>
internal sealed class PowerCut : Fault
{
    public override string Name => "power";

    public override bool NeedsVolume => true;

    public override async Task<long> StrikeAsync(Site site, Town town, Random random, CancellationToken cancel)
    {
        await site.CutPowerAsync(cancel);
        var cut = Now;
        await site.Volume!.RestorePowerAsync(cancel);
        await site.ReviveAsync(cancel);
        return cut;
    }
}
