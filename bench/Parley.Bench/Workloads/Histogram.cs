namespace Parley.Bench;

/// <summary>Durations, each within 3 % of what it was. Written by one thread; read when that thread is done with it.</summary>
internal sealed class Histogram
{
    private const int Steps = 32;
    private const int StepBits = 5;
    private readonly int[] _counts = new int[Steps * 32];
    private long _total;

    public bool IsEmpty => _total == 0;

    public void Add(TimeSpan duration)
    {
        var micros = (uint)Math.Clamp(duration.Ticks / TimeSpan.TicksPerMicrosecond, 0, int.MaxValue);
        _counts[IndexOf(micros)]++;
        _total++;
    }

    /// <summary>The duration in milliseconds that a share of all stayed below or equalled; 0 when there are none.</summary>
    public double Percentile(double share)
    {
        var wanted = (long)Math.Ceiling(_total * share);
        long seen = 0;
        for (var i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= wanted && seen > 0) return MicrosOf(i) / 1_000;
        }

        return 0;
    }

    // Below 32 µs each has its own place; above, each doubling is cut into 32 steps.
    private static int IndexOf(uint micros)
    {
        if (micros < Steps) return (int)micros;
        var doubling = System.Numerics.BitOperations.Log2(micros) - StepBits;
        return (doubling + 1) * Steps + (int)(micros >> doubling) - Steps;
    }

    private static double MicrosOf(int index)
    {
        if (index < Steps) return index;
        var doubling = index / Steps - 1;
        return ((long)(index % Steps + Steps) << doubling) + (1L << doubling) / 2.0;
    }
}
