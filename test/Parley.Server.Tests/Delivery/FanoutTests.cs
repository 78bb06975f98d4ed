using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Parley.Delivery;
using Parley.Storage;

namespace Parley.Tests.Delivery;

public class FanoutTests
{
    private static readonly AppId App = new(1);
    private static readonly ConversationKey Books = new(App, ConversationId.New());
    private static readonly UserId Bob = new("bob");

    private readonly Subscriptions _subscriptions = new();
    private readonly TaskCompletionSource<IReadOnlyList<PublishedEntry>> _missing = new();
    private readonly OutboundQueue _queue = new(OutboundBounds.Default);

    private Fanout Fanout => field ??= Reading((_, _) => _missing.Task);

    [Fact]
    [Trait("Row", "G18")]
    public void A_removal_while_nobody_else_is_connected_outlives_a_slower_read_of_the_conversations()
    {
        var bob = Connect();
        Fanout.Publish(Entry(5) with { Leaving = [Bob] });
        _subscriptions.Follow(bob, [Books.Conversation]);

        Fanout.Publish(Entry(6));

        Assert.Equal("", Received());
    }

    [Fact]
    public void Somebody_added_again_while_a_gap_is_being_read_receives_on()
    {
        var bob = Connect();
        _subscriptions.Follow(bob, [Books.Conversation]);
        ConnectCarol();

        Fanout.Publish(Entry(1));
        Fanout.Publish(Entry(3));
        Fanout.Publish(Entry(4) with { Leaving = [Bob] });
        Fanout.Publish(Entry(5) with { Joining = [Bob] });
        _missing.SetResult([Entry(2)]);
        Fanout.Publish(Entry(6));

        Assert.Equal("1 2 3 4 5 6", Received());
    }

    [Fact]
    [Trait("Row", "G4")]
    public void What_comes_late_while_a_gap_is_being_read_is_not_offered_again()
    {
        var bob = Connect();
        _subscriptions.Follow(bob, [Books.Conversation]);

        Fanout.Publish(Entry(2));
        Fanout.Publish(Entry(5));
        Fanout.Publish(Entry(1));
        Fanout.Publish(Entry(4));
        Fanout.Publish(Entry(6));
        _missing.SetResult([Entry(3), Entry(4)]);

        Assert.Equal("2 3 4 5 6", Received());
    }

    [Fact]
    [Trait("Row", "G18")]
    public async Task A_removal_in_a_gap_takes_effect_although_reading_it_fails_at_first()
    {
        _subscriptions.Follow(Connect(), [Books.Conversation]);
        var carols = ConnectCarol();
        var failure = new TaskCompletionSource<IReadOnlyList<PublishedEntry>>();
        var reads = new Queue<Task<IReadOnlyList<PublishedEntry>>>([failure.Task, _missing.Task]);
        var askedAgain = new TaskCompletionSource();
        var fanout = Reading((_, _) =>
        {
            var read = reads.Dequeue();
            if (reads.Count == 0) askedAgain.SetResult();
            return read;
        });

        fanout.Publish(Entry(1));
        fanout.Publish(Entry(3));
        failure.SetException(new IOException("planted"));
        fanout.Publish(Entry(4));
        var whileBehind = Received(carols);
        await askedAgain.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);
        _missing.SetResult([Entry(2) with { Leaving = [Bob] }]);
        var carolsRest = await ReceivedAsync(carols, 3);

