using System.Collections.Concurrent;

namespace Parley.Gateway;

/// <summary>How fast a bucket fills, and how much it holds.</summary>
internal readonly record struct Rate(double PerSecond, double Burst);

/// <summary>A token bucket that starts full. Not safe for several threads: its owner locks.</summary>
internal struct TokenBucket(Rate rate, TimeProvider clock)
{
    private double _tokens = rate.Burst;
    private long _filledAt = clock.GetTimestamp();

    /// <summary>Takes <paramref name="tokens"/>; or takes nothing, and answers how long until there are as many.</summary>
    public TimeSpan? TakeOrWait(double tokens)
    {
        Fill();
        if (_tokens >= tokens)
        {
            _tokens -= tokens;
            return null;
        }

        return TimeSpan.FromSeconds((Math.Min(tokens, rate.Burst) - _tokens) / rate.PerSecond);
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

/// <summary>A token bucket for each key. A key that has been quiet until its bucket was full takes no memory.</summary>
internal sealed class Buckets<TKey>(Rate rate, TimeProvider clock)
    where TKey : notnull
{
    private readonly ConcurrentDictionary<TKey, Bucket> _buckets = new();

    public int Count => _buckets.Count;

    /// <summary>Takes a token of the key; null, or how long until there is one.</summary>
    public TimeSpan? TakeOrWait(TKey key)
    {
        while (true)
        {
            var bucket = _buckets.GetOrAdd(key, static (_, owner) => new Bucket(owner.Rate, owner.Clock), (Rate: rate, Clock: clock));
            lock (bucket)
            {
                if (!bucket.IsForgotten) return bucket.Tokens.TakeOrWait(1);
            }
        }
    }

    /// <summary>Puts back a token that was taken and not used.</summary>
    public void Return(TKey key)
    {
        if (!_buckets.TryGetValue(key, out var bucket)) return;
        lock (bucket)
        {
            bucket.Tokens.Return(1);
        }
    }

    /// <summary>Forgets the keys whose buckets are full.</summary>
    public void Prune()
    {
        foreach (var (key, bucket) in _buckets)
        {
            lock (bucket)
            {
                if (!bucket.Tokens.IsFull()) continue;
                bucket.IsForgotten = true;
                _buckets.TryRemove(key, out _);
            }
        }
    }

    private sealed class Bucket(Rate rate, TimeProvider clock)
    {
        public TokenBucket Tokens = new(rate, clock);

        /// <summary>Somebody who found it before it was forgotten must look again.</summary>
        public bool IsForgotten { get; set; }
    }
}
