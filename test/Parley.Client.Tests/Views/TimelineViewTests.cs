using System.Collections.Concurrent;
using System.Collections.Specialized;
using Parley.Client.Tests.EndToEnd;
using Parley.Client.Tests.Support;
using Parley.Tests;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Views;

/// <summary>A conversation as a program shows and binds to it.</summary>
public sealed class TimelineViewTests
{
    private static readonly TimelineViewOptions Small = new() { PageSize = 10, MaxItems = 20 };

    [Theory, EveryEngine]
    [Trait("Row", "L15"), Trait("Row", "L16"), Trait("Row", "L17"), Trait("Row", "L18"), Trait("Row", "L19"), Trait("Row", "L20"), Trait("Row", "L26"), Trait("Row", "B22"), Trait("Row", "A38"), Trait("Row", "A39"), Trait("Row", "A40")]
    public async Task A_message_is_one_object_from_pending_to_read_and_tells_how_far_it_is_with_whom(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var alice = await server.ConnectAsync("alice");
        var (bob, carol) = (server.Client("bob", acknowledgesDelivery: false), server.Client("carol", acknowledgesDelivery: false));
        await Task.WhenAll(bob.ConnectAsync(), carol.ConnectAsync());
        var lunch = (await alice.Conversations.CreateGroupAsync([Bob, Carol], "lunch")).Conversation;
        using var view = await alice.Conversations.ShowAsync(lunch);
        var states = new ConcurrentQueue<MessageState?>();
        var changes = new ConcurrentQueue<RecipientsChange>();
        view.RecipientsChanged += (_, e) =>
        {
            foreach (var change in e.Changes) changes.Enqueue(change);
        };
        TimelineViewItem? item = null;
        view.CollectionChanged += (_, e) =>
        {
            if (e is not { Action: NotifyCollectionChangedAction.Add, NewItems: [TimelineViewItem { Outgoing: not null } added] }) return;
            item = added;
            states.Enqueue(added.State);
            added.PropertyChanged += (_, change) =>
            {
                if (change.PropertyName == nameof(TimelineViewItem.State)) states.Enqueue(added.State);
            };
        };

        var entry = await view.SendAsync("hello");
        await UntilAsync(() => item is { State: MessageState.Sent }, "it is on the log");
        Assert.Equal((true, true, "hello", entry.Sequence, RecipientExtent.None), (item!.IsOwn, item.IsRead, item.Text, item.Sequence, item.Delivery));
        Assert.Equal([(Bob, RecipientState.Sent), (Carol, RecipientState.Sent)], item.Recipients!.Select(one => (one.Key, one.Value)));

        await bob.Receipts.MarkDeliveredAsync(lunch, entry.Sequence);
        await UntilAsync(() => item.Delivery == RecipientExtent.Some, "it reached bob");
        Assert.Equal(MessageState.Sent, item.State);
        await carol.Receipts.MarkReadAsync(lunch, entry.Sequence);
        await UntilAsync(() => item is { Delivery: RecipientExtent.All, Reading: RecipientExtent.Some, State: MessageState.Delivered }, "it reached both, and carol read it");
        // What comes late, or again, takes nothing back.
        await carol.Receipts.MarkDeliveredAsync(lunch, entry.Sequence);
        await bob.Receipts.MarkReadAsync(lunch, entry.Sequence);
        await UntilAsync(() => item is { Reading: RecipientExtent.All, State: MessageState.Read }, "both have read it");

        Assert.Equal([MessageState.Pending, MessageState.Sent, MessageState.Delivered, MessageState.Read], states);
        Assert.Same(item, view[^1]);
        Assert.All(changes, change => Assert.Equal(entry.Sequence, change.Message.Sequence));
        Assert.Equal(
            [(RecipientState.Sent, RecipientState.Sent), (RecipientState.Delivered, RecipientState.Sent), (RecipientState.Delivered, RecipientState.Read)],
            changes.Select(change => (change.Before[Bob], change.Before[Carol])));
        Assert.Equal((RecipientState.Read, RecipientState.Read), (changes.Last().Now[Bob], changes.Last().Now[Carol]));
    }

