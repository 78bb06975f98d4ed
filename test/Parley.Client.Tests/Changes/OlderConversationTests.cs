using System.Text;
using Parley.Client.Tests.Storage;
using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Changes;

/// <summary>A conversation that is made offline, under an id of the device, was there already: what was handed in for it goes to the older one (design §5).</summary>
public sealed class OlderConversationTests : IAsyncLifetime
{
    private readonly ConversationId _chosen = ConversationId.New();
    private readonly ConversationId _older = ConversationId.New();
    private KeptChanges _scene = null!;
    private ScriptedConnection _connection = null!;

    public async ValueTask InitializeAsync() => _scene = await KeptChanges.StartAsync();

    public async ValueTask DisposeAsync() => await _scene.DisposeAsync();

    [Theory]
    [InlineData(StoreKind.Memory)]
    [InlineData(StoreKind.Sqlite)]
    [Trait("Row", "L27")]
    [Trait("Row", "G6")]
    public async Task What_was_queued_under_the_chosen_id_is_kept_under_the_older_one_before_it_is_sent_there(StoreKind kind)
    {
        using var stores = new Stores(kind);
        await using var inner = stores.Next();
        var writes = new List<string>();
        var store = new SpyStore(inner)
        {
            Before = changes =>
            {
                lock (writes) writes.AddRange(changes.Where(change => change.Value is not null).Select(change => Encoding.UTF8.GetString(change.Value!.Value.Span)));
                return Task.CompletedTask;
            },
        };
        await using var alice = _scene.Of(store);
        var told = new Told(alice);
        await alice.Changes.QueueAsync(Change.Create(new CreateConversation(_chosen, ConversationKind.Direct, [Bob])));
        var message = alice.Messages.Create(_chosen, MessageContent.OfText("hello"));
        var sending = message.SendAsync();
        await alice.Changes.QueueAsync(Change.Edit(_chosen, message.Id, MessageContent.OfText("hello, bob")));
        await alice.Changes.QueueAsync(Change.MarkRead(_chosen, new Sequence(1)));
        var connection = await _scene.ConnectAsync(alice);
        var create = await KeptChanges.NextAsync(connection, Methods.CreateConversation);
        Assert.DoesNotContain(writes, record => record.Contains($"{_older}", StringComparison.Ordinal));

        await connection.AnswerAsync(create, KeptChanges.CreatedAs(_older), ProtocolJson.Lenient.ConversationCreatedAnswer);
        var send = await KeptChanges.NextAsync(connection, Methods.SendMessage);
        lock (writes)
        {
            foreach (var what in new[] { $"{message.Id}", "message.edit", "receipt.read" })
                Assert.Contains(writes, record => record.Contains($"{_older}", StringComparison.Ordinal) && record.Contains(what, StringComparison.Ordinal));
        }

        Assert.Equal(_older, send.As(ProtocolJson.Lenient.SendMessage).Conversation);
        await _scene.RecordAsync(connection, send);
        Assert.Equal(_older, (await sending).Conversation);
        Assert.Equal(_older, (await _scene.RecordAsync(connection, Methods.EditMessage)).As(ProtocolJson.Lenient.EditMessage).Conversation);
        Assert.Equal(_older, (await KeptChanges.NextAsync(connection, Methods.MarkRead)).As(ProtocolJson.Lenient.MarkRead).Conversation);
        Assert.Equal(_older, Assert.IsType<ConversationCreatedAnswer>(told.Changes.First().Answer).Conversation.Conversation);
    }

    [Fact]
    [Trait("Row", "L27")]
    public async Task What_is_handed_in_under_the_chosen_id_afterwards_goes_to_the_older_one_too_also_in_the_next_run()
    {
        var store = new MemoryStore();
        await using (var alice = _scene.Of(store))
        {
            var connection = await _scene.ConnectAsync(alice);
            await alice.Changes.QueueAsync(Change.Create(new CreateConversation(_chosen, ConversationKind.Direct, [Bob])));
            var told = new Told(alice);
            await connection.AnswerAsync(await KeptChanges.NextAsync(connection, Methods.CreateConversation), KeptChanges.CreatedAs(_older), ProtocolJson.Lenient.ConversationCreatedAnswer);
            await UntilAsync(() => !told.Changes.IsEmpty, "it is made");
            await alice.Messages.QueueAsync(_chosen, MessageContent.OfText("now"));
            Assert.Equal(_older, (await _scene.RecordAsync(connection, Methods.SendMessage)).As(ProtocolJson.Lenient.SendMessage).Conversation);
        }

        await using var next = _scene.Of(store);
        var again = await _scene.ConnectAsync(next);
        await next.Messages.QueueAsync(_chosen, MessageContent.OfText("later"));

        Assert.Equal(_older, (await again.ExpectAsync(Methods.SendMessage)).As(ProtocolJson.Lenient.SendMessage).Conversation);
    }

