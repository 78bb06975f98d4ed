using Parley.Client.Testing;
using Parley.Client.Tests.Support;

namespace Parley.Client.Tests.Testing;

/// <summary>Each fault, and what the SDK and the server make of it together.</summary>
public sealed class FaultTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task A_message_whose_answer_was_lost_is_recorded_once()
    {
        await using var talk = await Talk.StartAsync();
        talk.Server.FaultsOf("alice").DisconnectBeforeAnswer();

        var entry = await talk.Server.Clock.AdvanceUntilAsync(talk.Alice.Messages.SendAsync(talk.Conversation, "once"));

        Assert.Equal(entry.Sequence, Assert.Single(await talk.MessagesAsync()).Sequence);
        Assert.Equal(2, talk.OfAlice.States.Count(change => change.State == ConnectionState.Open));
    }

    [Fact]
    public async Task A_message_that_was_lost_on_its_way_is_sent_again()
    {
        await using var talk = await Talk.StartAsync();
        talk.Server.FaultsOf("alice").DisconnectBeforeRequest();
        var sending = talk.Alice.Messages.SendAsync(talk.Conversation, "again");
        await talk.Server.Clock.AdvanceAsync(TimeSpan.Zero);
        Assert.Empty(await talk.MessagesAsync());

        await talk.Server.Clock.AdvanceUntilAsync(sending);

        Assert.Single(await talk.MessagesAsync());
    }

    [Fact]
    public async Task Pushes_that_were_dropped_are_found_when_a_later_one_comes()
    {
        await using var talk = await Talk.StartAsync();
        talk.Server.FaultsOf("bob").DropPushes(2);
        await talk.SayAsync("one");
        await talk.SayAsync("two");
        await talk.Server.Clock.AdvanceAsync(Second);
        Assert.Empty(talk.OfBob.Received);

        await talk.SayAsync("three");
        await talk.Server.Clock.AdvanceAsync(Second);

        Assert.Equal(["one", "two", "three"], talk.OfBob.Received.Select(entry => entry.Text()));
    }

    [Fact]
    public async Task Pushes_that_come_twice_are_told_once()
    {
        await using var talk = await Talk.StartAsync();
        var online = 0;
        talk.Bob.OnlineMessageReceived += (_, _) => online++;
        talk.Server.Faults.DuplicatePushes();

        await talk.SayAsync("one");
        await talk.Alice.Messages.SendOnlineAsync(talk.Conversation, MessageContent.OfText("now"));
        await talk.Server.Clock.AdvanceAsync(Second);

        Assert.Single(talk.OfBob.Received);
        Assert.Single(talk.OfAlice.Delivered);
        // What has no place in a log cannot be told from another of its kind.
        Assert.Equal(2, online);
    }

    [Fact]
    public async Task What_is_delayed_comes_when_its_time_is_over_and_not_before()
    {
        await using var talk = await Talk.StartAsync();
        talk.Server.FaultsOf("bob").Delay = TimeSpan.FromSeconds(4);
        await talk.SayAsync("slowly");

        await talk.Server.Clock.AdvanceAsync(TimeSpan.FromSeconds(4) - TimeSpan.FromTicks(1));
        Assert.Empty(talk.OfBob.Received);
        await talk.Server.Clock.AdvanceAsync(TimeSpan.FromTicks(1));

        Assert.Single(talk.OfBob.Received);
    }

    [Fact]
    public async Task A_client_comes_back_after_its_connection_was_cut_and_has_missed_nothing()
    {
        await using var talk = await Talk.StartAsync();
        talk.Server.FaultsOf("bob").Disconnect();
        await talk.SayAsync("while away");
        Assert.Empty(talk.OfBob.Received);

        await talk.Server.Clock.AdvanceUntilAsync(() => !talk.OfBob.Received.IsEmpty);

        Assert.Equal(ConnectionState.Open, talk.Bob.State);
        Assert.Equal(ConnectionState.Open, talk.Alice.State);
        Assert.Single(talk.OfAlice.States, change => change.State == ConnectionState.Open);
    }

    [Fact]
    public async Task Who_is_offline_stays_away_until_he_is_online()
    {
        await using var talk = await Talk.StartAsync();
        talk.Server.Faults.GoOffline();
        Assert.True(talk.Server.FaultsOf("alice").IsOffline);

        await talk.Server.Clock.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.NotEqual(ConnectionState.Open, talk.Alice.State);
        Assert.DoesNotContain(talk.OfAlice.States.Skip(2), change => change.State == ConnectionState.Open);
        talk.Server.Faults.GoOnline();

        await talk.Server.Clock.AdvanceUntilAsync(() => talk.Alice.State == ConnectionState.Open && talk.Bob.State == ConnectionState.Open);
    }

    [Fact]
    public async Task A_refusal_that_says_later_is_asked_again_after_the_wait_that_it_names()
    {
        await using var talk = await Talk.StartAsync();
        talk.Server.FaultsOf("alice").Refuse(Refusals.RateLimited.After(TimeSpan.FromSeconds(7)), requests: 2, Methods.SendMessage);
        var sending = talk.Alice.Messages.SendAsync(talk.Conversation, "patience");

        await talk.Server.Clock.AdvanceAsync(TimeSpan.FromSeconds(13));
        Assert.False(sending.IsCompleted);

        Assert.Equal("patience", (await talk.Server.Clock.AdvanceUntilAsync(sending)).Text());
    }

    [Fact]
    public async Task A_method_that_nobody_can_ask_is_an_error_of_the_test()
    {
        await using var server = await ParleyTestServer.StartAsync();

        Assert.Throws<ArgumentException>(() => server.Faults.DisconnectBeforeAnswer("message.sned"));
        Assert.Throws<ArgumentException>(() => server.FaultsOf("alice").DisconnectBeforeRequest(""));
        Assert.Throws<ArgumentException>(() => server.Faults.Refuse(Refusals.Internal, requests: 1, "message"));
        Assert.Throws<ArgumentOutOfRangeException>(() => server.Faults.Refuse(Refusals.Internal, requests: 0));
        server.Faults.DisconnectBeforeRequest(Methods.OpenSession);
    }

    [Fact]
    public async Task A_connection_over_which_http_went_before_has_its_faults_too()
    {
        await using var talk = await Talk.StartAsync();
        using var file = new MemoryStream("a file"u8.ToArray());
        await talk.Alice.Content.UploadAsync(file);
        talk.Server.FaultsOf("alice").DisconnectBeforeAnswer(Methods.ListInbox);
        await talk.Server.Clock.AdvanceUntilAsync(talk.Alice.Inbox.ListAsync());
        talk.Server.FaultsOf("alice").Refuse(Refusals.TooLarge);

        await Assert.ThrowsAsync<ParleyRefusedException>(() => talk.SayAsync("no"));
    }

    [Fact]
    public async Task A_refusal_for_good_is_what_the_program_hears()
    {
        await using var talk = await Talk.StartAsync();
        talk.Server.FaultsOf("alice").Refuse(Refusals.TooLarge);

        var refused = await Assert.ThrowsAsync<ParleyRefusedException>(() => talk.Alice.Messages.SendAsync(talk.Conversation, "no"));

        Assert.Equal(Refusals.TooLarge, refused.Refusal);
        Assert.Empty(await talk.MessagesAsync());
    }

    [Fact]
    public async Task Nothing_comes_through_a_wire_that_is_paused_and_everything_when_it_goes_on()
    {
        await using var talk = await Talk.StartAsync();
        talk.Server.FaultsOf("alice").Pause();
        talk.Server.FaultsOf("alice").Pause();
        var sending = talk.Alice.Messages.SendAsync(talk.Conversation, "one");
        await talk.Server.Clock.AdvanceAsync(Second);
        Assert.Empty(await talk.MessagesAsync());

        talk.Server.FaultsOf("alice").Resume();

        Assert.Equal("one", (await talk.Server.Clock.AdvanceUntilAsync(sending)).Text());
        Assert.Equal(ConnectionState.Open, talk.Alice.State);
    }

    [Fact]
    public async Task A_client_on_a_paused_wire_can_be_disposed_of_while_the_clock_stands_still()
    {
        await using var talk = await Talk.StartAsync();
        talk.Server.FaultsOf("alice").Pause();

        await talk.Alice.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
    }

    [Fact]
    public async Task Faults_that_are_cleared_are_over()
    {
        await using var talk = await Talk.StartAsync();
        var faults = talk.Server.FaultsOf("alice");
        faults.Pause();
        faults.Delay = TimeSpan.FromHours(1);
        faults.DropPushes();
        faults.Refuse(Refusals.Internal, requests: 3);
        faults.DisconnectBeforeAnswer();
        faults.DisconnectBeforeRequest();

        faults.Clear();

        Assert.Equal("fine", (await talk.SayAsync("fine").WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System)).Text());
        Assert.Single(talk.OfAlice.States, change => change.State == ConnectionState.Open);
    }

    /// <summary>alice and bob, connected, in a conversation.</summary>
    private sealed class Talk : IAsyncDisposable
    {
        private Talk(ParleyTestServer server, ParleyClient alice, ParleyClient bob) => (Server, Alice, Bob, OfAlice, OfBob) = (server, alice, bob, new Told(alice), new Told(bob));

        public ParleyTestServer Server { get; }

        public ParleyClient Alice { get; }

        public ParleyClient Bob { get; }

        public Told OfAlice { get; }

        public Told OfBob { get; }

        public ConversationId Conversation { get; private set; }

        public static async Task<Talk> StartAsync()
        {
            var server = await ParleyTestServer.StartAsync();
            var talk = new Talk(server, server.Client("alice"), server.Client("bob"));
            await Task.WhenAll(talk.Alice.ConnectAsync(), talk.Bob.ConnectAsync());
            talk.Conversation = (await talk.Alice.Conversations.DirectAsync(Cast.Bob)).Conversation;
            await server.Clock.AdvanceAsync(Second);
            return talk;
        }

        public Task<LogEntry> SayAsync(string text) => Alice.Messages.SendAsync(Conversation, text);

        /// <summary>What the server has, asked past every fault.</summary>
        public async Task<List<LogEntry>> MessagesAsync()
        {
            await using var onlooker = new ParleyClient(new ParleyClientOptions
            {
                Endpoint = Server.Endpoint, TokenProvider = Server.TokensOf("bob"), TimeProvider = Server.Clock, WebSocketHandler = Server.HandlerOf("carol"), Receive = ReceiveMode.AnswersOnly,
            });
            await onlooker.ConnectAsync();
            return [.. (await onlooker.Conversations.ReadEntriesAsync(new ReadEntries(Conversation))).Entries.Where(entry => entry.Event is MessageSent)];
        }

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }
}
