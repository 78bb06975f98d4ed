using System.Collections.Concurrent;
using Parley.Client.Tests.Support;
using Parley.Tests;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.EndToEnd;

/// <summary>Following those with whom one shares conversations, over real sockets.</summary>
[Trait("Row", "B29")]
public class FollowingTests
{
    [Theory, EveryEngine]
    public async Task Everybody_with_whom_one_shares_a_direct_conversation_or_a_group_is_seen_coming_and_going(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine, ("Presence:Interval", "00:00:00.1"), ("Presence:Grace", "00:00:00.5"));
        var maker = await server.ConnectAsync("alice", "maker");
        await maker.Conversations.DirectAsync(Bob);
        await maker.Conversations.CreateGroupAsync([Bob, Carol], "lunch");
        await maker.Conversations.CreateBroadcastAsync([new UserId("reader")], "news");
        await maker.Conversations.CreateAsync(new CreateConversation(ConversationId.New(), ConversationKind.Room, []));
        await maker.Conversations.NotesAsync();

        var alice = await server.FollowAsync("alice");
        var told = new ConcurrentQueue<string>();
        alice.Presence.Changed += (_, e) => told.Enqueue($"{e.State.User} {e.State.Status}");
        await FollowsAsync(alice, 2, PresenceCoverage.Everybody);
        Assert.Equal([Bob, Carol], server.SubscriptionsOf("alice"));
        var carol = await server.ConnectAsync("carol");
        await carol.Presence.SetAsync(PresenceStatus.Busy);
        await UntilAsync(() => alice.Presence.Of(Carol)?.Status == PresenceStatus.Busy, "carol is busy");
        await carol.DisposeAsync();
        await UntilAsync(() => alice.Presence.Of(Carol)?.LastSeen is not null, "carol is gone, and when is known");

