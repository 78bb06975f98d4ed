namespace Parley.Client;

/// <summary>A store that lives as long as it is kept: for tests, and for programs that must leave nothing on the device. A client that is made anew with the same one goes on where the last one ended.</summary>
public sealed class MemoryStore : LocalStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, SortedDictionary<string, SortedList<long, ReadOnlyMemory<byte>>>> _records = new(StringComparer.Ordinal);
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
            var scopes = ScopesOf(range);
            if (range.Order == LocalOrder.Descending) scopes = scopes.Reverse();
            return new ValueTask<IReadOnlyList<LocalRecord>>([.. scopes.SelectMany(scope => In(range, scope.Key, scope.Value)).Take(range.Limit)]);
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
            foreach (var change in changes)
            {
                if (change.Erased is { } range) Erase(range);
                // A copy: the caller may use his bytes again.
                else if (change.Value is { } bytes) Numbers(change.Key)[change.Key.Number] = bytes.ToArray();
                else Erase(new LocalRange(change.Key.Kind, change.Key.Scope) { After = change.Key.Number - 1, Before = change.Key.Number + 1 });
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

    private static IEnumerable<LocalRecord> In(LocalRange range, string scope, SortedList<long, ReadOnlyMemory<byte>> numbers)
    {
        var found = Indexes(range, numbers);
        if (range.Order == LocalOrder.Descending) found = found.Reverse();
        return found.Select(index => new LocalRecord(new LocalKey(range.Kind, scope, numbers.GetKeyAtIndex(index)), numbers.GetValueAtIndex(index)));
    }

    /// <summary>Where the numbers of a range are.</summary>
    private static IEnumerable<int> Indexes(LocalRange range, SortedList<long, ReadOnlyMemory<byte>> numbers)
    {
        var (first, end) = (FirstWhere(key => key > range.After), FirstWhere(key => key >= range.Before));
        var count = Math.Min(Math.Max(0, end - first), range.Limit);
        return Enumerable.Range(range.Order == LocalOrder.Ascending ? first : end - count, count);

        int FirstWhere(Func<long, bool> isBehind)
        {
            var (low, high) = (0, numbers.Count);
            while (low < high)
            {
                var middle = (low + high) / 2;
                if (isBehind(numbers.GetKeyAtIndex(middle))) high = middle;
                else low = middle + 1;
            }

            return low;
        }
    }

    private IEnumerable<KeyValuePair<string, SortedList<long, ReadOnlyMemory<byte>>>> ScopesOf(LocalRange range)
    {
        if (!_records.TryGetValue(range.Kind, out var scopes)) yield break;
        if (range.Scope is { } only)
        {
            if (scopes.TryGetValue(only, out var numbers)) yield return KeyValuePair.Create(only, numbers);
            yield break;
        }

        foreach (var scope in scopes) yield return scope;
    }

    private SortedList<long, ReadOnlyMemory<byte>> Numbers(LocalKey key)
    {
        // By bytes, as a database orders them: the language of the device has no say.
        if (!_records.TryGetValue(key.Kind, out var scopes)) _records[key.Kind] = scopes = new(StringComparer.Ordinal);
        return scopes.TryGetValue(key.Scope, out var numbers) ? numbers : scopes[key.Scope] = [];
    }

    private void Erase(LocalRange range)
    {
        var all = range with { Limit = int.MaxValue, Order = LocalOrder.Descending };
        foreach (var (scope, numbers) in ScopesOf(all).ToArray())
        {
            foreach (var index in Indexes(all, numbers).Reverse().ToArray()) numbers.RemoveAt(index);
            if (numbers.Count == 0) _records[range.Kind].Remove(scope);
        }
    }

    private void ThrowUnlessOpen()
    {
        if (!_isOpen) throw new LocalStoreException(LocalStoreFailure.Unavailable, "The store is not open.");
    }
}
