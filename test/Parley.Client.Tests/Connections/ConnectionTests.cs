using System.Net;
using System.Net.Sockets;
using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Connections;

public sealed class ConnectionTests
{
    [Fact]
    [Trait("Row", "V03")]
    public async Task A_connection_that_breaks_is_opened_again_with_the_last_positions()
    {
        await using var server = await ScriptedServer.StartAsync();
        await using var alice = ClientOf(server);
        var told = new Told(alice);
        var connecting = alice.ConnectAsync();
        var first = await server.NextSessionAsync();
        await connecting;
        var newcomer = first.Opened!.As(ProtocolJson.Lenient.OpenSession);
        Assert.Equal((null, null), (newcomer.Epoch, newcomer.Since));

        first.Cut();
        var second = await server.NextSessionAsync();

        var returning = second.Opened!.As(ProtocolJson.Lenient.OpenSession);
        Assert.Equal((Opening.FirstEpoch, "since-1"), (returning.Epoch, returning.Since));
        Assert.Equal(newcomer.Device, returning.Device);
        await UntilAsync(() => told.States.Count == 5, "alice is connected again");
        Assert.Equal(
            [
                (ConnectionState.Connecting, ConnectionReason.Asked), (ConnectionState.Open, ConnectionReason.Opened),
                (ConnectionState.Waiting, ConnectionReason.Lost), (ConnectionState.Connecting, ConnectionReason.Retry), (ConnectionState.Open, ConnectionReason.Opened),
            ],
            told.States.Select(change => (change.State, change.Reason)));
    }

    [Fact]
    public async Task A_server_that_accepts_and_says_nothing_is_left_after_the_hello_timeout()
    {
        using var stopped = new TcpListener(IPAddress.Loopback, 0);
        stopped.Start();
        await using var alice = ClientOf(new Uri($"http://localhost:{((IPEndPoint)stopped.LocalEndpoint).Port}"), Hello(0.2));
        var told = new Told(alice);

        _ = alice.ConnectAsync();

        await UntilAsync(() => told.States.Any(change => change.Reason == ConnectionReason.HelloTimeout), "the attempt is given up");
    }

    [Fact]
    public async Task A_session_that_is_not_answered_is_left_after_the_hello_timeout()
    {
        await using var server = await ScriptedServer.StartAsync();
        // Long enough for a process that has compiled nothing yet.
        await using var alice = ClientOf(server, Hello(2));
        var told = new Told(alice);
        var connecting = alice.ConnectAsync();

        var first = await server.NextConnectionAsync();
        await first.ExpectAsync("session.open");
        await first.Ended.Task.WaitAsync(TimeSpan.FromSeconds(10));
        await server.NextSessionAsync();
        await connecting;

        Assert.Contains(told.States, change => change is { State: ConnectionState.Waiting, Reason: ConnectionReason.HelloTimeout });
    }

    [Fact]
    public async Task A_server_that_falls_silent_is_noticed_by_its_missing_pong()
    {
        await using var server = await ScriptedServer.StartAsync();
        await using var wire = await FrozenWire.StartAsync(server.Address);
        await using var alice = ClientOf(wire.Address, With(options => new ParleyClientOptions
        {
            Endpoint = options.Endpoint, TokenProvider = options.TokenProvider,
            PingInterval = TimeSpan.FromMilliseconds(100), PingTimeout = TimeSpan.FromMilliseconds(300),
        }));
        var told = new Told(alice);
        var connecting = alice.ConnectAsync();
        await server.NextSessionAsync();
        await connecting;

        wire.Freeze();

        await UntilAsync(() => told.States.Any(change => change is { State: ConnectionState.Waiting, Reason: ConnectionReason.Lost }), "the silence is noticed");
    }

    [Fact]
    public async Task Replaced_by_a_newer_connection_of_its_device_the_client_stays_away_until_asked()
    {
        await using var server = await ScriptedServer.StartAsync();
        await using var alice = ClientOf(server);
        var told = new Told(alice);
        _ = alice.ConnectAsync();
        var first = await server.NextSessionAsync();

        await first.CloseAsync(CloseCode.Replaced);
        await UntilAsync(() => told.States.Any(change => change.State == ConnectionState.Closed), "the client is closed");

        Assert.Equal((ConnectionReason.ClosedByServer, CloseCode.Replaced), (told.States.Last().Reason, told.States.Last().CloseCode));
        await Assert.ThrowsAsync<ParleyConnectionException>(() => alice.Inbox.ListAsync());
        Assert.Equal(1, server.Attempts);

        var again = alice.ConnectAsync();
        await server.NextSessionAsync();
        await again;
        Assert.Equal(ConnectionState.Open, alice.State);
    }

