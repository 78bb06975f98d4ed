using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Changes;

/// <summary>Of two reads of a conversation that have not left the device only the one is sent that says more.</summary>
public sealed class CoveredReadTests : IAsyncLifetime
{
    private readonly MemoryStore _store = new();
    private KeptChanges _scene = null!;

    public async ValueTask InitializeAsync() => _scene = await KeptChanges.StartAsync();

    public async ValueTask DisposeAsync() => await _scene.DisposeAsync();

    [Fact]
    public async Task A_newer_read_is_sent_in_place_of_an_older_one_that_never_left_and_both_are_told()
    {
        await using var alice = _scene.Of(_store);
        var told = new Told(alice);
        await alice.Changes.QueueAsync(Change.MarkRead(_scene.Conversation, new Sequence(5)));
        var message = alice.Messages.SendAsync(_scene.Conversation, "between");
        await alice.Changes.QueueAsync(Change.MarkRead(_scene.Conversation, new Sequence(9)));
        Assert.Single(alice.Changes.Waiting);

        var connection = await _scene.ConnectAsync(alice);
        await _scene.RecordAsync(connection, Methods.SendMessage);
        var request = await KeptChanges.NextAsync(connection, Methods.MarkRead);
        Assert.Equal(new Sequence(9), request.As(ProtocolJson.Lenient.MarkRead).UpTo);
        await KeptChanges.CursorsAsync(connection, request, read: 9);

        await message;
        await UntilAsync(() => told.Changes.Count == 2, "both are told of");
        Assert.All(told.Changes, settled => Assert.Equal(new Sequence(9), Assert.IsType<ReceiptCursors>(settled.Answer).ReadUpTo));
        Assert.Empty(await connection.WithinAsync(TimeSpan.FromMilliseconds(100)));
    }

    [Fact]
    public async Task The_next_run_knows_the_newer_read_only()
    {
        await using (var offline = _scene.Of(_store))
        {
            foreach (var upTo in new[] { 1, 2, 3 }) await offline.Changes.QueueAsync(Change.MarkRead(_scene.Conversation, new Sequence(upTo)));
        }

        await using var alice = _scene.Of(_store);
        var connection = await _scene.ConnectAsync(alice);

        Assert.Equal(new Sequence(3), (await KeptChanges.NextAsync(connection, Methods.MarkRead)).As(ProtocolJson.Lenient.MarkRead).UpTo);
        Assert.Single(alice.Changes.Waiting);
    }

    [Fact]
    public async Task A_read_that_left_or_that_says_more_is_sent_for_itself()
    {
        await using var alice = _scene.Of(_store);
        var connection = await _scene.ConnectAsync(alice);
        await alice.Changes.QueueAsync(Change.MarkRead(_scene.Conversation, new Sequence(5)));
        var first = await KeptChanges.NextAsync(connection, Methods.MarkRead);
        await alice.Changes.QueueAsync(Change.MarkRead(_scene.Conversation, new Sequence(9)));
        await alice.Changes.QueueAsync(Change.MarkRead(_scene.Conversation, new Sequence(8)));
        Assert.Equal(3, alice.Changes.Waiting.Count);

        await KeptChanges.CursorsAsync(connection, first, read: 5);

        Assert.Equal(new Sequence(9), (await KeptChanges.NextAsync(connection, Methods.MarkRead)).As(ProtocolJson.Lenient.MarkRead).UpTo);
    }

    [Fact]
    public async Task Who_gives_up_the_older_read_waits_no_more_and_is_told_how_it_ended_with_the_newer()
    {
        await using var alice = _scene.Of(_store);
        var told = new Told(alice);
        using var giveUp = new CancellationTokenSource();
        var older = alice.Receipts.MarkReadAsync(_scene.Conversation, new Sequence(5), giveUp.Token);
        await UntilAsync(() => alice.Changes.Waiting.Count == 1, "the older waits");
        var newer = alice.Receipts.MarkReadAsync(_scene.Conversation, new Sequence(9));
        await UntilAsync(() => alice.Changes.Waiting is [{ Request: MarkRead { UpTo.Value: 9 } }], "the newer stands for it");

        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => older.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System));
        Assert.Empty(told.Changes);
        var connection = await _scene.ConnectAsync(alice);
        await KeptChanges.CursorsAsync(connection, await KeptChanges.NextAsync(connection, Methods.MarkRead), read: 9);
        await newer;
        await UntilAsync(() => !told.Changes.IsEmpty, "how the older ended is told");
        Assert.Equal(new Sequence(5), ((MarkRead)Assert.Single(told.Changes).Change.Request).UpTo);
    }

    [Fact]
    public async Task Who_gives_up_the_newer_read_does_not_take_the_older_one_with_it()
    {
        await using var alice = _scene.Of(_store);
        using var giveUp = new CancellationTokenSource();
        var older = alice.Receipts.MarkReadAsync(_scene.Conversation, new Sequence(5));
        await UntilAsync(() => alice.Changes.Waiting.Count == 1, "the older waits");
        var newer = alice.Receipts.MarkReadAsync(_scene.Conversation, new Sequence(9), giveUp.Token);
        await UntilAsync(() => alice.Changes.Waiting.Any(change => change.Request is MarkRead { UpTo: { Value: 9 } }) && alice.Changes.Waiting.Count == 1, "the newer stands for it");
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => newer);

        var connection = await _scene.ConnectAsync(alice);
        await KeptChanges.CursorsAsync(connection, await KeptChanges.NextAsync(connection, Methods.MarkRead), read: 9);

        Assert.Equal(new Sequence(9), (await older).ReadUpTo);
    }
}
