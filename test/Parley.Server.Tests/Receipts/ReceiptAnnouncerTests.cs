using System.Collections;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using Parley.Delivery;
using Parley.Identity;
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
        _announcer = Announcer(ReceiptAudience.Everyone);
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
    public void What_several_people_read_within_half_a_second_is_told_together_in_one_notification_by_user()
    {
        Moved(Books, "carol", 1);
        Moved(Books, "dave", 1);
        Moved(Books, "bob", 1);
        Moved(Books, "carol", 2);
        Moved(Books, "bob", 2);
        Assert.Equal("carol 1", Told());

        _clock.Pass(ReceiptAnnouncer.Interval);

        Assert.Equal("bob 2 + carol 2 + dave 1", Told());
        _clock.Pass(ReceiptAnnouncer.Interval);
        Assert.Equal("", Told());
    }

    [Fact]
    public void Of_two_hundred_who_read_all_the_time_one_notification_is_told_in_half_a_second()
    {
        for (var round = 1; round <= 4; round++)
        {
            for (var member = 0; member < 200; member++) Moved(Books, $"user{member:000}", round);
            _clock.Pass(ReceiptAnnouncer.Interval);
        }

        var notifications = Told().Split(", ");
        Assert.Equal("user000 1", notifications[0]);
        Assert.Equal([199, 200, 200, 200], notifications[1..].Select(one => one.Split(" + ").Length));
    }

    [Theory]
    [InlineData(744, 1)]
    [InlineData(745, 2)]
    [InlineData(5_000, 7)]
    public void More_than_a_frame_holds_is_told_in_as_few_notifications_as_hold_it(int people, int notifications)
    {
        var patient = new OutboundQueue(OutboundBounds.Default with { PushBytes = int.MaxValue });
        Connect("carol", patient);
        Moved(Books, "first", 1);
        for (var member = 0; member < people; member++) Moved(Books, $"{10_000 + member}", 1);
        Notifications(patient);

        _clock.Pass(ReceiptAnnouncer.Interval);

        var told = Notifications(patient);
        Assert.Equal(notifications, told.Count);
        Assert.Equal(Enumerable.Range(10_000, people).Select(member => $"{member}"), told.SelectMany(one => one.Moved).Select(moved => moved.User.Value));
    }

    [Fact]
    public void What_many_have_read_ahead_stays_within_frames()
    {
        Sequence[] ahead = [.. Enumerable.Range(0, MarkRead.MaxAhead).Select(index => new Sequence(Sequence.MaxValue - index))];
        Moved(Books, "first", 1);
        for (var member = 0; member < 60; member++) _announcer.Announce(Row(Books, new string('u', 126) + $"{10 + member}", Sequence.MaxValue) with { ReadAhead = ahead }, except: null);
        Told();

        _clock.Pass(ReceiptAnnouncer.Interval);

        Assert.Equal([26, 26, 8], Notifications(_queue).Select(told => told.Moved.Count));
    }

    [Fact]
    public void Where_senders_are_told_each_gets_one_notification_of_what_concerns_him()
    {
        var announcer = Announcer(ReceiptAudience.Sender);
        var (bobs, carols) = (new OutboundQueue(OutboundBounds.Default), new OutboundQueue(OutboundBounds.Default));
        Connect("bob", bobs);
        Connect("carol", carols);
        announcer.Announce(Row(Books, "zoe", 1), except: null);

        Announce("bob", 2, "alice");
        Announce("carol", 2, "alice", "bob");
        Announce("dave", 2, "bob");
        // Of the second way that he went nobody but carol is to know, but of the first alice is still to be told.
        Announce("bob", 3, "carol");
        _clock.Pass(ReceiptAnnouncer.Interval);

        Assert.Equal("bob 3 + carol 2", Told(_queue));
        Assert.Equal("bob 3 + carol 2 + dave 2", Told(bobs));
        Assert.Equal("bob 3 + carol 2", Told(carols));

        void Announce(string user, long sequence, params string[] senders) =>
            announcer.Announce(Row(Books, user, sequence) with { Senders = senders.Select(sender => new UserId(sender)).ToHashSet() }, except: null);
    }

    [Fact]
    public void Where_nobody_is_told_everybodys_own_devices_get_one_notification_of_him()
    {
        var announcer = Announcer(ReceiptAudience.Nobody);
        var bobs = new OutboundQueue(OutboundBounds.Default);
        Connect("bob", bobs);
        announcer.Announce(Row(Books, "zoe", 1), except: null);
        announcer.Announce(Row(Books, "alice", 1), except: null);
        announcer.Announce(Row(Books, "bob", 1), except: null);
        announcer.Announce(Row(Books, "alice", 2), except: null);
        _clock.Pass(ReceiptAnnouncer.Interval);

        Assert.Equal(("alice 2", "bob 1"), (Told(_queue), Told(bobs)));
    }

    [Fact]
    [Trait("Row", "S24")]
    [Trait("Row", "B01")]
    public void What_is_told_says_when_the_cursor_moved_last()
    {
        var noon = new DateTimeOffset(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);
        _announcer.Announce(Row(Books, "bob", 1) with { MovedAt = noon }, except: null);
        _announcer.Announce(Row(Books, "bob", 2) with { MovedAt = noon.AddMilliseconds(100) }, except: null);
        _announcer.Announce(Row(Books, "bob", 3) with { MovedAt = noon.AddMilliseconds(250) }, except: null);
        _announcer.Announce(Row(Books, "carol", 3) with { MovedAt = noon.AddMilliseconds(200) }, except: null);
        _clock.Pass(ReceiptAnnouncer.Interval);

        Assert.Equal(["bob 12:00:00.000", "bob 12:00:00.250", "carol 12:00:00.200"],
            Notifications(_queue).SelectMany(told => told.Moved).Select(moved => $"{moved.User} {moved.At:HH:mm:ss.fff}"));
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

        // But where somebody else's is told too, everybody gets the same.
        _announcer.Announce(Row(Books, "alice", 2), _alice);
        _announcer.Announce(Row(Books, "bob", 2), except: null);
        _clock.Pass(ReceiptAnnouncer.Interval);
        Assert.Equal("alice 2 + bob 2", Told());

        _announcer.Announce(Row(Books, "alice", 3), _alice);
        _announcer.Announce(Row(Books, "alice", 4), Connect("alice", new OutboundQueue(OutboundBounds.Default)));
        _clock.Pass(ReceiptAnnouncer.Interval);
        Assert.Equal("alice 4", Told());
    }

    [Fact]
    [Trait("Row", "G13")]
    public async Task Who_is_answered_while_others_are_told_gets_nothing_older_afterwards()
    {
        var announcer = Announcer(ReceiptAudience.Sender);
        Task? second = null;
        var told = new OnLook(() =>
        {
            second ??= Task.Run(() =>
            {
                announcer.Announce(Row(Books, "alice", 3), _alice);
                _queue.Answer("\"answer: 3\""u8.ToArray());
            }, TestContext.Current.CancellationToken);
            // It waits for what is being told here; a moment shows that it does.
            Assert.False(second.Wait(TimeSpan.FromMilliseconds(200), TestContext.Current.CancellationToken));
        });
        announcer.Announce(Row(Books, "alice", 1), except: null);
        announcer.Announce(Row(Books, "alice", 2) with { Senders = told }, except: null);

        _clock.Pass(ReceiptAnnouncer.Interval);
        await second!;

        byte[]? buffer = null;
        var left = Encoding.UTF8.GetString(_queue.Take(ref buffer).Span);
        Assert.EndsWith("\"answer: 3\"]", left, StringComparison.Ordinal);
        Assert.Equal(["1", "2"], Regex.Matches(left, "(?<=\"deliveredUpTo\":)\\d", RegexOptions.None, TimeSpan.FromSeconds(1)).Select(match => match.Value));
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

    private ReceiptAnnouncer Announcer(ReceiptAudience audience) => new(
        new Fanout(_subscriptions, (_, _, _, _) => new ValueTask<IReadOnlyList<PublishedEntry>>([]), _clock, NullLogger<Fanout>.Instance), _clock,
        NullLogger<ReceiptAnnouncer>.Instance, _ => audience);

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

    private string Told() => Told(_queue);

    /// <summary>What was told since the last look, in order, each notification with all of whom it tells.</summary>
    private static string Told(OutboundQueue queue) =>
        string.Join(", ", Notifications(queue).Select(told => string.Join(" + ", told.Moved.Select(moved => $"{moved.User} {moved.DeliveredUpTo}"))));

    private static List<ReceiptsMoved> Notifications(OutboundQueue queue)
    {
        var told = new List<ReceiptsMoved>();
        byte[]? buffer = null;
        for (var frame = queue.Take(ref buffer); !frame.IsEmpty; frame = queue.Take(ref buffer))
        {
            Assert.InRange(frame.Length, 1, OutboundBounds.MaxFrameBytes);
            using var json = JsonDocument.Parse(frame);
            var items = json.RootElement.ValueKind == JsonValueKind.Array ? json.RootElement.EnumerateArray().ToArray() : [json.RootElement];
            told.AddRange(items.Select(item => item.GetProperty("params").Deserialize(ProtocolJson.Lenient.ReceiptsMoved)!));
        }

        return told;
    }

    /// <summary>No users; whoever looks who they are sets something going.</summary>
    private sealed class OnLook(Action look) : IReadOnlySet<UserId>
    {
        public int Count => 1;

        public bool Contains(UserId item) => false;

        public bool IsProperSubsetOf(IEnumerable<UserId> other) => false;

        public bool IsProperSupersetOf(IEnumerable<UserId> other) => false;

        public bool IsSubsetOf(IEnumerable<UserId> other) => false;

        public bool IsSupersetOf(IEnumerable<UserId> other) => false;

        public bool Overlaps(IEnumerable<UserId> other) => false;

        public bool SetEquals(IEnumerable<UserId> other) => false;

        public IEnumerator<UserId> GetEnumerator()
        {
            look();
            return Enumerable.Empty<UserId>().GetEnumerator();
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
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
