using System.Collections.Specialized;
using System.ComponentModel;

namespace ViewModelConsole;

/// <summary>Binds to a collection as a list on a screen does: follows which items come, go and move, and what becomes of each. Prints all of it.</summary>
internal sealed class Screen<T>(string name, IReadOnlyList<T> items, Func<T, string> line)
    where T : INotifyPropertyChanged
{
    private readonly Dictionary<T, string> _lines = [];

    public void Show()
    {
        foreach (var item in items) Add(item);
        ((INotifyCollectionChanged)items).CollectionChanged += (_, e) => Follow(e);
    }

    private void Follow(NotifyCollectionChangedEventArgs e)
    {
        if (e.Action == NotifyCollectionChangedAction.Move)
        {
            Console.WriteLine($"{name}: {e.OldStartingIndex + 1} is now {e.NewStartingIndex + 1}: {line((T)e.NewItems![0]!)}");
            return;
        }

        foreach (T item in e.OldItems ?? Array.Empty<T>()) Remove(item);
        foreach (T item in e.NewItems ?? Array.Empty<T>()) Add(item);
    }

    private void Add(T item)
    {
        _lines[item] = line(item);
        item.PropertyChanged += Changed;
        Console.WriteLine($"{name}: + {_lines[item]}");
    }

    private void Remove(T item)
    {
        _lines.Remove(item);
        item.PropertyChanged -= Changed;
        Console.WriteLine($"{name}: - {line(item)}");
    }

    private void Changed(object? sender, PropertyChangedEventArgs e)
    {
        var item = (T)sender!;
        if (line(item) is var now && now == _lines[item]) return;
        Console.WriteLine($"{name}: {_lines[item] = now}");
    }
}
