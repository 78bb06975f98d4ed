using System.Collections.Concurrent;
using Parley.Client.Tests.Support;
using Parley.Tests;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.EndToEnd;

/// <summary>Presence and typing between SDKs, over real sockets.</summary>
public class PresenceTests
{
    [Theory, EveryEngine]
    [Trait("Row", "V09")]
    [Trait("Row", "B29")]
    public async Task Who_subscribes_sees_somebody_come_say_something_hide_and_come_back(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine, ("Presence:Interval", "00:00:00.1"), ("Presence:Grace", "00:00:00.5"));
        var (alice, told) = (await server.ConnectAsync("alice"), new ConcurrentQueue<PresenceState>());
        alice.Presence.Changed += (_, e) => told.Enqueue(e.State);
        Assert.Equal([new PresenceState(Bob, PresenceStatus.Offline)], await alice.Presence.SubscribeAsync([Bob]));

        var bob = await server.ConnectAsync("bob");
        await SawAsync("Offline, Online");
        await bob.Presence.SetAsync(PresenceStatus.Busy, "In a meeting");
        await SawAsync("Offline, Online, Busy In a meeting");
        var own = await bob.Presence.SetAsync(PresenceStatus.Invisible);
        await SawAsync("Offline, Online, Busy In a meeting, Offline");
        Assert.Equal((PresenceStatus.Invisible, true), (own.Status, own.Chosen));
        Assert.Equal(own.Since, alice.Presence.Of(Bob)!.LastSeen);
        await bob.Presence.SetAsync(null);
        await bob.Presence.SetDeviceAsync(PresenceStatus.Away);
        await SawAsync("Offline, Online, Busy In a meeting, Offline, Online, Away");
        await bob.DisposeAsync();
        await SawAsync("Offline, Online, Busy In a meeting, Offline, Online, Away, Offline");
        Assert.Equal(alice.Presence.Of(Bob), (await alice.Presence.GetAsync([Bob])).Single());

        await alice.Presence.UnsubscribeAsync([Bob]);
        await server.ConnectAsync("bob");
        await alice.Presence.SetAsync(PresenceStatus.Away);
        await UntilAsync(() => told.Any(state => state.User == Alice), "alice hears of herself");
        Assert.Null(alice.Presence.Of(Bob));
        await SawAsync("Offline, Online, Busy In a meeting, Offline, Online, Away, Offline");

        // What is told fast may be told together; Online between two others was perhaps never told.
        Task SawAsync(string expected)
        {
            return UntilAsync(() => Without(Shown()) == Without(expected), $"alice saw {expected}; she saw {Shown()}");
            static string Without(string text) => text.Replace("Offline, Online, Away", "Offline, Away", StringComparison.Ordinal);
        }

