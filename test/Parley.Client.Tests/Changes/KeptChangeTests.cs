using Parley.Client.Tests.Storage;
using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Changes;

/// <summary>Edits, recalls, reads and all else that changes something, of a client with a store: in one order with messages, and gone on with by the next run.</summary>
public sealed class KeptChangeTests : IAsyncLifetime
{
    private KeptChanges _scene = null!;

    private ConversationId Conversation => _scene.Conversation;

    public async ValueTask InitializeAsync() => _scene = await KeptChanges.StartAsync();

    public async ValueTask DisposeAsync() => await _scene.DisposeAsync();

    [Theory]
    [InlineData(StoreKind.Memory)]
    [InlineData(StoreKind.Sqlite)]
    [Trait("Row", "S27")]
    [Trait("Row", "G6")]
    public async Task What_was_handed_in_without_a_connection_is_done_by_the_next_run_in_order_and_once(StoreKind kind)
    {
        using var stores = new Stores(kind);
        await using (var store = stores.Next())
        {
            await using var offline = _scene.Of(store);
            var message = await offline.Messages.QueueAsync(Conversation, MessageContent.OfText("one"));
            await offline.Changes.QueueAsync(Change.Edit(Conversation, message, MessageContent.OfText("two")));
            await offline.Changes.QueueAsync(Change.Recall(Conversation, message));
            await offline.Changes.QueueAsync(Change.MarkRead(Conversation, new Sequence(7)));
            Assert.Equal([Methods.EditMessage, Methods.RecallMessage, Methods.MarkRead], offline.Changes.Waiting.Select(change => change.Method));
        }

        await using var next = stores.Next();
        await using (var alice = _scene.Of(next))
        {
            var told = new Told(alice);
            var connection = await _scene.ConnectAsync(alice);
            foreach (var method in new[] { Methods.SendMessage, Methods.EditMessage, Methods.RecallMessage }) await _scene.RecordAsync(connection, method);
            await KeptChanges.CursorsAsync(connection, await KeptChanges.NextAsync(connection, Methods.MarkRead), read: 7);

            await UntilAsync(() => told.Changes.Count == 3, "all three are told of");
            Assert.Equal("two", Assert.IsType<EditMessage>(told.Changes.First().Change.Request).Content.PlainText());
            Assert.Equal(new Sequence(7), Assert.IsType<ReceiptCursors>(told.Changes.Last().Answer).ReadUpTo);
            Assert.All(told.Changes, settled => Assert.Null(settled.Failure));
            Assert.Empty(alice.Changes.Waiting);
        }

        await using var third = _scene.Of(next);
        // It looks at what it keeps of the conversation, and says how far it was told; nothing is asked again.
        Assert.All(await (await _scene.ConnectAsync(third)).WithinAsync(TimeSpan.FromMilliseconds(200)), request => Assert.True(request.Method is Methods.SyncConversations or Methods.GetConversations or Methods.MarkDelivered, request.Method));
    }

    [Fact]
    [Trait("Row", "G6")]
    public async Task A_refusal_that_says_later_lets_nothing_behind_it_pass_and_a_lost_answer_neither()
    {
        await using var alice = _scene.Of(new MemoryStore());
        var connection = await _scene.ConnectAsync(alice);
        var editing = alice.Messages.EditAsync(Conversation, MessageId.New(), MessageContent.OfText("better"));
        var sending = alice.Messages.SendAsync(Conversation, "after it");
        var first = await KeptChanges.NextAsync(connection, Methods.EditMessage);
        await connection.RefuseAsync(first, Refusals.RateLimited.After(TimeSpan.FromMilliseconds(50)));
        var second = await KeptChanges.NextAsync(connection, Methods.EditMessage);

        connection.Cut();
        connection = await _scene.Server.NextSessionAsync();
        var third = await KeptChanges.NextAsync(connection, Methods.EditMessage);

        Assert.Equal((first.Params.GetRawText(), first.Params.GetRawText()), (second.Params.GetRawText(), third.Params.GetRawText()));
        await _scene.RecordAsync(connection, third);
        Assert.IsType<MessageEdited>((await editing).Event);
        await _scene.RecordAsync(connection, Methods.SendMessage);
        await sending;
    }

