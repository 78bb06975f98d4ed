using System.Diagnostics;
using Parley.Bench;

namespace Parley.Chaos;

/// <summary>Something that happens to a server while everybody sends.</summary>
internal abstract class Fault
{
    /// <summary>How it is asked for and reported.</summary>
    public abstract string Name { get; }

    /// <summary>Whether its file system must be one that can be taken away.</summary>
    public virtual bool NeedsVolume => false;

    /// <summary>Whether the server must see a clock that can be set.</summary>
    public virtual bool NeedsClock => false;

    /// <summary>Whether strace must be able to watch processes.</summary>
    public virtual bool NeedsTracer => false;

    public virtual bool Concerns(Engine engine) => true;

    /// <summary>Does it, and brings everything back: when it returns, the server can serve again.</summary>
    /// <returns>From when on it could have: the moment of a kill, of the room on the disk. In ticks of the run's clock.</returns>
    public abstract Task<long> StrikeAsync(Site site, Town town, Random random, CancellationToken cancel);

    public sealed override string ToString() => Name;

    protected static long Now => Stopwatch.GetTimestamp();

    /// <summary>A time between the shortest and the longest.</summary>
    protected static TimeSpan Between(Random random, TimeSpan shortest, TimeSpan longest) => shortest + random.NextDouble() * (longest - shortest);
}
