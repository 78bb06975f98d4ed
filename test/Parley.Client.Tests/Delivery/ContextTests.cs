using System.Collections.Concurrent;
using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Delivery;

/// <summary>Events on a thread that the program chose: in order, one at a time, and without the client ever waiting for it.</summary>
public sealed class ContextTests : IDisposable
{
    private readonly ConversationId _conversation = ConversationId.New();
    private readonly MainThread _main = new();

    public void Dispose() => _main.Dispose();

    [Fact]
    [Trait("Row", "V35"), Trait("Row", "S12")]
    public async Task All_events_are_raised_there_in_order()
    {
        await using var server = await ScriptedServer.StartAsync();
        await using var alice = ClientOn(server);
        var heard = new ConcurrentQueue<(string What, bool IsHere)>();
        alice.StateChanged += (_, e) => heard.Enqueue((e.State.ToString(), _main.IsHere));
        alice.MessageReceived += (_, e) => heard.Enqueue(($"{e.Entry.Sequence}", _main.IsHere));
        alice.TypingChanged += (_, e) => heard.Enqueue(("typing", _main.IsHere));
        alice.Presence.Changed += (_, e) => heard.Enqueue(("presence", _main.IsHere));
        var connection = await ConnectAsync(server, alice);

        // More than it takes in one turn.
        var count = (2 * Teller.AtOnce) + 1;
        for (var sequence = 1; sequence <= count; sequence++) await connection.SendAsync(ScriptedConnection.Entry(Bob.Says(_conversation, sequence, "hello")));
        await connection.PushAsync("typing", new TypingChanged(_conversation, Bob, TypingState.Started), ProtocolJson.Lenient.TypingChanged);
        await UntilAsync(() => heard.Any(one => one.What == "typing"), "all was told");

        Assert.All(heard, one => Assert.True(one.IsHere));
        Assert.Equal([nameof(ConnectionState.Connecting), nameof(ConnectionState.Open), .. Enumerable.Range(1, count).Select(one => $"{one}"), "typing"], heard.Select(one => one.What));
        Assert.Empty(_main.Unhandled);
    }

    [Fact]
    public async Task A_listener_there_may_await_the_client()
    {
        await using var server = await ScriptedServer.StartAsync();
        await using var alice = ClientOn(server);
        var answered = new TaskCompletionSource<bool>();
        alice.MessageReceived += async (_, e) =>
        {
            await alice.Messages.SendAsync(e.Entry.Conversation, "hello to you");
            answered.TrySetResult(_main.IsHere);
        };
        var connection = await ConnectAsync(server, alice);
        await connection.SendAsync(ScriptedConnection.Entry(Bob.Says(_conversation, 1, "hello")));
        var request = await connection.ExpectAsync("message.send");
        await connection.AnswerAsync(request, request.As(ProtocolJson.Lenient.SendMessage).Recorded(Alice, 2), ProtocolJson.Lenient.LogEntry);

        Assert.True(await answered.Task.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task While_it_is_busy_the_client_goes_on_and_it_is_told_all_of_it_later()
    {
        await using var server = await ScriptedServer.StartAsync();
        await using var alice = ClientOn(server);
        var heard = new ConcurrentQueue<long>();
        alice.MessageReceived += (_, e) => heard.Enqueue(e.Entry.Sequence.Value);
        var connection = await ConnectAsync(server, alice);
        var stream = alice.ReceiveEntriesAsync().GetAsyncEnumerator();
        _main.Block();
        for (var sequence = 1; sequence <= 3; sequence++) await connection.SendAsync(ScriptedConnection.Entry(Bob.Says(_conversation, sequence, "hello")));

        // What does not need it has all of it, and what it was not told is not acknowledged.
        for (var sequence = 1; sequence <= 3; sequence++)
        {
            Assert.True(await stream.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20)));
            Assert.Equal(sequence, stream.Current.Sequence.Value);
        }

        var sending = alice.Messages.SendAsync(_conversation, "I am not busy");
        var request = await connection.ExpectAsync("message.send");
        await connection.AnswerAsync(request, request.As(ProtocolJson.Lenient.SendMessage).Recorded(Alice, 4), ProtocolJson.Lenient.LogEntry);
        await sending;
        Assert.Empty(heard);
        Assert.DoesNotContain(await connection.WithinAsync(TimeSpan.FromMilliseconds(200)), one => one.Method == "receipt.delivered");

        _main.Free();
        var acknowledged = await connection.ExpectAsync("receipt.delivered");
        Assert.True(acknowledged.As(ProtocolJson.Lenient.MarkDelivered).UpTo.Value >= 1);
        await UntilAsync(() => heard.Count == 3, "it was told");
        Assert.Equal([1L, 2, 3], heard);
    }

