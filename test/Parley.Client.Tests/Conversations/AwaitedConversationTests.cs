using System.Collections.Concurrent;
using Parley.Client.Tests.Changes;
using Parley.Client.Tests.EndToEnd;
using Parley.Client.Tests.Storage;
using Parley.Client.Tests.Support;
using Parley.Tests;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Conversations;

/// <summary>A conversation that was asked for without a connection is on the screen before the server knows of it, and goes on as what it becomes.</summary>
public sealed class AwaitedConversationTests
{
    [Theory]
    [InlineData(StoreKind.Memory)]
    [InlineData(StoreKind.Sqlite)]
    [Trait("Row", "V08"), Trait("Row", "L12"), Trait("Row", "L16")]
    public async Task A_new_group_is_shown_and_listed_with_what_waits_for_it_and_goes_on_when_it_is_made(StoreKind kind)
    {
        await using var server = await RunningServer.StartAsync(Engine.Sqlite);
        using var runs = new Runs(server, "alice", kind);
        var bob = await server.ConnectAsync("bob");
        await using (await runs.ConnectAsync())
        {
        }

        var lunch = new CreateConversation(ConversationId.New(), ConversationKind.Group, [Bob, Carol], "lunch", Settings: new NewSettings("At noon"));
        await using var run = runs.Next();
        await run.Client.Changes.QueueAsync(Change.Create(lunch));
        using var list = await run.Client.Inbox.OpenAsync();
        using var view = await run.Client.Conversations.ShowAsync(lunch.Conversation);
        using var live = await run.Client.Conversations.OpenAsync(lunch.Conversation);
        Assert.Equal(("lunch", "At noon", 3, PermissionPresets.Owner), (view.Timeline.Title, view.Timeline.Settings!.Description, view.Timeline.ParticipantCount, view.Timeline.Participants![Alice].Permissions));
        Assert.Equal((true, true, false, 0), (view.IsAtStart, view.IsAtEnd, view.Timeline.HasLeft, view.Count));
        Assert.Equal(("lunch", "", 0), (Assert.Single(list).Name, list[0].LastText, list[0].Unread));
        var message = await run.Client.Messages.QueueAsync(lunch.Conversation, MessageContent.OfText("hi"));
        await UntilAsync(() => view is [{ State: MessageState.Pending, Text: "hi" }] && live.Timeline.Outgoing.Count == 1, "it is on its way");
        await live.StartTypingAsync();
        await live.LoadEarlierAsync();
        var (item, listed) = (view[0], list[0]);

        await run.Client.ConnectAsync();
        await UntilAsync(() => view.Count == 2 && item.State == MessageState.Sent, "it is made, and the message sent");
        Assert.Same(item, view[1]);
        Assert.IsType<ConversationCreated>(view[0].Event!.Event);
        await bob.Messages.SendAsync(lunch.Conversation, "hello");
        await UntilAsync(() => view is [_, _, { Text: "hello" }] && live.Timeline.Head.Value == 3, "it goes on");
        await UntilAsync(() => list is [{ LastText: "hello", Unread: 1 }], "the list too");
        Assert.Same(listed, list[0]);
        Assert.Equal((lunch.Conversation, lunch.Conversation, message), (view.Conversation, live.Id, item.MessageId!.Value));
    }

    [Fact]
    [Trait("Row", "V08"), Trait("Row", "L27")]
    public async Task One_that_was_there_already_is_shown_as_what_it_is_with_its_messages_in_front()
    {
        await using var server = await RunningServer.StartAsync(Engine.Sqlite);
        using var runs = new Runs(server, "alice");
        var bob = await server.ConnectAsync("bob");
        var older = (await bob.Conversations.DirectAsync(Alice)).Conversation;
        for (var sequence = 2; sequence <= 70; sequence++) await bob.Messages.SendAsync(older, $"{sequence}");
        // Of the older one this device knows nothing yet.
        await using (var run = await runs.ConnectAsync(keptEntries: 0)) await UntilAsync(() => run.Told.Entries.Count == 70, "all are told");
        await using var second = runs.Next(keptEntries: 0);
        var chosen = ConversationId.New();
        await second.Client.Changes.QueueAsync(Change.Create(new CreateConversation(chosen, ConversationKind.Direct, [Bob])));
        using var list = await second.Client.Inbox.OpenAsync();
        using var view = await second.Client.Conversations.ShowAsync(chosen);
        using var live = await second.Client.Conversations.OpenAsync(chosen);
        var (renamed, ended) = (new ConcurrentQueue<ConversationId>(), new ConcurrentQueue<ConversationId>());
        view.PropertyChanged += (_, e) =>
        {
            if (e.PropertyName == nameof(TimelineView.Conversation)) renamed.Enqueue(view.Conversation);
        };
        second.Client.ConversationEnded += (_, e) => ended.Enqueue(e.Conversation);
        await second.Client.Messages.QueueAsync(chosen, MessageContent.OfText("hi"));
        await UntilAsync(() => view is [{ State: MessageState.Pending }], "it is on its way");
        Assert.Equal((chosen, chosen, chosen), (view.Conversation, live.Id, view.Timeline.Conversation));
        Assert.Contains(list, one => one.Conversation == chosen);
        var item = view[0];

        await second.Client.ConnectAsync();
        await UntilAsync(() => item.State == MessageState.Sent && view.Count is 50 or 51, "it is sent, and shown at the end of what there was");
        Assert.Same(item, view[^1]);
        Assert.Equal((new Sequence(71), false), (item.Sequence, view.IsAtStart));
        await UntilAsync(() => live.Timeline.Head.Value == 71 && live.Id == older, "the other too");
        Assert.Equal((older, older), (view.Conversation, live.Timeline.Conversation));
        await UntilAsync(() => list is [{ LastText: "hi" }] && list[0].Conversation == older, "the list has the one that there is");
        await view.LoadEarlierAsync();
        await view.LoadEarlierAsync();
        Assert.Equal((71, true), (view.Count, view.IsAtStart));
        await bob.Messages.SendAsync(older, "hello");
        await UntilAsync(() => view[^1].Text == "hello", "it goes on");
        Assert.Equal([older], renamed);
        Assert.Empty(ended);

        // Who has the chosen id still gets the older one.
        using var again = await second.Client.Conversations.OpenAsync(chosen);
        Assert.Equal((older, 72), (again.Id, again.Timeline.Head.Value));
    }

