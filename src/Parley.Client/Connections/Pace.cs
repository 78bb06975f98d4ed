namespace Parley.Client;

/// <summary>How fast the client reads on its own account: a burst, then a steady pace that stays under a server's limit of requests.</summary>
/// <remarks>A long catch-up at full speed would be cut off by that limit again and again, and take longer.</remarks>
internal sealed class Pace(TimeProvider clock)
{
    private const double Burst = 30;
    private const double PerSecond = 15;

    private readonly Lock _gate = new();
    private double _tokens = Burst;
    private long _at = clock.GetTimestamp();

    /// <summary>Completes when it is this caller's turn.</summary>
    public Task TurnAsync()
    {
        var wait = Take();
        return wait > TimeSpan.Zero ? Task.Delay(wait, clock) : Task.CompletedTask;
    }

    /// <summary>Takes a turn and answers how long it is until then.</summary>
    internal TimeSpan Take()
    {
        lock (_gate)
        {
            var now = clock.GetTimestamp();
            _tokens = Math.Min(Burst, _tokens + (clock.GetElapsedTime(_at, now).TotalSeconds * PerSecond)) - 1;
            _at = now;
            return _tokens >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-_tokens / PerSecond);
        }
    }
}
