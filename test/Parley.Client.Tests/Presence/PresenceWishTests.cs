using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Presence;

/// <summary>What the client asks of a server by itself, so that the program's wish stays true.</summary>
public sealed class PresenceWishTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Subscriptions_are_made_again_after_a_reconnect_and_tell_what_changed_meanwhile()
    {
        await using var scene = await Scene.StartAsync();
        var told = new List<string>();
        scene.Alice.Presence.Changed += (_, e) => told.Add($"{e.State.User} {e.State.Status}");
        var subscribing = scene.Alice.Presence.SubscribeAsync([Bob, Carol]);
        await AnswerAsync(scene.Connection, PresenceStatus.Online, PresenceStatus.Online);
        await subscribing;

        scene.Connection.Cut();
        await scene.ReconnectedAsync();
        Assert.Equal(["bob", "carol"], await AnswerAsync(scene.Connection, PresenceStatus.Online, PresenceStatus.Away));

        await UntilAsync(() => told.Count == 3, "what changed is told");
        Assert.Equal(["bob Online", "carol Online", "carol Away"], told);
        Assert.Equal(PresenceStatus.Away, scene.Alice.Presence.Of(Carol)?.Status);
    }

    [Fact]
    public async Task Subscriptions_are_renewed_when_half_of_their_time_has_passed()
    {
        var clock = new MovableClock();
        await using var server = await ScriptedServer.StartAsync();
        await using var alice = ClientOf(server, options => new ParleyClientOptions { Endpoint = options.Endpoint, TokenProvider = options.TokenProvider, TimeProvider = clock, PingInterval = TimeSpan.FromHours(12) });
        var connecting = alice.ConnectAsync();
        var connection = await server.NextSessionAsync(opening => opening.TokenEndsIn = TimeSpan.FromHours(23));
        await connecting;
        var subscribing = alice.Presence.SubscribeAsync([Bob]);
        await AnswerAsync(connection, PresenceStatus.Online);
        await subscribing;

        for (var times = 0; times < 3; times++)
        {
            clock.Move(TimeSpan.FromMinutes(30));
            Assert.Equal(["bob"], await AnswerAsync(connection, PresenceStatus.Online));
        }
    }

    [Fact]
    public async Task What_another_device_gave_up_this_one_wants_on()
    {
        await using var scene = await Scene.StartAsync();
        var subscribing = scene.Alice.Presence.SubscribeAsync([Bob]);
        await AnswerAsync(scene.Connection, PresenceStatus.Online);
        await subscribing;

        await scene.Connection.PushAsync("presence.unsubscribed", new PresenceSubscriptionsEnded([Carol]), ProtocolJson.Lenient.PresenceSubscriptionsEnded);
        await scene.Connection.PushAsync("presence.unsubscribed", new PresenceSubscriptionsEnded([Bob]), ProtocolJson.Lenient.PresenceSubscriptionsEnded);

        Assert.Equal(["bob"], await AnswerAsync(scene.Connection, PresenceStatus.Online));
        Assert.Empty(await scene.Connection.WithinAsync(TimeSpan.FromMilliseconds(200)));
    }

    [Fact]
    public async Task A_subscription_that_was_refused_is_not_asked_for_again()
    {
        await using var scene = await Scene.StartAsync();
        var subscribing = scene.Alice.Presence.SubscribeAsync([Bob]);
        await scene.Connection.RefuseAsync(await scene.Connection.ExpectAsync("presence.subscribe"), Refusals.TooLarge);
        Assert.Equal(Refusals.TooLarge, (await Assert.ThrowsAsync<ParleyRefusedException>(() => subscribing)).Refusal);

        scene.Connection.Cut();
        await scene.ReconnectedAsync();

        Assert.Empty(await scene.Connection.WithinAsync(TimeSpan.FromMilliseconds(300)));
    }

    [Fact]
    [Trait("Row", "V09")]
    public async Task A_new_session_says_what_was_chosen_last_on_whichever_device()
    {
        await using var server = await ScriptedServer.StartAsync();
        await using var alice = ClientOf(server, options => new ParleyClientOptions
        {
            Endpoint = options.Endpoint,
            TokenProvider = options.TokenProvider,
            Presence = new SetPresence(PresenceStatus.Invisible, "from before"),
        });
        var connecting = alice.ConnectAsync();
        var connection = await server.NextSessionAsync();
        await connecting;
        Assert.Equal(new SetPresence(PresenceStatus.Invisible, "from before"), Chosen(connection));

        var setting = alice.Presence.SetAsync(PresenceStatus.Busy);
        await connection.AnswerAsync(
            await connection.ExpectAsync("presence.set"), new PresenceState(Alice, PresenceStatus.Busy, null, Noon, Chosen: true), ProtocolJson.Lenient.PresenceState);
        await setting;
        connection.Cut();
        connection = await server.NextSessionAsync();
        Assert.Equal(new SetPresence(PresenceStatus.Busy), Chosen(connection));

        await connection.PushAsync("presence", new PresenceState(Alice, PresenceStatus.Online, "at last", Noon), ProtocolJson.Lenient.PresenceState);
        await UntilAsync(() => alice.Presence.Of(Alice)?.Text == "at last", "the other device's choice came");
        connection.Cut();
        Assert.Equal(new SetPresence(null, "at last"), Chosen(await server.NextSessionAsync()));
    }

    [Fact]
    public async Task At_every_key_it_is_said_once_in_three_seconds_that_somebody_types_until_he_sends_or_gives_up()
    {
        await using var scene = await Scene.StartAsync();
        var lunch = ConversationId.New();
        for (var key = 0; key < 5; key++) _ = scene.Alice.Conversations.SetTypingAsync(lunch);
        Assert.Equal([TypingState.Started], await SaidAsync(scene));

        var sending = scene.Alice.Messages.SendAsync(lunch, "hi");
        await scene.RecordAsync(await scene.Connection.ExpectAsync("message.send"), 1);
        await sending;
        // The message said so.
        await scene.Alice.Conversations.SetTypingAsync(lunch, TypingState.Stopped);
        _ = scene.Alice.Conversations.SetTypingAsync(lunch);
        Assert.Equal([TypingState.Started], await SaidAsync(scene));
        _ = scene.Alice.Conversations.SetTypingAsync(lunch, TypingState.Stopped);
        _ = scene.Alice.Conversations.SetTypingAsync(lunch, TypingState.Stopped);
        Assert.Equal([TypingState.Stopped], await SaidAsync(scene));
        _ = scene.Alice.Conversations.SetTypingAsync(lunch);
        Assert.Equal([TypingState.Started], await SaidAsync(scene));
        await Task.Delay(TypingSignals.Every, TimeProvider.System);
        _ = scene.Alice.Conversations.SetTypingAsync(lunch);
        Assert.Equal([TypingState.Started], await SaidAsync(scene));
    }

    [Fact]
    public async Task Nobody_types_on_without_a_connection()
    {
        await using var scene = await Scene.StartAsync();
        var (lunch, told) = (ConversationId.New(), new List<(UserId, TypingState, bool)>());
        scene.Alice.TypingChanged += (_, e) => told.Add((e.Typing.User, e.Typing.State, e.IsOwn));

        foreach (var user in new[] { Bob, Alice })
            await scene.Connection.PushAsync("typing", new TypingChanged(lunch, user, TypingState.Started), ProtocolJson.Lenient.TypingChanged);
        await UntilAsync(() => told.Count == 2, "both type");
        scene.Connection.Cut();
        await scene.ReconnectedAsync();
        await UntilAsync(() => told.Count == 4, "and type no more");

        Assert.Equal([(Bob, TypingState.Started, false), (Alice, TypingState.Started, true)], told[..2]);
        Assert.All(told[2..], one => Assert.Equal(TypingState.Stopped, one.Item2));
    }

    private static SetPresence? Chosen(ScriptedConnection connection) => connection.Opened!.As(ProtocolJson.Lenient.OpenSession).Presence;

    /// <summary>Answers the next subscription; whom it named.</summary>
    private static async Task<IEnumerable<string>> AnswerAsync(ScriptedConnection connection, params PresenceStatus[] statuses)
    {
        var request = await connection.ExpectAsync("presence.subscribe");
        var asked = request.As(ProtocolJson.Lenient.SubscribePresence);
        var states = asked.Users.Zip(statuses, (user, status) => new PresenceState(user, status, null, Noon)).ToList();
        await connection.AnswerAsync(request, new PresenceSubscribed(states, Noon.AddHours(1)), ProtocolJson.Lenient.PresenceSubscribed);
        return asked.Users.Select(user => user.Value);
    }

    private static async Task<List<TypingState>> SaidAsync(Scene scene)
    {
        var said = new List<TypingState>();
        foreach (var request in await scene.Connection.WithinAsync(TimeSpan.FromMilliseconds(300)))
        {
            if (request.Method != "typing.set") continue;
            said.Add(request.As(ProtocolJson.Lenient.SetTyping).State);
            await scene.Connection.AnswerAsync(request, "{}");
        }

        return said;
    }
}