    [Fact]
    [Trait("Row", "S26")]
    public async Task One_that_the_server_will_not_make_is_over_and_what_waited_for_it_says_why()
    {
        await using var scene = await KeptChanges.StartAsync();
        var store = new MemoryStore();
        await using (var known = scene.Of(store)) await scene.ConnectAsync(known);
        await using var alice = scene.Of(store);
        await alice.Changes.QueueAsync(Change.Create(new CreateConversation(scene.Conversation, ConversationKind.Group, [Bob], "lunch")));
        using var live = await alice.Conversations.OpenAsync(scene.Conversation);
        await alice.Messages.QueueAsync(scene.Conversation, MessageContent.OfText("hi"));
        var connection = await scene.ConnectAsync(alice);
        await connection.RefuseAsync(await connection.ExpectAsync(Methods.CreateConversation), Refusals.Blocked);
        await connection.RefuseAsync(await connection.ExpectAsync(Methods.SendMessage), Refusals.NotFound);

        await UntilAsync(() => live.Timeline is { HasLeft: true, Outgoing: [{ State: MessageState.NotSent, Failure: ParleyRefusedException }] }, "it is over");
        Assert.DoesNotContain(await connection.WithinAsync(TimeSpan.FromMilliseconds(100)), request => request.Method is Methods.GetConversation or Methods.SyncConversations);
    }

    [Fact]
    public async Task Opened_while_its_answer_is_written_it_becomes_the_older_one_and_a_message_of_that_moment_is_shown()
    {
        var (mayWrite, older) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), ConversationId.New());
        await using var scene = await KeptChanges.StartAsync();
        await using var alice = scene.Of(new SpyStore(new MemoryStore()) { Before = changes => changes.Any(change => change.Key.Kind == "moved") ? mayWrite.Task : Task.CompletedTask });
        var connection = await scene.ConnectAsync(alice);
        await alice.Changes.QueueAsync(Change.Create(new CreateConversation(scene.Conversation, ConversationKind.Direct, [Bob])));
        await alice.Messages.QueueAsync(scene.Conversation, MessageContent.OfText("before"));
        await connection.AnswerAsync(await connection.ExpectAsync(Methods.CreateConversation), KeptChanges.CreatedAs(older), ProtocolJson.Lenient.ConversationCreatedAnswer);
        await UntilAsync(() => alice.Messages.Unsettled(older).Count == 1, "it is known which it is");
        using var live = await alice.Conversations.OpenAsync(scene.Conversation);
        await alice.Messages.QueueAsync(scene.Conversation, MessageContent.OfText("after"));
        await UntilAsync(() => live.Timeline.Outgoing.Count == 2, "both are shown");
        Assert.Equal(scene.Conversation, live.Id);

        mayWrite.SetResult();
        var state = KeptChanges.CreatedAs(older).Conversation with { Head = Sequence.None };
        await connection.AnswerAsync(await connection.ExpectAsync(Methods.GetConversation), state, ProtocolJson.Lenient.ConversationState);
        await UntilAsync(() => live.Id == older && live.Timeline.Conversation == older, "it is the older one");
        Assert.Equal(["before", "after"], live.Timeline.Outgoing.Select(one => one.Content.PlainText()));
    }

    [Fact]
    public async Task What_is_no_more_looked_at_when_it_is_made_is_not_read()
    {
        await using var scene = await KeptChanges.StartAsync();
        await using var alice = scene.Of(new MemoryStore());
        var connection = await scene.ConnectAsync(alice);
        await alice.Changes.QueueAsync(Change.Create(new CreateConversation(scene.Conversation, ConversationKind.Direct, [Bob])));
        var create = await connection.ExpectAsync(Methods.CreateConversation);
        (await alice.Conversations.OpenAsync(scene.Conversation)).Dispose();
        await connection.AnswerAsync(create, KeptChanges.CreatedAs(scene.Conversation), ProtocolJson.Lenient.ConversationCreatedAnswer);

        Assert.DoesNotContain(await connection.WithinAsync(TimeSpan.FromMilliseconds(100)), request => request.Method == Methods.GetConversation);
    }
}
