namespace Parley.Client;

/// <summary>What a <see cref="SqliteStore"/> does with what it keeps.</summary>
public sealed class SqliteStoreOptions
{
    /// <summary>
    /// Makes of a record's value what stands in the file, as by a cipher whose key the system's key chain has. The key of the record may be authenticated with it. Called on the thread of who writes, several at a time. As it is unless set.
    /// Keys stand in the file as they are: ids of conversations, and numbers.
    /// </summary>
    public Func<LocalKey, ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> Protect { get; init; } = (_, plain) => plain;

    /// <summary>The reverse of <see cref="Protect"/>. What it throws is told as <see cref="LocalStoreFailure.Unavailable"/>.</summary>
    public Func<LocalKey, ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> Unprotect { get; init; } = (_, kept) => kept;

    /// <summary>The most bytes that the file may have, besides its log; more is refused as <see cref="LocalStoreFailure.Full"/>. At least 64 KiB. Without end unless set.</summary>
    public long? MaxBytes { get; init; }
}
