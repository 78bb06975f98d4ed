namespace Parley.Chaos;

/// <summary>The server's wall clock is set an hour ahead, then two hours back, then a day ahead, and then right. Those who sign its tokens have the same clock.</summary>
internal sealed class ClockJump : Fault
{
    private static readonly TimeSpan Load = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan[] Ahead = [TimeSpan.FromHours(1), TimeSpan.FromHours(-2), TimeSpan.FromHours(25), TimeSpan.Zero];

    public override string Name => "clock";

    public override bool NeedsClock => true;

    public override async Task<long> StrikeAsync(Site site, Town town, Random random, CancellationToken cancel)
    {
        var jumped = Now;
        foreach (var ahead in Ahead)
        {
            var acknowledged = town.Acknowledged;
            site.Clock!.Set(ahead);
            site.Tokens.Ahead = ahead;
            await Task.Delay(FakeClock.Delay + Load, TimeProvider.System, cancel);
            if (town.Acknowledged == acknowledged) site.Problems.Add($"Nothing was acknowledged with the clock {ahead} ahead.");
            jumped = Now;
        }

        site.ServerMustRun("when its clock was set");
        return jumped;
    }
}
