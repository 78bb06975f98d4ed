using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Delivery;

public sealed class CatchUpTests
{
    private readonly ConversationId _lunch = ConversationId.New();
    private readonly ConversationId _work = ConversationId.New();

    [Fact]
    [Trait("Row", "S15")]
    public async Task Live_entries_are_told_in_order_each_once_and_unknown_notifications_are_passed_over()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changed(_lunch, 2, delivered: 2));
        var stream = scene.Alice.Messages.ReceiveAsync().GetAsyncEnumerator();
        var reading = stream.MoveNextAsync();

        var entry = Bob.Says(_lunch, 3, "one");
        await scene.Connection.SendAsync($$"""[{{ScriptedConnection.Entry(entry)}},{"jsonrpc":"2.0","method":"aurora","params":{"seen":true} },{{ScriptedConnection.Entry(entry)}}]""");
        await scene.Connection.PushAsync(Alice.Says(_lunch, 4, "from my phone"));
        await scene.Connection.PushAsync(Bob.Says(_lunch, 5, "two"));

        await UntilAsync(() => scene.Told.Entries.Count == 3, "all were told");
        Assert.Equal([3, 4, 5], Sequences(scene));
        Assert.Equal(["one", "two"], scene.Told.Received.Select(received => received.Text()));
        Assert.True(await reading);
        Assert.Equal("one", stream.Current.Text());
        Assert.True(await stream.MoveNextAsync());
        Assert.Equal("two", stream.Current.Text());
    }

    [Fact]
    [Trait("Row", "S22")]
    public async Task A_message_of_another_own_device_is_told_as_sent_and_not_as_received()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changed(_lunch, 2, delivered: 2));

        await scene.Connection.PushAsync(Alice.Says(_lunch, 3, "from my phone"));

        await UntilAsync(() => scene.Told.Sent.Count == 1, "it was told");
        Assert.Empty(scene.Told.Received);
    }

    [Fact]
    [Trait("Row", "G4")]
    [Trait("Row", "G11")]
    public async Task A_push_that_was_dropped_is_read_from_the_log()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changed(_lunch, 2, delivered: 2));

        await scene.Connection.PushAsync(Bob.Says(_lunch, 3, "3"));
        await scene.Connection.PushAsync(Bob.Says(_lunch, 6, "6"));
        var asked = await scene.ServePageAsync(head: 6);

        Assert.Equal((3, Opening.FirstEpoch), (asked.After!.Value.Value, asked.Epoch!.Value));
        await UntilAsync(() => scene.Told.Entries.Count == 4, "all were told");
        Assert.Equal([3, 4, 5, 6], Sequences(scene));
    }

    [Fact]
    public async Task An_answer_that_overtook_its_predecessors_waits_for_them_without_a_read()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changed(_lunch, 2, delivered: 2));
        var sending = scene.Alice.Messages.SendAsync(_lunch, "mine");
        await scene.RecordAsync(await scene.Connection.ExpectAsync("message.send"), 4);
        await sending;
        Assert.Empty(scene.Told.Entries);

        await scene.Connection.PushAsync(Bob.Says(_lunch, 3, "his"));

        await UntilAsync(() => scene.Told.Entries.Count == 2, "both were told");
        Assert.Equal([3, 4], Sequences(scene));
        Assert.DoesNotContain(await scene.Connection.WithinAsync(TimeSpan.FromMilliseconds(300)), request => request.Method == "conversation.entries");
    }

    [Fact]
    public async Task A_head_alone_makes_the_client_read()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changed(_lunch, 2, delivered: 2));

        await scene.Connection.PushAsync("head", new HeadMoved(_lunch, new Sequence(4)), ProtocolJson.Lenient.HeadMoved);
        await scene.ServePageAsync(head: 4);

        await UntilAsync(() => scene.Told.Entries.Count == 2, "both were told");
    }

    [Fact]
    public async Task A_head_of_a_conversation_nobody_told_of_starts_at_the_own_cursor()
    {
        await using var scene = await Scene.StartAsync();

        await scene.Connection.PushAsync("head", new HeadMoved(_lunch, new Sequence(9)), ProtocolJson.Lenient.HeadMoved);
        var get = await scene.Connection.ExpectAsync("conversation.get");
        await scene.Connection.AnswerAsync(get, State(_lunch, head: 9, delivered: 7), ProtocolJson.Lenient.ConversationState);
        await scene.ServePageAsync(head: 9);

        await UntilAsync(() => scene.Told.Entries.Count == 2, "both were told");
        Assert.Equal([8, 9], Sequences(scene));
    }

    [Fact]
    [Trait("Row", "G4")]
    public async Task What_comes_after_a_head_of_a_conversation_nobody_told_of_is_not_taken_for_its_first()
    {
        await using var scene = await Scene.StartAsync();

        // The first two were left out for a connection that was slow.
        await scene.Connection.PushAsync("head", new HeadMoved(_lunch, new Sequence(2)), ProtocolJson.Lenient.HeadMoved);
        await scene.Connection.PushAsync(Bob.Says(_lunch, 3, "3"));
        var get = await scene.Connection.ExpectAsync("conversation.get");
        await scene.Connection.AnswerAsync(get, State(_lunch, head: 3, delivered: 0), ProtocolJson.Lenient.ConversationState);
        await scene.ServePageAsync(head: 3);

        await UntilAsync(() => scene.Told.Entries.Count == 3, "all three were told");
        Assert.Equal([1, 2, 3], Sequences(scene));
    }

    [Fact]
    [Trait("Row", "G4")]
    public async Task A_conversation_whose_start_could_not_be_asked_for_is_asked_for_again_when_something_comes()
    {
        await using var scene = await Scene.StartAsync();
        await scene.Connection.PushAsync("head", new HeadMoved(_lunch, new Sequence(2)), ProtocolJson.Lenient.HeadMoved);
        await scene.Connection.RefuseAsync(await scene.Connection.ExpectAsync("conversation.get"), Refusals.InvalidRequest);

        var get = scene.Connection.ExpectAsync("conversation.get");
        // Whatever comes before the client has heard the refusal is held.
        for (; !get.IsCompleted; await Task.WhenAny(get, Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System))) await scene.Connection.PushAsync(Bob.Says(_lunch, 3, "3"));
        await scene.Connection.AnswerAsync(await get, State(_lunch, head: 3, delivered: 0), ProtocolJson.Lenient.ConversationState);
        await scene.ServePageAsync(head: 3);

        await UntilAsync(() => scene.Told.Entries.Count == 3, "all three were told");
        Assert.Equal([1, 2, 3], Sequences(scene));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(99)]
    [InlineData(100)]
    [InlineData(101)]
    [InlineData(1_000)]
    [Trait("Row", "G11")]
    public async Task What_was_missed_while_away_is_complete_at_any_length(int missed)
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changed(_lunch, 5, delivered: 5));
        scene.Connection.Cut();
        await scene.ReconnectedAsync(opening => opening.Changed(_lunch, 5 + missed, delivered: 5));

        var sync = await scene.Connection.ExpectAsync("conversation.sync");
        var position = Assert.Single(sync.As(ProtocolJson.Lenient.SyncConversations).Positions);
        Assert.Equal(new SyncPosition(_lunch, new Sequence(5)), position);
        var first = Math.Min(missed, 40);
        await scene.Connection.AnswerAsync(sync, Synced(_lunch, 5, first, 5 + missed), ProtocolJson.Lenient.ConversationsSynced);
        // Live entries come while the client is still reading.
        await scene.Connection.PushAsync(Bob.Says(_lunch, 6 + missed, "live"));
        for (var served = first; served < missed; served += 100) await scene.ServePageAsync(5 + missed);

        await UntilAsync(() => scene.Told.Entries.Count == missed + 1, "all were told");
        Assert.Equal(Enumerable.Range(6, missed + 1).Select(value => (long)value), Sequences(scene));
    }

    [Fact]
    [Trait("Row", "V28")]
    public async Task The_newest_conversations_are_read_first_and_those_without_news_not_at_all()
    {
        var quiet = ConversationId.New();
        await using var scene = await Scene.StartAsync(opening =>
            opening.Changed(quiet, 3, delivered: 3).Changed(_work, 3, delivered: 1).Changed(_lunch, 9, delivered: 8));

        var sync = await scene.Connection.ExpectAsync("conversation.sync");

        Assert.Equal([new SyncPosition(_lunch, new Sequence(8)), new SyncPosition(_work, new Sequence(1))], sync.As(ProtocolJson.Lenient.SyncConversations).Positions);
    }

    [Fact]
    [Trait("Row", "G11")]
    public async Task What_one_answer_does_not_take_of_several_conversations_is_asked_for_together_until_one_is_left()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changed(_work, 6, delivered: 1).Changed(_lunch, 5, delivered: 1));

        await AnswerAsync([(_lunch, 1), (_work, 1)], (_lunch, 2, 5), (_work, 0, 6));
        await AnswerAsync([(_lunch, 3), (_work, 1)], (_lunch, 2, 5), (_work, 2, 6));
        await scene.ServePageAsync(head: 6);

        await UntilAsync(() => scene.Told.Entries.Count == 9, "all were told");
        Assert.Equal([2L, 3, 4, 5], SequencesOf(_lunch));
        Assert.Equal([2L, 3, 4, 5, 6], SequencesOf(_work));
        Assert.DoesNotContain(await scene.Connection.WithinAsync(TimeSpan.FromMilliseconds(200)), request => request.Method is Methods.SyncConversations or Methods.ReadEntries);

        async Task AnswerAsync((ConversationId Conversation, long After)[] asked, params (ConversationId Conversation, int Count, long Head)[] told)
        {
            var sync = await scene.Connection.ExpectAsync(Methods.SyncConversations);
            Assert.Equal(asked, sync.As(ProtocolJson.Lenient.SyncConversations).Positions.Select(position => (position.Conversation, position.After.Value)));
            var synced = asked.Zip(told).Select(one => Synced(one.First.Conversation, one.First.After, one.Second.Count, one.Second.Head).Conversations[0]).ToList();
            await scene.Connection.AnswerAsync(sync, new ConversationsSynced(synced), ProtocolJson.Lenient.ConversationsSynced);
        }

        IEnumerable<long> SequencesOf(ConversationId conversation) => scene.Told.Entries.Where(entry => entry.Conversation == conversation).Select(entry => entry.Sequence.Value);
    }

    [Fact]
    [Trait("Row", "G11")]
    public async Task Conversations_of_which_an_answer_brings_nothing_are_read_one_by_one()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changed(_work, 3, delivered: 1).Changed(_lunch, 3, delivered: 1));
        var nothing = new[] { _lunch, _work }.Select(conversation => Synced(conversation, 1, 0, 3).Conversations[0]).ToList();

        await scene.Connection.AnswerAsync(await scene.Connection.ExpectAsync(Methods.SyncConversations), new ConversationsSynced(nothing), ProtocolJson.Lenient.ConversationsSynced);
        await scene.ServePageAsync(head: 3);
        await scene.ServePageAsync(head: 3);

        await UntilAsync(() => scene.Told.Entries.Count == 4, "all were told");
    }

    [Fact]
    public async Task More_pages_of_changes_are_asked_for_and_only_then_is_their_token_kept()
    {
        await using var scene = await Scene.StartAsync(opening =>
        {
            opening.More = true;
            opening.Changed(_lunch, 1, delivered: 1);
        });
        var request = await scene.Connection.ExpectAsync("inbox.changes");
        Assert.Equal("since-1", request.As(ProtocolJson.Lenient.ReadChanges).Since);
        scene.Connection.Cut();
        await scene.ReconnectedAsync(opening => opening.More = true);
        Assert.Null(scene.Connection.Opened!.As(ProtocolJson.Lenient.OpenSession).Since);

        request = await scene.Connection.ExpectAsync("inbox.changes");
        var change = new ConversationChange(_work, ConversationKind.Direct, 1, new Sequence(4), new Sequence(3), default);
        await scene.Connection.AnswerAsync(request, new InboxChanges([change], "since-2", false), ProtocolJson.Lenient.InboxChanges);
        var sync = await scene.Connection.ExpectAsync("conversation.sync");
        await scene.Connection.AnswerAsync(sync, Synced(_work, 3, 1, 4), ProtocolJson.Lenient.ConversationsSynced);
        await UntilAsync(() => scene.Told.Entries.Count == 1, "the entry was told");

        scene.Connection.Cut();
        await scene.ReconnectedAsync();
        Assert.Equal("since-2", scene.Connection.Opened!.As(ProtocolJson.Lenient.OpenSession).Since);
    }

    [Fact]
    public async Task A_read_that_the_connection_cut_off_is_taken_up_on_the_next()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changed(_lunch, 8, delivered: 5));
        await scene.Connection.ExpectAsync("conversation.sync");
        scene.Connection.Cut();
        // Nothing changed since, but what was missing still is.
        await scene.ReconnectedAsync();

        var sync = await scene.Connection.ExpectAsync("conversation.sync");
        Assert.Equal(new SyncPosition(_lunch, new Sequence(5)), Assert.Single(sync.As(ProtocolJson.Lenient.SyncConversations).Positions));
        await scene.Connection.AnswerAsync(sync, Synced(_lunch, 5, 3, 8), ProtocolJson.Lenient.ConversationsSynced);

        await UntilAsync(() => scene.Told.Entries.Count == 3, "all were told");
    }

    [Fact]
    [Trait("Row", "G11")]
    public async Task Another_epoch_is_told_and_positions_start_anew()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changed(_lunch, 50, delivered: 50));
        scene.Connection.Cut();
        await scene.ReconnectedAsync(opening =>
        {
            opening.Epoch = Guid.NewGuid();
            opening.Reset = true;
            opening.Changed(_lunch, 40, delivered: 40);
        });

        await UntilAsync(() => scene.Told.Resets.Count == 1, "the reset was told");
        Assert.Null(scene.Told.Resets.Single().Conversation);
        await scene.Connection.PushAsync(Bob.Says(_lunch, 41, "after the restore"));
        await UntilAsync(() => scene.Told.Entries.Count == 1, "the new 41 was told");
    }

    [Fact]
    [Trait("Row", "G11")]
    public async Task A_position_beyond_the_head_resets_that_conversation_alone()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changed(_lunch, 50, delivered: 50).Changed(_work, 5, delivered: 5));
        await scene.Connection.PushAsync("head", new HeadMoved(_lunch, new Sequence(52)), ProtocolJson.Lenient.HeadMoved);
        await scene.Connection.RefuseAsync(await scene.Connection.ExpectAsync("conversation.entries"), Refusals.Reset);

        await UntilAsync(() => scene.Told.Resets.Count == 1, "the reset was told");
        Assert.Equal(_lunch, scene.Told.Resets.Single().Conversation);
        await scene.Connection.PushAsync(Bob.Says(_lunch, 12, "anew"));
        await scene.Connection.PushAsync(Bob.Says(_work, 6, "as ever"));
        await UntilAsync(() => scene.Told.Entries.Count == 2, "both were told");
    }

    [Fact]
    [Trait("Row", "G11")]
    public async Task A_status_of_a_newer_server_leaves_a_conversation_as_it_is_until_something_of_it_comes()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changed(_lunch, 5, delivered: 4));
        var moved = new SyncedConversation(_lunch, SyncStatus.Unknown, new Sequence(5), new Sequence(1), [Bob.Says(_lunch, 5, "of some other log")], false);
        await scene.Connection.AnswerAsync(await scene.Connection.ExpectAsync("conversation.sync"), new ConversationsSynced([moved]), ProtocolJson.Lenient.ConversationsSynced);
        Assert.Empty(await scene.Connection.WithinAsync(TimeSpan.FromMilliseconds(300)));
        Assert.Empty(scene.Told.Entries);

        await scene.Connection.PushAsync(Bob.Says(_lunch, 6, "6"));
        await scene.ServePageAsync(head: 6);

        await UntilAsync(() => scene.Told.Entries.Count == 2, "both were told");
        Assert.Equal([5, 6], Sequences(scene));
    }

    [Fact]
    public async Task A_listener_that_throws_harms_no_other_and_is_reported()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changed(_lunch, 2, delivered: 2));
        var order = new List<string>();
        scene.Alice.MessageReceived += (_, _) => order.Add("first");
        scene.Alice.MessageReceived += (_, _) => throw new InvalidDataException("a bug of the program");
        scene.Alice.MessageReceived += (_, _) => order.Add("third");

        await scene.Connection.PushAsync(Bob.Says(_lunch, 3, "hi"));

        await UntilAsync(() => scene.Told.Failures.Count == 1 && order.Count == 2, "the others were called");
        Assert.Equal(["first", "third"], order);
        var failure = scene.Told.Failures.Single();
        Assert.Equal(("MessageReceived", typeof(InvalidDataException)), (failure.Listener, failure.Error.GetType()));
    }

    [Fact]
    public async Task A_listener_may_wait_for_the_server()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changed(_lunch, 2, delivered: 2));
        scene.Alice.MessageReceived += (_, _) => scene.Alice.Messages.SendAsync(_lunch, "echo").Wait(CancellationToken.None);

        await scene.Connection.PushAsync(Bob.Says(_lunch, 3, "hi"));
        await scene.RecordAsync(await scene.Connection.ExpectAsync("message.send"), 4);

        await UntilAsync(() => scene.Told.Sent.Count == 1, "the echo was told");
    }

    private static IEnumerable<long> Sequences(Scene scene) => scene.Told.Entries.Select(entry => entry.Sequence.Value);

    private static ConversationsSynced Synced(ConversationId conversation, long after, int count, long head) => new(
        [
            new SyncedConversation(conversation, SyncStatus.Ok, new Sequence(head), new Sequence(1),
                [.. Enumerable.Range(1, count).Select(step => Bob.Says(conversation, after + step, $"{after + step}"))], after + count < head),
        ]);

    private static ConversationState State(ConversationId conversation, long head, long delivered) => new(
        conversation, ConversationKind.Direct, null, TimeProvider.System.Now(), 1, new Sequence(head), new Sequence(1), Permissions.Read, 2, [],
        new OwnParticipation(Permissions.Read, new Sequence(delivered), default));
}
