namespace Parley;

/// <summary>The only way Parley reads the clock.</summary>
public static class ClockExtensions
{
    /// <summary>Now, in the precision Parley stores, so that what a caller is told equals what it later reads.</summary>
    public static DateTimeOffset Now(this TimeProvider clock) =>
        DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds());
}
