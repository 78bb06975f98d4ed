using Parley.Client.Tests.EndToEnd;
using Parley.Client.Tests.Storage;
using Parley.Client.Tests.Support;
using Parley.Tests;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Views;

/// <summary>A window that is moved while there is no connection: it shows what the device has, never more, and never as if nothing were between.</summary>
public sealed class TimelineViewKeptTests
{
    private static readonly TimelineViewOptions Small = new() { PageSize = 10, MaxItems = 30 };

    [Theory]
    [InlineData(StoreKind.Memory)]
    [InlineData(StoreKind.Sqlite)]
    [Trait("Row", "V08"), Trait("Row", "L15")]
    public async Task It_goes_back_in_what_the_device_has_and_further_when_there_is_a_session(StoreKind kind)
    {
        await using var server = await RunningServer.StartAsync(Engine.Sqlite);
        using var runs = new Runs(server, "alice", kind);
        var bob = await server.ConnectAsync("bob");
        var direct = (await bob.Conversations.DirectAsync(Alice)).Conversation;
        var sent = await SayAsync(bob, direct, 2, 100);
        await using (var first = await runs.ConnectAsync(keptEntries: 60))
        {
            await UntilAsync(() => first.Told.Entries.Count == 100, "all are told");
            await UntilAsync(async () => await (await first.Client.KeptAsync(default))!.ConversationAsync(direct) is not null, "it is known who is in it");
        }

        await using var second = runs.Next(keptEntries: 60);
        using var view = await second.Client.Conversations.ShowAsync(direct, Small);
        Assert.Equal((71, 100, true, false), Place(view));
        // She has read none, and the device has these.
        Assert.Equal(new Sequence(41), await view.ToFirstUnreadAsync());
        Assert.Equal((41, 50, false, false), Place(view));
        await view.ToNewestAsync();
        foreach (var (from, to) in new[] { (61, 90), (51, 80), (41, 70) })
        {
            await view.LoadEarlierAsync();
            Assert.Equal((from, to, false, false), Place(view));
        }

        await view.LoadLaterAsync();
        Assert.Equal((51, 80, false, false), Place(view));
        await view.LoadEarlierAsync();
        var shown = view.ToList();
        // There is more, the device has none of it, and nobody asked to connect.
        await Assert.ThrowsAsync<ParleyConnectionException>(() => view.LoadEarlierAsync());
        await bob.Messages.EditAsync(direct, ((MessageSent)sent[43].Event).Message, MessageContent.OfText("edited"));
        Assert.Equal((41, 70, false, false), Place(view));

        await second.Client.ConnectAsync();
        await view.LoadEarlierAsync();
        Assert.Equal((31, 60, false, false), Place(view));
        await UntilAsync(() => view[view.IndexOf(new Sequence(45))].Text == "edited", "what changed meanwhile is read");
        Assert.All(Enumerable.Range(41, 20), sequence => Assert.Same(shown[sequence - 41], view[sequence - 31]));
        for (var pages = 0; pages < 4; pages++) await view.LoadEarlierAsync();
        Assert.Equal((1, 30, false, true), Place(view));
        Assert.Equal(Enumerable.Range(1, 30), view.Select(item => (int)item.Sequence!.Value.Value));
    }

    [Fact]
    [Trait("Row", "V08")]
    public async Task When_the_connection_goes_it_goes_on_in_the_store_and_keeps_its_objects_when_that_is_read_again()
    {
        await using var server = await RunningServer.StartAsync(Engine.Sqlite);
        using var runs = new Runs(server, "alice");
        var bob = await server.ConnectAsync("bob");
        var direct = (await bob.Conversations.DirectAsync(Alice)).Conversation;
        await SayAsync(bob, direct, 2, 80);
        await using var run = await runs.ConnectAsync();
        await UntilAsync(() => run.Told.Entries.Count == 80, "all are told");
        using var view = await run.Client.Conversations.ShowAsync(direct, Small);
        using var live = await run.Client.Conversations.OpenAsync(direct);
        await server.StopAsync();
        await UntilAsync(() => run.Client.State != ConnectionState.Open, "the connection is gone");

        await view.LoadEarlierAsync();
        Assert.Equal((61, 80, true, false), Place(view));
        await view.ToAsync(new Sequence(11));
        Assert.Equal((6, 20, false, false), Place(view));
        await view.LoadEarlierAsync();
        Assert.Equal((1, 20, false, true), Place(view));
        await live.LoadEarlierAsync();
        Assert.Equal((1, 80, true), (live.Timeline.First.Value, live.Timeline.Head.Value, live.Timeline.IsComplete));

        var (shown, readings) = (view.ToList(), view.Timeline);
        await server.StartAgainAsync();
        run.Client.NetworkChanged(NetworkStatus.Online);
        await UntilAsync(() => run.Client.State == ConnectionState.Open && !ReferenceEquals(view.Timeline, readings), "it is read again", seconds: 90);
        Assert.Equal(shown, view);
        Assert.Equal((1, 80), (live.Timeline.First.Value, live.Timeline.Head.Value));
    }