        string Shown() => string.Join(", ", told.Where(state => state.User == Bob).Select(state => $"{state.Status} {state.Text}".Trim()));
    }

    [Theory, EveryEngine]
    [Trait("Row", "V09")]
    public async Task After_a_restart_of_the_server_everything_is_as_before_and_who_is_invisible_was_never_seen(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine, ("Presence:Interval", "00:00:00.1"), ("Gateway:ReconnectSpread", "00:00:00"));
        var (alice, bob, carol) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"), await server.ConnectAsync("carol"));
        await bob.Presence.SetAsync(PresenceStatus.Invisible);
        await carol.Presence.SetAsync(PresenceStatus.Busy, "as before");
        var told = new ConcurrentQueue<PresenceState>();
        await alice.Presence.SubscribeAsync([Bob, Carol]);
        alice.Presence.Changed += (_, e) => told.Enqueue(e.State);

        await server.StopAsync();
        await server.StartAgainAsync();
        await UntilAsync(() => new[] { alice, bob, carol }.All(one => one.State == ConnectionState.Open), "all are back");
        await carol.Presence.SetAsync(PresenceStatus.Away, "news");
        await UntilAsync(() => alice.Presence.Of(Carol)?.Text == "news", "alice is told again without having asked again");

        Assert.DoesNotContain(told, state => state.User == Bob && state.Status != PresenceStatus.Offline);
        Assert.DoesNotContain(told, state => state.User == Carol && state.Status == PresenceStatus.Online);
    }

    [Theory, EveryEngine]
    [Trait("Row", "B38")]
    public async Task Who_subscribes_to_somebody_hears_of_his_profile_and_who_does_not_no_more(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, bob, carol) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"), await server.ConnectAsync("carol"));
        var (toAlice, toCarol) = (new ConcurrentQueue<UserProfile>(), new ConcurrentQueue<UserProfile>());
        alice.Users.ProfileChanged += (_, e) => toAlice.Enqueue(e.Profile);
        carol.Users.ProfileChanged += (_, e) => toCarol.Enqueue(e.Profile);
        await alice.Presence.SubscribeAsync([Bob]);
        await carol.Presence.SubscribeAsync([Bob]);

        await bob.Users.UpdateAsync("Bob", privateData: System.Text.Json.JsonElement.Parse("{\"secret\":1}"));
        await UntilAsync(() => toAlice.Count == 1 && toCarol.Count == 1, "both hear of bob's name");
        Assert.Equal((Bob, "Bob"), (toAlice.Single().User, toAlice.Single().DisplayName));
        await carol.Presence.UnsubscribeAsync([Bob]);
        await bob.Users.UpdateAsync("Robert");
        await UntilAsync(() => toAlice.Count == 2, "alice hears of the next");
        // What else was told came by then: the answer to a later request follows it.
        await carol.Inbox.ListAsync();
        Assert.Single(toCarol);
    }

    [Theory, EveryEngine]
    [Trait("Row", "V23")]
    [Trait("Row", "B38")]
    public async Task Own_devices_hear_what_another_of_them_chose_and_typed_marked_as_own(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (phone, laptop) = (await server.ConnectAsync("alice", "phone"), await server.ConnectAsync("alice", "laptop"));
        var chat = (await phone.Conversations.DirectAsync(Bob)).Conversation;
        var (chosen, typed) = (new ConcurrentQueue<PresenceChangedEventArgs>(), new ConcurrentQueue<TypingEventArgs>());
        laptop.Presence.Changed += (_, e) => chosen.Enqueue(e);
        laptop.TypingChanged += (_, e) => typed.Enqueue(e);

        await phone.Presence.SetAsync(PresenceStatus.Invisible, "for my devices only");
        await phone.Conversations.SetTypingAsync(chat);
        await phone.Conversations.SetTypingAsync(chat, TypingState.Stopped);

        await UntilAsync(() => chosen.Count == 1 && typed.Count == 2, "the laptop hears of all");
        Assert.Equal((true, PresenceStatus.Invisible, "for my devices only"), (chosen.Single().IsOwn, chosen.Single().State.Status, chosen.Single().State.Text));
        Assert.All(typed, one => Assert.True(one.IsOwn));
    }

    [Theory, EveryEngine]
    [Trait("Row", "B16")]
    public async Task Hundreds_are_subscribed_to_in_several_requests(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var alice = await server.ConnectAsync("alice");
        UserId[] friends = [.. Enumerable.Range(0, 250).Select(number => new UserId($"friend-{number}"))];

        var states = await alice.Presence.SubscribeAsync(friends);
        await server.ConnectAsync("friend-249");

        Assert.Equal(friends, states.Select(state => state.User));
        await UntilAsync(() => alice.Presence.Of(friends[249])?.Status == PresenceStatus.Online, "the last of them comes");
        Assert.Equal(250, (await alice.Presence.GetAsync(friends)).Count);
        await alice.Presence.UnsubscribeAsync(friends);
        Assert.Null(alice.Presence.Of(friends[249]));
    }

    [Theory, EveryEngine]
    [Trait("Row", "B29")]
    public async Task Somebody_is_seen_typing_until_his_message_comes(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, bob) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"));
        var chat = (await alice.Conversations.DirectAsync(Bob)).Conversation;
        using var seen = await alice.Conversations.OpenAsync(chat);
        using var written = await bob.Conversations.OpenAsync(chat);
        var told = new ConcurrentQueue<string>();
        seen.TypingChanged += (_, e) => told.Enqueue($"{e.Typing.State}");
        seen.Changed += (_, e) => told.Enqueue($"{e.Timeline.Items.Count} items");

        await written.StartTypingAsync();
        await UntilAsync(() => seen.Typing.ContainsKey(Bob), "alice sees bob typing");
        Assert.Empty(written.Typing);
        await written.SendAsync("hello");
        await UntilAsync(() => told.Contains("2 items"), "the message comes");

        Assert.Empty(seen.Typing);
        Assert.Equal(["Started", "Stopped", "2 items"], told.Where(one => one != "1 items").Take(3));
        var refused = await Assert.ThrowsAsync<ParleyRefusedException>(() => bob.Conversations.SetTypingAsync(ConversationId.New()));
        Assert.Equal(Refusals.NotFound, refused.Refusal);
    }
}
