using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Presence;

/// <summary>What a client that follows asks of a server by itself.</summary>
[Trait("Row", "B29")]
public sealed class FollowingWishTests : IAsyncDisposable
{
    private static readonly UserId Dave = new("dave");

    private readonly ConversationId _lunch = ConversationId.New();
    private readonly MovableClock _clock = new();
    private ScriptedServer _server = null!;
    private ScriptedConnection _connection = null!;
    private ParleyClient _alice = null!;

    [Fact]
    public async Task Everybody_is_asked_for_again_after_a_reconnect_and_when_half_of_the_time_has_passed()
    {
        await StartAsync();
        Assert.Equal("bob carol", await AnswerAsync());
        await FollowsBothAsync();

        _connection.Cut();
        _connection = await _server.NextSessionAsync(opening => Say(opening));
        Assert.Equal("bob carol", await AnswerAsync());
        for (var times = 0; times < 2; times++)
        {
            await FollowsBothAsync();
            _clock.Move(TimeSpan.FromMinutes(30));
            Assert.Equal("bob carol", await AnswerAsync());
        }
    }

    [Fact]
    public async Task Who_came_or_went_while_the_connection_was_gone_is_told_by_the_log()
    {
        await StartAsync();
        await AnswerAsync();
        await FollowsBothAsync();
        _connection.Cut();
        _connection = await _server.NextSessionAsync(opening => Say(opening).Changes.Add(Change(3)));

        var reading = await _connection.ExpectAsync("conversation.sync");
        List<LogEntry> missed = [new ParticipantsRemoved(Bob, [Carol]).Happened(_lunch, 2), new ParticipantsAdded(Bob, [new Participant(Dave)]).Happened(_lunch, 3)];
        var synced = new SyncedConversation(_lunch, SyncStatus.Ok, new Sequence(3), new Sequence(1), missed, false);
        await _connection.AnswerAsync(reading, new ConversationsSynced([synced]), ProtocolJson.Lenient.ConversationsSynced);
        await UntilAsync(() => _alice.Presence.Following!.Coverage == PresenceCoverage.Asking, "it asks");
        var subscribed = await AnswerAllAsync(() => _alice.Presence.Following == new PresenceFollowing(2, PresenceCoverage.Everybody) && _alice.Presence.Of(Dave) is not null);

        Assert.Contains("-carol", subscribed);
        Assert.Contains(subscribed, one => one.Contains("dave", StringComparison.Ordinal));
        Assert.Null(_alice.Presence.Of(Carol));
    }

    [Fact]
    public async Task What_another_device_ended_is_asked_for_again_unless_the_user_has_as_many_as_he_may()
    {
        await StartAsync();
        Assert.Equal("bob carol", await AnswerAsync());
        await FollowsBothAsync();
        await EndAsync(Carol);
        Assert.Equal("carol", await AnswerAsync());
        await FollowsBothAsync();

        // The user's other devices have all the others.
        _clock.Move(TimeSpan.FromMinutes(30));
        await _connection.RefuseAsync(await _connection.ExpectAsync("presence.subscribe"), Refusals.TooLarge);
        var listing = await _connection.ExpectAsync("presence.subscriptions");
        PresenceSubscription[] taken = [new(Carol, default), .. Enumerable.Range(0, 2_999).Select(number => new PresenceSubscription(new UserId($"friend-{number}"), default))];
        await _connection.AnswerAsync(listing, new PresenceSubscriptionPage(taken, taken.Length, More: false), ProtocolJson.Lenient.PresenceSubscriptionPage);
        Assert.Equal("carol", await AnswerAsync());
        await UntilAsync(() => _alice.Presence.Following == new PresenceFollowing(1, PresenceCoverage.NearestOnly), "it says so");
        Assert.Null(_alice.Presence.Of(Bob));
        await EndAsync(Carol);

        await UntilAsync(() => _alice.Presence.Following == new PresenceFollowing(0, PresenceCoverage.NearestOnly), "the other device has the room");
        Assert.DoesNotContain(await _connection.WithinAsync(TimeSpan.FromMilliseconds(300)), request => request.Method == "presence.subscribe");
    }

