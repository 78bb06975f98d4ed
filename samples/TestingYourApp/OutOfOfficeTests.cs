using Microsoft.Extensions.DependencyInjection;
using Parley;
using Parley.Client;
using Parley.Client.Testing;
using Xunit;

namespace TestingYourApp;

public sealed class OutOfOfficeTests
{
    // docs: first
    [Fact]
    public async Task Who_writes_is_answered()
    {
        await using var server = await ParleyTestServer.StartAsync();
        var (alice, bob) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"));
        _ = new OutOfOffice(bob, server.Clock);
        var heard = Heard(alice);

        var conversation = await alice.Conversations.DirectAsync(new UserId("bob"));
        await alice.Messages.SendAsync(conversation.Conversation, "Are you there?");
        await server.Clock.AdvanceAsync(TimeSpan.FromSeconds(1));

        Assert.Equal(["I am away until Monday."], heard);
    }
    // docs: end

    // docs: time
    [Fact]
    public async Task Who_writes_again_is_answered_again_a_day_later_and_not_before()
    {
        await using var server = await ParleyTestServer.StartAsync();
        var (alice, bob) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"));
        _ = new OutOfOffice(bob, server.Clock);
        var heard = Heard(alice);
        var conversation = (await alice.Conversations.DirectAsync(new UserId("bob"))).Conversation;
        await SayAsync("Are you there?");

        await server.Clock.AdvanceAsync(TimeSpan.FromHours(23));
        await SayAsync("And now?");
        Assert.Single(heard);

        await server.Clock.AdvanceAsync(TimeSpan.FromHours(1));
        await SayAsync("Now?");
        Assert.Equal(2, heard.Count);

        async Task SayAsync(string text)
        {
            await server.Clock.AdvanceUntilAsync(alice.Messages.SendAsync(conversation, text));
            await server.Clock.AdvanceAsync(TimeSpan.FromSeconds(1));
        }
    }
    // docs: end

    // docs: fault
    [Fact]
    public async Task An_answer_of_which_nobody_knows_whether_it_was_recorded_is_there_once()
    {
        await using var server = await ParleyTestServer.StartAsync();
        var (alice, bob) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"));
        _ = new OutOfOffice(bob, server.Clock);
        var heard = Heard(alice);
        var conversation = await alice.Conversations.DirectAsync(new UserId("bob"));

        server.FaultsOf("bob").DisconnectBeforeAnswer(Methods.SendMessage);
        await alice.Messages.SendAsync(conversation.Conversation, "Are you there?");
        await server.Clock.AdvanceAsync(TimeSpan.FromMinutes(5));

        Assert.Equal(["I am away until Monday."], heard);
        Assert.Equal(ConnectionState.Open, bob.State);
    }
    // docs: end

    // docs: refusal
    [Fact]
    public async Task An_answer_that_comes_too_fast_for_the_server_is_sent_later()
    {
        await using var server = await ParleyTestServer.StartAsync();
        var (alice, bob) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"));
        _ = new OutOfOffice(bob, server.Clock);
        var heard = Heard(alice);
        var conversation = await alice.Conversations.DirectAsync(new UserId("bob"));

        server.FaultsOf("bob").Refuse(Refusals.RateLimited.After(TimeSpan.FromSeconds(10)), requests: 1, Methods.SendMessage);
        await alice.Messages.SendAsync(conversation.Conversation, "Are you there?");
        await server.Clock.AdvanceAsync(TimeSpan.FromSeconds(9));
        Assert.Empty(heard);

        await server.Clock.AdvanceUntilAsync(() => heard.Count == 1);
    }
    // docs: end

    // docs: services
    [Fact]
    public async Task A_host_is_configured_by_the_test_server()
    {
        await using var server = await ParleyTestServer.StartAsync();
        var services = new ServiceCollection()
            .AddSingleton<TimeProvider>(server.Clock)
            .AddSingleton<OutOfOffice>();
        services.AddParleyClient((_, options) => server.Configure(options, "bob"));
        await using var host = services.BuildServiceProvider();

        host.GetRequiredService<OutOfOffice>();
        await host.GetRequiredService<ParleyClient>().ConnectAsync();

        Assert.Equal(new UserId("bob"), host.GetRequiredService<ParleyClient>().Session?.User);
    }
    // docs: end

    // docs: settings
    [Fact]
    public async Task What_the_server_is_told_to_do_it_does()
    {
        var options = new ParleyTestServerOptions { Settings = { ["Apps:demo:Retention:Direct"] = "30.00:00:00" } };
        await using var server = await ParleyTestServer.StartAsync(options);
        await server.CreateUserAsync("bob", displayName: "Bob");
        var alice = await server.ConnectAsync("alice");
        var conversation = (await alice.Conversations.DirectAsync(new UserId("bob"))).Conversation;
        await alice.Messages.SendAsync(conversation, "This is gone in a month.");

        await server.Clock.AdvanceAsync(TimeSpan.FromDays(30) + TimeSpan.FromHours(1));

        var page = await server.Clock.AdvanceUntilAsync(alice.Conversations.ReadEntriesAsync(new ReadEntries(conversation)));
        Assert.DoesNotContain(page.Entries, entry => entry.Event is MessageSent);
    }
    // docs: end

    // docs: heard
    private static List<string> Heard(ParleyClient client)
    {
        var heard = new List<string>();
        client.MessageReceived += (_, e) => heard.Add(e.Message.Content.PlainText());
        return heard;
    }
    // docs: end
}