    [Fact]
    [Trait("Row", "S26")]
    public async Task A_refusal_that_says_never_is_told_with_its_code_and_what_is_behind_it_goes_on()
    {
        await using var alice = _scene.Of(new MemoryStore());
        var told = new Told(alice);
        var connection = await _scene.ConnectAsync(alice);
        var message = MessageId.New();
        await alice.Changes.QueueAsync(Change.Edit(Conversation, message, MessageContent.OfText("too late")));
        var recalling = alice.Messages.RecallAsync(Conversation, message);

        await connection.RefuseAsync(await KeptChanges.NextAsync(connection, Methods.EditMessage), Refusals.EditLimit);
        await connection.RefuseAsync(await KeptChanges.NextAsync(connection, Methods.RecallMessage), Refusals.NotCapable);

        var refused = await Assert.ThrowsAsync<ParleyRefusedException>(() => recalling);
        Assert.Equal((Refusals.NotCapable, FailureReason.Capability), (refused.Refusal, refused.Reason));
        var settled = Assert.Single(told.Changes);
        Assert.Equal((Refusals.EditLimit, FailureReason.Refused), (Assert.IsType<ParleyRefusedException>(settled.Failure).Refusal, settled.Failure!.Reason));
    }

    [Fact]
    public async Task What_is_given_up_before_it_left_is_done_by_no_later_run()
    {
        var store = new MemoryStore();
        await using (var offline = _scene.Of(store))
        {
            using var giveUp = new CancellationTokenSource();
            var reading = offline.Receipts.MarkReadAsync(Conversation, new Sequence(3), giveUp.Token);
            await UntilAsync(() => offline.Changes.Waiting.Count == 1, "it waits");
            await giveUp.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        }

        await using var alice = _scene.Of(store);
        Assert.Empty(await (await _scene.ConnectAsync(alice)).WithinAsync(TimeSpan.FromMilliseconds(200)));
    }

    [Fact]
    public async Task What_is_given_up_after_it_left_is_settled_behind_the_scenes_and_told()
    {
        await using var alice = _scene.Of(new MemoryStore());
        var told = new Told(alice);
        var connection = await _scene.ConnectAsync(alice);
        using var giveUp = new CancellationTokenSource();
        var editing = alice.Messages.EditAsync(Conversation, MessageId.New(), MessageContent.OfText("better"), giveUp.Token);
        await KeptChanges.NextAsync(connection, Methods.EditMessage);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => editing);

        connection.Cut();
        connection = await _scene.Server.NextSessionAsync();
        await _scene.RecordAsync(connection, Methods.EditMessage);

