using Microsoft.Extensions.Logging.Abstractions;
using Parley.Conversations;
using Parley.Delivery;
using Parley.Storage;
using Parley.Tests.Presence;

namespace Parley.Tests.Conversations;

public sealed class RoomPresenceTests
{
    [Theory, EveryEngine]
    [Trait("Row", "B14")]
    public async Task Who_is_connected_stays_who_was_away_for_two_minutes_is_out_and_who_was_back_in_time_stays(Engine engine)
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(engine, clock: clock);
        // Bob's phone is one of two; carol is back after a minute, and so is dave, who goes again.
        var (alice, phone, tablet) = (Connect("alice"), Connect("bob"), Connect("bob", "tablet"));
        var (carol, dave, _) = (Connect("carol"), Connect("dave"), Connect("erin"));
        var room = await Group.OfAsync(server, new CreateConversation(ConversationId.New(), ConversationKind.Room, []));
        foreach (var user in new[] { "bob", "carol", "dave", "erin" }) await room.EnterAsync(user);

        Assert.Equal("alice bob carol dave erin", await AfterAsync(300));
        phone.Disconnect();
        Assert.Equal("alice bob carol dave erin", await AfterAsync(300));
        foreach (var device in new[] { tablet, carol, dave }) device.Disconnect();
        Assert.Equal("alice bob carol dave erin", await AfterAsync(60));
        Connect("carol");
        var daveAgain = Connect("dave");
        Assert.Equal("alice bob carol dave erin", await AfterAsync(30));
        daveAgain.Disconnect();
        Assert.Equal("alice bob carol dave erin", await AfterAsync(29));
        Assert.Equal("alice carol dave erin", await AfterAsync(2));
        Assert.Equal("alice carol dave erin", await AfterAsync(85));
        Assert.Equal("alice carol erin", await AfterAsync(5));
        alice.Disconnect();
        Assert.Equal("alice carol erin", await AfterAsync(119));
        clock.Advance(TimeSpan.FromSeconds(2));
        await room.SayAsync("erin");
        Assert.Equal("carol erin", await WhoIsInAsync("erin"));

        Device Connect(string user, string name = "phone")
        {
            var device = new Device(server, user, name);
            server.Node.Subscriptions.Register(device.Subscriber);
            return device;
        }

        async Task<string> AfterAsync(int seconds)
        {
            for (; seconds > 0; seconds--) clock.Advance(TimeSpan.FromSeconds(1));
            // What was due waits in the room's queue before this.
            await room.SayAsync("alice");
            return await WhoIsInAsync("alice");
        }

        async Task<string> WhoIsInAsync(string asker) => string.Join(' ', (await room.StateAsync(asker)).Participants!.Select(one => one.User));
    }

    [Fact]
    [Trait("Row", "B14")]
    public async Task Who_loses_his_last_connection_in_the_moment_in_which_he_comes_in_is_out_after_the_time_too()
    {
        var (clock, subscriptions, room, gone) = (new HookedClock(), new Subscriptions(), ConversationId.New(), new List<UserKey>());
        await using var presence = new RoomPresence(subscriptions, new RoomsOptions(), clock, NullLogger<RoomPresence>.Instance);
        presence.Start([], (user, _) => gone.Add(user));
        var (app, bob) = (new AppId(1), new Subscriber(
            new UserKey(new AppId(1), new UserId("bob")), new DeviceId("phone"), Receives.Everything, new OutboundQueue(OutboundBounds.Default)));
        subscriptions.Register(bob);

        // Alice, who is not connected, comes in first. Until her time is taken bob waits for her; by then his connection has ended.
        var coming = new Thread(() => presence.Entered(bob.User, room));
        clock.WhenAsked = () =>
        {
            coming.Start();
            Assert.True(SpinWait.SpinUntil(() => coming.ThreadState.HasFlag(ThreadState.WaitSleepJoin), TimeSpan.FromSeconds(30)));
            subscriptions.Unregister(bob);
            presence.Disconnected(bob.User);
        };
        presence.Entered(new UserKey(app, new UserId("alice")), room);
        coming.Join();
        clock.Advance(TimeSpan.FromMinutes(3));

        Assert.Equal(["alice", "bob"], gone.Select(one => one.User.Value).Order());
    }

    /// <summary>A clock that does something when it is asked for the first time.</summary>
    private sealed class HookedClock : TimeProvider
    {
        private readonly ManualClock _clock = new();

        public Action? WhenAsked { get; set; }

        public override long TimestampFrequency => _clock.TimestampFrequency;

        public void Advance(TimeSpan by) => _clock.Advance(by);

        public override DateTimeOffset GetUtcNow() => _clock.GetUtcNow();

        public override long GetTimestamp()
        {
            var hook = WhenAsked;
            WhenAsked = null;
            hook?.Invoke();
            return _clock.GetTimestamp();
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => _clock.CreateTimer(callback, state, dueTime, period);
    }
}
