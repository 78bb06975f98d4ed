using System.Text;
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

    private Fanout Fanout => field ??= new Fanout(_subscriptions, (_, _, _, _) => new(_missing.Task), NullLogger<Fanout>.Instance);

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
        var carol = new Subscriber(new UserKey(App, new UserId("carol")), new DeviceId("phone"), Receives.Everything, new OutboundQueue(OutboundBounds.Default));
        _subscriptions.Register(carol);
        _subscriptions.Follow(carol, [Books.Conversation]);

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

    private Subscriber Connect()
    {
        var bob = new Subscriber(new UserKey(App, Bob), new DeviceId("phone"), Receives.Everything, _queue);
        _subscriptions.Register(bob);
        return bob;
    }

    private static PublishedEntry Entry(long sequence) =>
        new(new EncodedEntry(Books, new Sequence(sequence), DateTimeOffset.UnixEpoch, "{}"u8));

    private string Received()
    {
        byte[]? buffer = null;
        var frame = _queue.Take(ref buffer);
        if (frame.IsEmpty) return "";
        using var json = System.Text.Json.JsonDocument.Parse(Encoding.UTF8.GetString(frame.Span));
        var items = json.RootElement.ValueKind == System.Text.Json.JsonValueKind.Array ? json.RootElement.EnumerateArray().ToArray() : [json.RootElement];
        return string.Join(' ', items.Select(item => item.GetProperty("params").GetProperty("sequence").GetInt64()));
    }
}
