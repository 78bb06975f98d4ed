namespace Parley.Client.Tests.Connections;

public sealed class PaceTests
{
    [Fact]
    public void After_a_burst_turns_come_at_a_steady_pace()
    {
        var clock = new StoppedClock();
        var pace = new Pace(clock);

        Assert.All(Enumerable.Range(0, 30), _ => Assert.Equal(TimeSpan.Zero, pace.Take()));
        Assert.Equal(1 / 15.0, pace.Take().TotalSeconds, 3);
        Assert.Equal(2 / 15.0, pace.Take().TotalSeconds, 3);

        clock.Seconds = 10;
        Assert.All(Enumerable.Range(0, 30), _ => Assert.Equal(TimeSpan.Zero, pace.Take()));
        Assert.NotEqual(TimeSpan.Zero, pace.Take());
    }

    private sealed class StoppedClock : TimeProvider
    {
        public double Seconds { get; set; }

        public override long TimestampFrequency => 1_000;

        public override long GetTimestamp() => (long)(Seconds * 1_000);
    }
}
