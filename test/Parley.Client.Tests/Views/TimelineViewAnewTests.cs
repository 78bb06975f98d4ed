using System.Collections.Concurrent;
using System.Collections.Specialized;
using Parley.Client.Tests.EndToEnd;
using Parley.Client.Tests.Storage;
using Parley.Client.Tests.Support;
using Parley.Tests;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Views;

/// <summary>What somebody looks at stays where it is when the log is read anew.</summary>
public sealed class TimelineViewAnewTests
{
    [Fact]
    [Trait("Row", "V08"), Trait("Row", "L15")]
    public async Task What_was_shown_from_the_store_stays_with_its_objects_when_there_is_a_session()
    {
        await using var server = await RunningServer.StartAsync(Engine.Sqlite);
        using var runs = new Runs(server, "alice");
        var bob = await server.ConnectAsync("bob");
        var direct = (await bob.Conversations.DirectAsync(Alice)).Conversation;
        await using (var first = await runs.ConnectAsync())
        {
            for (var sequence = 2; sequence <= 200; sequence++) await bob.Messages.SendAsync(direct, $"{sequence}");
            await UntilAsync(() => first.Told.Entries.Count == 200, "all are told");
        }

        await using var second = runs.Next();
        using var view = await second.Client.Conversations.ShowAsync(direct);
        var (kept, told) = (view.ToList(), Told(view));
        Assert.Equal((200, true), (kept.Count, view.IsAtEnd));
        await bob.Messages.SendAsync(direct, "201");
        await second.Client.ConnectAsync();
        await UntilAsync(() => view[^1].Text == "201", "it is as the server has it");

        Assert.Equal((201, true, true), (view.Count, view.IsAtEnd, view.IsAtStart));
        Assert.All(kept.Zip(view), pair => Assert.Same(pair.First, pair.Second));
        await UntilAsync(() => !told.IsEmpty, "it is told");
        Assert.Equal([NotifyCollectionChangedAction.Add], told);
    }

    [Fact]
    public async Task At_the_end_what_was_loaded_stays_with_its_objects_and_the_picture_changes_once()
    {
        await using var scene = await Scene.StartAsync();
        using var view = await ShowAsync(scene, new TimelineViewOptions { PageSize = 50, MaxItems = 300 });
        for (var pages = 1; pages < 4; pages++) await EarlierAsync(scene, view);
        var (loaded, told) = (view.ToList(), Told(view));
        Assert.Equal((101, 300, true), (view.Window.First.Value, view.Window.Last.Value, view.IsAtEnd));

        await ResetAsync(scene, view.Conversation, head: 302);
        await ServeAsync(scene, view, head: 302, 50, 100, 52);

        Assert.Equal((101, 302, true), (view.Window.First.Value, view.Window.Last.Value, view.IsAtEnd));
        Assert.All(loaded.Zip(view), pair => Assert.Same(pair.First, pair.Second));
        await UntilAsync(() => told.Count >= 2, "it is told");
        Assert.Equal([NotifyCollectionChangedAction.Add, NotifyCollectionChangedAction.Add], told);
    }

    [Theory]
    [InlineData(300, 281)]
    [InlineData(301, 282)]
    [InlineData(900, 881)]
    public async Task It_holds_no_more_than_it_may_and_reads_no_more(long head, long first)
    {
        await using var scene = await Scene.StartAsync();
        using var view = await ShowAsync(scene, new TimelineViewOptions { PageSize = 10, MaxItems = 20 });
        await EarlierAsync(scene, view);

        await ResetAsync(scene, view.Conversation, head);
        await ServeAsync(scene, view, head, 10, 10);

        Assert.Equal((first, head, true, 20), (view.Window.First.Value, view.Window.Last.Value, view.IsAtEnd, view.Count));
    }

    [Fact]
    public async Task Elsewhere_what_is_shown_stays_with_its_objects_and_what_came_is_counted_below()
    {
        await using var scene = await Scene.StartAsync();
        using var view = await ShowAsync(scene, new TimelineViewOptions { PageSize = 50, MaxItems = 100 });
        for (var pages = 1; pages < 4; pages++) await EarlierAsync(scene, view);
        Assert.Equal((101, 200, false), (view.Window.First.Value, view.Window.Last.Value, view.IsAtEnd));
        var (loaded, told) = (view.ToList(), Told(view));

        await ResetAsync(scene, view.Conversation, head: 303);
        // The newest for what is known of the conversation, and what is shown.
        await ServeAsync(scene, view, head: 303, 50, 100);
        await UntilAsync(() => view.NewBelow == 3, "what came is counted");

        Assert.Equal((101, 200, false), (view.Window.First.Value, view.Window.Last.Value, view.IsAtEnd));
        Assert.Equal(loaded, view);
        Assert.Empty(told);
        await scene.Connection.PushAsync(Bob.Says(view.Conversation, 304, "304"));
        await UntilAsync(() => view.NewBelow == 4, "it goes on");
    }

