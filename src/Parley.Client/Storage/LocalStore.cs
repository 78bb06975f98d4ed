namespace Parley.Client;

/// <summary>What a client keeps on its device between runs: small records, which only the SDK understands.</summary>
/// <remarks>
/// One client uses a store at a time. It opens it, and the program that made it disposes it, after the client. An implementation keeps three promises, on which nothing that the SDK says of messages can be true without:
/// what <see cref="WriteAsync"/> completed is there after a power cut; a write is there whole or not at all; and writes take effect in the order of the calls.
/// What was removed or replaced it also takes out of what it has on disk, soon, and at the latest when it is disposed: a message that was taken back is to be read nowhere.
/// </remarks>
public abstract class LocalStore : IAsyncDisposable
{
    /// <summary>Makes it usable. Called again it does nothing.</summary>
    /// <exception cref="LocalStoreException">Another process has it open, it is damaged, of a newer version, or cannot be reached.</exception>
    public abstract ValueTask OpenAsync(CancellationToken cancel = default);

    /// <summary>Records of a range, in ascending order of scope and number, or descending where the range says so. What was written before is in it.</summary>
    /// <exception cref="LocalStoreException">It could not be read, or was disposed.</exception>
    public abstract ValueTask<IReadOnlyList<LocalRecord>> ReadAsync(LocalRange range, CancellationToken cancel = default);

    /// <summary>Makes changes, all or none of them; completes when they are durable.</summary>
    /// <param name="changes">In this order: of two of one key the later counts.</param>
    /// <param name="cancel">Gives up before it began; what has begun is finished.</param>
    /// <exception cref="LocalStoreException">Nothing was changed.</exception>
    public abstract ValueTask WriteAsync(IReadOnlyList<LocalChange> changes, CancellationToken cancel = default);

    /// <summary>Finishes what was begun, and lets others open it. Called again it does nothing.</summary>
    public abstract ValueTask DisposeAsync();
}

/// <summary>Where a record stands.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Scope">What it belongs to, as a conversation; empty when it is to nothing in particular.</param>
/// <param name="Number">Its place there.</param>
public readonly record struct LocalKey(string Kind, string Scope, long Number);

/// <summary>What is kept.</summary>
/// <param name="Key">Where.</param>
/// <param name="Value">What; its form is the SDK's affair.</param>
public sealed record LocalRecord(LocalKey Key, ReadOnlyMemory<byte> Value);

/// <summary>A change of one record, or the end of many.</summary>
/// <param name="Key">Which.</param>
/// <param name="Value">What stands there afterwards; null for nothing.</param>
public sealed record LocalChange(LocalKey Key, ReadOnlyMemory<byte>? Value)
{
    /// <summary>Removes every record of a range; its limit and its order do not count.</summary>
    public static LocalChange Erase(LocalRange range)
    {
        ArgumentNullException.ThrowIfNull(range);
        return new LocalChange(new LocalKey(range.Kind, range.Scope ?? "", 0), null) { Erased = range };
    }

    /// <summary>The range that is removed; null where it is one record that changes, the one of <see cref="Key"/>.</summary>
    public LocalRange? Erased { get; private init; }
}

/// <summary>Which records are read.</summary>
/// <param name="Kind">Of this kind only.</param>
/// <param name="Scope">Of this scope only; null for all.</param>
public sealed record LocalRange(string Kind, string? Scope = null)
{
    /// <summary>Only numbers above this one.</summary>
    public long After { get; init; } = long.MinValue;

    /// <summary>Only numbers below this one.</summary>
    public long Before { get; init; } = long.MaxValue;

    /// <summary>At most so many; 0 or more.</summary>
    public int Limit
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    }
    = int.MaxValue;

    /// <summary>The highest first.</summary>
    public LocalOrder Order { get; init; }
}

/// <summary>In which order records are read.</summary>
public enum LocalOrder
{
    /// <summary>The lowest first.</summary>
    Ascending,

    /// <summary>The highest first.</summary>
    Descending,
}

/// <summary>What is wrong with a store.</summary>
public enum LocalStoreFailure
{
    /// <summary>Another client has it open, in this process or another. Two of them would send each other's messages.</summary>
    InUse,

    /// <summary>There is no room for what was to be written. It may be later.</summary>
    Full,

    /// <summary>It is no store, or something else changed it. Delete it: the server has all but what was never sent.</summary>
    Damaged,

    /// <summary>A later version of the SDK wrote it.</summary>
    Newer,

    /// <summary>What waits in it is another user's.</summary>
    OtherUser,

    /// <summary>It cannot be read or written: rights, a disk that fails, or it was disposed.</summary>
    Unavailable,
}

/// <summary>The store on the device failed. Nothing of what was asked was done.</summary>
public sealed class LocalStoreException : ParleyException
{
    /// <summary>For implementations of <see cref="LocalStore"/>.</summary>
    /// <param name="failure">What is wrong.</param>
    /// <param name="message">What happened, where, and what to do.</param>
    /// <param name="inner">The cause.</param>
    public LocalStoreException(LocalStoreFailure failure, string message, Exception? inner = null)
        : base(message, inner) => Failure = failure;

    /// <summary>What is wrong.</summary>
    public LocalStoreFailure Failure { get; }

    /// <summary>True where the same may go well later: somebody made room, or the other process ended.</summary>
    public override bool IsTransient => Failure is LocalStoreFailure.Full or LocalStoreFailure.InUse;

    /// <inheritdoc/>
    public override FailureReason Reason => FailureReason.Storage;

    /// <summary>What an app is told of whatever a store threw.</summary>
    internal static LocalStoreException Of(Exception failure) => failure as LocalStoreException ?? new LocalStoreException(LocalStoreFailure.Unavailable, $"The store failed: {failure.Message}", failure);
}
