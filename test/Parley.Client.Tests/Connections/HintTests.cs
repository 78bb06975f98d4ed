using System.Collections.Concurrent;
using Parley.Client.Tests.Support;
using static Parley.Client.ConnectionReason;
using static Parley.Client.ConnectionState;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Connections;

/// <summary>What a program says of its network, and of whether somebody looks at it. The clock stands still, so nothing is tried because a rest is over.</summary>
public sealed class HintTests : IAsyncLifetime
{
    private StoppedClock _clock = new();
    private ScriptedServer _server = null!;
    private ParleyClient _alice = null!;
    private Told _told = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await ScriptedServer.StartAsync();
        Make(_server.Address);
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    [Trait("Row", "A32")]
    public async Task Without_a_network_nothing_is_tried_until_there_is_one_and_then_at_once()
    {
        _alice.NetworkChanged(NetworkStatus.Offline);
        var connecting = _alice.ConnectAsync();
        await ToldAsync((Connecting, Asked), (Waiting, Offline));
        Assert.Null(_told.States.Last().RetryIn);
        _clock.Move(TimeSpan.FromHours(1));
        await NothingTriedAsync(after: 0);

        _alice.NetworkChanged(NetworkStatus.Online);
        await _server.NextSessionAsync();
        await connecting;

        await ToldAsync((Connecting, Asked), (Waiting, Offline), (Connecting, Online), (Open, Opened));
    }

    [Fact]
    [Trait("Row", "A32")]
    public async Task Opened_closed_offline_online_and_error_are_states_with_their_reasons()
    {
        var first = await OpenAsync();
        _server.Refusing = (503, NoRetryAfter);
        first.Cut();
        await ToldAsync((Connecting, Asked), (Open, Opened), (Waiting, Lost));
        _alice.NetworkChanged(NetworkStatus.Offline);
        await ToldAsync((Connecting, Asked), (Open, Opened), (Waiting, Lost), (Waiting, Offline));
        _alice.NetworkChanged(NetworkStatus.Online);
        await ToldAsync((Connecting, Asked), (Open, Opened), (Waiting, Lost), (Waiting, Offline), (Connecting, Online), (Waiting, Unreachable));
        Assert.Contains("503", _told.States.Last().Error!.Message, StringComparison.Ordinal);

        await EndAsync();
        await UntilAsync(() => _told.States.Last() is { State: Closed, Reason: Asked }, "alice is closed");
    }

    [Fact]
    public async Task An_attempt_that_is_under_way_is_left_when_there_is_no_network()
    {
        var connecting = _alice.ConnectAsync();
        var first = await _server.NextConnectionAsync();
        await first.ExpectAsync("session.open");

        _alice.NetworkChanged(NetworkStatus.Offline);

        await first.Ended.Task.WaitAsync(TimeSpan.FromSeconds(10));
        await ToldAsync((Connecting, Asked), (Waiting, Offline));
        _alice.NetworkChanged(NetworkStatus.Online);
        await _server.NextSessionAsync();
        await connecting;
    }

    [Fact]
    public async Task A_thousand_hints_make_one_attempt_and_the_next_one_two_seconds_later()
    {
        var first = await OpenAsync();
        _server.Refusing = (503, NoRetryAfter);
        first.Cut();
        await UntilAsync(() => Waits == 1, "alice waits");

        for (var hint = 0; hint < 1_000; hint++) _alice.NetworkChanged(NetworkStatus.Online);
        await UntilAsync(() => Waits == 2, "the attempt failed");
        for (var hint = 0; hint < 1_000; hint++) _alice.NetworkChanged(NetworkStatus.Online);
        // With this draw the rest is 1.98 s, so what comes of these two moves comes of the hints.
        _clock.Move(TimeSpan.FromSeconds(1.5));
        _alice.NetworkChanged(NetworkStatus.Online);
        await NothingTriedAsync(after: 2);

        _clock.Move(TimeSpan.FromSeconds(0.4));
        _alice.EnterForeground();
        await NothingTriedAsync(after: 2);
    }

