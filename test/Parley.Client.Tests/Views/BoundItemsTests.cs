using System.Collections.ObjectModel;
using System.Collections.Specialized;

namespace Parley.Client.Tests.Views;

/// <summary>A collection that is bound follows a list of values: with the same objects, and by changes that a list on a screen can follow.</summary>
public sealed class BoundItemsTests
{
    private readonly ObservableCollection<Item> _items = [];
    private readonly List<NotifyCollectionChangedEventArgs> _told = [];
    private readonly BoundItems<int, (int Key, string Text), Item> _bound;

    public BoundItemsTests()
    {
        _bound = new BoundItems<int, (int Key, string Text), Item>(_items, value => value.Key, value => new Item(value.Key) { Text = value.Text }, (item, value) => item.Text = value.Text);
        _items.CollectionChanged += (_, e) => _told.Add(e);
    }

    [Theory]
    [InlineData("1 2 3 4", "4 1 2 3")]
    [InlineData("1 2 3 4", "2 3 4 1")]
    [InlineData("1 2 3 4", "1 3 2 4")]
    [InlineData("1 2 3 4", "3 1 2 4")]
    [InlineData("1 2 3 4", "1 3 4 2")]
    public void One_that_rises_or_sinks_is_one_move(string before, string now)
    {
        Show(before);
        _told.Clear();
        Show(now);

        Assert.Equal(NotifyCollectionChangedAction.Move, Assert.Single(_told).Action);
        Assert.Equal(now, Shown());
    }

    [Theory]
    [InlineData("1 2 3", "0 1 2 3", NotifyCollectionChangedAction.Add)]
    [InlineData("1 2 3", "1 2 3 4", NotifyCollectionChangedAction.Add)]
    [InlineData("1 2 3", "1 3", NotifyCollectionChangedAction.Remove)]
    public void One_that_comes_or_goes_is_one_change(string before, string now, NotifyCollectionChangedAction action)
    {
        Show(before);
        _told.Clear();
        Show(now);

        Assert.Equal(action, Assert.Single(_told).Action);
        Assert.Equal(now, Shown());
    }

    [Fact]
    public void What_is_the_same_is_not_told_to_have_moved_and_has_what_became_of_it()
    {
        Show("1 2 3");
        var second = _items[1];
        _told.Clear();
        _bound.Show([(1, "one"), (2, "new"), (3, "three")]);

        Assert.Empty(_told);
        Assert.Same(second, _items[1]);
        Assert.Equal("new", second.Text);
    }

    [Fact]
    public void Whatever_follows_what_is_told_ends_as_the_list_itself_with_the_same_objects()
    {
        var random = new Random(4);
        var (mirror, known) = (new List<Item>(), new Dictionary<int, Item>());
        _items.CollectionChanged += (_, e) =>
        {
            switch (e.Action)
            {
                case NotifyCollectionChangedAction.Add:
                    mirror.Insert(e.NewStartingIndex, (Item)e.NewItems![0]!);
                    break;
                case NotifyCollectionChangedAction.Remove:
                    Assert.Same(mirror[e.OldStartingIndex], e.OldItems![0]);
                    mirror.RemoveAt(e.OldStartingIndex);
                    break;
                case NotifyCollectionChangedAction.Move:
                    Assert.Same(mirror[e.OldStartingIndex], e.OldItems![0]);
                    mirror.RemoveAt(e.OldStartingIndex);
                    mirror.Insert(e.NewStartingIndex, (Item)e.NewItems![0]!);
                    break;
                default:
                    Assert.Fail($"It was told as {e.Action}.");
                    break;
            }
        };
        for (var round = 0; round < 2_000; round++)
        {
            var values = Enumerable.Range(0, 12).OrderBy(_ => random.Next()).Take(random.Next(13)).Select(key => (key, $"{round}")).ToList();
            _bound.Show(values);

            Assert.Equal(values, _items.Select(item => (item.Key, item.Text)));
            Assert.Equal(_items, mirror);
            foreach (var item in _items.Where(item => known.ContainsKey(item.Key))) Assert.Same(known[item.Key], item);
            known = _items.ToDictionary(item => item.Key);
        }
    }

    private void Show(string keys) => _bound.Show([.. keys.Split(' ').Select(key => (int.Parse(key), key))]);

    private string Shown() => string.Join(' ', _items.Select(item => item.Key));

    private sealed class Item(int key)
    {
        public int Key => key;

        public string Text { get; set; } = "";
    }
}
