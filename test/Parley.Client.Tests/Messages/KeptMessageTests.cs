using System.Collections.Concurrent;
using System.Text;
using Parley.Client.Tests.Storage;
using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Messages;

/// <summary>Messages of a client with a store: whatever ends it, the next one goes on.</summary>
public sealed class KeptMessageTests : IAsyncLifetime
{
    private readonly ConversationId _conversation = ConversationId.New();
    private readonly MovableClock _clock = new();
    private ScriptedServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await ScriptedServer.StartAsync();

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData(StoreKind.Memory)]
    [InlineData(StoreKind.Sqlite)]
    [Trait("Row", "S27")]
    [Trait("Row", "G6")]
    public async Task What_was_handed_in_without_a_connection_is_sent_by_the_next_run_in_order_and_once(StoreKind kind)
    {
        using var stores = new Stores(kind);
        await using (var store = stores.Next())
        {
            await using var offline = Of(store);
            foreach (var text in new[] { "one", "two", "three" }) await offline.Messages.QueueAsync(_conversation, MessageContent.OfText(text));
        }

        await using var next = stores.Next();
        await using (var alice = Of(next))
        {
            var told = new Told(alice);
            var connection = await ConnectAsync(alice);
            for (var sequence = 1; sequence <= 3; sequence++) await RecordAsync(connection, sequence);
            await UntilAsync(() => told.Settled.Count == 3, "all three are told of");
            Assert.Equal(["one", "two", "three"], told.Settled.Select(settled => settled.Entry!.Text()));
        }

        await using var third = Of(next);
        Assert.DoesNotContain(await (await ConnectAsync(third)).WithinAsync(TimeSpan.FromMilliseconds(200)), request => request.Method == Methods.SendMessage);
    }

    [Fact]
    [Trait("Row", "G6")]
    public async Task What_is_handed_in_before_the_store_is_open_is_sent_in_the_order_of_the_calls()
    {
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var alice = Of(new SpyStore(new MemoryStore()) { MayOpen = open.Task });
        using var giveUp = new CancellationTokenSource();
        var queued = Enumerable.Range(0, 200).Select(number => alice.Messages.QueueAsync(_conversation, MessageContent.OfText($"{number}"), cancel: number == 100 ? giveUp.Token : default)).ToList();
        await giveUp.CancelAsync();
        open.SetResult();
        queued.AddRange(Enumerable.Range(200, 50).Select(number => alice.Messages.QueueAsync(_conversation, MessageContent.OfText($"{number}"))));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => queued[100]);
        await Task.WhenAll(queued.Where((_, number) => number != 100));
        var connection = await ConnectAsync(alice);
        var sent = new List<string>();
        for (var sequence = 1; sequence < 250; sequence++)
        {
            var request = await connection.ExpectAsync(Methods.SendMessage);
            sent.Add(request.As(ProtocolJson.Lenient.SendMessage).Content.PlainText());
            await AnswerAsync(connection, request, sequence);
        }

        Assert.Equal(Enumerable.Range(0, 250).Where(number => number != 100).Select(number => $"{number}"), sent);
    }

    [Fact]
    [Trait("Row", "G9")]
    public async Task What_was_under_way_when_the_client_ended_is_sent_again_under_the_same_id()
    {
        using var stores = new Stores(StoreKind.Sqlite);
        SendMessage first;
        await using (var store = stores.Next())
        {
            var alice = Of(store);
            var connection = await ConnectAsync(alice);
            var sending = alice.Messages.SendAsync(_conversation, "hello");
            first = (await connection.ExpectAsync(Methods.SendMessage)).As(ProtocolJson.Lenient.SendMessage);
            await alice.DisposeAsync();
            Assert.Contains("the next client", (await Assert.ThrowsAsync<MessageUnknownException>(() => sending)).Message, StringComparison.Ordinal);
        }

        await using var next = stores.Next();
        await using var again = Of(next);
        var second = (await (await ConnectAsync(again)).ExpectAsync(Methods.SendMessage)).As(ProtocolJson.Lenient.SendMessage);

        Assert.Equal((first.Message, "hello"), (second.Message, second.Content.PlainText()));
    }

    [Fact]
    [Trait("Row", "S27")]
    public async Task Nothing_leaves_the_device_before_the_store_says_that_it_may_have()
    {
        var kept = new List<string>();
        var store = new SpyStore(new MemoryStore()) { Before = changes => Note(changes, kept) };
        await using var alice = Of(store);
        var waiting = await alice.Messages.QueueAsync(_conversation, MessageContent.OfText("waiting"));
        Assert.Contains(kept, record => record.Contains($"{waiting}", StringComparison.Ordinal) && record.Contains("\"left\":false", StringComparison.Ordinal));
        var connection = await ConnectAsync(alice);

        await connection.ExpectAsync(Methods.SendMessage);

        Assert.Contains(kept, record => record.Contains($"{waiting}", StringComparison.Ordinal) && record.Contains("\"left\":true", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Row", "S30")]
    public async Task What_the_store_does_not_take_is_refused_and_never_sent_and_what_comes_after_it_is()
    {
        var full = false;
        var store = new SpyStore(new MemoryStore()) { Before = changes => full ? throw new LocalStoreException(LocalStoreFailure.Full, "no room") : Task.CompletedTask };
        await using var alice = Of(store);
        var connection = await ConnectAsync(alice);
        full = true;

        var failed = await Assert.ThrowsAsync<LocalStoreException>(() => alice.Messages.SendAsync(_conversation, "lost"));
        Assert.Equal((LocalStoreFailure.Full, FailureReason.Storage), (failed.Failure, failed.Reason));
        full = false;
        var sending = alice.Messages.SendAsync(_conversation, "kept");

        var request = await connection.ExpectAsync(Methods.SendMessage);
        Assert.Equal("kept", request.As(ProtocolJson.Lenient.SendMessage).Content.PlainText());
        await AnswerAsync(connection, request, 1);
        await sending;
    }

    [Fact]
    [Trait("Row", "S30")]
    public async Task Who_is_told_that_a_message_was_not_sent_is_told_when_the_store_has_forgotten_it()
    {
        var hold = new TaskCompletionSource();
        var store = new SpyStore(new MemoryStore()) { Before = changes => changes is [{ Value: null }] ? hold.Task.WaitAsync(TimeSpan.FromSeconds(5), TimeProvider.System) : Task.CompletedTask };
        await using var alice = Of(store);
        var connection = await ConnectAsync(alice);
        var sending = alice.Messages.SendAsync(_conversation, "hello");
        await connection.RefuseAsync(await connection.ExpectAsync(Methods.SendMessage), Refusals.PermissionDenied);

        await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        Assert.False(sending.IsCompleted);
        hold.SetResult();

        Assert.Equal(Refusals.PermissionDenied, (await Assert.ThrowsAsync<ParleyRefusedException>(() => sending)).Refusal);
    }

    [Fact]
    public async Task What_was_given_up_before_it_left_is_sent_by_no_later_run()
    {
        using var stores = new Stores(StoreKind.Sqlite);
        await using (var store = stores.Next())
        {
            await using var offline = Of(store);
            using var giveUp = new CancellationTokenSource();
            var sending = offline.Messages.SendAsync(_conversation, MessageContent.OfText("never mind"), cancel: giveUp.Token);
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            await giveUp.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        }

        await using var next = stores.Next();
        await using var alice = Of(next);
        Assert.Empty(await (await ConnectAsync(alice)).WithinAsync(TimeSpan.FromMilliseconds(200)));
    }

    [Fact]
    [Trait("Row", "S27")]
    [Trait("Row", "G9")]
    public async Task After_twelve_hours_what_never_left_fails_at_once_and_what_may_have_is_cancelled_first()
    {
        var store = new MemoryStore();
        MessageId left;
        await using (var alice = Of(store))
        {
            var connection = await ConnectAsync(alice);
            left = await alice.Messages.QueueAsync(_conversation, MessageContent.OfText("left"));
            await connection.ExpectAsync(Methods.SendMessage);
        }

        MessageId stayed;
        await using (var offline = Of(store)) stayed = await offline.Messages.QueueAsync(ConversationId.New(), MessageContent.OfText("stayed"));
        _clock.Move(TimeSpan.FromHours(12) + TimeSpan.FromMinutes(1));

        await using var late = Of(store);
        var told = new Told(late);
        var then = await ConnectAsync(late);
        await then.AnswerAsync(await then.ExpectAsync(Methods.CancelMessage), "{}");

        await UntilAsync(() => told.Settled.Count == 2, "both are told of");
        Assert.Equal([stayed, left], told.Settled.Select(settled => settled.Message));
        Assert.All(told.Settled, settled => Assert.Equal(FailureReason.Network, Assert.IsType<MessageNotSentException>(settled.Failure).Reason));
    }

    [Fact]
    public async Task What_is_kept_when_its_time_is_over_already_fails_and_is_sent_by_no_later_run()
    {
        var inner = new MemoryStore();
        var slow = new SpyStore(inner) { Before = _ => Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System) };
        await using (var offline = ClientOf(_server, options => new ParleyClientOptions { Endpoint = options.Endpoint, TokenProvider = options.TokenProvider, Store = slow, SendTimeout = TimeSpan.FromMilliseconds(20) }))
            await Assert.ThrowsAsync<MessageNotSentException>(() => offline.Messages.SendAsync(_conversation, "late"));

        await using var alice = Of(inner);
        Assert.Empty(await (await ConnectAsync(alice)).WithinAsync(TimeSpan.FromMilliseconds(200)));
    }

    [Fact]
    [Trait("Row", "G9")]
    public async Task What_the_store_could_not_forget_is_unknown_and_not_called_not_sent()
    {
        var store = new SpyStore(new MemoryStore()) { Before = changes => changes is [{ Value: null }] ? throw new LocalStoreException(LocalStoreFailure.Unavailable, "the disk fails") : Task.CompletedTask };
        await using var offline = ClientOf(_server, options => new ParleyClientOptions { Endpoint = options.Endpoint, TokenProvider = options.TokenProvider, Store = store, SendTimeout = TimeSpan.FromMilliseconds(20) });

        await Assert.ThrowsAsync<MessageUnknownException>(() => offline.Messages.SendAsync(_conversation, "late"));
    }

    [Fact]
    public async Task What_is_queued_is_told_of_however_soon_it_is_settled_and_what_was_not_kept_only_to_who_queued_it()
    {
        var full = false;
        var store = new SpyStore(new MemoryStore()) { Before = _ => full ? throw new LocalStoreException(LocalStoreFailure.Full, "no room") : Task.CompletedTask };
        await using var alice = Of(store);
        var told = new Told(alice);
        var connection = await ConnectAsync(alice);
        full = true;
        await Assert.ThrowsAsync<LocalStoreException>(() => alice.Messages.QueueAsync(_conversation, MessageContent.OfText("lost")));
        full = false;

        var kept = await alice.Messages.QueueAsync(_conversation, MessageContent.OfText("kept"));
        await RecordAsync(connection, 1);

        await UntilAsync(() => !told.Settled.IsEmpty, "the other is told of");
        Assert.Equal(kept, Assert.Single(told.Settled).Message);
    }

    [Theory]
    [InlineData(ReceiveMode.AnswersOnly)]
    [InlineData(ReceiveMode.Everything)]
    public async Task A_store_that_does_not_let_a_message_leave_is_told_once_and_again_after_it_worked(ReceiveMode receive)
    {
        var fails = false;
        var inner = new MemoryStore();
        var store = new SpyStore(inner) { Before = changes => fails && changes.Any(change => change.Key.Kind == "outbox") ? throw new LocalStoreException(LocalStoreFailure.Full, "no room") : Task.CompletedTask };
        await using var alice = ClientOf(_server, options => new ParleyClientOptions { Endpoint = options.Endpoint, TokenProvider = options.TokenProvider, Store = store, TimeProvider = _clock, Receive = receive });
        var failures = new ConcurrentQueue<LocalStoreException>();
        alice.StoreFailed += (_, e) => failures.Enqueue(e.Failure);
        await alice.Messages.QueueAsync(_conversation, MessageContent.OfText("offline"));
        fails = true;
        var connection = await ConnectAsync(alice);
        await StaysUntilItWorksAsync(sequence: 2);

        _server.Refusing = (503, 1);
        connection.Cut();
        await UntilAsync(() => alice.State == ConnectionState.Waiting, "it is offline");
        await alice.Messages.QueueAsync(_conversation, MessageContent.OfText("offline again"));
        (fails, _server.Refusing) = (true, null);
        _clock.Move(TimeSpan.FromMinutes(1));
        connection = await _server.NextSessionAsync();
        await StaysUntilItWorksAsync(sequence: 3);
        Assert.All(failures, failure => Assert.Equal(LocalStoreFailure.Full, failure.Failure));

        async Task StaysUntilItWorksAsync(long sequence)
        {
            await UntilAsync(() => failures.Count == sequence - 1, "it is told");
            Assert.DoesNotContain(await connection.WithinAsync(TimeSpan.FromMilliseconds(100)), request => request.Method == Methods.SendMessage);
            Assert.Equal(sequence - 1, failures.Count);
            fails = false;
            var next = connection.ExpectAsync(Methods.SendMessage);
            await UntilAsync(() => { _clock.Move(TimeSpan.FromSeconds(1)); return next.IsCompleted; }, "it leaves");
            await AnswerAsync(connection, await next, sequence);
            await UntilAsync(async () => (await inner.ReadAsync(new LocalRange("outbox"))).Count == 0, "the store has forgotten it");
        }
    }

    [Fact]
    [Trait("Row", "S27")]
    public async Task A_minute_before_that_it_is_still_sent()
    {
        var store = new MemoryStore();
        await using (var offline = Of(store)) await offline.Messages.QueueAsync(_conversation, MessageContent.OfText("hello"));
        _clock.Move(TimeSpan.FromHours(12) - TimeSpan.FromMinutes(1));

        await using var late = Of(store);
        await (await ConnectAsync(late)).ExpectAsync(Methods.SendMessage);
    }

    [Theory]
    [InlineData(80, true)]
    [InlineData(12, true)]
    [InlineData(11, false)]
    [InlineData(-80, false)]
    [Trait("Row", "S27")]
    public async Task Hours_that_the_device_slept_count_and_hours_that_a_clock_was_set_back_do_not(int hours, bool isOver)
    {
        await using var alice = Of(new MemoryStore());
        var told = new Told(alice);
        var connection = await ConnectAsync(alice);
        var left = await alice.Messages.QueueAsync(_conversation, MessageContent.OfText("left"));
        await connection.ExpectAsync(Methods.SendMessage);
        var stayed = await alice.Messages.QueueAsync(_conversation, MessageContent.OfText("stayed"));

        // What measures how long something takes stands still meanwhile.
        _clock.Set(TimeSpan.FromHours(hours));
        connection.Cut();
        connection = await _server.NextSessionAsync();

        var next = await connection.NextAsync(request => request.Method is Methods.SendMessage or Methods.CancelMessage);
        Assert.Equal(isOver ? Methods.CancelMessage : Methods.SendMessage, next.Method);
        if (!isOver) return;
        await connection.AnswerAsync(next, "{}");
        await UntilAsync(() => told.Settled.Count == 2, "both are told of");
        Assert.Equal([stayed, left], told.Settled.Select(settled => settled.Message));
        Assert.All(told.Settled, settled => Assert.IsType<MessageNotSentException>(settled.Failure));
    }

    [Fact]
    public async Task A_store_is_of_the_user_of_its_first_session_and_no_other_sends_what_waits_in_it()
    {
        var store = new MemoryStore();
        await using (var alice = Of(store)) await ConnectAsync(alice);
        await using (var offline = Of(store)) await offline.Messages.QueueAsync(_conversation, MessageContent.OfText("from alice"));

        await using var bob = Of(store);
        var connecting = bob.ConnectAsync();
        var connection = await _server.NextSessionAsync(opening => opening.User = "bob");

        Assert.Equal(LocalStoreFailure.OtherUser, (await Assert.ThrowsAsync<LocalStoreException>(() => connecting)).Failure);
        Assert.Empty(await connection.WithinAsync(TimeSpan.FromMilliseconds(200)));
        Assert.Equal(ConnectionState.Closed, bob.State);
    }

    [Fact]
    [Trait("Row", "B18")]
    public async Task An_installation_keeps_its_name_in_the_store()
    {
        var store = new MemoryStore();
        var devices = new List<DeviceId>();
        for (var run = 0; run < 2; run++)
        {
            await using var alice = Of(store);
            devices.Add((await ConnectAsync(alice)).Opened!.As(ProtocolJson.Lenient.OpenSession).Device);
        }

        Assert.Equal(devices[0], devices[1]);
    }

    [Fact]
    public async Task A_store_that_cannot_be_opened_is_told_to_who_connects_and_to_who_sends_and_tried_again()
    {
        using var stores = new Stores(StoreKind.Sqlite);
        await using var other = stores.Next();
        await other.OpenAsync();
        await using var store = stores.Next();
        await using var alice = Of(store);

        Assert.Equal(LocalStoreFailure.InUse, (await Assert.ThrowsAsync<LocalStoreException>(() => alice.ConnectAsync())).Failure);
        Assert.Equal(LocalStoreFailure.InUse, (await Assert.ThrowsAsync<LocalStoreException>(() => alice.Messages.SendAsync(_conversation, "hello"))).Failure);
        await other.DisposeAsync();

        await ConnectAsync(alice);
    }

    private ParleyClient Of(LocalStore store) => ClientOf(_server, options => new ParleyClientOptions { Endpoint = options.Endpoint, TokenProvider = options.TokenProvider, Store = store, TimeProvider = _clock });

    private async Task<ScriptedConnection> ConnectAsync(ParleyClient client)
    {
        var connecting = client.ConnectAsync();
        var connection = await _server.NextSessionAsync();
        await connecting;
        return connection;
    }

    private static async Task RecordAsync(ScriptedConnection connection, long sequence) => await AnswerAsync(connection, await connection.ExpectAsync(Methods.SendMessage), sequence);

    private static Task AnswerAsync(ScriptedConnection connection, ScriptedRequest request, long sequence) =>
        connection.AnswerAsync(request, request.As(ProtocolJson.Lenient.SendMessage).Recorded(Alice, sequence), ProtocolJson.Lenient.LogEntry);

    private static Task Note(IReadOnlyList<LocalChange> changes, List<string> kept)
    {
        lock (kept) kept.AddRange(changes.Where(change => change.Value is not null).Select(change => Encoding.UTF8.GetString(change.Value!.Value.Span)));
        return Task.CompletedTask;
    }
}