    [Fact]
    [Trait("Row", "G6")]
    public async Task Among_what_waits_for_the_older_conversation_already_it_has_the_place_at_which_it_was_handed_in()
    {
        await using var alice = _scene.Of(new MemoryStore());
        await alice.Changes.QueueAsync(Change.Create(new CreateConversation(_chosen, ConversationKind.Direct, [Bob])));
        await alice.Messages.QueueAsync(_older, MessageContent.OfText("one"));
        await alice.Messages.QueueAsync(_chosen, MessageContent.OfText("two"));
        await alice.Messages.QueueAsync(_older, MessageContent.OfText("three"));
        var connection = await _scene.ConnectAsync(alice);
        var (first, second) = (await connection.NextAsync(_ => true), await connection.NextAsync(_ => true));
        var (create, one) = first.Method == Methods.CreateConversation ? (first, second) : (second, first);
        await connection.AnswerAsync(create, KeptChanges.CreatedAs(_older), ProtocolJson.Lenient.ConversationCreatedAnswer);
        await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);

        await _scene.RecordAsync(connection, one);
        foreach (var text in new[] { "two", "three" })
            Assert.Equal(text, (await _scene.RecordAsync(connection, Methods.SendMessage)).As(ProtocolJson.Lenient.SendMessage).Content.PlainText());
    }

    [Fact]
    [Trait("Row", "L27")]
    public async Task A_run_that_ended_between_the_answer_and_the_store_finds_out_again()
    {
        var inner = new MemoryStore();
        // The store never hears that the conversation has another id.
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var deaf = new SpyStore(inner)
        {
            Before = changes =>
            {
                if (!changes.Any(change => change.Key.Kind == "moved" || change.Value is null)) return Task.CompletedTask;
                asked.TrySetResult();
                return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System);
            },
        };
        var dying = _scene.Of(deaf);
        var told = new Told(dying);
        await dying.Changes.QueueAsync(Change.Create(new CreateConversation(_chosen, ConversationKind.Direct, [Bob])));
        await dying.Messages.QueueAsync(_chosen, MessageContent.OfText("hello"));
        var connection = await _scene.ConnectAsync(dying);
        await connection.AnswerAsync(await KeptChanges.NextAsync(connection, Methods.CreateConversation), KeptChanges.CreatedAs(_older), ProtocolJson.Lenient.ConversationCreatedAnswer);
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System);
        await dying.Messages.QueueAsync(_older, MessageContent.OfText("after it"));
        Assert.Empty(await connection.WithinAsync(TimeSpan.FromMilliseconds(200)));
        Assert.Empty(told.Changes);
        connection.Cut();

        await using var alice = _scene.Of(inner);
        var again = _scene.Server.NextSessionAsync();
        var connecting = alice.ConnectAsync();
        connection = await again;
        // The one that dies may be the first to come back.
        if (!connecting.IsCompleted) await Task.WhenAny(connecting, Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System));
        if (!connecting.IsCompleted) connection = await _scene.Server.NextSessionAsync();
        await connecting;
        await connection.AnswerAsync(await connection.ExpectAsync(Methods.CreateConversation), KeptChanges.CreatedAs(_older), ProtocolJson.Lenient.ConversationCreatedAnswer);

        Assert.Equal(_older, (await connection.ExpectAsync(Methods.SendMessage)).As(ProtocolJson.Lenient.SendMessage).Conversation);
    }

    [Fact]
    [Trait("Row", "L27")]
    public async Task What_was_being_written_meanwhile_is_kept_and_the_next_run_sends_it_to_the_older_one()
    {
        var inner = new MemoryStore();
        var (mayWrite, message) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), MessageId.New());
        // Under the older id it is never written.
        var store = new SpyStore(inner) { Before = changes => !Says(changes, $"{message}") ? Task.CompletedTask : Says(changes, $"{_older}") ? Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System) : mayWrite.Task };
        await using (var dying = _scene.Of(store))
        {
            var queueing = await QueueWhileItMovesAsync(dying, dying.Messages.Create(_chosen, MessageContent.OfText("hello"), new SendOptions { Id = message }));
            mayWrite.SetResult();
            await queueing.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System);
        }

        await using var alice = _scene.Of(inner);
        Assert.Equal((_older, message), (await (await _scene.ConnectAsync(alice)).ExpectAsync(Methods.SendMessage)).As(ProtocolJson.Lenient.SendMessage) is var sent ? (sent.Conversation, sent.Message) : default);
    }

    [Fact]
    [Trait("Row", "L27")]
    public async Task What_was_being_written_meanwhile_is_sent_when_the_store_has_it_under_the_older_id_however_often_that_fails()
    {
        var (mayWrite, message, fails, failed) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), MessageId.New(), true, 0);
        var store = new SpyStore(new MemoryStore())
        {
            Before = changes =>
            {
                if (!Says(changes, $"{message}")) return Task.CompletedTask;
                if (!Says(changes, $"{_older}")) return mayWrite.Task;
                if (!Volatile.Read(ref fails)) return Task.CompletedTask;
                Interlocked.Increment(ref failed);
                throw new LocalStoreException(LocalStoreFailure.Full, "no room");
            },
        };
        await using var alice = _scene.Of(store);
        var made = alice.Messages.Create(_chosen, MessageContent.OfText("hello"), new SendOptions { Id = message });
        var queueing = await QueueWhileItMovesAsync(alice, made);
        mayWrite.SetResult();
        await queueing;
        await UntilAsync(() => { _scene.Clock.Move(TimeSpan.FromSeconds(1)); return Volatile.Read(ref failed) > 1; }, "it is tried again");
        Assert.Equal(MessageState.Pending, made.State);

        Volatile.Write(ref fails, false);
        _scene.Clock.Move(TimeSpan.FromSeconds(1));

        Assert.Equal(_older, (await _scene.RecordAsync(_connection, Methods.SendMessage)).As(ProtocolJson.Lenient.SendMessage).Conversation);
        await UntilAsync(() => made.State == MessageState.Sent, "it is sent");
    }

    [Fact]
    [Trait("Row", "S30")]
    public async Task What_could_not_be_written_meanwhile_is_told_as_not_sent_and_stops_nothing()
    {
        var mayWrite = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var store = new SpyStore(new MemoryStore()) { Before = changes => Says(changes, "lost") ? mayWrite.Task : Task.CompletedTask };
        await using var alice = _scene.Of(store);
        var made = alice.Messages.Create(_chosen, MessageContent.OfText("lost"));
        var queueing = await QueueWhileItMovesAsync(alice, made);

        mayWrite.SetException(new LocalStoreException(LocalStoreFailure.Full, "no room"));

        await Assert.ThrowsAsync<LocalStoreException>(() => queueing);
        await UntilAsync(() => made.State == MessageState.NotSent, "it is told");
        await alice.Messages.QueueAsync(_chosen, MessageContent.OfText("after"));
        Assert.Equal("after", (await _scene.RecordAsync(_connection, Methods.SendMessage)).As(ProtocolJson.Lenient.SendMessage).Content.PlainText());
    }

    [Theory]
    [InlineData(StoreKind.Memory)]
    [InlineData(StoreKind.Sqlite)]
    [InlineData(null)]
    [Trait("Row", "L27"), Trait("Row", "G6")]
    public async Task A_forward_out_of_it_waits_for_what_it_passes_on_and_names_the_older_one(StoreKind? kind)
    {
        using var stores = new Stores(kind ?? StoreKind.Memory);
        await using var store = stores.Next();
        await using var alice = _scene.Of(kind is null ? null : store);
        await alice.Changes.QueueAsync(Change.Create(new CreateConversation(_chosen, ConversationKind.Direct, [Bob])));
        var hello = await alice.Messages.QueueAsync(_chosen, MessageContent.OfText("hello"));
        await alice.Changes.QueueAsync(Change.Forward(_scene.Conversation, _chosen, hello));
        await alice.Messages.QueueAsync(_scene.Conversation, MessageContent.OfText("after it"));
        var connection = await _scene.ConnectAsync(alice);
        var create = await KeptChanges.NextAsync(connection, Methods.CreateConversation);
        Assert.Empty(await connection.WithinAsync(TimeSpan.FromMilliseconds(100)));

        await connection.AnswerAsync(create, KeptChanges.CreatedAs(_older), ProtocolJson.Lenient.ConversationCreatedAnswer);
        var send = await KeptChanges.NextAsync(connection, Methods.SendMessage);
        Assert.Equal((_older, hello), (send.As(ProtocolJson.Lenient.SendMessage).Conversation, send.As(ProtocolJson.Lenient.SendMessage).Message));
        Assert.DoesNotContain(await connection.WithinAsync(TimeSpan.FromMilliseconds(100)), request => request.Method == Methods.ForwardMessage);
        await _scene.RecordAsync(connection, send);

        var forward = await _scene.RecordAsync(connection, Methods.ForwardMessage);
        Assert.Equal((_scene.Conversation, _older, hello), (forward.As(ProtocolJson.Lenient.ForwardMessage) is var asked ? (asked.Conversation, asked.From, asked.Original) : default));
        await _scene.RecordAsync(connection, Methods.SendMessage);
        await alice.Changes.QueueAsync(Change.Forward(_scene.Conversation, _chosen, hello));
        Assert.Equal(_older, (await _scene.RecordAsync(connection, Methods.ForwardMessage)).As(ProtocolJson.Lenient.ForwardMessage).From);
    }

    [Fact]
    [Trait("Row", "L27")]
    public async Task A_forward_out_of_it_names_the_older_one_in_the_next_run_too()
    {
        var (store, message) = (new MemoryStore(), MessageId.New());
        await using (var alice = _scene.Of(store))
        {
            var told = new Told(alice);
            await alice.Changes.QueueAsync(Change.Create(new CreateConversation(_chosen, ConversationKind.Direct, [Bob])));
            await alice.Messages.QueueAsync(_scene.Conversation, MessageContent.OfText("in front of it"));
            await alice.Changes.QueueAsync(Change.Forward(_scene.Conversation, _chosen, message));
            var connection = await _scene.ConnectAsync(alice);
            await connection.AnswerAsync(await connection.ExpectAsync(Methods.CreateConversation), KeptChanges.CreatedAs(_older), ProtocolJson.Lenient.ConversationCreatedAnswer);
            await UntilAsync(() => !told.Changes.IsEmpty, "it is the older one");
        }

        await using var next = _scene.Of(store);
        var again = await _scene.ConnectAsync(next);
        await _scene.RecordAsync(again, Methods.SendMessage);
        Assert.Equal((_older, message), (await _scene.RecordAsync(again, Methods.ForwardMessage)).As(ProtocolJson.Lenient.ForwardMessage) is var asked ? (asked.From, asked.Original) : default);
    }

    [Fact]
    [Trait("Row", "S26")]
    public async Task A_forward_out_of_one_that_is_not_made_is_asked_for_and_its_refusal_told()
    {
        await using var alice = _scene.Of(new MemoryStore());
        var told = new Told(alice);
        await alice.Changes.QueueAsync(Change.Create(new CreateConversation(_chosen, ConversationKind.Direct, [Bob])));
        await alice.Changes.QueueAsync(Change.Forward(_scene.Conversation, _chosen, MessageId.New()));
        var connection = await _scene.ConnectAsync(alice);
        await connection.RefuseAsync(await KeptChanges.NextAsync(connection, Methods.CreateConversation), Refusals.Blocked);
        await connection.RefuseAsync(await KeptChanges.NextAsync(connection, Methods.ForwardMessage), Refusals.NotFound);

        await UntilAsync(() => told.Changes.Count == 2, "both are told");
        Assert.Equal([Refusals.Blocked, Refusals.NotFound], told.Changes.Select(settled => Assert.IsType<ParleyRefusedException>(settled.Failure).Refusal));
    }

    /// <summary>Hands one in under the chosen id, which the store does not take yet, and has the conversation turn out to be the older one.</summary>
    private async Task<Task> QueueWhileItMovesAsync(ParleyClient client, MessageToSend message)
    {
        var told = new Told(client);
        await client.Changes.QueueAsync(Change.Create(new CreateConversation(_chosen, ConversationKind.Direct, [Bob])));
        _connection = await _scene.ConnectAsync(client);
        var create = await KeptChanges.NextAsync(_connection, Methods.CreateConversation);
        var queueing = message.QueueAsync();
        await UntilAsync(() => client.Messages.Unsettled(_chosen).Count == 1, "it is in line");
        await _connection.AnswerAsync(create, KeptChanges.CreatedAs(_older), ProtocolJson.Lenient.ConversationCreatedAnswer);
        await UntilAsync(() => !told.Changes.IsEmpty, "the conversation is the older one");
        Assert.False(queueing.IsCompleted);
        return queueing;
    }

    private static bool Says(IReadOnlyList<LocalChange> changes, string text) => changes.Any(change => change.Value is { } value && Encoding.UTF8.GetString(value.Span).Contains(text, StringComparison.Ordinal));
}