    [Fact]
    public async Task A_token_that_ended_is_asked_for_again_before_reconnecting()
    {
        await using var server = await ScriptedServer.StartAsync();
        var tokens = 0;
        await using var alice = ClientOf(server, Tokens(() => $"token-{++tokens}"));
        _ = alice.ConnectAsync();
        var first = await server.NextSessionAsync();

        await first.CloseAsync(CloseCode.Unauthorized);
        var second = await server.NextSessionAsync();

        Assert.Equal("token-2", second.Opened!.As(ProtocolJson.Lenient.OpenSession).Token);
    }

    [Fact]
    public async Task A_token_that_is_good_is_used_again_after_a_broken_connection()
    {
        await using var server = await ScriptedServer.StartAsync();
        var tokens = 0;
        await using var alice = ClientOf(server, Tokens(() => $"token-{++tokens}"));
        _ = alice.ConnectAsync();
        (await server.NextSessionAsync()).Cut();

        var second = await server.NextSessionAsync();

        Assert.Equal("token-1", second.Opened!.As(ProtocolJson.Lenient.OpenSession).Token);
    }

    [Fact]
    public async Task A_token_that_was_refused_and_comes_again_closes_the_client()
    {
        await using var server = await ScriptedServer.StartAsync();
        await using var alice = ClientOf(server);
        var connecting = alice.ConnectAsync();
        var first = await server.NextConnectionAsync();
        await first.RefuseAsync(await first.ExpectAsync("session.open"), Refusals.Unauthorized);

        await Assert.ThrowsAsync<ParleyConnectionException>(() => connecting);

        Assert.Equal(ConnectionState.Closed, alice.State);
        Assert.Equal(1, server.Attempts);
    }

    [Fact]
    public async Task A_token_that_cannot_be_verified_yet_is_shown_again_after_the_wait()
    {
        await using var server = await ScriptedServer.StartAsync();
        var asked = 0;
        await using var alice = ClientOf(server, Tokens(() => $"token-{++asked}"));
        var told = new Told(alice);
        var connecting = alice.ConnectAsync();
        var first = await server.NextConnectionAsync();
        await first.RefuseAsync(await first.ExpectAsync("session.open"), Refusals.KeysUnavailable.After(TimeSpan.FromMilliseconds(200)));

        var second = await server.NextSessionAsync();
        await connecting;

        Assert.Equal("token-1", second.Opened!.As(ProtocolJson.Lenient.OpenSession).Token);
        var waiting = told.States.Single(change => change.State == ConnectionState.Waiting);
        Assert.Equal((ConnectionReason.Refused, Refusals.KeysUnavailable), (waiting.Reason, waiting.Refusal));
        Assert.InRange(waiting.RetryIn!.Value, TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(300));
    }

    [Fact]
    public async Task A_token_provider_that_fails_is_asked_again()
    {
        await using var server = await ScriptedServer.StartAsync();
        var asked = 0;
        await using var alice = ClientOf(server, Tokens(() => ++asked == 1 ? throw new IOException("no backend") : "token"));
        var told = new Told(alice);
        var connecting = alice.ConnectAsync();

        await server.NextSessionAsync();
        await connecting;

        Assert.Contains(told.States, change => change is { Reason: ConnectionReason.NoToken, Error: IOException });
    }

    [Fact]
    public async Task An_expiring_session_is_renewed_with_a_new_token_on_the_same_connection()
    {
        await using var server = await ScriptedServer.StartAsync();
        var tokens = 0;
        await using var alice = ClientOf(server, Tokens(() => $"token-{++tokens}"));
        var connecting = alice.ConnectAsync();
        var connection = await server.NextSessionAsync();
        await connecting;

        await connection.PushAsync("session.expiring", new SessionExpiring(TimeProvider.System.Now()), ProtocolJson.Lenient.SessionExpiring);
        var request = await connection.ExpectAsync("session.renew");

        Assert.Equal("token-2", request.As(ProtocolJson.Lenient.RenewSession).Token);
        await connection.AnswerAsync(request, new SessionRenewed(TimeProvider.System.Now().AddHours(1)), ProtocolJson.Lenient.SessionRenewed);
        connection.Cut();
        Assert.Equal("token-2", (await server.NextSessionAsync()).Opened!.As(ProtocolJson.Lenient.OpenSession).Token);
    }

