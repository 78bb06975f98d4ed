using System.Net;
using System.Net.Http.Json;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Parley.Client.Testing;
using Parley.Client.Tests.Support;
using Parley.Moderation;

namespace Parley.Client.Tests.Testing;

/// <summary>The kit shows what the server does, with a clock that only the test moves.</summary>
public sealed class TestServerTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task A_message_reaches_who_is_connected_and_nothing_waits_for_real_time()
    {
        await using var server = await ParleyTestServer.StartAsync();
        var (alice, bob) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"));
        var (of, to) = (new Told(alice), new Told(bob));
        var conversation = await alice.Conversations.DirectAsync(Cast.Bob);

        await alice.Messages.SendAsync(conversation.Conversation, "hello");
        await server.Clock.AdvanceAsync(Second);

        Assert.Equal("hello", Assert.Single(to.Received).Text());
        Assert.Single(of.Delivered);
    }

    [Fact]
    public async Task A_client_with_options_of_its_own_speaks_to_it()
    {
        await using var server = await ParleyTestServer.StartAsync(new ParleyTestServerOptions { App = "shop" });
        var handler = server.HandlerOf("alice");
        await using var alice = new ParleyClient(new ParleyClientOptions
        {
            Endpoint = server.Endpoint, TokenProvider = server.TokensOf("alice"), TimeProvider = server.Clock, HttpHandler = handler, WebSocketHandler = handler,
        });

        await alice.ConnectAsync();

        Assert.Equal(("shop", Cast.Alice), (alice.Session!.App, alice.Session.User));
    }

    [Fact]
    public async Task A_file_goes_up_and_comes_down()
    {
        await using var server = await ParleyTestServer.StartAsync();
        var alice = await server.ConnectAsync("alice");
        var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("a line of a file\n", 200_000)));
        using var source = new MemoryStream(text);

        var uploaded = await alice.Content.UploadAsync(source, new UploadOptions { Name = "lines.txt", Type = "text/plain" });
        using var copy = new MemoryStream();
        await alice.Content.DownloadAsync(uploaded.Content, copy);

        Assert.Equal(text, copy.ToArray());
    }

    [Fact]
    public async Task The_backend_makes_users_and_asks_in_their_name()
    {
        await using var server = await ParleyTestServer.StartAsync();
        await server.CreateUserAsync("alice", "Alice", "https://example.org/alice.png");

        using var profile = await server.HttpOf("alice").GetAsync(new Uri("v1/user.me", UriKind.Relative));
        using var found = await server.Backend.PostAsJsonAsync(new Uri("v1/user.list", UriKind.Relative), new { });

        Assert.Contains("\"Alice\"", await profile.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains("\"alice\"", await found.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await Assert.ThrowsAsync<HttpRequestException>(() => server.CreateUserAsync("alice", new string('a', 129)))).StatusCode);
    }

    [Fact]
    public async Task What_was_recorded_is_there_after_a_restart_and_clients_come_back()
    {
        await using var server = await ParleyTestServer.StartAsync();
        var (alice, bob) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"));
        var told = new Told(bob);
        var conversation = (await alice.Conversations.DirectAsync(Cast.Bob)).Conversation;
        await alice.Messages.SendAsync(conversation, "before");

        await server.RestartAsync();
        var after = await server.Clock.AdvanceUntilAsync(alice.Messages.SendAsync(conversation, "after"));
        await server.Clock.AdvanceUntilAsync(() => told.Received.Count == 2);

        Assert.Equal(3, after.Sequence.Value);
        Assert.Equal(["before", "after"], told.Received.Select(entry => entry.Text()));
    }

    [Fact]
    public async Task Limits_are_those_of_the_settings()
    {
        await using var server = await ParleyTestServer.StartAsync(new ParleyTestServerOptions
        {
            Settings = { ["Limits:SendsPerUserPerSecond"] = "1", ["Limits:SendsPerUserBurst"] = "2" },
        });
        var alice = await server.ConnectAsync("alice");
        var conversation = (await alice.Conversations.DirectAsync(Cast.Bob)).Conversation;
        await alice.Messages.SendAsync(conversation, "one");
        await alice.Messages.SendAsync(conversation, "two");
        var third = alice.Messages.SendAsync(conversation, "three");
        await server.Clock.AdvanceAsync(TimeSpan.Zero);
        Assert.False(third.IsCompleted);

        await server.Clock.AdvanceUntilAsync(third, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Interceptors_of_the_app_are_asked()
    {
        await using var server = await ParleyTestServer.StartAsync(new ParleyTestServerOptions
        {
            ConfigureServices = services => services.AddSingleton<IMessageInterceptor>(new Refusing()),
        });
        var alice = await server.ConnectAsync("alice");
        var conversation = (await alice.Conversations.DirectAsync(Cast.Bob)).Conversation;

        await Assert.ThrowsAsync<ParleyRefusedException>(() => alice.Messages.SendAsync(conversation, "anything"));
    }

    [Fact]
    public async Task A_setting_that_the_server_does_not_know_stops_the_start()
    {
        var failed = await Assert.ThrowsAnyAsync<Exception>(() => ParleyTestServer.StartAsync(new ParleyTestServerOptions { Settings = { ["Apps:demo:Retenion:Direct"] = "30.00:00:00" } }));

        Assert.Contains("Retenion", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Servers_at_the_same_time_know_nothing_of_each_other()
    {
        var clock = new VirtualClock();
        await using var one = await ParleyTestServer.StartAsync(new ParleyTestServerOptions { Clock = clock });
        await using var other = await ParleyTestServer.StartAsync(new ParleyTestServerOptions { Clock = clock });
        one.Faults.GoOffline();

        var alice = await other.ConnectAsync("alice");

        Assert.NotEqual(one.Secret, other.Secret);
        Assert.Empty((await alice.Inbox.ListAsync()).Conversations);
        Assert.Same(one.Clock, other.Clock);
    }

    [Fact]
    public async Task It_is_disposed_of_whatever_goes_on_and_a_second_time_nothing_happens()
    {
        var server = await ParleyTestServer.StartAsync();
        var alice = await server.ConnectAsync("alice");
        _ = await server.ConnectAsync("bob");
        server.FaultsOf("alice").Pause();
        server.FaultsOf("bob").GoOffline();
        var sending = alice.Messages.SendAsync(ConversationId.New(), "never");

        await server.DisposeAsync();
        await server.DisposeAsync();

        await Assert.ThrowsAnyAsync<ParleyException>(() => sending);
        Assert.Equal(ConnectionState.Closed, alice.State);
    }

    private sealed class Refusing : IMessageInterceptor
    {
        public ValueTask<MessageVerdict> InterceptAsync(InterceptedMessage message, CancellationToken cancel) => ValueTask.FromResult(MessageVerdict.Refuse("no"));
    }
}
