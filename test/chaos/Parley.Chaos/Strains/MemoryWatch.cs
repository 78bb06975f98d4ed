using Parley.Bench;

namespace Parley.Chaos;

/// <summary>Looks at the memory of a process several times a second until it is stopped.</summary>
internal sealed class MemoryWatch : IDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(200);

    private readonly Timer _timer;
    private readonly int _process;
    private long _mostKb;

    public MemoryWatch(int process)
    {
        _process = process;
        _timer = new Timer(_ => Look(), state: null, TimeSpan.Zero, Every);
    }

    /// <summary>The most that was in RAM at any look.</summary>
    public long MostKb => Interlocked.Read(ref _mostKb);

    public void Stop() => _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        try
        {
            var now = ProcessTree.ResidentKb(_process);
            if (now > MostKb) Interlocked.Exchange(ref _mostKb, now);
        }
        catch (Exception ended) when (ended is IOException or InvalidOperationException)
        {
            // Nothing to look at any more.
        }
    }
}
