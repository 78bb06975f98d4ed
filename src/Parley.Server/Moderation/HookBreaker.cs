namespace Parley.Moderation;

/// <summary>Leaves a hook alone that does not answer: after many failures in a row nobody waits for it for a while, then one message tries.</summary>
internal sealed class HookBreaker(TimeProvider clock)
{
    /// <summary>After how many failures in a row.</summary>
    public const int Failures = 20;

    /// <summary>For how long.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private int _failures;
    private long _since;

    /// <summary>Whether the hook may be asked now. Of those who come after its rest the first tries, and the others go on as if it still rested until his answer is there.</summary>
    public bool MayAsk()
    {
        lock (_gate)
        {
            if (_failures < Failures) return true;
            if (clock.GetElapsedTime(_since) < Rest) return false;
            _since = clock.GetTimestamp();
            return true;
        }
    }

    public void Answered()
    {
        lock (_gate) _failures = 0;
    }

    public void Failed()
    {
        lock (_gate)
        {
            if (++_failures >= Failures) _since = clock.GetTimestamp();
        }
    }
}
