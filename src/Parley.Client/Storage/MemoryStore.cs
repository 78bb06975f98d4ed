namespace Parley.Client;

/// <summary>A store that lives as long as it is kept: for tests, and for programs that must leave nothing on the device. A client that is made anew with the same one goes on where the last one ended.</summary>
public sealed class MemoryStore : LocalStore
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<LocalKey, ReadOnlyMemory<byte>> _records = new(LocalKeyOrder.Instance);
    private bool _isOpen;

    /// <inheritdoc/>
    public override ValueTask OpenAsync(CancellationToken cancel = default)
    {
        lock (_gate) _isOpen = true;
        return default;
    }

    /// <inheritdoc/>
    public override ValueTask<IReadOnlyList<LocalRecord>> ReadAsync(LocalRange range, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(range);
        lock (_gate)
        {
            ThrowUnlessOpen();
            var found = _records.Where(record =>
                record.Key.Kind == range.Kind && (range.Scope is null || record.Key.Scope == range.Scope) && record.Key.Number > range.After && record.Key.Number < range.Before);
            if (range.Order == LocalOrder.Descending) found = found.Reverse();
            return new ValueTask<IReadOnlyList<LocalRecord>>([.. found.Take(range.Limit).Select(record => new LocalRecord(record.Key, record.Value))]);
        }
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(IReadOnlyList<LocalChange> changes, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(changes);
        cancel.ThrowIfCancellationRequested();
        lock (_gate)
        {
            ThrowUnlessOpen();
            foreach (var (key, value) in changes)
            {
                // A copy: the caller may use his bytes again.
                if (value is { } bytes) _records[key] = bytes.ToArray();
                else _records.Remove(key);
            }
        }

        return default;
    }

    /// <summary>Ends the use of it; what is in it stays, for the next who opens it.</summary>
    public override ValueTask DisposeAsync()
    {
        lock (_gate) _isOpen = false;
        return default;
    }

    private void ThrowUnlessOpen()
    {
        if (!_isOpen) throw new LocalStoreException(LocalStoreFailure.Unavailable, "The store is not open.");
    }

    /// <summary>By bytes, as a database orders them: the language of the device has no say.</summary>
    private sealed class LocalKeyOrder : IComparer<LocalKey>
    {
        public static readonly LocalKeyOrder Instance = new();

        public int Compare(LocalKey one, LocalKey other)
        {
            var kind = string.CompareOrdinal(one.Kind, other.Kind);
            if (kind != 0) return kind;
            var scope = string.CompareOrdinal(one.Scope, other.Scope);
            return scope != 0 ? scope : one.Number.CompareTo(other.Number);
        }
    }
}