    [Fact]
    public async Task Where_something_is_missing_between_it_waits_rather_than_show_it_as_one()
    {
        await using var server = await RunningServer.StartAsync(Engine.Sqlite);
        using var runs = new Runs(server, "alice");
        var bob = await server.ConnectAsync("bob");
        var direct = (await bob.Conversations.DirectAsync(Alice)).Conversation;
        await SayAsync(bob, direct, 2, 100);
        await using var run = await runs.ConnectAsync(keptEntries: 20);
        await UntilAsync(() => run.Told.Entries.Count == 100, "all are told");
        using var view = await run.Client.Conversations.ShowAsync(direct, Small);
        await view.ToAsync(new Sequence(50));
        Assert.Equal((45, 59, false, false), Place(view));
        await server.StopAsync();
        await UntilAsync(() => run.Client.State != ConnectionState.Open, "the connection is gone");

        foreach (var move in new Func<CancellationToken, Task>[] { view.LoadLaterAsync, view.LoadEarlierAsync, stop => view.ToAsync(new Sequence(70), stop) })
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => move(patience.Token));
            Assert.Equal((45, 59, false, false), Place(view));
        }

        await view.ToAsync(new Sequence(90));
        Assert.Equal((85, 99, false, false), Place(view));
        await view.LoadLaterAsync();
        Assert.Equal((85, 100, true, false), Place(view));
        await view.LoadEarlierAsync();
        Assert.Equal((81, 100, true, false), Place(view));

        // Who waits for more holds up nobody, and has it when there is a session.
        var waiting = view.LoadEarlierAsync();
        await view.ToAsync(new Sequence(90));
        Assert.False(waiting.IsCompleted);
        await server.StartAgainAsync();
        run.Client.NetworkChanged(NetworkStatus.Online);
        await waiting;
        Assert.Equal((71, 100, true, false), Place(view));
    }

    [Fact]
    public async Task A_page_of_the_device_is_cut_where_it_was_asked_for_and_ends_before_what_cannot_be_read()
    {
        await using var server = await RunningServer.StartAsync(Engine.Sqlite);
        using var runs = new Runs(server, "alice", StoreKind.Memory);
        var bob = await server.ConnectAsync("bob");
        var direct = (await bob.Conversations.DirectAsync(Alice)).Conversation;
        await SayAsync(bob, direct, 2, 40);
        await using var run = await runs.ConnectAsync();
        await UntilAsync(() => run.Told.Entries.Count == 40, "all are told");
        await run.Client.Messages.RemoveUpToAsync(direct, new Sequence(20));
        var kept = (await run.Client.KeptAsync(default))!;
        await UntilAsync(async () => await PageAsync(before: 15) is { Skipped: [{ From.Value: 1, To.Value: 14, Why: SkippedRange.Hidden }], Entries: [], More: false }, "of what is hidden the part before it");
        Assert.Equal((6, 20, 21, 24, true), Said(await PageAsync(after: 5, limit: 5)));
        Assert.Equal((0, 0, 36, 40, true), Said(await PageAsync(limit: 5)));
        Assert.Equal((0, 0, 36, 40, false), Said(await PageAsync(after: 35, limit: 5)));
        Assert.Equal((0, 0, 35, 38, true), Said(await PageAsync(after: 34, limit: 4)));
        Assert.Null(await PageAsync(after: 40));
        Assert.Null(await PageAsync(before: 42));
        Assert.Null(await PageAsync(before: 1));

        await runs.Stores.Next().WriteAsync([new LocalChange(KeptPieces.KeyOf(direct, new Sequence(30)), new byte[] { 1, 2, 3 })]);
        Assert.Equal((0, 0, 31, 34, true), Said(await PageAsync(before: 35)));
        Assert.Equal((0, 0, 26, 29, true), Said(await PageAsync(after: 25)));
        Assert.Null(await PageAsync(before: 31));

        Task<EntriesPage?> PageAsync(long? after = null, long? before = null, int? limit = null) => kept.PageAsync(
            new ReadEntries(direct, After: after is { } one ? new Sequence(one) : null, Before: before is { } other ? new Sequence(other) : null, Limit: limit));

        static (long, long, long, long, bool) Said(EntriesPage? page) =>
            (page!.Skipped?[0].From.Value ?? 0, page.Skipped?[^1].To.Value ?? 0, page.Entries[0].Sequence.Value, page.Entries[^1].Sequence.Value, page.More);
    }

    private static async Task<List<LogEntry>> SayAsync(ParleyClient client, ConversationId conversation, int from, int to)
    {
        var sent = new List<LogEntry>();
        for (var sequence = from; sequence <= to; sequence++) sent.Add(await client.Messages.SendAsync(conversation, $"{sequence}"));
        return sent;
    }

    private static (int First, int Last, bool IsAtEnd, bool IsAtStart) Place(TimelineView view) =>
        ((int)view[0].Item!.From.Value, (int)view[^1].Item!.To.Value, view.IsAtEnd, view.IsAtStart);
}