    [Fact]
    public async Task A_network_that_comes_and_goes_a_thousand_times_makes_one_attempt_in_two_seconds()
    {
        var first = await OpenAsync();
        _server.Refusing = (503, NoRetryAfter);
        first.Cut();
        await UntilAsync(() => Waits == 1, "alice waits");
        _alice.NetworkChanged(NetworkStatus.Online);
        await UntilAsync(() => Waits == 2, "the attempt failed");

        for (var change = 0; change < 1_000; change++)
        {
            _alice.NetworkChanged(NetworkStatus.Offline);
            _alice.NetworkChanged(NetworkStatus.Online);
        }

        // The last of them is heard before time goes on.
        await NothingTriedAsync(after: 2);
        _clock.Move(Connection.HintPause - TimeSpan.FromMilliseconds(30));
        await NothingTriedAsync(after: 2);
        _server.Refusing = null;
        _clock.Move(TimeSpan.FromMilliseconds(30));
        await _server.NextSessionAsync();
    }

    [Fact]
    public async Task A_network_that_comes_and_goes_while_it_is_tried_makes_one_attempt_in_two_seconds()
    {
        var connecting = _alice.ConnectAsync();
        await (await _server.NextConnectionAsync()).ExpectAsync("session.open");
        Flap();
        await (await _server.NextConnectionAsync()).ExpectAsync("session.open");

        Flap();
        await UntilAsync(() => Waits == 2, "the second is left");
        await NothingTriedAsync(after: 2);
        _clock.Move(Connection.HintPause - TimeSpan.FromMilliseconds(30));
        await NothingTriedAsync(after: 2);
        _clock.Move(TimeSpan.FromMilliseconds(30));
        await _server.NextSessionAsync();
        await connecting;

        void Flap()
        {
            _alice.NetworkChanged(NetworkStatus.Offline);
            _alice.NetworkChanged(NetworkStatus.Online);
        }
    }

    [Fact]
    public async Task A_hint_that_has_come_true_makes_no_later_rest_shorter()
    {
        var connecting = _alice.ConnectAsync();
        var first = await _server.NextConnectionAsync();
        var open = await first.ExpectAsync("session.open");
        _alice.NetworkChanged(NetworkStatus.Online);
        await first.AnswerAsync(open, new Opening().Answer(), ProtocolJson.Lenient.SessionOpened);
        await connecting;

        first.Cut();

        await ToldAsync((Connecting, Asked), (Open, Opened), (Waiting, Lost));
        Assert.NotEqual(TimeSpan.Zero, _told.States.Last().RetryIn);
        await NothingTriedAsync(after: 1);
    }

    [Fact]
    public async Task A_session_that_came_a_moment_after_the_last_check_is_checked_too()
    {
        var first = await OpenAsync();
        _alice.NetworkChanged(NetworkStatus.Online);
        await first.RefuseAsync(await first.ExpectAsync("presence.get"), Refusals.RateLimited);
        first.Cut();
        await UntilAsync(() => Waits == 1, "alice waits");
        _alice.NetworkChanged(NetworkStatus.Online);
        var second = await _server.NextSessionAsync();
        await UntilAsync(() => _alice.State == Open, "alice is connected again");

        _alice.NetworkChanged(NetworkStatus.Online);

        // No later than two seconds after the check of the first.
        await MoveUntilAsync(async () => (await second.WithinAsync(TimeSpan.FromMilliseconds(20))).Any(request => request.Method == "presence.get"));
    }

    [Fact]
    public async Task What_the_server_said_about_waiting_no_hint_makes_shorter()
    {
        var first = await OpenAsync();
        await first.PushAsync("session.closing", new SessionClosing(20_000), ProtocolJson.Lenient.SessionClosing);
        await first.CloseAsync(CloseCode.Restarting);
        await UntilAsync(() => Waits == 1, "alice waits");

        _alice.NetworkChanged(NetworkStatus.Offline);
        _alice.NetworkChanged(NetworkStatus.Online);
        _alice.EnterForeground();
        _clock.Move(TimeSpan.FromSeconds(19.9));
        await NothingTriedAsync(after: 1);

        _clock.Move(TimeSpan.FromSeconds(0.1));
        await _server.NextSessionAsync();
    }