    [Theory, EveryEngine]
    [Trait("Row", "L26"), Trait("Row", "L28")]
    public async Task Several_messages_that_are_read_at_once_are_told_with_one_event_and_may_skip_delivered(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, bob) = (await server.ConnectAsync("alice"), server.Client("bob", acknowledgesDelivery: false));
        await bob.ConnectAsync();
        var direct = (await alice.Conversations.DirectAsync(Bob)).Conversation;
        for (var count = 0; count < 3; count++) await alice.Messages.SendAsync(direct, $"{count}");
        using var view = await alice.Conversations.ShowAsync(direct);
        var told = new ConcurrentQueue<IReadOnlyList<RecipientsChange>>();
        view.RecipientsChanged += (_, e) => told.Enqueue(e.Changes);

        await bob.Receipts.MarkAllReadAsync(direct);
        await UntilAsync(() => view[^1].State == MessageState.Read && !told.IsEmpty, "they are read, and it is told");

        Assert.Equal(["0", "1", "2"], Assert.Single(told).Select(change => change.Message.Content.PlainText()));
        Assert.All(told.Single(), change => Assert.Equal((RecipientState.Sent, RecipientState.Read), (change.Before[Bob], change.Now[Bob])));
    }

    [Theory, EveryEngine]
    [Trait("Row", "L15"), Trait("Row", "L21"), Trait("Row", "B22")]
    public async Task Nothing_is_read_by_being_shown_and_what_was_read_stays_so(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, bob) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"));
        var direct = (await bob.Conversations.DirectAsync(Alice)).Conversation;
        for (var count = 0; count < 3; count++) await bob.Messages.SendAsync(direct, $"{count}");
        using var view = await alice.Conversations.ShowAsync(direct);
        var read = new ConcurrentQueue<MessageId>();
        bob.MessageRead += (_, e) => read.Enqueue(e.Message);
        Assert.All(view.TakeLast(3), item => Assert.True(item.IsUnread));

        await view.MarkReadAsync(view[2]);
        await UntilAsync(() => view[2].IsRead && read.Count == 1, "the second is read");
        Assert.Equal((true, view[2].MessageId!.Value, true), (view[1].IsUnread, read.Single(), view[3].IsUnread));
        // It was said before, and of what happened nothing is said.
        await view.MarkReadAsync(view[2]);
        await view.MarkReadAsync(view[0]);
        await view.MarkReadAsync();
        await UntilAsync(() => view.All(item => item.IsRead) && read.Count == 3, "all are read");
        await view.MarkReadAsync();
        await alice.Receipts.MarkReadAsync(direct, view[1].Sequence!.Value);
        Assert.All(view, item => Assert.True(item.IsRead));
    }

    [Theory, EveryEngine]
    public async Task The_window_goes_back_forward_and_to_a_day_a_message_and_what_is_unread(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, bob) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"));
        var direct = (await bob.Conversations.DirectAsync(Alice)).Conversation;
        var entries = new List<LogEntry>();
        for (var count = 2; count <= 100; count++) entries.Add(await bob.Messages.SendAsync(direct, $"{count}"));
        await alice.Receipts.MarkReadAsync(direct, new Sequence(40));
        using var view = await alice.Conversations.ShowAsync(direct, Small);
        Assert.Equal((91, 100, true, false), Place(view));

        await view.LoadEarlierAsync();
        Assert.Equal((81, 100, true, false), Place(view));
        await view.LoadEarlierAsync();
        Assert.Equal((71, 90, false, false), Place(view));
        await bob.Messages.SendAsync(direct, "101");
        await UntilAsync(() => view.NewBelow == 1, "one is new below");
        await bob.Messages.EditAsync(direct, ((MessageSent)entries[78].Event).Message, MessageContent.OfText("edited"));
        await UntilAsync(() => view[view.IndexOf(new Sequence(80))].IsEdited, "what is shown is edited");
        Assert.Equal(((71, 90, false, false), "edited"), (Place(view), view[view.IndexOf(new Sequence(80))].Text));
        await view.LoadLaterAsync();
        await view.LoadLaterAsync();
        Assert.Equal(((83, 102, true, false), 0), (Place(view), view.NewBelow));
        await view.LoadLaterAsync();

        Assert.Equal(new Sequence(41), await view.ToFirstUnreadAsync());
        Assert.Equal((36, 50, false, false), Place(view));
        Assert.Equal(("41", 5), (view[5].Text, view.IndexOf(new Sequence(41))));
        await view.ToAsync(new Sequence(50));
        Assert.Equal((36, 50, false, false), Place(view));
        Assert.Equal(new Sequence(2), await view.ToAsync(entries[0].At));
        Assert.Equal((1, 11, false, true), Place(view));
        await view.LoadEarlierAsync();
        Assert.Null(await view.ToAsync(entries[^1].At.AddYears(1)));
        Assert.Equal((91, 102, true, false), Place(view));
        Assert.Equal(new Sequence(60), await view.ToAsync(((MessageSent)entries[58].Event).Message));
        Assert.Equal((55, 69, false, false), Place(view));

        // What she sends there is shown at the end.
        await view.SendAsync("mine");
        Assert.Equal((55, 69, false, false), Place(view));
        await view.ToNewestAsync();
        await UntilAsync(() => view[^1].Text == "mine", "it is shown");
        await alice.Receipts.MarkAllReadAsync(direct);
        await UntilAsync(() => view.Timeline.ReadUpTo.Value == 103, "all is read");
        Assert.Null(await view.ToFirstUnreadAsync());
        Assert.Equal((91, 103, true, false), Place(view));
        await Assert.ThrowsAsync<ParleyRefusedException>(() => view.ToAsync(MessageId.New()));
    }

    [Theory, EveryEngine]
    public async Task Where_it_stands_it_stays_when_the_log_is_read_anew(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, tablet, bob) = (await server.ConnectAsync("alice", "phone"), await server.ConnectAsync("alice", "tablet"), await server.ConnectAsync("bob"));
        var direct = (await bob.Conversations.DirectAsync(Alice)).Conversation;
        var sent = new List<LogEntry>();
        for (var count = 2; count <= 60; count++) sent.Add(await bob.Messages.SendAsync(direct, $"{count}"));
        using var view = await alice.Conversations.ShowAsync(direct, Small);
        using var newest = await alice.Conversations.ShowAsync(direct, Small);
        await view.ToAsync(new Sequence(20));
        Assert.Equal((15, 29, false, false), Place(view));

        await tablet.Users.EndDeviceAsync(new DeviceId("phone"));
        await UntilAsync(() => alice.State == ConnectionState.Closed, "she is away");
        await tablet.Messages.RemoveAsync(direct, [((MessageSent)sent[20].Event).Message]);
        await bob.Messages.SendAsync(direct, "61");
        await alice.ConnectAsync();

        await UntilAsync(() => view.Window is { IsAtEnd: false } && view.Any(item => item.Item is TimelinePlaceholder { From.Value: 22 }), "what is hidden since is hidden, where she looks");
        await UntilAsync(() => newest is { IsAtEnd: true } && newest[^1].Text == "61", "the other shows the newest");
        Assert.Contains(view, item => item.Text == "20");
    }

    [Fact]
    [Trait("Row", "L16"), Trait("Row", "B22")]
    public async Task A_message_that_fails_says_why_and_stays_until_it_is_dropped()
    {
        await using var scene = await Scene.StartAsync();
        using var view = await ShowAsync(scene, head: 3);
        var sending = view.SendAsync("hi");
        await UntilAsync(() => view is [.., { State: MessageState.Pending, HasFailed: false }], "it is on its way");
        var item = view[^1];
        await scene.Connection.RefuseAsync(await scene.Connection.ExpectAsync("message.send"), Refusals.PermissionDenied);
        await Assert.ThrowsAsync<ParleyRefusedException>(() => sending);

        await UntilAsync(() => item.HasFailed, "it failed");
        Assert.Equal(Refusals.PermissionDenied, Assert.IsType<ParleyRefusedException>(item.Failure).Refusal);
        Assert.Equal((MessageState.NotSent, null, true, "hi"), (item.State, item.Sequence, item.IsOwn, item.Text));
        await scene.Connection.PushAsync(Bob.Says(view.Conversation, 4, "later"));
        await UntilAsync(() => view.Count == 5, "it goes on");
        Assert.Equal(["later", "hi"], view.TakeLast(2).Select(one => one.Text));
        await view.DropAsync(item.MessageId!.Value);
        await UntilAsync(() => view.Count == 4, "it is gone");
    }

    [Fact]
    public async Task It_holds_no_more_than_it_may_however_much_comes()
    {
        await using var scene = await Scene.StartAsync();
        using var view = await ShowAsync(scene, head: 10);
        var collected = new ConcurrentQueue<NotifyCollectionChangedAction>();
        view.CollectionChanged += (_, e) => collected.Enqueue(e.Action);
        for (var sequence = 11; sequence <= 20; sequence++) await scene.Connection.PushAsync(Bob.Says(view.Conversation, sequence, $"{sequence}"));
        await UntilAsync(() => view.Window.Last.Value == 20, "all came");
        Assert.Equal((1, 20, true), (view.Window.First.Value, view.Count, view.IsAtStart));
        Assert.DoesNotContain(NotifyCollectionChangedAction.Remove, collected);

        for (var sequence = 21; sequence <= 500; sequence++) await scene.Connection.PushAsync(Bob.Says(view.Conversation, sequence, $"{sequence}"));
        await UntilAsync(() => view.Window.Last.Value == 500 && view[^1].Text == "500", "all came");

        Assert.Equal((481, 20, false), (view.Window.First.Value, view.Count, view.IsAtStart));
        Assert.Equal(20, view.Timeline.Items.Count);
    }

    [Fact]
    public async Task What_happens_while_a_page_is_read_is_in_it()
    {
        await using var scene = await Scene.StartAsync();
        using var view = await ShowAsync(scene, head: 40);
        var loading = view.LoadEarlierAsync();
        var request = await scene.Connection.ExpectAsync("conversation.entries");
        await scene.Connection.PushAsync(new MessageRecalled(Bob, MessageId.New(), new Sequence(25)).Happened(view.Conversation, 41));
        await UntilAsync(() => view.Window.Head.Value == 41, "it was told");
        var entries = Enumerable.Range(21, 10).Select(sequence => Bob.Says(view.Conversation, sequence, $"{sequence}")).ToList();
        await scene.Connection.AnswerAsync(request, new EntriesPage(view.Conversation, entries, null, new Sequence(40), new Sequence(1), true), ProtocolJson.Lenient.EntriesPage);
        await loading;

        Assert.True(view[view.IndexOf(new Sequence(25))].IsRecalled);
    }

    [Fact]
    public async Task Those_who_watch_see_the_newest_and_the_end()
    {
        await using var scene = await Scene.StartAsync();
        var view = await ShowAsync(scene, head: 3);
        await using var windows = view.WatchAsync().GetAsyncEnumerator();
        await scene.Connection.PushAsync(Bob.Says(view.Conversation, 4, "4"));
        Assert.True(await windows.MoveNextAsync());
        Assert.Equal(4, windows.Current.Last.Value);
        view.Dispose();
        view.Dispose();

        Assert.False(await windows.MoveNextAsync());
    }

    private static (int First, int Last, bool IsAtEnd, bool IsAtStart) Place(TimelineView view) =>
        ((int)view[0].Item!.From.Value, (int)view[^1].Item!.To.Value, view.IsAtEnd, view.IsAtStart);

    private static async Task<TimelineView> ShowAsync(Scene scene, long head)
    {
        var lunch = ConversationId.New();
        var showing = scene.Alice.Conversations.ShowAsync(lunch, Small);
        var state = new ConversationState(
            lunch, ConversationKind.Direct, null, TimeProvider.System.Now(), 1, new Sequence(head), new Sequence(1), Permissions.Read, 2,
            [new ParticipantState(Alice, Permissions.Read, new Sequence(head), default), new ParticipantState(Bob, Permissions.Read, default, default)],
            new OwnParticipation(Permissions.Read, new Sequence(head), default));
        await scene.Connection.AnswerAsync(await scene.Connection.ExpectAsync("conversation.get"), state, ProtocolJson.Lenient.ConversationState);
        await scene.ServePageAsync(head, pageSize: Small.PageSize);
        return await showing;
    }
}
