namespace Parley.Content;

/// <summary>An upload could not be written to disk: not its sender's doing, unlike whatever else interrupts him.</summary>
internal sealed class StagingFailed(IOException cause) : Exception(cause.Message, cause)
{
    private const int NoSpace = 28;
    private const int OverDiskQuota = 122;
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    /// <summary>Whether there was no room.</summary>
    public bool IsFull => cause.HResult is NoSpace or OverDiskQuota or WindowsDiskFull;

    /// <summary>Whether what was written before cannot be relied on either.</summary>
    public bool IsLost => !IsFull && cause is not StoreUnavailable;

    /// <summary>What to tell him.</summary>
    public Refusal Refusal =>
        IsFull ? Refusals.StorageFull.After(TimeSpan.FromSeconds(10))
        : cause is StoreUnavailable ? Refusals.Unavailable.After(TimeSpan.FromSeconds(1))
        : Refusals.Internal;
}
