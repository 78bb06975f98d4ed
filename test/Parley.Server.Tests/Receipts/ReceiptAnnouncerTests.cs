using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Parley.Delivery;
using Parley.Receipts;
using Parley.Storage;

namespace Parley.Tests.Receipts;

public sealed class ReceiptAnnouncerTests : IAsyncDisposable
{
    private static readonly ConversationKey Books = new(new AppId(1), ConversationId.New());
    private static readonly ConversationKey Films = new(new AppId(1), ConversationId.New());

    private readonly Subscriptions _subscriptions = new();
    private readonly HandClock _clock = new();
    private readonly ReceiptAnnouncer _announcer;
    private readonly OutboundQueue _queue = new(OutboundBounds.Default);
    private readonly Subscriber _alice;

    public ReceiptAnnouncerTests()
    {
        _announcer = new ReceiptAnnouncer(
            new Fanout(_subscriptions, (_, _, _, _) => new ValueTask<IReadOnlyList<PublishedEntry>>([]), _clock, NullLogger<Fanout>.Instance), _clock,
            NullLogger<ReceiptAnnouncer>.Instance);
        _alice = Connect("alice", _queue);
    }

    public ValueTask DisposeAsync() => _announcer.DisposeAsync();

    [Fact]
    public void The_first_movement_is_told_at_once_and_what_follows_within_half_a_second_once_and_as_the_furthest()
    {
        Moved(Books, "bob", 1);
        Assert.Equal("bob 1", Told());

        for (var sequence = 2; sequence <= 9; sequence++) Moved(Books, "bob", sequence);
        _clock.Pass(TimeSpan.FromMilliseconds(499));
        Assert.Equal("", Told());
        _clock.Pass(TimeSpan.FromMilliseconds(1));
        Assert.Equal("bob 9", Told());

        Moved(Books, "bob", 10);
        Assert.Equal("", Told());
        _clock.Pass(ReceiptAnnouncer.Interval);
        Assert.Equal("bob 10", Told());
    }

    [Fact]
    public void What_several_people_read_within_half_a_second_is_told_together()
    {
        Moved(Books, "bob", 1);
        Moved(Books, "carol", 1);
        Moved(Books, "bob", 2);
        Moved(Books, "carol", 2);
        Assert.Equal("bob 1", Told());

        _clock.Pass(ReceiptAnnouncer.Interval);

        Assert.Equal("bob 2, carol 2", string.Join(", ", Told().Split(", ").Order()));
    }

    [Fact]
    public void Conversations_do_not_wait_for_each_other_and_a_quiet_one_is_forgotten()
    {
        Moved(Books, "bob", 1);
        _clock.Pass(TimeSpan.FromMilliseconds(300));
        Moved(Films, "bob", 7);
        Moved(Films, "bob", 8);
        Assert.Equal("bob 1, bob 7", Told());

        _clock.Pass(TimeSpan.FromMilliseconds(200));
        Moved(Books, "bob", 2);
        Assert.Equal("bob 2", Told());
        _clock.Pass(TimeSpan.FromMilliseconds(300));
        Assert.Equal("bob 8", Told());
    }

    [Fact]
    public void Who_moved_the_cursor_is_not_told_unless_another_connection_moved_it_too()
    {
        _announcer.Announce(Row(Books, "alice", 1), _alice);
        _announcer.Announce(Row(Books, "alice", 2), _alice);
        _clock.Pass(ReceiptAnnouncer.Interval);
        Assert.Equal("", Told());

        _announcer.Announce(Row(Books, "alice", 3), _alice);
        _announcer.Announce(Row(Books, "alice", 4), Connect("alice", new OutboundQueue(OutboundBounds.Default)));
        _clock.Pass(ReceiptAnnouncer.Interval);
        Assert.Equal("alice 4", Told());
    }

    [Fact]
    public void Of_a_broadcast_only_the_users_own_other_devices_are_told()
    {
        var other = new OutboundQueue(OutboundBounds.Default);
        var carol = Connect("carol", other);

        foreach (var sequence in new[] { 1, 2 })
        {
            _announcer.Announce(Row(Books, "bob", sequence, ConversationKind.Broadcast), except: null);
            _announcer.Announce(Row(Books, "alice", sequence, ConversationKind.Broadcast), carol);
            _clock.Pass(ReceiptAnnouncer.Interval);
        }

        Assert.Equal("alice 1, alice 2", Told());
        byte[]? buffer = null;
        Assert.True(other.Take(ref buffer).IsEmpty);
    }

    private void Moved(ConversationKey key, string user, long sequence) => _announcer.Announce(Row(key, user, sequence), except: null);

    private static CursorRow Row(ConversationKey key, string user, long sequence, ConversationKind kind = ConversationKind.Group) =>
        new(key, kind, new UserId(user), new Sequence(sequence), Sequence.None, [], new Sequence(sequence), MayRead: true);

    private Subscriber Connect(string user, OutboundQueue queue)
    {
        var subscriber = new Subscriber(new UserKey(Books.App, new UserId(user)), new DeviceId("phone"), Receives.Everything, queue);
        _subscriptions.Register(subscriber);
        _subscriptions.Follow(subscriber, [Books.Conversation, Films.Conversation]);
        return subscriber;
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
            told.AddRange(items.Select(item => item.GetProperty("params")).Select(moved => $"{moved.GetProperty("user")} {moved.GetProperty("deliveredUpTo")}"));
        }

        return string.Join(", ", told);
    }

    /// <summary>A clock that stands still until the test moves it, and fires its one timer on the way.</summary>
    private sealed class HandClock : TimeProvider
    {
        private TimeSpan _now = TimeSpan.FromDays(1);
        private TimeSpan? _due;
        private Action _tick = () => { };

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now.Ticks;

        public void Pass(TimeSpan time)
        {
            var until = _now + time;
            while (_due is { } due && due <= until)
            {
                (_now, _due) = (due, null);
                _tick();
            }

            _now = until;
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _tick = () => callback(state);
            return new Timer(wait => _due = wait == Timeout.InfiniteTimeSpan ? null : _now + wait);
        }

        private sealed class Timer(Action<TimeSpan> set) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                set(dueTime);
                return true;
            }

            public void Dispose() => set(Timeout.InfiniteTimeSpan);

            public ValueTask DisposeAsync()
            {
                Dispose();
                return default;
            }
        }
    }
}
