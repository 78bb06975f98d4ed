using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Parley.Conversations;
using Parley.Delivery;
using Parley.Storage;

namespace Parley.Tests.Conversations;

public sealed class RoomAnnouncerTests : IAsyncDisposable
{
    private static readonly ConversationKey Lobby = new(new AppId(1), ConversationId.New());
    private static readonly ConversationKey Bar = new(new AppId(1), ConversationId.New());

    private readonly Subscriptions _subscriptions = new();
    private readonly ManualClock _clock = new();
    private readonly RoomAnnouncer _announcer;
    private readonly OutboundQueue _queue = new(OutboundBounds.Default);
    private readonly Subscriber _alice;

    public RoomAnnouncerTests()
    {
        _announcer = new RoomAnnouncer(
            new Fanout(_subscriptions, (_, _, _, _) => new ValueTask<IReadOnlyList<PublishedEntry>>([]), _clock, NullLogger<Fanout>.Instance), _clock,
            NullLogger<RoomAnnouncer>.Instance);
        _alice = new Subscriber(new UserKey(Lobby.App, new UserId("alice")), new DeviceId("phone"), Receives.Everything, _queue);
        _subscriptions.Register(_alice);
        _subscriptions.Follow(_alice, [Lobby.Conversation, Bar.Conversation]);
    }

    public ValueTask DisposeAsync() => _announcer.DisposeAsync();

    [Fact]
    public void The_first_is_told_at_once_and_what_follows_within_a_second_together_as_it_ended()
    {
        Enters(Lobby, "bob", 2);
        Assert.Equal("lobby 2 +bob", Told());

        Enters(Lobby, "carol", 3);
        Enters(Lobby, "dave", 4);
        Leaves(Lobby, "carol", 3);
        Assert.Equal("", Told());
        Pass(1_000);
        Assert.Equal("lobby 3 +dave -carol", Told());

        Pass(1_000);
        Assert.Equal("", Told());
        Leaves(Lobby, "dave", 2);
        Assert.Equal("lobby 2 -dave", Told());
    }

    [Fact]
    public void A_room_is_told_once_in_a_second_however_soon_another_began()
    {
        Enters(Lobby, "bob", 2);
        Pass(900);
        Enters(Bar, "bob", 2);
        Enters(Bar, "carol", 3);
        Assert.Equal("lobby 2 +bob, bar 2 +bob", Told());

        Pass(999);
        Assert.Equal("", Told());
        Pass(1);
        Assert.Equal("bar 3 +carol", Told());
    }

    [Fact]
    public void Who_came_is_not_told_beside_his_answer_but_of_those_after_him()
    {
        _announcer.Announce(Lobby, _alice.User.User, VisitStep.Enter, 1, _alice);
        Enters(Lobby, "bob", 2);
        Assert.Equal("", Told());

        Pass(1_000);
        Assert.Equal("lobby 2 +bob", Told());
    }

    [Fact]
    public void Who_is_put_out_meanwhile_is_not_counted_by_what_is_told_after_it()
    {
        Enters(Lobby, "bob", 2);
        Pass(300);
        Enters(Lobby, "carol", 3);
        Pass(300);
        _announcer.PutOut(Lobby, [new UserId("carol")], 2);
        Assert.Equal("lobby 2 +bob", Told());

        // The entry itself says so; who folded it may have counted somebody out of whom he was never told.
        Pass(400);
        Assert.Equal("lobby 2 -carol", Told());

        // Somebody of whom all were told, a moment ago: what is told once more is right whether it was folded or not.
        _announcer.PutOut(Lobby, [new UserId("bob")], 1);
        Pass(1_000);
        Assert.Equal("lobby 1 -bob", Told());
    }

    [Fact]
    public void Where_nothing_was_told_for_a_second_the_entry_is_enough()
    {
        Enters(Lobby, "bob", 2);
        Pass(2_000);
        Assert.Equal("lobby 2 +bob", Told());

        _announcer.PutOut(Lobby, [new UserId("bob")], 1);
        Pass(2_000);
        Assert.Equal("", Told());
        Enters(Lobby, "carol", 2);
        Assert.Equal("lobby 2 +carol", Told());
    }

    private void Enters(ConversationKey room, string user, int count) => _announcer.Announce(room, new UserId(user), VisitStep.Enter, count);

    private void Leaves(ConversationKey room, string user, int count) => _announcer.Announce(room, new UserId(user), VisitStep.Exit, count);

    /// <summary>Moves the clock in steps, so that what is due on the way is not late.</summary>
    private void Pass(int milliseconds)
    {
        for (; milliseconds > 0; milliseconds--) _clock.Advance(TimeSpan.FromMilliseconds(1));
    }

    /// <summary>What alice was told since the last look, in order.</summary>
    private string Told()
    {
        var told = new List<string>();
        byte[]? buffer = null;
        for (var frame = _queue.Take(ref buffer); !frame.IsEmpty; frame = _queue.Take(ref buffer))
        {
            using var json = JsonDocument.Parse(frame);
            var items = json.RootElement.ValueKind == JsonValueKind.Array ? json.RootElement.EnumerateArray().ToArray() : [json.RootElement];
            told.AddRange(items.Select(item => item.GetProperty("params").Deserialize(ProtocolJson.Lenient.RoomChanged)!).Select(Line));
        }

        return string.Join(", ", told);

        static string Line(RoomChanged changed) => string.Join(
            ' ',
            [
                changed.Conversation == Lobby.Conversation ? "lobby" : "bar", $"{changed.ParticipantCount}",
                .. (changed.Joined ?? []).Select(user => $"+{user}"), .. (changed.Left ?? []).Select(user => $"-{user}"),
            ]);
    }
}
