using System.Collections.Concurrent;
using Parley.Client.Testing;
using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Views;

/// <summary>Views on a thread that the program chose: when what was awaited is shown there, and when nothing is any more.</summary>
public sealed class ViewContextTests : IDisposable
{
    private static readonly TimelineViewOptions Small = new() { PageSize = 10, MaxItems = 20 };

    private readonly MainThread _main = new();

    public void Dispose() => _main.Dispose();

    [Fact]
    [Trait("Row", "V35")]
    public async Task What_is_awaited_is_shown_there_when_it_is_done()
    {
        await using var server = await ParleyTestServer.StartAsync();
        var (alice, conversation) = await TalkAsync(server);
        using var view = await alice.Conversations.ShowAsync(conversation, Small);
        Assert.Equal("100", view[^1].Text);

        // There stands more than it takes in one turn.
        _main.Block();
        for (var count = 0; count <= 2 * Teller.AtOnce; count++) alice.Teller.Tell(() => { });
        var loading = view.LoadEarlierAsync();
        await UntilAsync(() => view.Window.First.Value == 81, "it is known");
        Assert.False(loading.IsCompleted);
        Assert.Equal(10, view.Count);
        _main.Free();
        await loading;

        Assert.Equal(("81", 20), (view[0].Text, view.Count));
    }

    [Fact]
    public async Task Who_awaits_it_there_is_let_go_when_the_client_ends()
    {
        await using var server = await ParleyTestServer.StartAsync();
        var (alice, conversation) = await TalkAsync(server);
        using var view = await alice.Conversations.ShowAsync(conversation, Small);
        _main.Block();
        var loading = view.LoadEarlierAsync();
        await UntilAsync(() => view.Window.First.Value == 81, "it is known");
        Assert.False(loading.IsCompleted);

        var ending = alice.DisposeAsync().AsTask();
        await server.Clock.AdvanceUntilAsync(() => ending.IsCompleted);

        await loading.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(0, alice.Untold);
        _main.Free();
    }

    [Fact]
    public async Task A_view_that_was_disposed_of_changes_no_more_though_something_waits_to_be_shown()
    {
        await using var server = await ParleyTestServer.StartAsync();
        var (alice, conversation) = await TalkAsync(server);
        var view = await alice.Conversations.ShowAsync(conversation, Small);
        var told = new ConcurrentQueue<string>();
        view.CollectionChanged += (_, e) => told.Enqueue($"{e.Action}");
        view.PropertyChanged += (_, e) => told.Enqueue(e.PropertyName!);
        var bob = await server.ConnectAsync("bob");
        _main.Block();
        var moving = view.LoadEarlierAsync();
        await UntilAsync(() => view.Window.First.Value == 81, "it is known");
        await bob.Conversations.SetTypingAsync(conversation);
        await bob.Messages.SendAsync(conversation, "101");
        await UntilAsync(() => view.Window.Last.Value == 101, "it is known");

        view.Dispose();
        _main.Free();
        await moving;
        await view.LoadEarlierAsync();
        await _main.RunAsync(() => 0);

        Assert.Empty(told);
        Assert.Equal((10, 82, 101), (view.Count, view.Window.First.Value, view.Window.Last.Value));
    }

    [Fact]
    public async Task A_move_that_is_under_way_when_it_is_disposed_of_goes_nowhere()
    {
        await using var scene = await Scene.StartAsync();
        var direct = ConversationId.New();
        var showing = scene.Alice.Conversations.ShowAsync(direct, Small);
        var state = new ConversationState(
            direct, ConversationKind.Direct, null, TimeProvider.System.Now(), 1, new Sequence(40), new Sequence(1), Permissions.Read, 2, [], new OwnParticipation(Permissions.Read, new Sequence(40), default));
        await scene.Connection.AnswerAsync(await scene.Connection.ExpectAsync("conversation.get"), state, ProtocolJson.Lenient.ConversationState);
        await scene.ServePageAsync(40);
        var view = await showing;
        var loading = view.LoadEarlierAsync();
        var page = await scene.Connection.ExpectAsync("conversation.entries");

        view.Dispose();
        await scene.AnswerPageAsync(page, 40);
        await loading;

        Assert.Equal((10, 31), (view.Count, view.Window.First.Value));
    }

    [Fact]
    [Trait("Row", "S12")]
    public async Task The_clock_of_the_kit_waits_for_listeners_there()
    {
        await using var server = await ParleyTestServer.StartAsync();
        var (alice, conversation) = await TalkAsync(server);
        var bob = await server.ConnectAsync("bob");
        var heard = 0;
        alice.MessageReceived += (_, _) =>
        {
            // It takes its time, on the machine's clock.
            Thread.Sleep(TimeSpan.FromMilliseconds(200));
            Interlocked.Increment(ref heard);
        };

        for (var count = 0; count < 3; count++) await bob.Messages.SendAsync(conversation, "hello");
        await server.Clock.AdvanceAsync(TimeSpan.FromSeconds(1));

        Assert.Equal((3, 0), (heard, alice.Untold));
    }

    [Fact]
    public async Task A_client_that_receives_answers_only_shows_no_window()
    {
        await using var server = await ScriptedServer.StartAsync();
        await using var deaf = ClientOf(server, options => new ParleyClientOptions { Endpoint = options.Endpoint, TokenProvider = options.TokenProvider, Receive = ReceiveMode.AnswersOnly });

        await Assert.ThrowsAsync<InvalidOperationException>(() => deaf.Conversations.ShowAsync(ConversationId.New()));
    }

    /// <summary>Alice, told on the main thread, and a talk with bob of a hundred entries.</summary>
    private async Task<(ParleyClient Alice, ConversationId Conversation)> TalkAsync(ParleyTestServer server)
    {
        var options = server.Options("alice");
        options.SynchronizationContext = _main;
        var alice = new ParleyClient(options);
        await alice.ConnectAsync();
        var conversation = (await alice.Conversations.DirectAsync(Bob)).Conversation;
        for (var sequence = 2; sequence <= 100; sequence++) await alice.Messages.SendAsync(conversation, $"{sequence}");
        await server.Clock.AdvanceAsync(TimeSpan.FromSeconds(1));
        return (alice, conversation);
    }
}
