using Microsoft.Extensions.Logging.Abstractions;
using Parley.Presence;
using Parley.Tests.People;
using Parley.Storage;

namespace Parley.Tests.Presence;

public class PresenceSubscriptionTests
{
    [Fact]
    [Trait("Row", "B38")]
    public async Task Whom_somebody_follows_is_not_told_but_his_own_devices_are()
    {
        await using var town = await Town.StartAsync();
        var (alice, bob, laptop) = (town.Connect("alice"), town.Connect("bob"), town.Connect("bob", "laptop"));

        await bob.SubscribeAsync("alice", "carol");
        await alice.SetAsync(PresenceStatus.Busy);
        await bob.AskAsync<PresenceUnsubscribed>(new UnsubscribePresence([new UserId("alice"), new UserId("dave")]));
        await laptop.AskAsync<PresenceUnsubscribed>(new UnsubscribePresence([new UserId("alice")]));
        await alice.SetAsync(PresenceStatus.Away);
        town.Pass(2);

        Assert.Equal("", alice.Heard());
        Assert.Equal("alice busy", bob.Heard());
        Assert.Equal("subscribed alice carol, alice busy, unsubscribed alice", laptop.Heard());
    }

    [Theory, EveryEngine]
    [Trait("Row", "B38")]
    public async Task A_profile_is_told_once_to_who_follows_its_user_and_not_to_whom_he_blocks(Engine engine)
    {
        await using var town = await Town.StartAsync(engine);
        var (alice, bob, carol, dave) = (town.Connect("alice"), town.Connect("bob"), town.Connect("carol"), town.Connect("dave"));
        foreach (var one in new[] { bob, carol }) await one.SubscribeAsync("alice");
        await town.Server.BefriendAsync("alice", "carol");
        await RenameAsync("Alice");
        await bob.HearsAsync("user");
        await carol.HearsAsync("contact, contact, user");

        await alice.AskAsync<BlockList>(new AddBlocks([new UserId("bob")]));
        await RenameAsync("Alice B");
        // Each is told before the next of her changes is written.
        await RenameAsync("Alice C");
        Assert.DoesNotContain("user", bob.Heard(), StringComparison.Ordinal);
        Assert.Equal("", dave.Heard());

        async Task RenameAsync(string name) => Assert.Null((await alice.AskAsync<OwnProfile>(new UpdateUser(name))).Refusal);
    }

    [Fact]
    [Trait("Row", "B16")]
    public async Task A_request_names_at_most_a_hundred_users_and_at_least_one()
    {
        await using var town = await Town.StartAsync();
        var bob = town.Connect("bob");

        Assert.Equal(100, (await bob.AskAsync<PresenceSubscribed>(new SubscribePresence(Users(0, 100)))).Value!.Users.Count);
        Assert.Equal(100, (await bob.AskAsync<Presences>(new GetPresence(Users(0, 100)))).Value!.Users.Count);
        Assert.Equal(0, (await bob.AskAsync<PresenceUnsubscribed>(new UnsubscribePresence(Users(0, 100)))).Value!.Subscriptions);
        foreach (var (count, refusal) in new[] { (0, Refusals.InvalidParams), (101, Refusals.TooLarge) })
        {
            Assert.Equal(refusal, (await bob.AskAsync<PresenceSubscribed>(new SubscribePresence(Users(0, count)))).Refusal);
            Assert.Equal(refusal, (await bob.AskAsync<Presences>(new GetPresence(Users(0, count)))).Refusal);
            Assert.Equal(refusal, (await bob.AskAsync<PresenceUnsubscribed>(new UnsubscribePresence(Users(0, count)))).Refusal);
        }

        Assert.Equal(0, town.Board.Subscriptions.Count);
    }

    [Fact]
    [Trait("Row", "B16")]
    public async Task A_user_has_at_most_3000_subscriptions_and_a_refused_request_makes_none()
    {
        await using var town = await Town.StartAsync();
        var bob = town.Connect("bob");
        for (var from = 0; from < 2_900; from += 100) await bob.AskAsync<PresenceSubscribed>(new SubscribePresence(Users(from, 100)));

        var refused = await bob.AskAsync<PresenceSubscribed>(new SubscribePresence([.. Users(2_950, 100), new UserId("alice")], 60));
        Assert.Equal(Refusals.TooLarge, refused.Refusal);
        Assert.Equal(Refusals.TooLarge, (await bob.AskAsync<PresenceSubscribed>(new SubscribePresence([.. Users(2_900, 99), new UserId("x"), new UserId("y")]))).Refusal);
        Assert.Equal(2_900, town.Board.Subscriptions.Count);
        // Those it has already take no room.
        Assert.Null((await bob.AskAsync<PresenceSubscribed>(new SubscribePresence(Users(2_850, 100)))).Refusal);
        Assert.Null((await bob.AskAsync<PresenceSubscribed>(new SubscribePresence(Users(2_900, 100)))).Refusal);
        Assert.Equal(Refusals.TooLarge, (await bob.AskAsync<PresenceSubscribed>(new SubscribePresence([new UserId("alice")]))).Refusal);
        Assert.Equal(3_000, town.Board.Subscriptions.Count);
    }

