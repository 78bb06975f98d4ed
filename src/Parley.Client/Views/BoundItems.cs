using System.Collections.ObjectModel;

namespace Parley.Client;

/// <summary>
/// Makes a collection that is bound to equal a list of values, by as few and as small changes as keep each object with what it stands for: what is gone is removed, what is new is inserted, what stands elsewhere is
/// moved, and what is the same is only told what became of it.
/// </summary>
/// <param name="items">The collection. Changed here only.</param>
/// <param name="keyOf">What a value is the same by: each at most once.</param>
/// <param name="make">Makes the object of a value.</param>
/// <param name="update">Tells an object what became of it.</param>
internal sealed class BoundItems<TKey, TValue, TItem>(ObservableCollection<TItem> items, Func<TValue, TKey> keyOf, Func<TValue, TItem> make, Action<TItem, TValue> update)
    where TKey : notnull
{
    private readonly List<TKey> _keys = [];
    private readonly Dictionary<TKey, TItem> _items = [];

    /// <summary>Makes the collection equal these values.</summary>
    public void Show(IReadOnlyList<TValue> values)
    {
        var keys = values.Select(keyOf).ToList();
        var wanted = keys.ToHashSet();
        for (var index = _keys.Count - 1; index >= 0; index--)
        {
            if (wanted.Contains(_keys[index])) continue;
            _items.Remove(_keys[index]);
            _keys.RemoveAt(index);
            items.RemoveAt(index);
        }

        for (var index = 0; index < values.Count; index++)
        {
            var (key, value) = (keys[index], values[index]);
            if (!_items.TryGetValue(key, out var item)) Insert(index, key, value);
            else
            {
                Bring(index, key, keys);
                update(item, value);
            }
        }
    }

    private void Insert(int index, TKey key, TValue value)
    {
        var item = make(value);
        _items[key] = item;
        _keys.Insert(index, key);
        items.Insert(index, item);
    }

    /// <summary>
    /// Puts what stands further down where it belongs. Where the one that stands there now is what went down, that one is moved instead: so one conversation that sinks is one move, and not one of each that rises.
    /// </summary>
    private void Bring(int index, TKey key, List<TKey> keys)
    {
        if (Same(_keys[index], key)) return;
        if (index + 1 < _keys.Count && Same(_keys[index + 1], key))
        {
            var place = keys.IndexOf(_keys[index], index);
            // What is new and is to stand above it is not there yet.
            var missing = 0;
            for (var above = index; above < place; above++) missing += _items.ContainsKey(keys[above]) ? 0 : 1;
            // Of two that change places the one that rises is told: it is what somebody looks for.
            if (place - missing > index + 1)
            {
                Move(index, place - missing);
                return;
            }
        }

        Move(_keys.IndexOf(key, index), index);
    }

    private void Move(int from, int to)
    {
        var key = _keys[from];
        _keys.RemoveAt(from);
        _keys.Insert(to, key);
        items.Move(from, to);
    }

    private static bool Same(TKey one, TKey other) => EqualityComparer<TKey>.Default.Equals(one, other);
}
