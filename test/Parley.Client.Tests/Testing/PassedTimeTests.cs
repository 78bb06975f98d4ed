using Parley.Client.Testing;
using Parley.Client.Tests.Support;
using Parley.Client.Tests.Storage;

namespace Parley.Client.Tests.Testing;

/// <summary>What takes minutes, hours and days, at its limit and just before it, with the rules of the server that does it.</summary>
public sealed class PassedTimeTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    [Trait("Row", "S27")]
    public async Task A_kept_message_fails_after_twelve_hours_without_a_network_and_not_before()
    {
        await using var server = await ParleyTestServer.StartAsync();
        var bob = await server.ConnectAsync("bob");
        var conversation = (await bob.Conversations.DirectAsync(Cast.Alice)).Conversation;
        server.FaultsOf("alice").GoOffline();
        var store = new MemoryStore();
        var alice = server.Client("alice", store: store);
        var told = new Told(alice);
        var connecting = alice.ConnectAsync();
        await alice.Messages.QueueAsync(conversation, MessageContent.OfText("from the tunnel"));

        await server.Clock.AdvanceAsync(TimeSpan.FromHours(12) - Second);
        Assert.Empty(told.Settled);
        await server.Clock.AdvanceAsync(2 * Second);

        Assert.NotNull(Assert.Single(told.Settled).Failure);
        server.FaultsOf("alice").GoOnline();
        await server.Clock.AdvanceUntilAsync(connecting);
        Assert.Empty(await MessagesAsync(bob, conversation));
    }

    [Fact]
    [Trait("Row", "B05")]
    public async Task A_message_may_be_recalled_for_two_minutes_and_not_longer()
    {
        await using var server = await ParleyTestServer.StartAsync();
        var alice = await server.ConnectAsync("alice");
        var conversation = (await alice.Conversations.DirectAsync(Cast.Bob)).Conversation;
        var first = ((MessageSent)(await alice.Messages.SendAsync(conversation, "oh")).Event).Message;
        var second = ((MessageSent)(await alice.Messages.SendAsync(conversation, "no")).Event).Message;

        await server.Clock.AdvanceAsync(TimeSpan.FromMinutes(2));
        await alice.Messages.RecallAsync(conversation, first);
        await server.Clock.AdvanceAsync(Second);

        var refused = await Assert.ThrowsAsync<ParleyRefusedException>(() => alice.Messages.RecallAsync(conversation, second));
        Assert.Equal(Refusals.TooLate, refused.Refusal);
    }

    [Fact]
    [Trait("Row", "B14")]
    public async Task Who_is_gone_for_two_minutes_is_out_of_his_rooms()
    {
        await using var server = await ParleyTestServer.StartAsync();
        var (alice, bob) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"));
        var room = (await alice.Conversations.CreateRoomAsync("lobby")).Conversation;
        await alice.Conversations.JoinRoomAsync(room);
        await bob.Conversations.JoinRoomAsync(room);
        var left = new List<UserId>();
        alice.RoomChanged += (_, e) => left.AddRange(e.Changed.Left ?? []);
        await bob.DisposeAsync();

        await server.Clock.AdvanceAsync(TimeSpan.FromMinutes(2) - Second);
        Assert.Empty(left);
        await server.Clock.AdvanceAsync(TimeSpan.FromSeconds(2));

        Assert.Equal([Cast.Bob], left);
    }

    [Fact]
    [Trait("Row", "G19")]
    public async Task What_is_older_than_the_app_keeps_it_goes()
    {
        await using var server = await ParleyTestServer.StartAsync(new ParleyTestServerOptions { Settings = { ["Apps:demo:Retention:Direct"] = "30.00:00:00" } });
        var alice = await server.ConnectAsync("alice");
        var conversation = (await alice.Conversations.DirectAsync(Cast.Bob)).Conversation;
        await alice.Messages.SendAsync(conversation, "for a month");

        await server.Clock.AdvanceAsync(TimeSpan.FromDays(30) - Second);
        Assert.Single(await MessagesAsync(alice, conversation));
        await server.Clock.AdvanceAsync(TimeSpan.FromHours(1));

        Assert.Empty(await MessagesAsync(alice, conversation));
    }

    [Fact]
    public async Task A_session_outlives_its_token()
    {
        await using var server = await ParleyTestServer.StartAsync(new ParleyTestServerOptions { TokenLifetime = TimeSpan.FromHours(1) });
        var asked = 0;
        var options = server.Options("alice");
        await using var alice = new ParleyClient(new ParleyClientOptions
        {
            Endpoint = server.Endpoint,
            TimeProvider = server.Clock,
            HttpHandler = options.HttpHandler,
            WebSocketHandler = options.WebSocketHandler,
            TokenProvider = _ =>
            {
                asked++;
                return ValueTask.FromResult(server.TokenOf("alice"));
            },
        });
        var told = new Told(alice);
        await alice.ConnectAsync();

        await server.Clock.AdvanceAsync(TimeSpan.FromMinutes(45));
        Assert.Equal(1, asked);
        await server.Clock.AdvanceAsync(TimeSpan.FromMinutes(30));

        Assert.Equal(2, asked);
        Assert.Equal(ConnectionState.Open, told.States.Last().State);
        Assert.Single(told.States, change => change.State == ConnectionState.Open);
    }

    [Fact]
    public async Task A_client_that_hears_many_steps_later_that_its_token_ends_renews_it_in_time()
    {
        await using var server = await ParleyTestServer.StartAsync();
        var alice = server.Client("alice");
        var told = new Told(alice);
        await alice.ConnectAsync();

        server.Faults.Delay = TimeSpan.FromHours(1);
        await server.Clock.AdvanceAsync(TimeSpan.FromDays(7));

        Assert.Equal([ConnectionState.Connecting, ConnectionState.Open], told.States.Select(change => change.State));
    }

    [Fact]
    public async Task While_the_server_writes_no_time_passes_however_slow_the_disk_is()
    {
        await using var server = await ParleyTestServer.StartAsync();
        var alice = await server.ConnectAsync("alice");
        var notes = (await alice.Conversations.NotesAsync()).Conversation;
        var began = server.Clock.GetUtcNow();
        Task<LogEntry> sending;
        Task moving;
        await using (await server.Node!.Database.BeginAsync(CancellationToken.None))
        {
            sending = alice.Messages.SendAsync(notes, "hello");
            await Cast.UntilAsync(() => server.Node.IsWriting, "it is to be written");
            moving = server.Clock.AdvanceAsync(TimeSpan.FromMinutes(1));
            await Task.Delay(TimeSpan.FromMilliseconds(700), TimeProvider.System);
            Assert.Equal((false, began), (moving.IsCompleted, server.Clock.GetUtcNow()));
        }

        await moving;
        Assert.Equal(began, (await sending).At);
    }

    private static async Task<List<LogEntry>> MessagesAsync(ParleyClient client, ConversationId conversation) =>
        [.. (await client.Conversations.ReadEntriesAsync(new ReadEntries(conversation))).Entries.Where(entry => entry.Event is MessageSent)];
}
