namespace Parley.Client;

/// <summary>How long to wait before trying again: uniformly between nothing and min(30 s, 1 s · 2ⁿ), the so-called full jitter.</summary>
/// <remarks>
/// The count goes back to zero only when a connection held for 60 seconds: a server that accepts and drops would otherwise be
/// asked once a second by everybody.
/// </remarks>
internal sealed class Backoff(Func<double> uniform)
{
    public static readonly TimeSpan StableAfter = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(30);

    private int _attempt;

    /// <summary>The next wait; counts it.</summary>
    public TimeSpan Next() => Wait(_attempt++, uniform());

    /// <summary>Hears that a connection ended after having been open for <paramref name="open"/>.</summary>
    public void Ended(TimeSpan open)
    {
        if (open >= StableAfter) _attempt = 0;
    }

    /// <summary>The wait before retry <paramref name="attempt"/> (0 is the first), for a number drawn from [0, 1).</summary>
    public static TimeSpan Wait(int attempt, double drawn)
    {
        // Beyond 2⁵ the cap decides; without it the power would overflow.
        var most = attempt >= 5 ? Most : First * (1 << attempt);
        return most * drawn;
    }
}
