using System.Collections.Concurrent;
using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Receipts;

public sealed class ReceiptTests
{
    private readonly ConversationId _lunch = ConversationId.New();

    [Fact]
    [Trait("Row", "S10")]
    public async Task What_reached_the_program_is_acknowledged_once_for_many_and_by_the_highest_sequence()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changed(_lunch, 2, delivered: 2));

        for (var sequence = 3; sequence <= 12; sequence++) await scene.Connection.PushAsync(Bob.Says(_lunch, sequence, "hi"));
        var asked = new List<ScriptedRequest> { await scene.Connection.ExpectAsync("receipt.delivered") };
        asked.AddRange(await scene.Connection.WithinAsync(TimeSpan.FromMilliseconds(500)));

        Assert.InRange(asked.Count, 1, 3);
        Assert.Equal(new MarkDelivered(_lunch, new Sequence(12)), asked[^1].As(ProtocolJson.Lenient.MarkDelivered));
    }

    [Fact]
    public async Task An_acknowledgement_that_a_limiter_refused_is_made_again()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changed(_lunch, 2, delivered: 2));
        await scene.Connection.PushAsync(Bob.Says(_lunch, 3, "hi"));
        await scene.Connection.RefuseAsync(await scene.Connection.ExpectAsync("receipt.delivered"), Refusals.RateLimited.After(TimeSpan.FromMilliseconds(50)));

        var again = await scene.Connection.ExpectAsync("receipt.delivered");

        Assert.Equal(new Sequence(3), again.As(ProtocolJson.Lenient.MarkDelivered).UpTo);
    }

    [Fact]
    public async Task An_acknowledgement_that_the_connection_lost_is_made_on_the_next()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changed(_lunch, 2, delivered: 2));
        await scene.Connection.PushAsync(Bob.Says(_lunch, 3, "hi"));
        await scene.Connection.ExpectAsync("receipt.delivered");
        scene.Connection.Cut();
        await scene.ReconnectedAsync();

        var again = await scene.Connection.ExpectAsync("receipt.delivered");

        Assert.Equal(new Sequence(3), again.As(ProtocolJson.Lenient.MarkDelivered).UpTo);
    }

    [Fact]
    public async Task Many_conversations_are_acknowledged_at_a_pace_that_no_limiter_minds()
    {
        var conversations = Enumerable.Range(0, 12).Select(_ => ConversationId.New()).ToList();
        await using var scene = await Scene.StartAsync(opening => conversations.ForEach(one => opening.Changed(one, 1, delivered: 1)));
        var started = TimeProvider.System.GetTimestamp();
        foreach (var one in conversations) await scene.Connection.PushAsync(Bob.Says(one, 2, "hi"));

        var acknowledged = new HashSet<ConversationId>();
        foreach (var _ in conversations)
            acknowledged.Add((await scene.Connection.ExpectAsync("receipt.delivered")).As(ProtocolJson.Lenient.MarkDelivered).Conversation);

        // Two at a time, so five pauses of a quarter of a second lie between them.
        Assert.True(TimeProvider.System.GetElapsedTime(started) >= TimeSpan.FromMilliseconds(1_250));
        Assert.Equal(conversations.ToHashSet(), acknowledged);
    }

    [Fact]
    [Trait("Row", "S14")]
    [Trait("Row", "A39")]
    public async Task Delivered_and_read_are_told_once_per_message_and_recipient()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changed(_lunch, 2, delivered: 2));
        var first = await SendAsync(scene, 3);
        var second = await SendAsync(scene, 4);

        await MoveAsync(scene, Alice, 4, 4);
        await MoveAsync(scene, Bob, 3, 0);
        await MoveAsync(scene, Bob, 4, 4);
        await MoveAsync(scene, Bob, 4, 4);
        await MoveAsync(scene, Carol, 4, 0);

        await UntilAsync(() => scene.Told.Delivered.Count == 4 && scene.Told.Read.Count == 2, "all was told");
        Assert.Equal([(first, Bob), (second, Bob), (first, Carol), (second, Carol)], scene.Told.Delivered);
        Assert.Equal([(first, Bob), (second, Bob)], scene.Told.Read);
    }

    [Fact]
    [Trait("Row", "C12")]
    public async Task Receipts_that_came_while_away_are_told_after_the_reconnect_and_those_told_before_are_not()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changed(_lunch, 2, delivered: 2));
        var first = await SendAsync(scene, 3);
        var second = await SendAsync(scene, 4);
        await MoveAsync(scene, Bob, 3, 3);
        await UntilAsync(() => scene.Told.Read.Count == 1, "the first was read");
        scene.Connection.Cut();
        // Nothing is on the log that was not before, so the server names no conversation.
        await scene.ReconnectedAsync();

        var sync = await scene.Connection.ExpectAsync("conversation.sync");
        Assert.Equal([new SyncPosition(_lunch, new Sequence(4))], sync.As(ProtocolJson.Lenient.SyncConversations).Positions);
        var synced = new SyncedConversation(_lunch, SyncStatus.Ok, new Sequence(4), new Sequence(1), [], false,
            [new ParticipantState(Bob, Permissions.Read, new Sequence(4), new Sequence(4))]);
        await scene.Connection.AnswerAsync(sync, new ConversationsSynced([synced]), ProtocolJson.Lenient.ConversationsSynced);

        await UntilAsync(() => scene.Told.Read.Count == 2, "the second was read");
        Assert.Equal([(first, Bob), (second, Bob)], scene.Told.Read);
        Assert.Equal([(first, Bob), (second, Bob)], scene.Told.Delivered);

        // All have read all: the next reconnect asks for nothing.
        scene.Connection.Cut();
        await scene.ReconnectedAsync();
        Assert.DoesNotContain(await scene.Connection.WithinAsync(TimeSpan.FromMilliseconds(200)), request => request.Method == "conversation.sync");
    }

    [Fact]
    [Trait("Row", "S24")]
    [Trait("Row", "B01")]
    public async Task A_receipt_says_when_the_server_says_it_was_live_and_after_being_away()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changed(_lunch, 2, delivered: 2));
        var told = new ConcurrentQueue<string>();
        scene.Alice.MessageDelivered += (_, e) => told.Enqueue($"{e.Sequence} delivered to {e.Recipient} {e.At:HH:mm}");
        scene.Alice.MessageRead += (_, e) => told.Enqueue($"{e.Sequence} read by {e.Recipient} {e.At:HH:mm}");
        scene.Alice.ReceiptMoved += (_, e) => told.Enqueue($"{e.User} {e.DeliveredUpTo} {e.ReadUpTo} {e.At:HH:mm}");
        await SendAsync(scene, 3);
        await SendAsync(scene, 4);
        await scene.Connection.PushReceiptAsync(_lunch, (Bob, 3, 3), (Carol, 3, 0));
        await UntilAsync(() => told.Count == 5, "what is live was told");
        scene.Connection.Cut();
        await scene.ReconnectedAsync();

        var sync = await scene.Connection.ExpectAsync("conversation.sync");
        var synced = new SyncedConversation(_lunch, SyncStatus.Ok, new Sequence(4), new Sequence(1), [], false,
        [
            new ParticipantState(Bob, Permissions.Read, new Sequence(4), new Sequence(4), DeliveredAt: At(9), ReadAt: At(10)),
            new ParticipantState(Carol, Permissions.Read, new Sequence(4), new Sequence(3), [new Sequence(4)], DeliveredAt: At(11)),
        ]);
        await scene.Connection.AnswerAsync(sync, new ConversationsSynced([synced]), ProtocolJson.Lenient.ConversationsSynced);

        await UntilAsync(() => told.Count == 12, "what was missed was told");
        Assert.Equal(
            [
                "bob 3 3 08:15", "3 delivered to bob 08:15", "3 read by bob 08:15", "carol 3 0 08:15", "3 delivered to carol 08:15",
                "bob 4 4 10:00", "4 delivered to bob 09:00", "4 read by bob 10:00",
                // Of what she read out of order, and of what she read before that was kept, nobody knows when.
                "carol 4 3 11:00", "3 read by carol ", "4 delivered to carol 11:00", "4 read by carol ",
            ],
            told);

        static DateTimeOffset At(int hour) => new(2026, 11, 20, hour, 0, 0, TimeSpan.Zero);
    }

    [Fact]
    [Trait("Row", "C12")]
    public async Task Whose_cursors_were_told_once_is_asked_for_since_and_the_others_are_not_forgotten()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changed(_lunch, 2, delivered: 2));
        var first = await SendAsync(scene, 3);
        Assert.Null(await SyncedAgainAsync("since-2", [At(Bob, 3, 3), At(Carol, 2, 2)], changed: null));
        var second = await SendAsync(scene, 5);

        Assert.Equal("since-2", await SyncedAgainAsync("since-3", all: null, [At(Bob, 5, 5)]));

        await UntilAsync(() => scene.Told.Read.Count == 2, "what bob read was told");
        Assert.Equal([(first, Bob), (second, Bob)], scene.Told.Read);
        // Carol has read neither: both are watched on, and when nobody may be told of any more, everybody is asked for again.
        Assert.Equal("since-3", await SyncedAgainAsync("since-4", all: null, changed: null));
        Assert.Null(await SyncedAgainAsync("since-5", [At(Bob, 5, 5), At(Carol, 5, 5)], changed: null));
        await UntilAsync(() => scene.Told.Read.Count == 4, "what carol read was told");

        async Task<string?> SyncedAgainAsync(string next, ParticipantState[]? all, ParticipantState[]? changed)
        {
            scene.Connection.Cut();
            await scene.ReconnectedAsync(opening => opening.Since = next);
            var sync = await scene.Connection.ExpectAsync("conversation.sync");
            var request = sync.As(ProtocolJson.Lenient.SyncConversations);
            var (last, heard) = (request.Positions.Single().After.Value + 1, scene.Told.Entries.Count);
            var synced = new SyncedConversation(_lunch, SyncStatus.Ok, new Sequence(last), new Sequence(1), [Bob.Says(_lunch, last, "hi")], false, all, changed);
            await scene.Connection.AnswerAsync(sync, new ConversationsSynced([synced]), ProtocolJson.Lenient.ConversationsSynced);
            await UntilAsync(() => scene.Told.Entries.Count > heard, "the answer was taken");
            return request.Since;
        }

        static ParticipantState At(UserId user, long delivered, long read) => new(user, Permissions.Read, new Sequence(delivered), new Sequence(read));
    }

    [Fact]
    public async Task A_server_that_does_not_know_the_token_any_more_is_asked_for_everybody_the_next_time()
    {
        await using var scene = await KnowingEverybodyAsync();
        await AgainAsync(scene, opening => opening.Changed(_lunch, 5, delivered: 4));
        var sync = await scene.Connection.ExpectAsync("conversation.sync");
        Assert.Equal("since-2", sync.As(ProtocolJson.Lenient.SyncConversations).Since);

        await scene.Connection.RefuseAsync(sync, Refusals.InvalidParams);
        // It reads what is missing all the same.
        await scene.ServePageAsync(5);
        await AgainAsync(scene, _ => { });

        Assert.Null((await scene.Connection.ExpectAsync("conversation.sync")).As(ProtocolJson.Lenient.SyncConversations).Since);
    }

    [Fact]
    public async Task After_a_range_that_is_not_shown_everybody_is_asked_for_since_somebody_may_have_left_in_it()
    {
        await using var scene = await KnowingEverybodyAsync();
        await scene.Connection.PushAsync(Bob.Says(_lunch, 7, "hi"));
        var page = new EntriesPage(_lunch, [Bob.Says(_lunch, 7, "hi")], [new SkippedRange(new Sequence(5), new Sequence(6), "hidden")], new Sequence(7), new Sequence(1), false);
        await scene.Connection.AnswerAsync(await scene.Connection.ExpectAsync("conversation.entries"), page, ProtocolJson.Lenient.EntriesPage);
        await UntilAsync(() => scene.Told.Entries.Any(entry => entry.Sequence.Value == 7), "the page was taken");

        await AgainAsync(scene, _ => { });

        Assert.Null((await scene.Connection.ExpectAsync("conversation.sync")).As(ProtocolJson.Lenient.SyncConversations).Since);
    }

    /// <summary>Alice has sent a message, came back with <c>since-2</c> and was told that bob has not read it.</summary>
    private async Task<Scene> KnowingEverybodyAsync()
    {
        var scene = await Scene.StartAsync(opening => opening.Changed(_lunch, 2, delivered: 2));
        await SendAsync(scene, 3);
        await AgainAsync(scene, opening => opening.Since = "since-2");
        var sync = await scene.Connection.ExpectAsync("conversation.sync");
        var synced = new SyncedConversation(_lunch, SyncStatus.Ok, new Sequence(4), new Sequence(1), [Bob.Says(_lunch, 4, "hi")], false, [new ParticipantState(Bob, Permissions.Read, default, default)]);
        await scene.Connection.AnswerAsync(sync, new ConversationsSynced([synced]), ProtocolJson.Lenient.ConversationsSynced);
        await UntilAsync(() => scene.Told.Entries.Any(entry => entry.Sequence.Value == 4), "the answer was taken");
        return scene;
    }

    private static async Task AgainAsync(Scene scene, Action<Opening> say)
    {
        scene.Connection.Cut();
        await scene.ReconnectedAsync(say);
    }

    [Fact]
    [Trait("Row", "C12")]
    public async Task What_somebody_read_ahead_while_the_sender_was_away_is_told()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changed(_lunch, 2, delivered: 2));
        await SendAsync(scene, 3);
        var second = await SendAsync(scene, 4);
        scene.Connection.Cut();
        await scene.ReconnectedAsync();

        var sync = await scene.Connection.ExpectAsync("conversation.sync");
        var synced = new SyncedConversation(_lunch, SyncStatus.Ok, new Sequence(4), new Sequence(1), [], false,
            [new ParticipantState(Bob, Permissions.Read, new Sequence(4), new Sequence(2), [new Sequence(4)])]);
        await scene.Connection.AnswerAsync(sync, new ConversationsSynced([synced]), ProtocolJson.Lenient.ConversationsSynced);

        await UntilAsync(() => scene.Told.Delivered.Count == 2 && !scene.Told.Read.IsEmpty, "the second was read");
        Assert.Equal([(second, Bob)], scene.Told.Read);
    }

    [Fact]
    [Trait("Row", "C12")]
    public async Task What_was_sent_before_somebody_came_is_not_told_as_read_by_him_to_who_was_away()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changed(_lunch, 2, delivered: 2));
        await SendAsync(scene, 3);
        scene.Connection.Cut();
        await scene.ReconnectedAsync();

        // That carol came is on a page that is still to be read.
        var sync = await scene.Connection.ExpectAsync("conversation.sync");
        var synced = new SyncedConversation(_lunch, SyncStatus.Ok, new Sequence(200), new Sequence(1), [Bob.Says(_lunch, 4, "hi")], true,
        [
            new ParticipantState(Bob, Permissions.Read, new Sequence(4), new Sequence(4)),
            new ParticipantState(Carol, Permissions.Read, new Sequence(150), new Sequence(150), JoinedAt: new Sequence(120)),
        ]);
        await scene.Connection.AnswerAsync(sync, new ConversationsSynced([synced]), ProtocolJson.Lenient.ConversationsSynced);

        await UntilAsync(() => !scene.Told.Read.IsEmpty, "bob has read it");
        Assert.Equal([Bob], scene.Told.Read.Select(one => one.Recipient));
        Assert.Equal([Bob], scene.Told.Delivered.Select(one => one.Recipient));
    }

    [Fact]
    public async Task Reading_is_said_by_the_program_and_asked_again_after_a_reconnect()
    {
        await using var scene = await Scene.StartAsync(opening => opening.Changed(_lunch, 5, delivered: 5));
        var reading = scene.Alice.Receipts.MarkReadAsync(_lunch, new Sequence(5));
        await scene.Connection.ExpectAsync("receipt.read");
        scene.Connection.Cut();
        await scene.ReconnectedAsync();

        var request = await scene.Connection.ExpectAsync("receipt.read");
        await scene.Connection.AnswerAsync(request, new ReceiptCursors(new Sequence(5), new Sequence(5)), ProtocolJson.Lenient.ReceiptCursors);

        Assert.Equal(new Sequence(5), (await reading).ReadUpTo);
    }

    [Fact]
    public async Task A_program_that_acknowledges_by_itself_is_left_to_it()
    {
        await using var server = await ScriptedServer.StartAsync();
        await using var alice = ClientOf(server, options => new ParleyClientOptions
        {
            Endpoint = options.Endpoint, TokenProvider = options.TokenProvider, AcknowledgeDelivery = false,
        });
        var told = new Told(alice);
        _ = alice.ConnectAsync();
        var connection = await server.NextSessionAsync(opening => opening.Changed(_lunch, 2, delivered: 2));
        await connection.PushAsync(Bob.Says(_lunch, 3, "hi"));
        await UntilAsync(() => told.Received.Count == 1, "it was told");
        Assert.Empty(await connection.WithinAsync(TimeSpan.FromMilliseconds(300)));

        var marking = alice.Receipts.MarkDeliveredAsync(_lunch, new Sequence(3));
        var request = await connection.ExpectAsync("receipt.delivered");
        await connection.AnswerAsync(request, new ReceiptCursors(new Sequence(3), default), ProtocolJson.Lenient.ReceiptCursors);
        Assert.Equal(new Sequence(3), (await marking).DeliveredUpTo);
    }

    [Fact]
    [Trait("Row", "S16")]
    public async Task A_program_that_only_sends_receives_answers_and_asks_for_nothing()
    {
        await using var server = await ScriptedServer.StartAsync();
        await using var alice = ClientOf(server, options => new ParleyClientOptions
        {
            Endpoint = options.Endpoint, TokenProvider = options.TokenProvider, Receive = ReceiveMode.AnswersOnly,
        });
        _ = alice.ConnectAsync();
        var connection = await server.NextSessionAsync(opening => opening.Changed(_lunch, 9, delivered: 2));
        Assert.False(connection.Opened!.As(ProtocolJson.Lenient.OpenSession).Receive);

        var sending = alice.Messages.SendAsync(_lunch, "hi");
        var request = await connection.ExpectAsync("message.send");
        await connection.AnswerAsync(request, request.As(ProtocolJson.Lenient.SendMessage).Recorded(Alice, 10), ProtocolJson.Lenient.LogEntry);

        Assert.Equal(10, (await sending).Sequence.Value);
        Assert.Empty(await connection.WithinAsync(TimeSpan.FromMilliseconds(300)));
    }

    private static Task MoveAsync(Scene scene, UserId user, long delivered, long read)
    {
        var conversation = scene.Told.Sent.First().Conversation;
        return scene.Connection.PushReceiptAsync(conversation, (user, delivered, read));
    }

    private async Task<MessageId> SendAsync(Scene scene, long sequence)
    {
        var before = scene.Told.Sent.Count;
        var sending = scene.Alice.Messages.SendAsync(_lunch, "hi");
        await scene.RecordAsync(await scene.Connection.ExpectAsync("message.send"), sequence);
        var entry = await sending;
        await UntilAsync(() => scene.Told.Sent.Count == before + 1, "it was told");
        return ((MessageSent)entry.Event).Message;
    }
}