    [Fact]
    public async Task A_renewal_that_cannot_be_judged_yet_is_asked_for_again_with_the_same_token()
    {
        await using var server = await ScriptedServer.StartAsync();
        var tokens = 0;
        await using var alice = ClientOf(server, Tokens(() => $"token-{++tokens}"));
        var connecting = alice.ConnectAsync();
        var connection = await server.NextSessionAsync();
        await connecting;

        await connection.PushAsync("session.expiring", new SessionExpiring(TimeProvider.System.Now()), ProtocolJson.Lenient.SessionExpiring);
        await connection.RefuseAsync(await connection.ExpectAsync("session.renew"), Refusals.KeysUnavailable.After(TimeSpan.FromMilliseconds(100)));

        Assert.Equal("token-2", (await connection.ExpectAsync("session.renew")).As(ProtocolJson.Lenient.RenewSession).Token);
        Assert.Equal(2, tokens);
    }

    [Fact]
    public async Task A_server_that_goes_says_how_long_to_wait()
    {
        await using var server = await ScriptedServer.StartAsync();
        await using var alice = ClientOf(server);
        var told = new Told(alice);
        _ = alice.ConnectAsync();
        var first = await server.NextSessionAsync();

        await first.PushAsync("session.closing", new SessionClosing(20_000), ProtocolJson.Lenient.SessionClosing);
        await first.CloseAsync(CloseCode.Restarting);

        await UntilAsync(() => told.States.Any(change => change.State == ConnectionState.Waiting), "the client waits");
        var wait = told.States.Last();
        Assert.Equal(CloseCode.Restarting, wait.CloseCode);
        Assert.InRange(wait.RetryIn!.Value, TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_server_that_admits_nobody_now_says_how_long_to_wait_over_HTTP()
    {
        await using var server = await ScriptedServer.StartAsync();
        server.Refusing = (503, 20);
        await using var alice = ClientOf(server);
        var told = new Told(alice);

        _ = alice.ConnectAsync();

        await UntilAsync(() => told.States.Any(change => change.State == ConnectionState.Waiting), "the client waits");
        Assert.InRange(told.States.Last().RetryIn!.Value, TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(31));
    }

    [Fact]
    public async Task Asking_to_connect_many_times_makes_one_connection()
    {
        await using var server = await ScriptedServer.StartAsync();
        await using var alice = ClientOf(server);
        var asked = Enumerable.Range(0, 20).Select(_ => alice.ConnectAsync()).ToList();

        await server.NextSessionAsync();
        await Task.WhenAll(asked);

        Assert.Equal(1, server.Attempts);
    }

    [Fact]
    public async Task Disposing_says_goodbye()
    {
        await using var server = await ScriptedServer.StartAsync();
        var alice = ClientOf(server);
        var connecting = alice.ConnectAsync();
        var told = new Told(alice);
        var connection = await server.NextSessionAsync();
        await connecting;

        await alice.DisposeAsync();

        await connection.Ended.Task.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(1000, (int?)connection.ClientClosed);
        Assert.Equal((ConnectionState.Closed, ConnectionReason.Asked), (told.States.Last().State, told.States.Last().Reason));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => alice.ConnectAsync());
    }

    [Theory]
    [InlineData("ftp://chat.example.com")]
    [InlineData("mailto:chat@example.com")]
    public void An_address_that_no_WebSocket_has_is_misuse(string address) =>
        Assert.Throws<ArgumentException>(() => ClientOf(new Uri(address)));

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    [InlineData(3_000_000)]
    public void A_time_that_no_timer_can_wait_is_misuse(double seconds) =>
        Assert.Throws<ArgumentException>(() => ClientOf(new Uri("http://localhost:9"), Hello(seconds)));

    private static Func<ParleyClientOptions, ParleyClientOptions> With(Func<ParleyClientOptions, ParleyClientOptions> change) => change;

    private static Func<ParleyClientOptions, ParleyClientOptions> Hello(double seconds) =>
        options => new ParleyClientOptions { Endpoint = options.Endpoint, TokenProvider = options.TokenProvider, HelloTimeout = TimeSpan.FromSeconds(seconds) };

    private static Func<ParleyClientOptions, ParleyClientOptions> Tokens(Func<string> next) =>
        options => new ParleyClientOptions { Endpoint = options.Endpoint, TokenProvider = _ => ValueTask.FromResult(next()) };
}
