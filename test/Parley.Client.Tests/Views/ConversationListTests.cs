using System.Collections.Concurrent;
using System.Collections.Specialized;
using System.ComponentModel;
using Parley.Client.Tests.EndToEnd;
using Parley.Client.Tests.Support;
using Parley.Tests;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Views;

/// <summary>The list of conversations as a program binds to it.</summary>
public sealed class ConversationListTests
{
    [Theory, EveryEngine]
    [Trait("Row", "B46")]
    public async Task It_follows_what_happens_with_the_same_objects_and_a_conversation_that_rises_is_moved(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, bob) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"));
        await bob.Users.UpdateAsync(displayName: "Bob");
        var direct = (await bob.Conversations.DirectAsync(Alice)).Conversation;
        var lunch = (await bob.Conversations.CreateGroupAsync([Alice], "lunch")).Conversation;
        var work = (await bob.Conversations.CreateGroupAsync([Alice], "work")).Conversation;
        using var list = await alice.Inbox.OpenAsync();
        var (told, names) = (new ConcurrentQueue<NotifyCollectionChangedAction>(), new ConcurrentQueue<string>());
        list.CollectionChanged += (_, e) => told.Enqueue(e.Action);
        Assert.Equal([work, lunch, direct], list.Select(item => item.Conversation));
        await UntilAsync(() => list[2].Name == "Bob", "his name is known");
        var item = list[2];
        item.PropertyChanged += (_, e) => names.Enqueue(e.PropertyName!);

        await bob.Messages.SendAsync(direct, MessageContent.OfText("hello") with { Mentions = new Mentions([Alice]) });
        await UntilAsync(() => list[0].Conversation == direct && list[0].Unread == 1, "it rose");
        Assert.Same(item, list[0]);
        Assert.Equal(("hello", Bob, 1, true, 1), (item.LastText, item.LastSender, item.Mentions, item.IsUnread, list.TotalUnread));
        Assert.Equal([NotifyCollectionChangedAction.Move], told);
        Assert.Equal(new HashSet<string> { "LastMessage", "LastText", "LastSender", "LastActivity", "Unread", "Mentions", "IsUnread", "Now" }, names.ToHashSet());

        await alice.Receipts.MarkAllReadAsync(direct);
        await UntilAsync(() => item is { Unread: 0, Mentions: 0, IsUnread: false }, "it is read");
        await bob.Conversations.SetTypingAsync(direct);
        await UntilAsync(() => item.IsTyping && item.Typing.ContainsKey(Bob), "he types");
        await bob.Messages.SendAsync(direct, "I typed this");
        await UntilAsync(() => !item.IsTyping && item.LastText == "I typed this", "he has sent it");