    [Fact]
    public async Task In_a_shorter_history_it_shows_the_newest()
    {
        await using var scene = await Scene.StartAsync();
        using var view = await ShowAsync(scene, new TimelineViewOptions { PageSize = 50, MaxItems = 100 });
        for (var pages = 1; pages < 4; pages++) await EarlierAsync(scene, view);

        await ResetAsync(scene, view.Conversation, head: 60);
        await ServeAsync(scene, view, head: 60, 50);

        Assert.Equal((11, 60, true, 0), (view.Window.First.Value, view.Window.Last.Value, view.IsAtEnd, view.NewBelow));
    }

    [Fact]
    public async Task Who_goes_elsewhere_while_it_is_read_stays_there()
    {
        await using var scene = await Scene.StartAsync();
        using var view = await ShowAsync(scene, new TimelineViewOptions { PageSize = 50, MaxItems = 200 });
        await EarlierAsync(scene, view);

        await ResetAsync(scene, view.Conversation, head: 300);
        await scene.ServePageAsync(300);
        var page = await scene.Connection.ExpectAsync("conversation.entries");
        var going = view.LoadEarlierAsync();
        await scene.ServePageAsync(300);
        await going;
        Assert.Equal(151, view.Window.First.Value);
        var told = Told(view);
        await scene.AnswerPageAsync(page, 300);
        // It was read for another place: it is read once more.
        await ServeAsync(scene, view, head: 300, 100);

        Assert.Equal((151, 300, 150), (view.Window.First.Value, view.Window.Last.Value, view.Count));
        Assert.Empty(told);
    }

    [Fact]
    public async Task A_page_that_was_asked_for_before_all_was_read_anew_is_looked_for_once_more()
    {
        await using var scene = await Scene.StartAsync();
        using var view = await ShowAsync(scene, new TimelineViewOptions { PageSize = 50, MaxItems = 200 });
        var going = view.LoadEarlierAsync();
        await scene.Connection.ExpectAsync("conversation.entries");
        scene.Connection.Cut();
        await scene.ReconnectedAsync(opening =>
        {
            (opening.Reset, opening.Epoch) = (true, Guid.NewGuid());
            opening.Changed(view.Conversation, 302, delivered: 302, read: 302);
        });
        ScriptedRequest? page = null, get = null;
        while (page is null || get is null)
        {
            var request = await scene.Connection.NextAsync(one => one.Method is "conversation.entries" or "conversation.get");
            if (request.Method == "conversation.get") get = request;
            else page = request;
        }

        await scene.Connection.AnswerAsync(get, StateOf(view.Conversation, 302), ProtocolJson.Lenient.ConversationState);
        await ServeAsync(scene, view, head: 302, 50, 2);
        await scene.AnswerPageAsync(page, 302);
        Assert.False(going.IsCompleted);
        await scene.ServePageAsync(302);
        await going;

        Assert.Equal((201, 302, 102), (view.Window.First.Value, view.Window.Last.Value, view.Count));
    }

    private static ConcurrentQueue<NotifyCollectionChangedAction> Told(TimelineView view)
    {
        var told = new ConcurrentQueue<NotifyCollectionChangedAction>();
        view.CollectionChanged += (_, e) => told.Enqueue(e.Action);
        return told;
    }

    private static async Task<TimelineView> ShowAsync(Scene scene, TimelineViewOptions options)
    {
        var direct = ConversationId.New();
        var showing = scene.Alice.Conversations.ShowAsync(direct, options);
        await StateAsync(scene, direct, head: 300);
        await scene.ServePageAsync(300);
        return await showing;
    }

    private static async Task EarlierAsync(Scene scene, TimelineView view)
    {
        var loading = view.LoadEarlierAsync();
        await scene.ServePageAsync(300);
        await loading;
    }

    /// <summary>The connection goes, and the next one is to another history.</summary>
    private static async Task ResetAsync(Scene scene, ConversationId direct, long head)
    {
        scene.Connection.Cut();
        await scene.ReconnectedAsync(opening =>
        {
            (opening.Reset, opening.Epoch) = (true, Guid.NewGuid());
            opening.Changed(direct, head, delivered: head, read: head);
        });
        await StateAsync(scene, direct, head);
    }

    /// <summary>Answers pages of these lengths, after which it shows what was read.</summary>
    private static async Task ServeAsync(Scene scene, TimelineView view, long head, params int[] lengths)
    {
        var before = view.Timeline;
        foreach (var length in lengths) Assert.Equal(length, (await scene.ServePageAsync(head)).Limit);
        await UntilAsync(() => !ReferenceEquals(view.Timeline, before) && view.Timeline.Head.Value == head && (!view.IsAtEnd || view.Window.Last.Value == head), "it is shown");
    }

    private static async Task StateAsync(Scene scene, ConversationId direct, long head) =>
        await scene.Connection.AnswerAsync(await scene.Connection.ExpectAsync("conversation.get"), StateOf(direct, head), ProtocolJson.Lenient.ConversationState);

    private static ConversationState StateOf(ConversationId direct, long head) => new(
        direct, ConversationKind.Direct, null, TimeProvider.System.Now(), 1, new Sequence(head), new Sequence(1), Permissions.Read, 2,
        [new ParticipantState(Alice, Permissions.Read, new Sequence(head), default), new ParticipantState(Bob, Permissions.Read, default, default)],
        new OwnParticipation(Permissions.Read, new Sequence(head), default));
}