    [Theory]
    [InlineData(NetworkStatus.Online)]
    [InlineData(NetworkStatus.Offline)]
    public async Task A_session_that_is_open_goes_on_when_it_shows_that_it_is_alive(NetworkStatus status)
    {
        var connection = await OpenAsync();

        for (var hint = 0; hint < 1_000; hint++) _alice.NetworkChanged(status);

        // A refusal is a sign of life too.
        await connection.RefuseAsync(await connection.ExpectAsync("presence.get"), Refusals.RateLimited);
        Assert.Empty(await connection.WithinAsync(TimeSpan.FromMilliseconds(100)));
        await MoveUntilAsync(async () => (await connection.WithinAsync(TimeSpan.FromMilliseconds(20))).Any(request => request.Method == "presence.get"));
        Assert.Equal((1, Open), (_server.Attempts, _alice.State));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_session_whose_socket_was_stopped_is_found_out_at_once(bool inForeground)
    {
        await using var wire = await FrozenWire.StartAsync(_server.Address);
        await EndAsync();
        _clock = new StoppedClock();
        Make(wire.Address);
        await OpenAsync();
        wire.Freeze();

        if (inForeground) _alice.EnterForeground();
        else _alice.NetworkChanged(NetworkStatus.Online);
        await MoveUntilAsync(() => Task.FromResult(Waits == 1 || _told.States.Count > 2), TimeSpan.FromSeconds(1));

        // The rest is nothing: the program has waited already.
        Assert.Equal((Waiting, Lost, TimeSpan.Zero), (_told.States.ElementAt(2).State, _told.States.ElementAt(2).Reason, _told.States.ElementAt(2).RetryIn));
        await UntilAsync(() => _told.States.Count > 3, "it is tried again");
    }

    [Fact]
    public async Task In_the_background_a_device_is_away_and_a_lost_session_is_not_opened_again()
    {
        var first = await OpenAsync();
        _alice.EnterBackground();
        _alice.EnterBackground();
        Assert.Equal(PresenceStatus.Away, await DeviceAsync(first));

        first.Cut();
        await ToldAsync((Connecting, Asked), (Open, Opened), (Waiting, Lost), (Waiting, Background));
        _clock.Move(TimeSpan.FromHours(1));
        await NothingTriedAsync(after: 1);

        _alice.EnterForeground();
        var second = await _server.NextSessionAsync();
        await ToldAsync((Connecting, Asked), (Open, Opened), (Waiting, Lost), (Waiting, Background), (Connecting, Foreground), (Open, Opened));
        Assert.DoesNotContain(await second.WithinAsync(TimeSpan.FromMilliseconds(100)), request => request.Method == "presence.device");
    }

    [Fact]
    [Trait("Row", "S32")]
    public async Task A_message_that_comes_in_the_background_says_so()
    {
        var chat = ConversationId.New();
        var connecting = _alice.ConnectAsync();
        var connection = await _server.NextSessionAsync(opening => opening.Changed(chat, head: 1, delivered: 1));
        await connecting;
        var told = new ConcurrentQueue<bool>();
        _alice.MessageReceived += (_, e) => told.Enqueue(e.IsInBackground);

        await SayAsync(2);
        _alice.EnterBackground();
        await SayAsync(3);
        _alice.EnterForeground();
        await SayAsync(4);

        Assert.Equal([false, true, false], told);

        async Task SayAsync(long sequence)
        {
            var entry = new LogEntry(chat, new Sequence(sequence), DateTimeOffset.UnixEpoch, new MessageSent(MessageId.New(), Bob, MessageContent.OfText($"{sequence}")));
            await connection.PushAsync(Methods.Entry, entry, ProtocolJson.Lenient.LogEntry);
            await UntilAsync(() => told.Count == sequence - 1, $"{sequence} is told");
        }
    }

    [Fact]
    public async Task Who_connects_in_the_background_is_connected_and_still_away()
    {
        var first = await OpenAsync();
        _alice.EnterBackground();
        first.Cut();
        await UntilAsync(() => _told.States.Last() is { State: Waiting, Reason: Background }, "alice rests");

        var connecting = _alice.ConnectAsync();
        var second = await _server.NextSessionAsync();
        await connecting;
        Assert.Equal(PresenceStatus.Away, await DeviceAsync(second));

        _alice.EnterForeground();
        await second.ExpectAsync("presence.get");
        Assert.Equal(PresenceStatus.Online, await DeviceAsync(second));
        _alice.EnterForeground();
        Assert.DoesNotContain(await second.WithinAsync(TimeSpan.FromMilliseconds(100)), request => request.Method == "presence.device");
    }

    [Fact]
    public async Task Hints_to_a_client_that_nobody_connected_or_that_is_disposed_do_nothing()
    {
        Hint();
        Assert.Equal((0, Closed), (_server.Attempts, _alice.State));

        await EndAsync();
        Hint();
        Assert.Empty(_told.States);
        Assert.Throws<ArgumentOutOfRangeException>(() => _alice.NetworkChanged((NetworkStatus)2));

        void Hint()
        {
            _alice.EnterBackground();
            _alice.EnterForeground();
            _alice.NetworkChanged(NetworkStatus.Offline);
            _alice.NetworkChanged(NetworkStatus.Online);
        }
    }

    private const int NoRetryAfter = -1;

    private int Waits => _told.States.Count(change => change.State == Waiting);

    private void Make(Uri address)
    {
        _alice = new ParleyClient(
            new ParleyClientOptions
            {
                Endpoint = address, TokenProvider = _ => ValueTask.FromResult("token-of-alice"), TimeProvider = _clock, HelloTimeout = TimeSpan.FromSeconds(4),
                PingInterval = TimeSpan.FromMinutes(5), PingTimeout = TimeSpan.FromMinutes(5),
            },
            () => 0.99);
        _told = new Told(_alice);
    }

    private async Task<ScriptedConnection> OpenAsync()
    {
        var connecting = _alice.ConnectAsync();
        var connection = await _server.NextSessionAsync();
        await connecting;
        await UntilAsync(() => _told.States.Count == 2, "alice is told that she is connected");
        return connection;
    }

    private async Task ToldAsync(params (ConnectionState State, ConnectionReason Reason)[] expected)
    {
        await UntilAsync(() => _told.States.Count >= expected.Length, $"{expected.Last()} is told; told was {string.Join(", ", _told.States.Select(change => change.Reason))}", seconds: 10);
        Assert.Equal(expected, _told.States.Select(change => (change.State, change.Reason)));
    }

    /// <summary>What would be tried now is tried on another thread, so a moment has to pass before it can be said that it is not.</summary>
    private async Task NothingTriedAsync(int after)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        Assert.Equal((after, Waiting), (_server.Attempts, _alice.State));
    }

    /// <summary>What timers wait for is not known from outside, so the clock is moved on until it is so.</summary>
    private async Task MoveUntilAsync(Func<Task<bool>> so, TimeSpan? step = null)
    {
        for (var moves = 0; !await so(); moves++)
        {
            Assert.True(moves < 1_000, "It never came to this.");
            _clock.Move(step ?? TimeSpan.FromMilliseconds(100));
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
    }

    /// <summary>Saying goodbye takes time.</summary>
    private ValueTask EndAsync()
    {
        _clock.Run();
        return _alice.DisposeAsync();
    }

    private static async Task<PresenceStatus> DeviceAsync(ScriptedConnection connection) =>
        (await connection.ExpectAsync("presence.device")).As(ProtocolJson.Lenient.SetDevicePresence).Status;
}
