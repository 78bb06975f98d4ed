using Parley.Identity;

namespace Parley.Tests.Gateway;

public sealed class SessionTests
{
    private static readonly string Get = $$"""{"conversation":"{{Guid.NewGuid()}}"}""";

    [Fact, Trait("Row", "AU-13")]
    public async Task A_connection_that_opens_no_session_in_time_is_closed()
    {
        await using var host = await GatewayHost.StartAsync();
        using var client = await host.ConnectAsync();
        host.Clock.Advance(TimeSpan.FromSeconds(4));
        await host.SweptAsync();
        Assert.Equal(1, host.Gateway.Admission.Connections);

        host.Clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(4401, await client.ReadCloseAsync());
    }

    [Theory, Trait("Row", "AU-13")]
    [InlineData("""{"jsonrpc":"2.0","id":"1","method":"conversation.get","params":{}}""", "unauthorized", "1")]
    [InlineData("""{"jsonrpc":"2.0","id":"1","method":"session.renew","params":{"token":"demo/alice/3600"}}""", "unauthorized", "1")]
    [InlineData("""{"jsonrpc":"2.0","id":"1","method":"session.open","params":{"token":"bad","device":"d"}}""", "unauthorized", "1")]
    [InlineData("""{"jsonrpc":"2.0","id":"1","method":"session.open","params":{"token":"demo/alice/3600"}}""", "invalid_params", "1")]
    [InlineData("""{"jsonrpc":"2.0","id":"1","method":"session.open","params":{"token":"demo/alice/3600","device":"d","user":"bob"}}""", "unknown_field", "1")]
    [InlineData("""{"jsonrpc":"2.0","id":"1","method":"session.open","params":{"token":"demo/alice/3600","device":"d","since":"s"}}""", "invalid_params", "1")]
    [InlineData("""{"jsonrpc":"2.0","id":"1","method":"session.open","params":{"token":"demo/alice/3600","device":"d","since":"s","epoch":null}}""", "invalid_params", "1")]
    [InlineData("""{"jsonrpc":"2.0","method":"receipt.delivered","params":{}}""", "unauthorized", null)]
    [InlineData("nonsense", "invalid_json", null)]
    [Trait("Row", "V04")]
    public async Task Anything_but_a_valid_session_open_comes_first_and_ends_the_connection(string first, string code, string? id)
    {
        await using var host = await GatewayHost.StartAsync();
        using var client = await host.ConnectAsync();

        await client.SendAsync(first);

        Assert.Equal(code, await client.ReadRefusalAsync(id));
        Assert.Equal(4401, await client.ReadCloseAsync());
        Assert.Empty(host.Handled);
        Assert.Empty(host.Subscribers);
    }

    [Fact, Trait("Row", "AU-13")]
    public async Task A_second_open_as_somebody_else_ends_the_connection_and_changes_nobody()
    {
        await using var host = await GatewayHost.StartAsync();
        using var client = await host.ConnectAsync("alice");

        await client.SendRequestAsync("1", "session.open", """{"token":"demo/bob/3600","device":"phone"}""");

        Assert.Equal("invalid_request", await client.ReadRefusalAsync("1"));
        Assert.Equal(4400, await client.ReadCloseAsync());
        Assert.DoesNotContain(host.Subscribers, subscriber => subscriber.User.User.Value == "bob");
    }

    [Fact]
    public async Task What_is_sent_behind_session_open_without_waiting_is_done_as_its_user()
    {
        await using var host = await GatewayHost.StartAsync();
        host.OnOpen = async _ =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            return null;
        };
        using var client = await host.ConnectAsync();
        await client.SendAsync($$$"""
            [{"jsonrpc":"2.0","id":"1","method":"session.open","params":{"token":"demo/alice/3600","device":"phone"}},
             {"jsonrpc":"2.0","id":"2","method":"message.send","params":{{{GatewayHost.Message(Guid.NewGuid(), "hi")}}}}]
            """);
        await client.SendRequestAsync("3", "conversation.get", Get);