    [Theory]
    [Trait("Row", "B16")]
    [InlineData(0, false)]
    [InlineData(-1, false)]
    [InlineData(1, true)]
    [InlineData(30 * 24 * 3_600, true)]
    [InlineData((30 * 24 * 3_600) + 1, false)]
    public async Task A_subscription_lasts_from_a_second_to_thirty_days(int seconds, bool isTaken)
    {
        await using var town = await Town.StartAsync();
        var bob = town.Connect("bob");

        var answer = await bob.AskAsync<PresenceSubscribed>(new SubscribePresence([new UserId("alice")], seconds));

        Assert.Equal(isTaken ? null : Refusals.InvalidParams, answer.Refusal);
        Assert.Equal(isTaken ? town.Clock.GetUtcNow().AddSeconds(seconds) : null, answer.Value?.Until);
    }

    [Fact]
    [Trait("Row", "B16")]
    public async Task A_subscription_ends_when_its_time_is_over_unless_it_was_made_again()
    {
        await using var town = await Town.StartAsync();
        var (bob, alice, carol) = (town.Connect("bob"), town.Connect("alice"), town.Connect("carol"));
        await bob.AskAsync<PresenceSubscribed>(new SubscribePresence([new UserId("alice"), new UserId("carol")], 60));
        town.Clock.Advance(TimeSpan.FromSeconds(59));
        await bob.AskAsync<PresenceSubscribed>(new SubscribePresence([new UserId("carol")], 60));
        town.Clock.Advance(TimeSpan.FromSeconds(1));

        await alice.SetAsync(PresenceStatus.Busy);
        await carol.SetAsync(PresenceStatus.Busy);

        Assert.Equal("carol busy", bob.Heard());
        var left = await bob.AskAsync<PresenceSubscriptionPage>(new ListPresenceSubscriptions());
        Assert.Equal([new PresenceSubscription(new UserId("carol"), town.Clock.GetUtcNow().AddSeconds(59))], left.Value!.Subscriptions);
        Assert.Equal(1, town.Board.Subscriptions.Count);
    }

    [Fact]
    public async Task Subscriptions_outlive_a_reconnect_and_are_forgotten_two_minutes_after_the_last_connection()
    {
        await using var town = await Town.StartAsync();
        var (bob, alice) = (town.Connect("bob"), town.Connect("alice"));
        await bob.SubscribeAsync("alice");
        bob.Disconnect();
        town.Clock.Advance(TimeSpan.FromSeconds(119));
        town.Board.Prune();

        bob = town.Connect("bob");
        await alice.SetAsync(PresenceStatus.Busy);
        Assert.Equal("alice busy", bob.Heard());

        bob.Disconnect();
        town.Clock.Advance(TimeSpan.FromSeconds(120));
        town.Board.Prune();
        bob = town.Connect("bob");
        await alice.SetAsync(PresenceStatus.Away);
        town.Pass(2);
        Assert.Equal("", bob.Heard());
        Assert.Equal(0, town.Board.Subscriptions.Count);
    }

    [Fact]
    public async Task Own_subscriptions_are_listed_page_by_page_in_the_order_of_their_ids()
    {
        await using var town = await Town.StartAsync();
        var bob = town.Connect("bob");
        await bob.SubscribeAsync("dave", "Carol", "alice", "erin", "alice");

        var first = (await bob.AskAsync<PresenceSubscriptionPage>(new ListPresenceSubscriptions(Limit: 3))).Value!;
        var last = (await bob.AskAsync<PresenceSubscriptionPage>(new ListPresenceSubscriptions(first.Subscriptions[^1].User, 3))).Value!;

        Assert.Equal(["Carol", "alice", "dave"], first.Subscriptions.Select(one => one.User.Value));
        Assert.Equal((4, true), (first.Total, first.More));
        Assert.Equal(["erin"], last.Subscriptions.Select(one => one.User.Value));
        Assert.Equal((4, false), (last.Total, last.More));
        Assert.Empty((await town.Server.AskAsync<PresenceSubscriptionPage>(town.Server.As("carol"), new ListPresenceSubscriptions())).Value!.Subscriptions);
        foreach (var limit in new[] { 0, 101, -1 })
            Assert.Equal(Refusals.InvalidParams, (await bob.AskAsync<PresenceSubscriptionPage>(new ListPresenceSubscriptions(Limit: limit))).Refusal);
    }

