namespace Parley.Chaos;

/// <summary>The server's wall clock is set an hour ahead, then two hours back, then a day ahead, and then right. Those who sign its tokens have the same clock.</summary>
internal sealed class ClockJump : Fault
{
    private static readonly TimeSpan Load = TimeSpan.FromMilliseconds(300);

    // Load is enough for a thousand of them; the other is for a machine that is busy. How long nothing was acknowledged is the verdict's to judge.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan[] Ahead = [TimeSpan.FromHours(1), TimeSpan.FromHours(-2), TimeSpan.FromHours(25), TimeSpan.Zero];

    public override string Name => "clock";

    public override bool NeedsClock => true;

    public override async Task<long> StrikeAsync(Site site, Town town, Random random, CancellationToken cancel)
    {
        var jumped = Now;
        foreach (var ahead in Ahead)
        {
            site.Clock!.Set(ahead);
            site.Tokens.Ahead = ahead;
            await Task.Delay(FakeClock.Delay, TimeProvider.System, cancel);
            var acknowledged = town.Acknowledged;
            await Task.Delay(Load, TimeProvider.System, cancel);
            await site.Problems.UntilAsync(() => town.Acknowledged > acknowledged, Patience, $"something is acknowledged with the clock {ahead} ahead", cancel);
            jumped = Now;
        }

        site.ServerMustRun("when its clock was set");
        return jumped;
    }
}
