namespace Parley.Delivery;

/// <summary>How fast a bucket fills, and how much it holds.</summary>
internal readonly record struct Rate(double PerSecond, double Burst);

/// <summary>A token bucket that starts full. Not safe for several threads: its owner locks.</summary>
internal struct TokenBucket(Rate rate, TimeProvider clock)
{
    private double _tokens = rate.Burst;
    private long _filledAt = clock.GetTimestamp();

    /// <summary>Takes <paramref name="tokens"/>; or takes nothing, and answers how long until there are as many.</summary>
    /// <param name="tokens">How many.</param>
    /// <param name="leaving">How many must be left for others.</param>
    public TimeSpan? TakeOrWait(double tokens, double leaving = 0)
    {
        Fill();
        if (_tokens >= tokens + leaving)
        {
            _tokens -= tokens;
            return null;
        }

        return TimeSpan.FromSeconds((Math.Min(tokens + leaving, rate.Burst) - _tokens) / rate.PerSecond);
    }

    /// <summary>Takes many for one thing, which may be more than there is room for: then it takes a full bucket, and leaves a debt.</summary>
    public TimeSpan? TakeManyOrWait(double tokens)
    {
        Fill();
        var needed = Math.Min(tokens, rate.Burst);
        if (_tokens < needed) return TimeSpan.FromSeconds((needed - _tokens) / rate.PerSecond);
        _tokens -= tokens;
        return null;
    }

    /// <summary>Puts back what was taken and not used.</summary>
    public void Return(double tokens) => _tokens = Math.Min(rate.Burst, _tokens + tokens);

    /// <summary>Whether it is as if it had never been used.</summary>
    public bool IsFull()
    {
        Fill();
        return _tokens >= rate.Burst;
    }

    private void Fill()
    {
        var now = clock.GetTimestamp();
        if (now <= _filledAt) return;
        _tokens = Math.Min(rate.Burst, _tokens + clock.GetElapsedTime(_filledAt, now).TotalSeconds * rate.PerSecond);
        _filledAt = now;
    }
}