    [Fact]
    public async Task A_server_that_keeps_as_many_subscriptions_as_it_may_takes_no_more_until_some_end()
    {
        await using var town = await Town.StartAsync(configure: options => options.Subscriptions = 1_000);
        for (var user = 0; user < 10; user++) await town.Connect($"user-{user}").AskAsync<PresenceSubscribed>(new SubscribePresence(Users(0, 100)));
        var bob = town.Connect("bob");

        var refused = await bob.AskAsync<PresenceSubscribed>(new SubscribePresence([new UserId("alice")]));
        await town.Server.AskAsync<PresenceUnsubscribed>(town.Server.As("user-1"), new UnsubscribePresence(Users(0, 1)));

        Assert.Equal(Refusals.Overloaded, refused.Refusal);
        Assert.Null((await bob.AskAsync<PresenceSubscribed>(new SubscribePresence([new UserId("alice")]))).Refusal);
    }

    [Fact]
    public async Task Nobody_is_remembered_whom_nobody_would_miss()
    {
        await using var town = await Town.StartAsync(configure: options => options.KeptUsers = 100);
        var bob = town.Connect("bob");
        for (var round = 0; round < 20; round++)
        {
            await bob.AskAsync<PresenceSubscribed>(new SubscribePresence(Users(round * 100, 100)));
            await bob.AskAsync<PresenceUnsubscribed>(new UnsubscribePresence(Users(round * 100, 100)));
            await bob.AskAsync<Presences>(new GetPresence(Users(round * 100, 100)));
        }

        Assert.Equal(1, town.Board.Count);
        bob.Disconnect();
        town.Pass(5);
        Assert.Equal(0, town.Board.Count);

        // Of those who chose something and went, the last hundred are.
        for (var user = 0; user < 150; user++)
        {
            var one = town.Connect($"user-{user}");
            await one.SetAsync(PresenceStatus.Busy);
            one.Disconnect();
            town.Clock.Advance(TimeSpan.FromMilliseconds(10));
        }

        town.Pass(5);
        town.Board.Prune();
        Assert.Equal(100, town.Board.Count);
        town.Connect("user-49");
        town.Connect("user-50");
        Assert.Equal("user-49 online", await town.LookAsync("bob", "user-49"));
        Assert.Equal("user-50 busy", await town.LookAsync("bob", "user-50"));
    }

    [Fact]
    public async Task Who_may_not_see_somebody_is_answered_and_told_as_if_he_had_never_been_there()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        await using var journal = new Journal(server.Database, _ => { }, TimeProvider.System, NullLogger<Journal>.Instance);
        var (clock, options, hidden) = (new ManualClock(), new PresenceOptions(), true);
        var board = new PresenceBoard(
            options, (viewer, seen) => !(hidden && viewer.User == new UserId("bob") && seen.User == new UserId("alice")),
            new LastSeenQueue(journal, options, clock, NullLogger<LastSeenQueue>.Instance), clock, NullLogger<PresenceBoard>.Instance);
        var (alice, bob, carol) = (new Device(server, "alice", "phone"), new Device(server, "bob", "phone"), new Device(server, "carol", "phone"));
        foreach (var device in new[] { alice, bob, carol }) board.Connected(device.Subscriber, null);
        var none = new Dictionary<UserKey, DateTimeOffset>();
        UserId[] both = [new("alice"), new("nobody")];
        Assert.Empty(board.Unknown(bob.Caller.Key, [new UserId("alice")]));
        foreach (var device in new[] { bob, carol })
            Assert.Null(board.Subscriptions.Subscribe(device.Caller.Key, both, DateTimeOffset.MaxValue, none, device.Subscriber, _ => { }));

        board.Choose(alice.Caller.Key, new SetPresence(PresenceStatus.Busy), alice.Subscriber, _ => { });
        board.Disconnected(alice.Subscriber);
        clock.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal("", bob.Heard());
        Assert.Equal("alice busy, alice offline", carol.Heard());
        var states = board.Look(bob.Caller.Key, both, none);
        Assert.Equal(states[1] with { User = states[0].User }, states[0]);

        // The day it is allowed again he is told what he missed, and the day it is not, that she is gone.
        clock.Advance(TimeSpan.FromSeconds(1));
        board.Connected(alice.Subscriber, null);
        hidden = false;
        board.Reconsider(bob.Caller.Key, alice.Caller.Key);
        hidden = true;
        board.Reconsider(bob.Caller.Key, alice.Caller.Key);
        clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("alice busy, alice offline", bob.Heard());
    }

    private static UserId[] Users(int from, int count) => [.. Enumerable.Range(from, count).Select(number => new UserId($"friend-{number}"))];
}