    [Fact]
    public async Task When_it_is_gone_nothing_is_lost_and_the_client_can_be_disposed()
    {
        await using var server = await ScriptedServer.StartAsync();
        var alice = ClientOn(server);
        var heard = new ConcurrentQueue<long>();
        alice.MessageReceived += (_, e) => heard.Enqueue(e.Entry.Sequence.Value);
        var connection = await ConnectAsync(server, alice);
        await UntilAsync(() => alice.State == ConnectionState.Open, "it is open");
        await _main.RunAsync(() => 0);
        var opening = alice.Conversations.OpenAsync(_conversation);
        var state = new ConversationState(
            _conversation, ConversationKind.Direct, null, TimeProvider.System.Now(), 1, Sequence.None, new Sequence(1), Permissions.Read, 2, [], new OwnParticipation(Permissions.Read, default, default));
        await connection.AnswerAsync(await connection.ExpectAsync("conversation.get"), state, ProtocolJson.Lenient.ConversationState);
        using var live = await opening;
        // What is posted already would run, and tell what comes behind it.
        await UntilAsync(() => alice.Untold == 0, "all is told");
        _main.Close();
        await connection.SendAsync(ScriptedConnection.Entry(Bob.Says(_conversation, 1, "hello")));
        await UntilAsync(() => live.Timeline.Head.Value == 1, "the client knows of it");
        await connection.SendAsync(ScriptedConnection.Entry(Bob.Says(_conversation, 2, "hello")));
        await UntilAsync(() => live.Timeline.Head.Value == 2, "the client goes on");

        Assert.Empty(heard);
        Assert.DoesNotContain(await connection.WithinAsync(TimeSpan.FromMilliseconds(200)), one => one.Method == "receipt.delivered");
        await alice.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_client_can_be_disposed_while_it_is_busy_and_tells_nothing_afterwards()
    {
        await using var server = await ScriptedServer.StartAsync();
        var alice = ClientOn(server);
        var heard = new ConcurrentQueue<long>();
        alice.MessageReceived += (_, e) => heard.Enqueue(e.Entry.Sequence.Value);
        var connection = await ConnectAsync(server, alice);
        var stream = alice.ReceiveEntriesAsync().GetAsyncEnumerator();
        _main.Block();
        await connection.SendAsync(ScriptedConnection.Entry(Bob.Says(_conversation, 1, "hello")));
        Assert.True(await stream.MoveNextAsync());

        await alice.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));
        _main.Free();
        await _main.RunAsync(() => 0);

        Assert.Empty(heard);
    }

    private ParleyClient ClientOn(ScriptedServer server) => ClientOf(server, options => new ParleyClientOptions
    {
        Endpoint = options.Endpoint, TokenProvider = options.TokenProvider, SynchronizationContext = _main,
    });

    private async Task<ScriptedConnection> ConnectAsync(ScriptedServer server, ParleyClient alice)
    {
        var connecting = alice.ConnectAsync();
        var connection = await server.NextSessionAsync(opening => opening.Changed(_conversation, head: 0));
        await connecting;
        return connection;
    }
}
