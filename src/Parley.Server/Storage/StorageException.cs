namespace Parley.Storage;

/// <summary>What a failing database means for the request that met it.</summary>
internal enum StorageFailure
{
    /// <summary>It cannot be reached; nothing of this attempt was recorded.</summary>
    Unavailable,

    /// <summary>It did not say whether it committed.</summary>
    CommitUnknown,

    /// <summary>It was busy with somebody else's locks; the same again will do.</summary>
    Conflict,

    /// <summary>No space left.</summary>
    Full,

    /// <summary>It may have lost what it had acknowledged: nothing can be promised any more.</summary>
    Fatal,

    /// <summary>It refuses this statement: a bug of ours.</summary>
    Rejected,
}

/// <summary>The database failed, in words that do not depend on the engine.</summary>
internal sealed class StorageException(StorageFailure failure, string message, Exception inner) : Exception(message, inner)
{
    public StorageFailure Failure => failure;

    /// <summary>What to tell the client.</summary>
    public Refusal Refusal => failure switch
    {
        StorageFailure.Unavailable or StorageFailure.Conflict or StorageFailure.Fatal => Refusals.Unavailable.After(TimeSpan.FromSeconds(1)),
        StorageFailure.CommitUnknown => Refusals.OutcomeUnknown.After(TimeSpan.FromSeconds(1)),
        StorageFailure.Full => Refusals.StorageFull.After(TimeSpan.FromSeconds(10)),
        _ => Refusals.Internal,
    };
}
