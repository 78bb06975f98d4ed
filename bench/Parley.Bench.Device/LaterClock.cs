namespace Parley.Bench.Device;

/// <summary>The clock of a device on which more time has passed.</summary>
internal sealed class LaterClock(TimeSpan later) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + later;
}