        // What this device says of it, and what another does.
        await alice.Inbox.UpdateAsync(new UpdateInbox(lunch, Pinned: true, Draft: "I could bring", SilencedUntil: MuteParticipants.Forever));
        await UntilAsync(() => list[0].Conversation == lunch && list[0].IsPinned, "it is pinned");
        Assert.Equal((true, true, "I could bring"), (list[0].IsPinned, list[0].IsMuted, list[0].Draft));
        await alice.Inbox.UpdateAsync(new UpdateInbox(work, Archived: true));
        await UntilAsync(() => list.Count == 2, "it is put aside");
        await alice.Inbox.UpdateAsync(new UpdateInbox(work, Archived: false));
        await UntilAsync(() => list.Count == 3, "it is back");
        await alice.Inbox.UpdateAsync(new UpdateInbox(work, Hidden: true));
        await UntilAsync(() => list.Count == 2, "it is out of sight");
        await bob.Messages.SendAsync(work, "something new");
        await UntilAsync(() => list.Count == 3 && list[1].Conversation == work, "something new is in it");
        await bob.Conversations.RemoveAsync(work, [Alice]);
        await UntilAsync(() => list[1].HasLeft, "she is out of it");
        await bob.Conversations.DeleteAsync(lunch);
        await UntilAsync(() => list.Count == 2, "it is deleted");
        Assert.DoesNotContain(NotifyCollectionChangedAction.Reset, told);
    }

    [Theory, EveryEngine]
    [Trait("Row", "B46")]
    public async Task All_of_them_are_read_at_once_and_those_that_are_unread_can_be_shown_alone(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, bob) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"));
        var groups = new List<ConversationId>();
        for (var count = 0; count < 7; count++)
        {
            groups.Add((await bob.Conversations.CreateGroupAsync([Alice], $"{count}")).Conversation);
            if (count < 2) await bob.Messages.SendAsync(groups[count], "hello");
        }

        using var unread = await alice.Inbox.OpenAsync(new ConversationListOptions { UnreadOnly = true, PageSize = 2 });
        // The newest pages have none; it goes on until there is one.
        Assert.Empty(unread);
        await unread.LoadMoreAsync();
        Assert.Equal([groups[1]], unread.Select(item => item.Conversation));
        await unread.LoadMoreAsync();
        Assert.Equal([groups[1], groups[0]], unread.Select(item => item.Conversation));
        Assert.False(unread.HasMore);
        await unread.LoadMoreAsync();
        await alice.Inbox.MarkUnreadAsync(groups[4], new Sequence(1));
        await UntilAsync(() => unread.Count == 3, "what she marked is shown");

        // Those too in which nothing but their creation is unread.
        Assert.Equal(7, await alice.Inbox.ReadAllAsync());

        await UntilAsync(() => unread.Count == 0 && unread.TotalUnread == 0, "all are read");
    }

    [Theory, EveryEngine]
    public async Task Those_who_watch_see_each_change_from_what_they_saw_before(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, bob) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"));
        var lunch = (await bob.Conversations.CreateGroupAsync([Alice], "lunch")).Conversation;
        var list = await alice.Inbox.OpenAsync();
        await using var changes = list.WatchAsync().GetAsyncEnumerator();

        await bob.Messages.SendAsync(lunch, "one");
        Assert.True(await changes.MoveNextAsync());
        Assert.Equal((0, 1), (changes.Current.Before.Single().Item.Unread, changes.Current.Changed.Single().Item.Unread));
        await bob.Messages.SendAsync(lunch, "two");
        await bob.Conversations.DeleteAsync(lunch);
        await UntilAsync(() => list.Snapshot.IsEmpty, "it is gone");
        // Who was slow sees several as one.
        Assert.True(await changes.MoveNextAsync());
        Assert.Equal((1, lunch), (changes.Current.Before.Single().Item.Unread, changes.Current.Gone.Single().Item.Conversation));
        list.Dispose();
        list.Dispose();

        Assert.False(await changes.MoveNextAsync());
        await foreach (var late in list.WatchAsync()) Assert.Fail($"{late} was told after the end.");
    }

    [Fact]
    public async Task What_it_can_count_it_does_not_read_again_and_what_it_cannot_it_reads_once_for_all()
    {
        await using var scene = await Scene.StartAsync();
        var (lunch, work) = (ConversationId.New(), ConversationId.New());
        InboxItem[] items = [ItemOf(lunch, 5, unread: 3), ItemOf(work, 5, unread: 3)];
        using var list = await OpenAsync(scene.Alice, scene.Connection, items);

        for (var sequence = 6; sequence <= 20; sequence++) await scene.Connection.PushAsync(Bob.Says(lunch, sequence, $"{sequence}"));
        await UntilAsync(() => list.Snapshot.Sum(one => one.Item.Unread) == 21, "they are counted");
        Assert.DoesNotContain(await scene.Connection.WithinAsync(TimeSpan.FromMilliseconds(200)), request => request.Method == "inbox.list");

        await scene.Connection.PushReceiptAsync(lunch, (Alice, 4, 4));
        await AnswerAsync(scene, pinned: false, ItemOf(lunch, 20, unread: 16), items[1]);
        await UntilAsync(() => list.Snapshot.Sum(one => one.Item.Unread) == 19, "it was read again");
        // While that is gathered, more becomes doubtful: it is read with one request.
        await scene.Connection.PushReceiptAsync(lunch, (Alice, 6, 6));
        await scene.Connection.PushReceiptAsync(work, (Alice, 3, 3));
        await AnswerAsync(scene, pinned: false, ItemOf(lunch, 20, unread: 14), ItemOf(work, 5, unread: 2));
        await UntilAsync(() => list.Snapshot.Sum(one => one.Item.Unread) == 16, "both were read again");
        Assert.DoesNotContain(await scene.Connection.WithinAsync(TimeSpan.FromMilliseconds(500)), request => request.Method == "inbox.list");
    }

    [Fact]
    public async Task After_a_reset_it_is_read_anew_and_what_was_doubtful_when_the_connection_went_is_read_on_the_next()
    {
        await using var scene = await Scene.StartAsync();
        var (lunch, work) = (ConversationId.New(), ConversationId.New());
        using var list = await OpenAsync(scene.Alice, scene.Connection, ItemOf(lunch, 5, unread: 3));
        var item = list[0];

        await scene.Connection.PushReceiptAsync(lunch, (Alice, 4, 4));
        await scene.Connection.ExpectAsync("inbox.list");
        scene.Connection.Cut();
        await scene.ReconnectedAsync();
        await AnswerAsync(scene, pinned: false, ItemOf(lunch, 5, unread: 1));
        await UntilAsync(() => list.Snapshot[0].Item.Unread == 1, "it was read");

        scene.Connection.Cut();
        await scene.ReconnectedAsync(opening => (opening.Reset, opening.Epoch) = (true, Guid.NewGuid()));
        await AnswerAsync(scene, pinned: true, ItemOf(work, 2, unread: 0) with { Flags = new InboxFlags(Pinned: true) });
        await AnswerAsync(scene, pinned: false, ItemOf(work, 2, unread: 0) with { Flags = new InboxFlags(Pinned: true) }, ItemOf(lunch, 2, unread: 2));
        await UntilAsync(() => list.Select(one => (one.Conversation, one.Unread)).SequenceEqual([(work, 0), (lunch, 2)]), "it is another");
        Assert.Same(item, list[1]);
    }

    [Fact]
    public async Task What_could_not_be_read_though_there_is_a_session_is_asked_for_again_after_a_while()
    {
        var clock = new MovableClock();
        await using var server = await ScriptedServer.StartAsync();
        await using var alice = ClientOf(server, options => new ParleyClientOptions { Endpoint = options.Endpoint, TokenProvider = options.TokenProvider, TimeProvider = clock });
        var lunch = ConversationId.New();
        var connection = await ConnectAsync(server, alice);
        using var list = await OpenAsync(alice, connection, ItemOf(lunch, 5, unread: 3));

        await connection.PushReceiptAsync(lunch, (Alice, 4, 4));
        await connection.RefuseAsync(await connection.ExpectAsync("inbox.list"), Refusals.PermissionDenied);
        Assert.DoesNotContain(await connection.WithinAsync(TimeSpan.FromMilliseconds(500)), request => request.Method == "inbox.list");
        // It rests a moment after the answer: whenever that begins, it ends.
        var asked = connection.ExpectAsync("inbox.list");
        clock.Move(ConversationList.Resting);
        await connection.AnswerAsync(await asked, new InboxPage([ItemOf(lunch, 5, unread: 1)], null), ProtocolJson.Lenient.InboxPage);

        await UntilAsync(() => list.Snapshot[0].Item.Unread == 1, "it was read");
    }

    [Fact]
    public async Task A_listener_that_throws_harms_neither_the_list_nor_another()
    {
        await using var scene = await Scene.StartAsync();
        var lunch = ConversationId.New();
        using var list = await OpenAsync(scene.Alice, scene.Connection, ItemOf(lunch, 5, unread: 0));
        var heard = new ConcurrentQueue<string>();
        list.CollectionChanged += (_, _) => throw new InvalidOperationException("collection");
        list.CollectionChanged += (_, e) => heard.Enqueue($"{e.Action}");
        ((INotifyPropertyChanged)list).PropertyChanged += (_, _) => throw new InvalidOperationException("property");
        list[0].PropertyChanged += (_, _) => throw new InvalidOperationException("item");
        list[0].PropertyChanged += (_, e) => heard.Enqueue(e.PropertyName!);

        await scene.Connection.PushAsync(Bob.Says(lunch, 6, "hello"));
        await scene.Connection.PushAsync(new ConversationDeleted(Bob).Happened(lunch, 7));
        await UntilAsync(() => heard.Contains("Remove"), "all was told");

        Assert.Contains("Unread", heard);
        Assert.Equal(new HashSet<string> { "collection", "property", "item" }, scene.Told.Failures.Select(one => one.Error.Message).ToHashSet());
    }

    [Fact]
    public async Task It_is_changed_on_the_context_of_the_program_and_known_before()
    {
        using var main = new MainThread();
        await using var server = await ScriptedServer.StartAsync();
        await using var alice = ClientOf(server, options => new ParleyClientOptions { Endpoint = options.Endpoint, TokenProvider = options.TokenProvider, SynchronizationContext = main });
        var lunch = ConversationId.New();
        var connection = await ConnectAsync(server, alice);
        using var list = await OpenAsync(alice, connection, ItemOf(lunch, 5, unread: 0));
        // What was posted before has run.
        Assert.Equal(1, await main.RunAsync(() => list.Count));
        var heard = new ConcurrentQueue<(string What, bool IsHere)>();
        list[0].PropertyChanged += (_, e) => heard.Enqueue((e.PropertyName!, main.IsHere));
        list.CollectionChanged += (_, e) => heard.Enqueue(($"{e.Action}", main.IsHere));

        main.Block();
        await connection.PushAsync(Bob.Says(lunch, 6, "hello"));
        await connection.PushAsync(Bob.Says(lunch, 7, "hello"));
        await UntilAsync(() => list.Snapshot[0].Item.Unread == 2, "it is known");
        Assert.Equal(0, list[0].Unread);
        main.Free();
        await UntilAsync(() => heard.Contains(("Unread", true)), "it is shown");
        // Of two pictures that wait only the newer is shown.
        Assert.Equal((2, 1), (list[0].Unread, heard.Count(one => one.What == "Unread")));

        await connection.PushAsync(new ConversationDeleted(Bob).Happened(lunch, 8));
        await UntilAsync(() => heard.Contains(("Remove", true)), "it is gone");
        Assert.All(heard, one => Assert.True(one.IsHere));
    }

    [Fact]
    public async Task What_cannot_be_is_said_at_once()
    {
        await using var server = await ScriptedServer.StartAsync();
        await using var deaf = ClientOf(server, options => new ParleyClientOptions { Endpoint = options.Endpoint, TokenProvider = options.TokenProvider, Receive = ReceiveMode.AnswersOnly });
        await using var alice = ClientOf(server);

        await Assert.ThrowsAsync<InvalidOperationException>(() => deaf.Inbox.OpenAsync());
        await Assert.ThrowsAsync<ArgumentException>(() => alice.Inbox.OpenAsync(new ConversationListOptions { PageSize = 0 }));
        await Assert.ThrowsAsync<ArgumentException>(() => alice.Inbox.OpenAsync(new ConversationListOptions { PageSize = ListInbox.MaxLimit + 1 }));
        await Assert.ThrowsAsync<ArgumentException>(() => alice.Conversations.ShowAsync(ConversationId.New(), new TimelineViewOptions { PageSize = 101 }));
        await Assert.ThrowsAsync<ArgumentException>(() => alice.Conversations.ShowAsync(ConversationId.New(), new TimelineViewOptions { PageSize = 50, MaxItems = 99 }));
    }

    private static InboxItem ItemOf(ConversationId conversation, long head, int unread) => new(
        conversation, ConversationKind.Group, "title", null, new Sequence(head), new DateTimeOffset(2026, 11, 20, 8, 0, 0, TimeSpan.Zero).AddSeconds(head), null, unread, false, default, new Sequence(1));

    private static async Task<ScriptedConnection> ConnectAsync(ScriptedServer server, ParleyClient alice)
    {
        var connecting = alice.ConnectAsync();
        var connection = await server.NextSessionAsync();
        await connecting;
        return connection;
    }

    /// <summary>The list without profiles, of which these are all there are and none is pinned.</summary>
    private static async Task<ConversationList> OpenAsync(ParleyClient alice, ScriptedConnection connection, params InboxItem[] items)
    {
        var opening = alice.Inbox.OpenAsync(new ConversationListOptions { Profiles = false });
        await AnswerAsync(connection, pinned: true);
        await AnswerAsync(connection, pinned: false, items);
        return await opening;
    }

    private static Task AnswerAsync(Scene scene, bool pinned, params InboxItem[] items) => AnswerAsync(scene.Connection, pinned, items);

    private static async Task AnswerAsync(ScriptedConnection connection, bool pinned, params InboxItem[] items)
    {
        var request = await connection.ExpectAsync("inbox.list");
        Assert.Equal(pinned, request.As(ProtocolJson.Lenient.ListInbox).Pinned);
        await connection.AnswerAsync(request, new InboxPage(items, null), ProtocolJson.Lenient.InboxPage);
    }
}