    [Fact]
    public async Task A_client_that_receives_answers_only_cannot_follow()
    {
        await using var server = await ScriptedServer.StartAsync();
        Assert.Throws<ArgumentException>(() => ClientOf(server, options => new ParleyClientOptions
        {
            Endpoint = options.Endpoint, TokenProvider = options.TokenProvider, Receive = ReceiveMode.AnswersOnly, FollowPresence = true,
        }));
    }

    public async ValueTask DisposeAsync()
    {
        if (_alice is not null) await _alice.DisposeAsync();
        if (_server is not null) await _server.DisposeAsync();
    }

    /// <summary>Alice is in a group with bob and carol, and connects.</summary>
    private async Task StartAsync()
    {
        _server = await ScriptedServer.StartAsync();
        _alice = ClientOf(_server, options => new ParleyClientOptions
        {
            Endpoint = options.Endpoint, TokenProvider = options.TokenProvider, TimeProvider = _clock, PingInterval = TimeSpan.FromHours(12), FollowPresence = true,
        });
        var connecting = _alice.ConnectAsync();
        _connection = await _server.NextSessionAsync(opening => Say(opening).Changes.Add(Change(1)));
        await connecting;
        var reading = await _connection.ExpectAsync("conversation.getMany");
        var state = new ConversationState(
            _lunch, ConversationKind.Group, null, default, 1, new Sequence(1), new Sequence(1), Permissions.Read, 3,
            [.. new[] { Alice, Bob, Carol }.Select(user => new ParticipantState(user, Permissions.Read, default, default))],
            new OwnParticipation(Permissions.Read, new Sequence(1), new Sequence(1)));
        await _connection.AnswerAsync(reading, new ConversationStates([state]), ProtocolJson.Lenient.ConversationStates);
    }

    private static Opening Say(Opening opening)
    {
        opening.TokenEndsIn = TimeSpan.FromHours(23);
        return opening;
    }

    private ConversationChange Change(long head) => new(_lunch, ConversationKind.Group, 1, new Sequence(head), new Sequence(1), new Sequence(1));

    private Task FollowsBothAsync() =>
        UntilAsync(() => _alice.Presence.Following == new PresenceFollowing(2, PresenceCoverage.Everybody), "both are followed");

    private Task EndAsync(UserId user) =>
        _connection.PushAsync("presence.unsubscribed", new PresenceSubscriptionsEnded([user]), ProtocolJson.Lenient.PresenceSubscriptionsEnded);

    /// <summary>Answers the next subscription; whom it named.</summary>
    private async Task<string> AnswerAsync() => await AnswerAsync(await _connection.ExpectAsync("presence.subscribe"));

    private async Task<string> AnswerAsync(ScriptedRequest request)
    {
        var users = request.As(ProtocolJson.Lenient.SubscribePresence).Users;
        var states = users.Select(user => new PresenceState(user, PresenceStatus.Online)).ToList();
        await _connection.AnswerAsync(request, new PresenceSubscribed(states, default), ProtocolJson.Lenient.PresenceSubscribed);
        return string.Join(' ', users.Order());
    }

    /// <summary>Answers whatever is asked about subscriptions, until it is so.</summary>
    private async Task<List<string>> AnswerAllAsync(Func<bool> so)
    {
        var asked = new List<string>();
        for (var round = 0; !so(); round++)
        {
            Assert.True(round < 100, $"It never came to this; asked was: {string.Join(", ", asked)}");
            foreach (var request in await _connection.WithinAsync(TimeSpan.FromMilliseconds(100)))
            {
                if (request.Method == "presence.subscribe") asked.Add(await AnswerAsync(request));
                if (request.Method != "presence.unsubscribe") continue;
                asked.Add($"-{string.Join(' ', request.As(ProtocolJson.Lenient.UnsubscribePresence).Users)}");
                await _connection.AnswerAsync(request, new PresenceUnsubscribed(1), ProtocolJson.Lenient.PresenceUnsubscribed);
            }
        }

        return asked;
    }
}