        await UntilAsync(() => !told.Changes.IsEmpty, "it is told");
        Assert.IsType<MessageEdited>(Assert.Single(told.Changes).Entry!.Event);
    }

    [Fact]
    [Trait("Row", "S27")]
    public async Task After_twelve_hours_what_never_left_is_not_sent_and_of_what_may_have_nobody_knows_and_both_are_told_once()
    {
        var store = new MemoryStore();
        await using (var alice = _scene.Of(store))
        {
            var connection = await _scene.ConnectAsync(alice);
            await alice.Changes.QueueAsync(Change.MarkRead(Conversation, new Sequence(1)));
            await KeptChanges.NextAsync(connection, Methods.MarkRead);
        }

        await using (var offline = _scene.Of(store)) await offline.Changes.QueueAsync(Change.Block([Bob]));
        _scene.Clock.Move(TimeSpan.FromHours(12) + TimeSpan.FromMinutes(1));

        await using (var late = _scene.Of(store))
        {
            var told = new Told(late);
            var connection = await _scene.ConnectAsync(late);
            await UntilAsync(() => told.Changes.Count == 2, "both are told of");
            Assert.IsType<ChangeUnknownException>(told.Changes.Single(settled => settled.Change.Request is MarkRead).Failure);
            Assert.Equal(FailureReason.Network, Assert.IsType<ChangeNotSentException>(told.Changes.Single(settled => settled.Change.Request is AddBlocks).Failure).Reason);
            Assert.Empty(await connection.WithinAsync(TimeSpan.FromMilliseconds(200)));
        }

        await using var next = _scene.Of(store);
        var again = new Told(next);
        await _scene.ConnectAsync(next);
        await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
        Assert.Empty(again.Changes);
    }

    [Theory]
    [InlineData(-24, 12 * 60 - 1, true)]
    [InlineData(-24, 12 * 60 + 1, false)]
    [InlineData(11, 59, true)]
    [InlineData(11, 61, false)]
    [InlineData(0, 12 * 60 - 1, true)]
    [InlineData(0, 12 * 60 + 1, false)]
    [Trait("Row", "S27")]
    public async Task Twelve_hours_are_those_of_the_devices_clock_and_where_that_was_set_back_no_more_than_twelve_of_running(int hoursSet, int minutesRunning, bool isAsked)
    {
        var store = new MemoryStore();
        await using (var offline = _scene.Of(store)) await offline.Changes.QueueAsync(Change.Leave(Conversation));
        _scene.Clock.Set(TimeSpan.FromHours(hoursSet));

        await using var alice = _scene.Of(store);
        var told = new Told(alice);
        // It reads what is in the store, and connects to nobody.
        await alice.Messages.QueueAsync(ConversationId.New(), MessageContent.OfText("hello"));
        Assert.Single(alice.Changes.Waiting);
        _scene.Clock.Move(TimeSpan.FromMinutes(minutesRunning));

        if (isAsked) await (await _scene.ConnectAsync(alice)).ExpectAsync(Methods.LeaveConversation);
        else await UntilAsync(() => told.Changes.SingleOrDefault()?.Failure is ChangeNotSentException, "it is not sent");
    }

    [Fact]
    public async Task Of_what_the_server_put_off_until_its_time_was_over_it_is_known_that_it_was_not_done()
    {
        await using var alice = _scene.Of(new MemoryStore(), sendTimeout: TimeSpan.FromMinutes(1));
        var connection = await _scene.ConnectAsync(alice);
        var muting = alice.Conversations.MuteAllAsync(Conversation);
        await connection.RefuseAsync(await KeptChanges.NextAsync(connection, Methods.UpdateConversation), Refusals.Overloaded.After(TimeSpan.FromMinutes(2)));
        await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);

        _scene.Clock.Move(TimeSpan.FromMinutes(1));

        await Assert.ThrowsAsync<ChangeNotSentException>(() => muting);
    }

    [Fact]
    public async Task What_nobody_answered_until_its_time_was_over_is_unknown()
    {
        await using var alice = _scene.Of(new MemoryStore(), sendTimeout: TimeSpan.FromMinutes(1), settleTimeout: TimeSpan.FromSeconds(10));
        var connection = await _scene.ConnectAsync(alice);
        var muting = alice.Conversations.MuteAllAsync(Conversation);
        await KeptChanges.NextAsync(connection, Methods.UpdateConversation);

        _scene.Clock.Move(TimeSpan.FromSeconds(61));
        await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        Assert.False(muting.IsCompleted);
        _scene.Clock.Move(TimeSpan.FromSeconds(10));

        await Assert.ThrowsAsync<ChangeUnknownException>(() => muting);
    }

    [Fact]
    public async Task What_belongs_to_no_conversation_waits_for_none()
    {
        await using var alice = _scene.Of(new MemoryStore());
        var connection = await _scene.ConnectAsync(alice);
        await alice.Changes.QueueAsync(Change.Leave(Conversation));
        await alice.Changes.QueueAsync(Change.Block([Bob]));
        await alice.Changes.QueueAsync(Change.Unblock([Bob]));

        await KeptChanges.NextAsync(connection, Methods.LeaveConversation);
        await connection.AnswerAsync(await KeptChanges.NextAsync(connection, Methods.AddBlocks), new BlockList([Bob]), ProtocolJson.Lenient.BlockList);

        await KeptChanges.NextAsync(connection, Methods.RemoveBlocks);
    }

    [Fact]
    public async Task Without_a_store_a_change_is_asked_as_long_as_the_client_lives()
    {
        await using var alice = _scene.Of(store: null);
        var told = new Told(alice);
        await alice.Changes.QueueAsync(Change.RequestContact(Bob, "hello"));
        var connection = await _scene.ConnectAsync(alice);

        var request = await KeptChanges.NextAsync(connection, Methods.RequestContact);
        await connection.AnswerAsync(request, new Contact(Bob, ContactState.Requested, ContactChange.Requested, TimeProvider.System.GetUtcNow()), ProtocolJson.Lenient.Contact);

        await UntilAsync(() => !told.Changes.IsEmpty, "it is told");
        Assert.Equal(Bob, Assert.IsType<Contact>(Assert.Single(told.Changes).Answer).User);
    }
}
