using System.Diagnostics;

namespace Parley.Chaos;

/// <summary>When one reader of a conversation says how far it got.</summary>
internal sealed class DueReceipts
{
    private const int LateReceipt = 4;
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(250);

    private long _said;
    private long _saidAt;
    private int _count;

    /// <summary>A new connection says all of it again.</summary>
    public void Forget() => _said = 0;

    /// <summary>Up to where to say next that everything was delivered or read: what is new, now and then; null for nothing. Every fourth time something old, as another device would that was away.</summary>
    public long? Next(long position, long now)
    {
        if (position <= _said || Stopwatch.GetElapsedTime(_saidAt, now) < Between) return null;
        _saidAt = now;
        if (++_count % LateReceipt == 0) return Math.Max(1, _said / 2);
        _said = position;
        return position;
    }
}
