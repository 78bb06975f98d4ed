using Parley.Client.Tests.Changes;
using Parley.Client.Tests.Storage;
using Parley.Client.Tests.Support;

namespace Parley.Client.Tests.Messages;

/// <summary>What did not come about while the store cannot forget it: the next client would bring it about, so nobody is told that it never will.</summary>
public sealed class UnforgottenTests : IAsyncLifetime
{
    private readonly MemoryStore _inner = new();
    private readonly SpyStore _store;
    private volatile bool _fails = true;
    private volatile int _failed;
    private KeptChanges _scene = null!;

    public UnforgottenTests() => _store = new SpyStore(_inner) { Before = FailToForget };

    public async ValueTask InitializeAsync() => _scene = await KeptChanges.StartAsync();

    public async ValueTask DisposeAsync() => await _scene.DisposeAsync();

    [Fact]
    [Trait("Row", "G6")]
    [Trait("Row", "S30")]
    public async Task What_was_refused_is_unknown_and_what_is_behind_it_waits_and_the_next_client_sends_both_in_order()
    {
        await using (var alice = _scene.Of(_store))
        {
            var connection = await _scene.ConnectAsync(alice);
            var sending = alice.Messages.SendAsync(_scene.Conversation, "first");
            await alice.Messages.QueueAsync(_scene.Conversation, MessageContent.OfText("second"));
            await connection.RefuseAsync(await connection.ExpectAsync(Methods.SendMessage), Refusals.NotParticipant);

            Assert.Contains("the next client", (await Assert.ThrowsAsync<MessageUnknownException>(() => sending)).Message, StringComparison.Ordinal);
            await Cast.UntilAsync(() => { _scene.Clock.Move(TimeSpan.FromSeconds(1)); return _failed > 2; }, "it is tried again");
            Assert.DoesNotContain(await connection.WithinAsync(TimeSpan.FromMilliseconds(100)), request => request.Method == Methods.SendMessage);
        }

        await using var next = _scene.Of(_inner);
        var again = await _scene.ConnectAsync(next);
        foreach (var text in new[] { "first", "second" })
            Assert.Equal(text, (await _scene.RecordAsync(again, Methods.SendMessage)).As(ProtocolJson.Lenient.SendMessage).Content.PlainText());
    }

    [Fact]
    [Trait("Row", "G6")]
    [Trait("Row", "S30")]
    public async Task When_the_store_has_forgotten_it_after_all_its_end_is_told_and_what_is_behind_it_goes_on()
    {
        await using (var alice = _scene.Of(_store))
        {
            var told = new Told(alice);
            var connection = await _scene.ConnectAsync(alice);
            var message = alice.Messages.Create(_scene.Conversation, MessageContent.OfText("first"));
            var sending = message.SendAsync();
            var edit = alice.Receipts.MarkReadAsync(_scene.Conversation, new Sequence(1));
            await connection.RefuseAsync(await connection.ExpectAsync(Methods.SendMessage), Refusals.NotParticipant);
            await Assert.ThrowsAsync<MessageUnknownException>(() => sending);
            Assert.Empty(told.Settled);

            _fails = false;
            await Cast.UntilAsync(() => { _scene.Clock.Move(TimeSpan.FromSeconds(1)); return !told.Settled.IsEmpty; }, "its end is told");
            Assert.Equal(Refusals.NotParticipant, Assert.IsType<ParleyRefusedException>(Assert.Single(told.Settled).Failure).Refusal);
            Assert.Equal(MessageState.NotSent, message.State);
            await KeptChanges.CursorsAsync(connection, await KeptChanges.NextAsync(connection, Methods.MarkRead), read: 1);
            await edit;
        }

        await using var next = _scene.Of(_inner);
        Assert.DoesNotContain(await (await _scene.ConnectAsync(next)).WithinAsync(TimeSpan.FromMilliseconds(200)), request => request.Method is Methods.SendMessage or Methods.MarkRead);
    }

    [Fact]
    [Trait("Row", "G6")]
    public async Task What_is_done_later_is_not_forgotten_before_what_was_done_earlier()
    {
        await using (var alice = _scene.Of(_store))
        {
            var connection = await _scene.ConnectAsync(alice);
            var first = alice.Messages.EditAsync(_scene.Conversation, MessageId.New(), MessageContent.OfText("first"));
            await _scene.RecordAsync(connection, await connection.ExpectAsync(Methods.EditMessage));
            await first;
            await Cast.UntilAsync(() => _failed > 0, "the store fails");
            // What would forget the second without the first is let through.
            var ofFirst = (await _inner.ReadAsync(new LocalRange("outbox"))).Single().Key;
            _store.Before = changes => changes.Any(change => change.Key == ofFirst) ? FailToForget(changes) : Task.CompletedTask;
            var second = alice.Messages.EditAsync(_scene.Conversation, MessageId.New(), MessageContent.OfText("second"));
            await _scene.RecordAsync(connection, await connection.ExpectAsync(Methods.EditMessage));
            await second;
            var failed = _failed;
            await Cast.UntilAsync(() => { _scene.Clock.Move(TimeSpan.FromSeconds(1)); return _failed > failed + 1; }, "the store fails again");
        }

        await using var next = _scene.Of(_inner);
        var again = await _scene.ConnectAsync(next);
        foreach (var text in new[] { "first", "second" })
        {
            var request = await again.ExpectAsync(Methods.EditMessage);
            await _scene.RecordAsync(again, request);
            Assert.Equal(text, request.As(ProtocolJson.Lenient.EditMessage).Content.PlainText());
        }
    }

    private Task FailToForget(IReadOnlyList<LocalChange> changes)
    {
        if (!_fails || !changes.Any(change => change is { Value: null, Key.Kind: "outbox" })) return Task.CompletedTask;
        _failed++;
        throw new LocalStoreException(LocalStoreFailure.Unavailable, "The disk fails.");
    }
}