        Assert.Equal("1", whileBehind);
        Assert.Equal("2 3 4", carolsRest);
        Assert.Equal("1 2", Received());
    }

    [Fact]
    [Trait("Row", "G18")]
    public void Who_is_added_while_a_gap_is_being_read_receives_nothing_from_before()
    {
        _subscriptions.Follow(Connect(), []);
        var carols = ConnectCarol();

        Fanout.Publish(Entry(1));
        Fanout.Publish(Entry(3));
        Fanout.Publish(Entry(4) with { Joining = [Bob] });
        _missing.SetResult([Entry(2)]);

        Assert.Equal("1 2 3 4", Received(carols));
        Assert.Equal("4", Received());
    }

    [Fact]
    [Trait("Row", "G4")]
    public void A_gap_of_several_pages_is_read_page_by_page()
    {
        _subscriptions.Follow(Connect(), [Books.Conversation]);
        var asked = new List<(long, long)>();
        var fanout = Reading((after, before) =>
        {
            asked.Add((after, before));
            IReadOnlyList<PublishedEntry> page = [.. Enumerable.Range((int)after + 1, (int)Math.Min(2, before - after - 1)).Select(place => Entry(place))];
            return Task.FromResult(page);
        });

        fanout.Publish(Entry(1));
        fanout.Publish(Entry(7));

        Assert.Equal("1 2 3 4 5 6 7", Received());
        Assert.Equal([(1, 7), (3, 7), (5, 7)], asked);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Of_what_comes_while_a_gap_is_being_read_only_so_much_is_kept_and_the_rest_is_read(int beyond)
    {
        _subscriptions.Follow(Connect(), [Books.Conversation]);
        var asked = new List<(long, long)>();
        var fanout = Reading((after, before) =>
        {
            asked.Add((after, before));
            return asked.Count == 1 ? _missing.Task : Task.FromResult<IReadOnlyList<PublishedEntry>>([Entry(before - 1)]);
        });
        var last = 2 + Fanout.MaxAhead + beyond;

        fanout.Publish(Entry(1));
        for (var place = 3; place <= last; place++) fanout.Publish(Entry(place));
        _missing.SetResult([Entry(2)]);

        Assert.Equal(string.Join(' ', Enumerable.Range(1, last)), Received());
        Assert.Equal(beyond == 0 ? [(1, 3)] : [(1, 3), (last - 1, last + 1)], asked);
    }

    [Fact]
    [Trait("Row", "G18")]
    public void A_gap_is_given_up_when_nobody_follows_and_a_removal_behind_it_still_takes_effect()
    {
        var (carol, bob) = (Subscriber("carol", new OutboundQueue(OutboundBounds.Default)), Connect());
        _subscriptions.Register(carol);
        _subscriptions.Follow(carol, [Books.Conversation]);
        var reads = 0;
        var fanout = Reading((_, _) =>
        {
            reads++;
            return _missing.Task;
        });

        fanout.Publish(Entry(1));
        fanout.Publish(Entry(5));
        fanout.Publish(Entry(6) with { Leaving = [Bob] });
        _subscriptions.Unregister(carol);
        _missing.SetResult([Entry(2)]);
        _subscriptions.Follow(bob, [Books.Conversation]);
        fanout.Publish(Entry(7));

        Assert.Equal("", Received());
        Assert.Equal(1, reads);
    }

    [Fact]
    public void What_the_log_no_longer_keeps_holds_nothing_up()
    {
        _subscriptions.Follow(Connect(), [Books.Conversation]);

        Fanout.Publish(Entry(1));
        Fanout.Publish(Entry(5));
        _missing.SetResult([]);
        Fanout.Publish(Entry(6));

        Assert.Equal("1 5 6", Received());
    }

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private Fanout Reading(Func<long, long, Task<IReadOnlyList<PublishedEntry>>> read) =>
        new(_subscriptions, (_, after, before, _) => new(read(after.Value, before.Value)), TimeProvider.System, NullLogger<Fanout>.Instance);

    private OutboundQueue ConnectCarol()
    {
        var queue = new OutboundQueue(OutboundBounds.Default);
        var carol = Subscriber("carol", queue);
        _subscriptions.Register(carol);
        _subscriptions.Follow(carol, [Books.Conversation]);
        return queue;
    }

    private Subscriber Connect()
    {
        var bob = Subscriber("bob", _queue);
        _subscriptions.Register(bob);
        return bob;
    }

    private static Subscriber Subscriber(string user, OutboundQueue queue) =>
        new(new UserKey(App, new UserId(user)), new DeviceId("phone"), Receives.Everything, queue);

    private static PublishedEntry Entry(long sequence) =>
        new(new EncodedEntry(Books, new Sequence(sequence), DateTimeOffset.UnixEpoch, "{}"u8.ToArray()));

    private static async Task<string> ReceivedAsync(OutboundQueue queue, int count)
    {
        var received = new List<string>();
        while (received.Count < count)
        {
            await queue.WaitAsync().AsTask().WaitAsync(Patience, TestContext.Current.CancellationToken);
            received.AddRange(Received(queue).Split(' '));
        }

        return string.Join(' ', received);
    }

    private string Received() => Received(_queue);

    /// <summary>The sequences of what waits, frame by frame.</summary>
    private static string Received(OutboundQueue queue)
    {
        var sequences = new List<long>();
        byte[]? buffer = null;
        for (var frame = queue.Take(ref buffer); !frame.IsEmpty; frame = queue.Take(ref buffer))
        {
            using var json = JsonDocument.Parse(Encoding.UTF8.GetString(frame.Span));
            var items = json.RootElement.ValueKind == JsonValueKind.Array ? json.RootElement.EnumerateArray().ToArray() : [json.RootElement];
            sequences.AddRange(items.Select(item => item.GetProperty("params").GetProperty("sequence").GetInt64()));
        }

        return string.Join(' ', sequences);
    }
}
