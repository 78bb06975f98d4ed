using System.Collections.Concurrent;
using Parley.Delivery;

namespace Parley.Gateway;

/// <summary>A token bucket for each key. A key that has been quiet until its bucket was full takes no memory.</summary>
internal sealed class Buckets<TKey>(Rate rate, TimeProvider clock)
    where TKey : notnull
{
    private readonly ConcurrentDictionary<TKey, Bucket> _buckets = new();

    public int Count => _buckets.Count;

    /// <summary>Takes a token of the key; null, or how long until there is one.</summary>
    public TimeSpan? TakeOrWait(TKey key) => TakeOrWait(key, count: 1);

    /// <summary>Takes several for one thing (<see cref="TokenBucket.TakeManyOrWait"/>); null, or how long until there are enough.</summary>
    public TimeSpan? TakeOrWait(TKey key, int count)
    {
        while (true)
        {
            var bucket = _buckets.GetOrAdd(key, static (_, owner) => new Bucket(owner.Rate, owner.Clock), (Rate: rate, Clock: clock));
            lock (bucket)
            {
                if (!bucket.IsForgotten) return count == 1 ? bucket.Tokens.TakeOrWait(1) : bucket.Tokens.TakeManyOrWait(count);
            }
        }
    }

    /// <summary>Puts back a token that was taken and not used.</summary>
    public void Return(TKey key, int count = 1)
    {
        if (!_buckets.TryGetValue(key, out var bucket)) return;
        lock (bucket)
        {
            bucket.Tokens.Return(count);
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