        Assert.Equal("carol Offline", told.Last());
        Assert.Equal(PresenceStatus.Offline, alice.Presence.Of(Bob)?.Status);
        Assert.Null(maker.Presence.Following);
        Assert.Null(maker.Presence.Of(Bob));
    }

    [Theory, EveryEngine]
    public async Task Who_is_added_is_followed_and_who_is_gone_from_all_shared_conversations_is_not(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, bob) = (await server.FollowAsync("alice"), await server.ConnectAsync("bob"));
        await FollowsAsync(alice, 0, PresenceCoverage.Everybody);

        var lunch = (await bob.Conversations.CreateGroupAsync([Alice, Carol], "lunch")).Conversation;
        var dinner = (await alice.Conversations.CreateGroupAsync([Carol], "dinner")).Conversation;
        await FollowsAsync(alice, 2, PresenceCoverage.Everybody);
        await bob.Conversations.AddAsync(lunch, [new UserId("dave"), new UserId("erin")]);
        await FollowsAsync(alice, 4, PresenceCoverage.Everybody);
        Assert.Equal(["bob", "carol", "dave", "erin"], server.SubscriptionsOf("alice").Select(user => user.Value));

        // Carol is in the other group still; whom the program wants to be told of himself, it is told of on.
        await alice.Presence.SubscribeAsync([new UserId("erin")]);
        await bob.Conversations.RemoveAsync(lunch, [Carol, new UserId("dave"), new UserId("erin")]);
        await UntilAsync(() => server.SubscriptionsOf("alice").Count == 3, "dave is gone");
        Assert.Equal(["bob", "carol", "erin"], server.SubscriptionsOf("alice").Select(user => user.Value));
        Assert.Null(alice.Presence.Of(new UserId("dave")));
        Assert.NotNull(alice.Presence.Of(new UserId("erin")));

        await alice.Conversations.LeaveAsync(lunch);
        await UntilAsync(() => server.SubscriptionsOf("alice").Count == 2, "bob is gone, because alice is");
        await alice.Conversations.DeleteAsync(dinner);
        await UntilAsync(() => server.SubscriptionsOf("alice").Count == 1, "carol is gone with the group");
        await bob.Conversations.AddAsync(lunch, [Alice]);
        await UntilAsync(() => server.SubscriptionsOf("alice").Count == 2, "alice was added again");
        Assert.Equal(["bob", "erin"], server.SubscriptionsOf("alice").Select(user => user.Value));
        await FollowsAsync(alice, 1, PresenceCoverage.Everybody);
    }

    [Theory, EveryEngine]
    public async Task What_was_subscribed_to_itself_and_given_up_is_followed_on_when_it_is_shared(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, told) = (await server.FollowAsync("alice"), new ConcurrentQueue<PresenceState>());
        alice.Presence.Changed += (_, e) => told.Enqueue(e.State);
        await alice.Conversations.DirectAsync(Bob);
        await FollowsAsync(alice, 1, PresenceCoverage.Everybody);

        await alice.Presence.SubscribeAsync([Bob, Carol]);
        Assert.Equal(new PresenceFollowing(0, PresenceCoverage.Everybody), alice.Presence.Following);
        await alice.Presence.UnsubscribeAsync([Bob, Carol]);

        await FollowsAsync(alice, 1, PresenceCoverage.Everybody);
        Assert.Equal([Bob], server.SubscriptionsOf("alice"));
        Assert.NotNull(alice.Presence.Of(Bob));
        Assert.Null(alice.Presence.Of(Carol));
        // Nor was he given up and asked for anew.
        await (await server.ConnectAsync("bob")).Presence.SetAsync(PresenceStatus.Busy);
        await UntilAsync(() => told.Any(state => state.Status == PresenceStatus.Busy), "bob is busy");
        Assert.Equal(1, told.Count(state => state.User == Bob && state.Status == PresenceStatus.Offline));
    }

    [Theory, EveryEngine]
    public async Task After_a_restart_of_the_server_everybody_is_followed_as_before(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine, ("Presence:Interval", "00:00:00.1"), ("Gateway:ReconnectSpread", "00:00:00"));
        var (alice, bob) = (await server.FollowAsync("alice"), await server.ConnectAsync("bob"));
        await alice.Conversations.CreateGroupAsync([Bob, Carol], "lunch");
        await FollowsAsync(alice, 2, PresenceCoverage.Everybody);

        await server.StopAsync();
        await server.StartAgainAsync();
        await UntilAsync(() => alice.State == ConnectionState.Open && bob.State == ConnectionState.Open, "both are back");
        await FollowsAsync(alice, 2, PresenceCoverage.Everybody);
        await UntilAsync(() => server.SubscriptionsOf("alice").Count == 2, "alice follows both");
        await bob.Presence.SetAsync(PresenceStatus.Busy, "news");

        await UntilAsync(() => alice.Presence.Of(Bob)?.Text == "news", "alice is told");
    }

    [Theory, EveryEngine]
    public async Task A_group_of_200_is_followed_and_one_of_201_is_not(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var alice = await server.FollowAsync("alice");
        var group = (await alice.Conversations.CreateGroupAsync(Users("friend", 199), "friends")).Conversation;
        await FollowsAsync(alice, 199, PresenceCoverage.Everybody);

        await alice.Conversations.AddAsync(group, [Bob]);
        await FollowsAsync(alice, 0, PresenceCoverage.Everybody);
        await UntilAsync(() => server.SubscriptionsOf("alice").Count == 0, "nobody is followed");
        await alice.Conversations.RemoveAsync(group, [new UserId("friend-7")]);
        await FollowsAsync(alice, 199, PresenceCoverage.Everybody);

        Assert.Contains(Bob, server.SubscriptionsOf("alice"));
        Assert.DoesNotContain(new UserId("friend-7"), server.SubscriptionsOf("alice"));
    }

    [Theory, EveryEngine]
    public async Task Three_thousand_are_followed_the_nearest_first_and_one_more_only_when_there_is_room(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        await (await server.ConnectAsync("farthest")).Conversations.DirectAsync(Alice);
        var bob = await server.ConnectAsync("bob");
        for (var group = 0; group < 15; group++) await bob.Conversations.CreateGroupAsync([Alice, .. Users($"group-{group}", 198)], $"{group}");
        var last = (await bob.Conversations.CreateGroupAsync([Alice, .. Users("last", 29)], "last")).Conversation;

        var alice = await server.FollowAsync("alice");
        await FollowsAsync(alice, 3_000, PresenceCoverage.NearestOnly);
        Assert.False(IsSubscribed("farthest"));
        await bob.Conversations.RemoveAsync(last, [new UserId("last-0")]);
        await FollowsAsync(alice, 3_000, PresenceCoverage.Everybody);
        Assert.True(IsSubscribed("farthest"));
        await (await server.ConnectAsync("one-more")).Conversations.DirectAsync(Alice);
        await FollowsAsync(alice, 3_000, PresenceCoverage.NearestOnly);
        Assert.False(IsSubscribed("one-more"));

        // Whom the program wants itself goes first, and takes the room of who is farthest.
        await alice.Presence.SubscribeAsync([new UserId("stranger")]);
        await FollowsAsync(alice, 2_999, PresenceCoverage.NearestOnly);
        Assert.False(IsSubscribed("farthest"));
        await alice.Presence.UnsubscribeAsync([new UserId("stranger")]);
        await FollowsAsync(alice, 3_000, PresenceCoverage.NearestOnly);
        Assert.True(IsSubscribed("one-more"));

        // A new process finds the subscriptions of the one before: it follows those on, and asks for no more.
        await alice.DisposeAsync();
        await (await server.ConnectAsync("nearest")).Conversations.DirectAsync(Alice);
        var another = await server.FollowAsync("alice");
        await FollowsAsync(another, 3_000, PresenceCoverage.NearestOnly);
        Assert.Null(another.Presence.Of(new UserId("nearest")));
        Assert.Equal(3_000, server.SubscriptionsOf("alice").Count);

        bool IsSubscribed(string user) => server.SubscriptionsOf("alice").Contains(new UserId(user));
    }

    private static Task FollowsAsync(ParleyClient client, int users, PresenceCoverage coverage) =>
        UntilAsync(() => client.Presence.Following == new PresenceFollowing(users, coverage), $"{users} are followed, {coverage}; it was {client.Presence.Following}");

    private static UserId[] Users(string name, int count) => [.. Enumerable.Range(0, count).Select(number => new UserId($"{name}-{number}"))];
}
