using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Conversations;

public sealed class LiveConversationTests
{
    private readonly ConversationId _lunch = ConversationId.New();

    [Fact]
    public async Task An_open_conversation_shows_its_newest_page_and_loads_older_ones_when_asked()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changed(_lunch, 120, delivered: 120));
        using var lunch = await OpenAsync(scene, head: 120, read: 118);
        Assert.Equal((71, 120, false), (lunch.Timeline.First.Value, lunch.Timeline.Head.Value, lunch.Timeline.IsComplete));
        Assert.Equal((new Sequence(119), 2), (lunch.Timeline.FirstUnread, lunch.Timeline.UnreadCount));

        var loading = lunch.LoadEarlierAsync(100);
        await scene.ServePageAsync(120, pageSize: 100);
        await loading;

        Assert.Equal((1, true, 120), (lunch.Timeline.First.Value, lunch.Timeline.IsComplete, lunch.Timeline.Items.Count));
        await lunch.LoadEarlierAsync();
    }

    [Fact]
    public async Task What_happens_while_it_is_loaded_is_not_lost()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changed(_lunch, 2, delivered: 2));
        var opening = scene.Alice.Conversations.OpenAsync(_lunch);
        var get = await scene.Connection.ExpectAsync("conversation.get");
        await scene.Connection.AnswerAsync(get, StateOf(2, 2), ProtocolJson.Lenient.ConversationState);
        var read = await scene.Connection.ExpectAsync("conversation.entries");
        await scene.Connection.PushAsync(Bob.Says(_lunch, 3, "3"));
        await UntilAsync(() => scene.Told.Entries.Count == 1, "it was told");
        await scene.Connection.AnswerAsync(
            read, new EntriesPage(_lunch, [Bob.Says(_lunch, 1, "1"), Bob.Says(_lunch, 2, "2")], null, new Sequence(2), new Sequence(1), false), ProtocolJson.Lenient.EntriesPage);

        using var lunch = await opening;

        Assert.Equal(["1", "2", "3"], Texts(lunch));
    }

    [Fact]
    public async Task An_own_message_is_shown_pending_then_sent_then_read()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changed(_lunch, 1, delivered: 1));
        using var lunch = await OpenAsync(scene, head: 1, read: 1);
        var states = new List<string>();
        lunch.Changed += (_, e) => states.Add(string.Join(',',
            e.Timeline.Items.OfType<TimelineMessage>().Where(one => one.Sender == Alice).Select(one => $"{e.Timeline.StateOf(one)}")
                .Concat(e.Timeline.Outgoing.Select(one => $"{one.State}"))));

        var sending = lunch.SendAsync("hi");
        await scene.RecordAsync(await scene.Connection.ExpectAsync("message.send"), 2);
        await sending;
        await scene.Connection.PushReceiptAsync(_lunch, (Bob, 2, 1));
        await scene.Connection.PushReceiptAsync(_lunch, (Bob, 2, 2));

        await UntilAsync(() => states.Count == 4, "all was shown");
        Assert.Equal(["Pending", "Sent", "Delivered", "Read"], states);
    }

    [Fact]
    public async Task A_message_that_was_not_sent_stays_and_can_be_dropped()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changed(_lunch, 1, delivered: 1));
        using var lunch = await OpenAsync(scene, head: 1, read: 1);
        var sending = lunch.SendAsync("hi");
        await scene.Connection.RefuseAsync(await scene.Connection.ExpectAsync("message.send"), Refusals.PermissionDenied);
        await Assert.ThrowsAsync<ParleyRefusedException>(() => sending);

        await UntilAsync(() => lunch.Timeline.Outgoing is [{ State: MessageState.NotSent }], "it is shown");
        await lunch.DropAsync(lunch.Timeline.Outgoing[0].Message);

        Assert.Empty(lunch.Timeline.Outgoing);
    }

    [Fact]
    [Trait("Row", "G11")]
    public async Task After_a_reset_the_conversation_is_read_anew()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changed(_lunch, 9, delivered: 9));
        using var lunch = await OpenAsync(scene, head: 9, read: 9);
        scene.Connection.Cut();
        await scene.ReconnectedAsync(opening =>
        {
            (opening.Epoch, opening.Reset) = (Guid.NewGuid(), true);
            opening.Changed(_lunch, 4, delivered: 4);
        });

        var get = await scene.Connection.ExpectAsync("conversation.get");
        await scene.Connection.AnswerAsync(get, StateOf(4, 4), ProtocolJson.Lenient.ConversationState);
        await scene.ServePageAsync(4);

        await UntilAsync(() => lunch.Timeline.Head.Value == 4, "it was read anew");
        Assert.Equal(4, lunch.Timeline.Items.Count);
        await scene.Connection.PushAsync(Bob.Says(_lunch, 5, "5"));
        await UntilAsync(() => lunch.Timeline.Head.Value == 5, "it goes on");
    }

    [Theory]
    [InlineData(302, 151, 50, 100, 2)]
    [InlineData(450, 151, 50, 100, 100, 50)]
    [InlineData(451, 152, 50, 100, 100, 50)]
    [InlineData(900, 601, 50, 100, 100, 50)]
    [InlineData(150, 101, 50)]
    public async Task What_was_loaded_stays_when_the_log_is_read_anew_but_for_what_is_more_than_twice_that(long head, long first, params int[] pages)
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changed(_lunch, 300, delivered: 300));
        using var lunch = await OpenAsync(scene, head: 300, read: 300);
        var loading = lunch.LoadEarlierAsync(100);
        await scene.ServePageAsync(300);
        await loading;
        Assert.Equal((151, 300), (lunch.Timeline.First.Value, lunch.Timeline.Head.Value));
        scene.Connection.Cut();
        await scene.ReconnectedAsync(opening =>
        {
            (opening.Epoch, opening.Reset) = (Guid.NewGuid(), true);
            opening.Changed(_lunch, head, delivered: head);
        });

        await scene.Connection.AnswerAsync(await scene.Connection.ExpectAsync("conversation.get"), StateOf(head, head), ProtocolJson.Lenient.ConversationState);
        foreach (var length in pages) Assert.Equal(length, (await scene.ServePageAsync(head)).Limit);

        await UntilAsync(() => lunch.Timeline.Head.Value == head, "it was read anew");
        Assert.Equal((first, head - first + 1), (lunch.Timeline.First.Value, lunch.Timeline.Items.Count));
    }

    [Fact]
    public async Task Cursors_that_moved_while_away_are_shown_after_the_reconnect()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changed(_lunch, 2, delivered: 2));
        using var lunch = await OpenAsync(scene, head: 2, read: 1);
        scene.Connection.Cut();
        await scene.ReconnectedAsync(opening => opening.Changed(_lunch, 2, delivered: 2, read: 2));

        var sync = await scene.Connection.ExpectAsync("conversation.sync");
        var synced = new SyncedConversation(_lunch, SyncStatus.Ok, new Sequence(2), new Sequence(1), [], false,
            [new ParticipantState(Bob, Permissions.Read, new Sequence(2), new Sequence(2))]);
        await scene.Connection.AnswerAsync(sync, new ConversationsSynced([synced]), ProtocolJson.Lenient.ConversationsSynced);

        await UntilAsync(() => lunch.Timeline.Participants![Bob].ReadUpTo.Value == 2 && lunch.Timeline.ReadUpTo.Value == 2, "both are shown");
    }

    [Fact]
    public async Task What_I_read_ahead_on_another_device_is_shown_after_the_reconnect()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changed(_lunch, 3, delivered: 3));
        using var lunch = await OpenAsync(scene, head: 3, read: 1);
        scene.Connection.Cut();
        await scene.ReconnectedAsync(opening => opening.Changed(_lunch, 3, delivered: 3, read: 1));

        var synced = new SyncedConversation(_lunch, SyncStatus.Ok, new Sequence(3), new Sequence(1), [], false,
            [new ParticipantState(Alice, Permissions.Read, new Sequence(3), new Sequence(1), [new Sequence(3)])]);
        await scene.Connection.AnswerAsync(await scene.Connection.ExpectAsync("conversation.sync"), new ConversationsSynced([synced]), ProtocolJson.Lenient.ConversationsSynced);

        await UntilAsync(() => lunch.Timeline.UnreadCount == 1, "the third is read");
        Assert.Equal([new Sequence(3)], lunch.Timeline.ReadAhead);
        Assert.Empty(scene.Told.Read);
    }

    [Fact]
    [Trait("Row", "A34")]
    public async Task Who_hid_from_himself_how_he_came_back_is_in_it_again()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changed(_lunch, 2, delivered: 2));
        using var lunch = await OpenAsync(scene, head: 2, read: 2);
        await scene.Connection.PushAsync(new ParticipantsRemoved(Bob, [Alice]).Happened(_lunch, 3));
        await UntilAsync(() => lunch.Timeline.HasLeft, "she is out");
        scene.Connection.Cut();
        await scene.ReconnectedAsync(opening => opening.Changed(_lunch, 6, delivered: 3));

        // She was added at 4, and has hidden everything up to 5.
        var synced = new SyncedConversation(
            _lunch, SyncStatus.Ok, new Sequence(6), new Sequence(1), [Bob.Says(_lunch, 6, "6")], false, Skipped: [new SkippedRange(new Sequence(4), new Sequence(5), "hidden")]);
        await scene.Connection.AnswerAsync(await scene.Connection.ExpectAsync("conversation.sync"), new ConversationsSynced([synced]), ProtocolJson.Lenient.ConversationsSynced);

        // What became of it meanwhile is asked for.
        await scene.Connection.AnswerAsync(await scene.Connection.ExpectAsync("conversation.get"), StateOf(6, 3), ProtocolJson.Lenient.ConversationState);
        await scene.ServePageAsync(6);
        await UntilAsync(() => lunch.Timeline is { HasLeft: false, NeedsState: false, Head.Value: 6 }, "she is in it");
    }

    [Fact]
    [Trait("Row", "A34")]
    public async Task Who_reads_that_he_was_put_out_and_came_back_to_a_room_is_in_it_and_who_is_put_out_then_is_not()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changed(_lunch, 2, delivered: 2));
        using var lunch = await OpenAsync(scene, head: 2, read: 2);
        scene.Connection.Cut();
        await scene.ReconnectedAsync(opening => opening.Changed(_lunch, 4, delivered: 2));

        var synced = new SyncedConversation(
            _lunch, SyncStatus.Ok, new Sequence(4), new Sequence(1), [new ParticipantsRemoved(Bob, [Alice]).Happened(_lunch, 3), Bob.Says(_lunch, 4, "4")], false);
        await scene.Connection.AnswerAsync(await scene.Connection.ExpectAsync("conversation.sync"), new ConversationsSynced([synced]), ProtocolJson.Lenient.ConversationsSynced);
        await scene.Connection.AnswerAsync(await scene.Connection.ExpectAsync("conversation.get"), StateOf(4, 4), ProtocolJson.Lenient.ConversationState);
        await scene.ServePageAsync(4);
        await UntilAsync(() => lunch.Timeline is { HasLeft: false, NeedsState: false, Head.Value: 4 }, "she is in it");

        // The head of the session is older than this.
        scene.Connection.Cut();
        await scene.ReconnectedAsync(opening => opening.Changed(_lunch, 5, delivered: 4));
        await scene.Connection.PushAsync(new ParticipantsRemoved(Bob, [Alice]).Happened(_lunch, 6));
        synced = synced with { Head = new Sequence(5), Entries = [Bob.Says(_lunch, 5, "5")] };
        await scene.Connection.AnswerAsync(await scene.Connection.ExpectAsync("conversation.sync"), new ConversationsSynced([synced]), ProtocolJson.Lenient.ConversationsSynced);
        await UntilAsync(() => lunch.Timeline.Head.Value == 6, "all came");
        Assert.True(lunch.Timeline.HasLeft);
        Assert.DoesNotContain(await scene.Connection.WithinAsync(TimeSpan.FromMilliseconds(100)), request => request.Method == "conversation.get");
    }

    [Fact]
    [Trait("Row", "B30")]
    public async Task What_was_removed_on_another_device_meanwhile_is_read_anew_and_what_was_told_is_not()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changed(_lunch, 3, delivered: 3));
        using var lunch = await OpenAsync(scene, head: 3, read: 3);
        await scene.Connection.PushAsync("message.removed", new MessagesRemoved(_lunch, [new Sequence(2)], Removals: "0.1"), ProtocolJson.Lenient.MessagesRemoved);
        await UntilAsync(() => lunch.Timeline.Items[1] is TimelinePlaceholder, "the second is hidden");

        scene.Connection.Cut();
        await scene.ReconnectedAsync(opening => opening.Changed(_lunch, 3, delivered: 3, removals: "0.1"));
        await scene.Connection.ExpectAsync("conversation.sync");
        Assert.Empty(await scene.Connection.WithinAsync(TimeSpan.FromMilliseconds(100)));

        scene.Connection.Cut();
        await scene.ReconnectedAsync(opening => opening.Changed(_lunch, 3, delivered: 3, removals: "0.2"));
        var state = StateOf(3, 3);
        await scene.Connection.AnswerAsync(
            await scene.Connection.ExpectAsync("conversation.get"), state with { Own = state.Own with { Removals = "0.2" } }, ProtocolJson.Lenient.ConversationState);
        var page = new EntriesPage(_lunch, [Bob.Says(_lunch, 1, "1")], [new SkippedRange(new Sequence(2), new Sequence(3), "hidden")], new Sequence(3), new Sequence(1), false);
        await scene.Connection.AnswerAsync(await scene.Connection.ExpectAsync("conversation.entries"), page, ProtocolJson.Lenient.EntriesPage);

        await UntilAsync(() => lunch.Timeline.Items[^1] is TimelinePlaceholder { From.Value: 2, To.Value: 3 }, "the third is hidden too");
    }

    [Fact]
    [Trait("Row", "B14")]
    public async Task How_many_are_in_a_room_is_shown_after_the_reconnect_before_what_came_later()
    {
        await using var scene = await Scene.StartAsync();
        var opening = scene.Alice.Conversations.OpenAsync(_lunch);
        var room = StateOf(2, 2) with { Kind = ConversationKind.Room, Participants = null, ParticipantCount = 5 };
        await scene.Connection.AnswerAsync(await scene.Connection.ExpectAsync("conversation.get"), room, ProtocolJson.Lenient.ConversationState);
        await scene.Connection.AnswerAsync(await scene.Connection.ExpectAsync("conversation.attributes"), new AttributesPage(new Dictionary<string, string>(), null), ProtocolJson.Lenient.AttributesPage);
        await scene.ServePageAsync(2, pageSize: LiveConversation.FirstPage);
        using var lunch = await opening;

        await ReconnectAsync();
        // The removal at 4 is later than the count, and came before it.
        await scene.Connection.PushAsync(new ParticipantsRemoved(Bob, [Carol]).Happened(_lunch, 4));
        await SyncedAsync(Bob.Says(_lunch, 3, "3"), 9);
        await UntilAsync(() => lunch.Timeline.Head.Value == 4, "both came");
        Assert.Equal(8, lunch.Timeline.ParticipantCount);

        // What a room tells in this session is newer than what is read.
        await ReconnectAsync();
        await scene.Connection.PushAsync("room", new RoomChanged(_lunch, 12), ProtocolJson.Lenient.RoomChanged);
        await UntilAsync(() => lunch.Timeline.ParticipantCount == 12, "it was told");
        await SyncedAsync(Bob.Says(_lunch, 5, "5"), 9);
        await UntilAsync(() => lunch.Timeline.Head.Value == 5, "the fifth came");
        Assert.Equal(12, lunch.Timeline.ParticipantCount);

        async Task ReconnectAsync()
        {
            scene.Connection.Cut();
            await scene.ReconnectedAsync(opening => opening.Changes.Add(
                new ConversationChange(_lunch, ConversationKind.Room, 1, lunch.Timeline.Head.Next, lunch.Timeline.Head, lunch.Timeline.Head)));
        }

        async Task SyncedAsync(LogEntry entry, int count)
        {
            var synced = new SyncedConversation(_lunch, SyncStatus.Ok, entry.Sequence, new Sequence(1), [entry], false, ParticipantCount: count);
            await scene.Connection.AnswerAsync(await scene.Connection.ExpectAsync("conversation.sync"), new ConversationsSynced([synced]), ProtocolJson.Lenient.ConversationsSynced);
        }
    }

    [Fact]
    public async Task Reading_is_said_once()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changed(_lunch, 2, delivered: 2));
        using var lunch = await OpenAsync(scene, head: 2, read: 1);

        var reading = lunch.MarkReadAsync();
        var request = await scene.Connection.ExpectAsync("receipt.read");
        Assert.Equal(new Sequence(2), request.As(ProtocolJson.Lenient.MarkRead).UpTo);
        await scene.Connection.AnswerAsync(request, new ReceiptCursors(new Sequence(2), new Sequence(2)), ProtocolJson.Lenient.ReceiptCursors);
        await reading;
        await UntilAsync(() => lunch.Timeline.FirstUnread is null, "nothing is unread");
        await lunch.MarkReadAsync();

        Assert.Empty(await scene.Connection.WithinAsync(TimeSpan.FromMilliseconds(100)));
    }

    [Fact]
    [Trait("Row", "A34")]
    public async Task A_head_behind_which_nothing_can_be_read_ends_the_conversation_once()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changed(_lunch, 2, delivered: 2));
        using var lunch = await OpenAsync(scene, head: 2, read: 2);
        var ended = new List<(ConversationId, ConversationEnd)>();
        scene.Alice.ConversationEnded += (_, e) => ended.Add((e.Conversation, e.End));

        for (var head = 3; head <= 4; head++)
        {
            await scene.Connection.PushAsync("head", new HeadMoved(_lunch, new Sequence(head)), ProtocolJson.Lenient.HeadMoved);
            await scene.Connection.RefuseAsync(await scene.Connection.ExpectAsync("conversation.entries"), Refusals.ConversationDeleted);
            await UntilAsync(() => lunch.Timeline.IsDeleted, "it is deleted");
        }

        await UntilAsync(() => ended.Count > 0, "the program hears of it");
        Assert.Equal([(_lunch, ConversationEnd.Deleted)], ended);
    }

    [Fact]
    public async Task What_cannot_be_read_anew_because_it_is_gone_is_over()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changed(_lunch, 9, delivered: 9));
        using var lunch = await OpenAsync(scene, head: 9, read: 9);
        scene.Connection.Cut();
        await scene.ReconnectedAsync(opening => (opening.Epoch, opening.Reset) = (Guid.NewGuid(), true));

        // Where its log goes on, and how it looks.
        for (var asked = 0; asked < 2; asked++) await scene.Connection.RefuseAsync(await scene.Connection.ExpectAsync("conversation.get"), Refusals.NotFound);

        await UntilAsync(() => lunch.Timeline.HasLeft, "the old picture stays, and says so");
        Assert.Equal(9, lunch.Timeline.Items.Count);
    }

    [Fact]
    [Trait("Row", "B14")]
    public async Task Leaving_a_room_again_because_the_answer_was_lost_is_done()
    {
        await using var scene = await Scene.StartAsync();
        var leaving = scene.Alice.Conversations.LeaveRoomAsync(_lunch);
        await scene.Connection.ExpectAsync("room.leave");
        scene.Connection.Cut();
        await scene.ReconnectedAsync();
        await scene.Connection.RefuseAsync(await scene.Connection.ExpectAsync("room.leave"), Refusals.NotFound);
        await leaving;

        var never = scene.Alice.Conversations.LeaveRoomAsync(_lunch);
        await scene.Connection.RefuseAsync(await scene.Connection.ExpectAsync("room.leave"), Refusals.NotFound);
        await Assert.ThrowsAsync<ParleyRefusedException>(() => never);
    }

    private static IEnumerable<string> Texts(LiveConversation live) => live.Timeline.Items.OfType<TimelineMessage>().Select(one => one.Content.PlainText());

    private ConversationState StateOf(long head, long read) => new(
        _lunch, ConversationKind.Direct, null, TimeProvider.System.Now(), 1, new Sequence(head), new Sequence(1), Permissions.Read, 2,
        [new ParticipantState(Alice, Permissions.Read, new Sequence(head), new Sequence(read)), new ParticipantState(Bob, Permissions.Read, default, default)],
        new OwnParticipation(Permissions.Read, new Sequence(head), new Sequence(read)));

    private async Task<LiveConversation> OpenAsync(Scene scene, long head, long read)
    {
        var opening = scene.Alice.Conversations.OpenAsync(_lunch);
        var get = await scene.Connection.ExpectAsync("conversation.get");
        await scene.Connection.AnswerAsync(get, StateOf(head, read), ProtocolJson.Lenient.ConversationState);
        await scene.ServePageAsync(head, pageSize: LiveConversation.FirstPage);
        return await opening;
    }
}
