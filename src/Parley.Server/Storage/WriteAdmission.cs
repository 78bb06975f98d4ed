namespace Parley.Storage;

/// <summary>Whether more work is taken. Work is refused at the door or kept: nothing admitted is dropped (G24).</summary>
internal sealed class WriteAdmission(Journal journal, DiskSpace disk, StorageOptions options, TimeProvider clock)
{
    /// <summary>As <see cref="Check"/>, for what makes the database grow. Receipts do not, and go on while the disk is nearly full.</summary>
    public Refusal? CheckGrowth(int pending, long oldest) =>
        disk.IsLow() ? Refusals.StorageFull.After(TimeSpan.FromSeconds(10)) : Check(pending, oldest);

    /// <summary>Why nothing more is taken now; null when there is room. Never waits.</summary>
    /// <param name="pending">What waits in the caller's own queue.</param>
    /// <param name="oldest">Since when the first of it waits; <see cref="long.MaxValue"/> when nothing does.</param>
    public Refusal? Check(int pending, long oldest = long.MaxValue)
    {
        oldest = Math.Min(oldest, journal.Oldest);
        var late = oldest != long.MaxValue && clock.GetElapsedTime(oldest) > options.MaxWait;
        return late || pending >= options.MaxPending || journal.Waiting >= options.MaxPending ? Refusals.Overloaded.After(options.MaxWait) : null;
    }
}
