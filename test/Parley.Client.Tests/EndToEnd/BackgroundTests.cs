using System.Collections.Concurrent;
using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.EndToEnd;

/// <summary>What a program says of whether somebody looks at it, as others see it and as it hears of messages; against the server as it ships.</summary>
public sealed class BackgroundTests : IAsyncLifetime
{
    private readonly ConcurrentQueue<(string Text, bool IsInBackground)> _heard = [];
    private RealServer _server = null!;
    private ParleyClient _alice = null!;
    private ParleyClient _bob = null!;
    private Told _told = null!;
    private ConversationId _chat;

    public async ValueTask InitializeAsync()
    {
        _server = await RealServer.StartNewAsync();
        (_alice, _bob) = (ClientOf("alice"), _server.ClientOf("bob"));
        _alice.MessageReceived += (_, e) => _heard.Enqueue((e.Message.Content.PlainText(), e.IsInBackground));
        _told = new Told(_alice);
        await Task.WhenAll(_alice.ConnectAsync(), _bob.ConnectAsync());
        _chat = (await _bob.Conversations.DirectAsync(Alice)).Conversation;
        await _bob.Presence.SubscribeAsync([Alice]);
    }

    public async ValueTask DisposeAsync()
    {
        await _alice.DisposeAsync();
        await _bob.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    [Trait("Row", "S32")]
    public async Task Who_is_in_the_background_is_seen_away_and_told_of_messages_as_before()
    {
        await SeenAsync(PresenceStatus.Online);

        _alice.EnterBackground();
        _alice.EnterBackground();
        await SeenAsync(PresenceStatus.Away);
        await SayAsync("while nobody looks");
        _alice.EnterForeground();
        _alice.EnterForeground();
        await SeenAsync(PresenceStatus.Online);
        await SayAsync("while she looks");

        Assert.Equal([("while nobody looks", true), ("while she looks", false)], _heard);
        Assert.Equal([ConnectionState.Connecting, ConnectionState.Open], _told.States.Select(change => change.State));
    }

    [Fact]
    public async Task Away_is_the_device_and_not_the_user_who_is_at_another()
    {
        await using var tablet = ClientOf("alice", "tablet");
        await tablet.ConnectAsync();

        // Both have said it when the second has: what a user's devices say is told together.
        _alice.EnterBackground();
        await _alice.Presence.GetAsync([Alice]);
        Assert.Equal(PresenceStatus.Online, (await _bob.Presence.GetAsync([Alice])).Single().Status);
        tablet.EnterBackground();
        await SeenAsync(PresenceStatus.Away);
        tablet.EnterForeground();
        await SeenAsync(PresenceStatus.Online);
    }

    [Fact]
    [Trait("Row", "S32")]
    public async Task A_session_lost_in_the_background_stays_lost_until_somebody_looks_who_then_hears_what_was_said()
    {
        _alice.EnterBackground();
        await LoseAsync();
        await _bob.Messages.SendAsync(_chat, "while she is away");
        Assert.Equal((PresenceStatus.Offline, ConnectionState.Waiting), ((await _bob.Presence.GetAsync([Alice])).Single().Status, _alice.State));
        Assert.Empty(_heard);

        _alice.EnterForeground();
        await UntilAsync(() => !_heard.IsEmpty, "she hears of it");
        await SeenAsync(PresenceStatus.Online);

        Assert.Equal([("while she is away", false)], _heard);
        Assert.Equal(
            [ConnectionReason.Lost, ConnectionReason.Background, ConnectionReason.Foreground, ConnectionReason.Opened],
            _told.States.Skip(2).Select(change => change.Reason));
    }

    [Fact]
    [Trait("Row", "S32")]
    public async Task Who_is_woken_connects_hears_what_was_said_stays_away_and_rests_again()
    {
        _alice.EnterBackground();
        await LoseAsync();
        await _bob.Messages.SendAsync(_chat, "the push was for this");

        await _alice.ConnectAsync();
        await UntilAsync(() => !_heard.IsEmpty, "she hears of it");
        await SeenAsync(PresenceStatus.Away);
        _alice.EnterBackground();
        await SayAsync("as long as the session lasts");
        await LoseAsync();

        _alice.EnterForeground();
        await UntilAsync(() => _alice.State == ConnectionState.Open, "she is back");
        await SeenAsync(PresenceStatus.Online);
        Assert.Equal([("the push was for this", true), ("as long as the session lasts", true)], _heard);
    }

    [Fact]
    public async Task Whose_connection_was_stopped_meanwhile_finds_out_in_the_foreground_and_hears_what_was_said()
    {
        _alice.EnterBackground();
        await SeenAsync(PresenceStatus.Away);
        await _server.FreezeAsync();

        // Its ping would find out after minutes.
        _alice.EnterForeground();
        await UntilAsync(() => _alice.State != ConnectionState.Open, "the session is given up");
        Assert.Equal((ConnectionState.Waiting, ConnectionReason.Lost), (_told.States.ElementAt(2).State, _told.States.ElementAt(2).Reason));
        await _server.ThawAsync();

        await UntilAsync(() => _alice.State == ConnectionState.Open, "she is back");
        await SayAsync("are you there?");
        await SeenAsync(PresenceStatus.Online);
        Assert.Equal([("are you there?", false)], _heard);
    }

    private ParleyClient ClientOf(string user, string device = "phone") => new(
        new ParleyClientOptions
        {
            Endpoint = _server.Address, TokenProvider = _ => ValueTask.FromResult(_server.TokenOf(user)), DeviceId = new DeviceId(device),
            HelloTimeout = TimeSpan.FromSeconds(2), PingInterval = TimeSpan.FromMinutes(5), PingTimeout = TimeSpan.FromMinutes(5),
        },
        () => 0.1);

    private Task SeenAsync(PresenceStatus status) => UntilAsync(() => _bob.Presence.Of(Alice)?.Status == status, $"bob sees her {status}");

    private async Task SayAsync(string text)
    {
        await _bob.Messages.SendAsync(_chat, text);
        await UntilAsync(() => _heard.Any(one => one.Text == text), $"she hears {text}");
    }

    /// <summary>The server is killed and started again, and everybody is back who comes back by himself.</summary>
    private async Task LoseAsync()
    {
        await _server.KillAsync();
        await UntilAsync(() => _told.States.Last() is { State: ConnectionState.Waiting, Reason: ConnectionReason.Background }, "she rests");
        await _server.StartAsync();
        // Bob's waits are hers, so she had the time to come back, too.
        await UntilAsync(() => _bob.State == ConnectionState.Open, "bob is back");
        await _bob.Inbox.ListAsync();
    }
}