        foreach (var id in new[] { "1", "2", "3" }) Assert.Equal(id, (await client.ReadMessageAsync()).GetProperty("id").GetString());
    }

    [Fact]
    public async Task A_session_that_cannot_be_opened_now_is_refused_gets_no_pushes_and_is_ended()
    {
        await using var host = await GatewayHost.StartAsync();
        host.OnOpen = subscriber =>
        {
            subscriber.Signal("1"u8.ToArray());
            return Task.FromResult<Refusal?>(Refusals.Unavailable);
        };
        using var client = await host.ConnectAsync();

        await client.SendRequestAsync("1", "session.open", """{"token":"demo/alice/3600","device":"phone"}""");

        Assert.Equal("unavailable", await client.ReadRefusalAsync("1"));
        Assert.Equal(1011, await client.ReadCloseAsync());
        client.Dispose();
        await GatewayHost.EventuallyAsync(() => host.Subscribers.Count == 0);
    }

    [Fact]
    public async Task A_session_that_is_asked_for_wrongly_is_not_the_servers_failure()
    {
        await using var host = await GatewayHost.StartAsync();
        host.OnOpen = _ => Task.FromResult<Refusal?>(Refusals.InvalidParams);
        using var client = await host.ConnectAsync();

        await client.SendRequestAsync("1", "session.open", """{"token":"demo/alice/60","device":"phone","since":"nonsense","epoch":"5f0c9c7e-3a52-4b44-8f0e-6d1f6a1b2c3d"}""");

        Assert.Equal("invalid_params", await client.ReadRefusalAsync("1"));
        Assert.Equal(4401, await client.ReadCloseAsync());
    }

    [Fact, Trait("Row", "AU-11")]
    public async Task A_session_is_warned_before_its_token_ends_and_closed_when_it_did()
    {
        await using var host = await GatewayHost.StartAsync(options => options.DeadAfter = TimeSpan.FromMinutes(20));
        using var client = await host.ConnectAsync();
        await client.SendRequestAsync("1", "session.open", """{"token":"demo/alice/300","device":"phone"}""");
        await client.ReadMessageAsync();

        host.Clock.Advance(TimeSpan.FromSeconds(240));
        var warning = await client.ReadMessageAsync();
        Assert.Equal("session.expiring", warning.GetProperty("method").GetString());
        Assert.Equal(host.Clock.Now() + TimeSpan.FromSeconds(60), warning.GetProperty("params").GetProperty("expiresAt").GetDateTimeOffset());

        host.Clock.Advance(TimeSpan.FromSeconds(60) + TokenVerifier.ClockSkew - TimeSpan.FromSeconds(1));
        await KeepAliveAsync(host, client);
        host.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(4401, await client.ReadCloseAsync());
    }

    [Fact, Trait("Row", "AU-11")]
    public async Task A_token_that_is_taken_just_past_its_end_opens_a_session_that_can_be_renewed()
    {
        await using var host = await GatewayHost.StartAsync();
        using var client = await host.ConnectAsync();
        await client.SendRequestAsync("1", "session.open", """{"token":"demo/alice/-29","device":"phone"}""");
        Assert.Equal("1", (await client.ReadMessageAsync()).GetProperty("id").GetString());
        Assert.Equal("session.expiring", (await client.ReadMessageAsync()).GetProperty("method").GetString());
        await KeepAliveAsync(host, client);

        await client.SendRequestAsync("2", "session.renew", """{"token":"demo/alice/3600"}""");
        Assert.Equal("2", (await client.ReadMessageAsync()).GetProperty("id").GetString());

        host.Clock.Advance(TimeSpan.FromSeconds(1));
        await KeepAliveAsync(host, client);
    }

    [Fact]
    public async Task A_renewed_session_lives_past_its_first_token_and_a_bad_renewal_changes_nothing()
    {
        await using var host = await GatewayHost.StartAsync();
        using var client = await host.ConnectAsync();
        await client.SendRequestAsync("1", "session.open", """{"token":"demo/alice/30","device":"phone"}""");
        await client.ReadMessageAsync();
        Assert.Equal("session.expiring", (await client.ReadMessageAsync()).GetProperty("method").GetString());

        await client.SendRequestAsync("2", "session.renew", """{"token":"demo/alice/7200"}""");
        var renewed = await client.ReadMessageAsync();
        Assert.Equal(host.Clock.Now() + TimeSpan.FromHours(2), renewed.GetProperty("result").GetProperty("expiresAt").GetDateTimeOffset());
        await client.SendRequestAsync("3", "session.renew", """{"token":"bad"}""");
        Assert.Equal("unauthorized", await client.ReadRefusalAsync("3"));

        host.Clock.Advance(TimeSpan.FromSeconds(31));
        await KeepAliveAsync(host, client);
    }

    [Theory]
    [InlineData("demo/bob/3600"), InlineData("other/alice/3600")]
    public async Task A_renewal_with_the_token_of_somebody_else_ends_the_connection(string token)
    {
        await using var host = await GatewayHost.StartAsync();
        using var client = await host.ConnectAsync("alice");
        await client.SendRequestAsync("1", "session.renew", $$"""{"token":"{{token}}"}""");
        Assert.Equal("unauthorized", await client.ReadRefusalAsync("1"));
        Assert.Equal(4400, await client.ReadCloseAsync());
    }

    [Fact]
    public async Task The_same_device_replaces_its_older_connection_and_another_app_or_device_does_not()
    {
        await using var host = await GatewayHost.StartAsync();
        using var old = await host.ConnectAsync("alice", "phone");
        using var tablet = await host.ConnectAsync("alice", "tablet");
        using var elsewhere = await host.ConnectAsync();
        await elsewhere.SendRequestAsync("1", "session.open", """{"token":"other/alice/3600","device":"phone"}""");
        await elsewhere.ReadMessageAsync();

        using var replacing = await host.ConnectAsync("alice", "phone");

        Assert.Equal(4010, await old.ReadCloseAsync());
        foreach (var client in new[] { tablet, replacing })
        {
            await client.SendRequestAsync("2", "conversation.get", Get);
            Assert.Equal("2", (await client.ReadMessageAsync()).GetProperty("id").GetString());
        }

        old.Dispose();
        await GatewayHost.EventuallyAsync(() => host.Subscribers.Count == 3);
    }

    /// <summary>As of a client that waited in vain for its first connection's session, and came again.</summary>
    [Fact]
    public async Task A_session_that_is_opened_late_on_an_older_connection_does_not_end_the_newer_one()
    {
        await using var host = await GatewayHost.StartAsync();
        using var old = await host.ConnectAsync();
        using var newer = await host.ConnectAsync("alice", "phone");

        await old.SendRequestAsync("1", "session.open", """{"token":"demo/alice/3600","device":"phone"}""");

        Assert.Equal(4010, await old.ReadCloseAsync());
        await newer.SendRequestAsync("2", "conversation.get", Get);
        Assert.Equal("2", (await newer.ReadMessageAsync()).GetProperty("id").GetString());
    }

    [Fact]
    public async Task With_too_many_devices_the_oldest_session_ends()
    {
        await using var host = await GatewayHost.StartAsync(limits: limits => limits.DevicesPerUser = 2);
        using var first = await host.ConnectAsync("alice", "first");
        using var second = await host.ConnectAsync("alice", "second");
        using var bob = await host.ConnectAsync("bob", "first");
        using var third = await host.ConnectAsync("alice", "third");

        Assert.Equal(4009, await first.ReadCloseAsync());
        await second.SendRequestAsync("1", "conversation.get", Get);
        await second.ReadMessageAsync();
    }

    [Fact]
    public async Task A_session_that_only_sends_is_answered_and_pushed_nothing()
    {
        await using var host = await GatewayHost.StartAsync();
        using var sender = await host.ConnectAsync("alice", more: ",\"receive\":false");
        using var bob = await host.ConnectAsync("bob");
        var conversation = Guid.NewGuid();

        await bob.SendRequestAsync("1", "message.send", GatewayHost.Message(conversation, "hi"));
        await bob.ReadMessageAsync();
        await sender.SendRequestAsync("2", "message.send", GatewayHost.Message(conversation, "ho"));

        Assert.Equal("2", (await sender.ReadMessageAsync()).GetProperty("id").GetString());
    }

    [Fact]
    public async Task A_user_who_connects_too_often_is_told_when_to_come_back()
    {
        await using var host = await GatewayHost.StartAsync(limits: limits => (limits.ConnectionsPerUserBurst, limits.ConnectionsPerUserPerMinute) = (2, 6));
        for (var index = 0; index < 2; index++) (await host.ConnectAsync("alice")).Dispose();
        using var third = await host.ConnectAsync();

        var answer = await third.OpenAsync("alice");

        Assert.Equal(10_000, answer.GetProperty("error").GetProperty("data").GetProperty("retryAfterMs").GetInt32());
        Assert.Equal(4029, await third.ReadCloseAsync());
        using var bob = await host.ConnectAsync("bob");
        host.Clock.Advance(TimeSpan.FromSeconds(10));
        using var again = await host.ConnectAsync("alice");
    }

    private static async Task KeepAliveAsync(GatewayHost host, RawClient client)
    {
        await host.SweptAsync();
        await client.SendRequestAsync("alive", "conversation.get", Get);
        Assert.Equal("alive", (await client.ReadMessageAsync()).GetProperty("id").GetString());
    }
}
