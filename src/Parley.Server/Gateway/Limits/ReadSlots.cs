namespace Parley.Gateway;

/// <summary>How many reads are under way on the node. Further ones wait their turn for a moment; then they are refused, so that they cannot starve the sends.</summary>
internal sealed class ReadSlots
{
    /// <summary>How long a read waits for its turn. Who waits longer has better things to do than to hold memory here.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private readonly SemaphoreSlim _free;
    private readonly int _slots;
    private int _waiting;

    public ReadSlots(int slots) => (_slots, _free) = (slots, new SemaphoreSlim(slots));

    /// <summary>Reads that are under way or wait.</summary>
    public int Reads => _slots - _free.CurrentCount + Volatile.Read(ref _waiting);

    /// <summary>Takes a slot, which the caller gives back with <see cref="Leave"/>; false, and nothing taken, when none was free in time.</summary>
    public ValueTask<bool> EnterAsync(CancellationToken cancel) => _free.Wait(0, cancel) ? new ValueTask<bool>(true) : new ValueTask<bool>(WaitAsync(cancel));

    public void Leave() => _free.Release();

    private async Task<bool> WaitAsync(CancellationToken cancel)
    {
        Interlocked.Increment(ref _waiting);
        try
        {
            return await _free.WaitAsync(Patience, cancel);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }
}
