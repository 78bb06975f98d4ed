using Parley.Client.Tests.Changes;
using Parley.Client.Tests.EndToEnd;
using Parley.Client.Tests.Support;
using Parley.Tests;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Storage;

/// <summary>What the user reads is read for him at once; the server hears it when it can.</summary>
public sealed class OfflineReadingTests
{
    [Theory]
    [InlineData(StoreKind.Memory)]
    [InlineData(StoreKind.Sqlite)]
    [Trait("Row", "V08"), Trait("Row", "S27"), Trait("Row", "L21")]
    public async Task What_is_read_without_a_connection_is_shown_as_read_at_once_and_the_sender_hears_it_when_there_is_one(StoreKind kind)
    {
        await using var server = await RunningServer.StartAsync(Engine.Sqlite);
        using var runs = new Runs(server, "alice", kind);
        var bob = await server.ConnectAsync("bob");
        var heard = new Told(bob);
        var direct = (await bob.Conversations.DirectAsync(Alice)).Conversation;
        for (var count = 0; count < 3; count++) await bob.Messages.SendAsync(direct, $"{count}");
        await using (var first = await runs.ConnectAsync())
        {
            await UntilAsync(() => first.Heard.Count() == 3, "all are told");
            await UntilAsync(async () => await first.Client.Inbox.ListKeptAsync() is [{ Unread: 3 }] && await (await first.Client.KeptAsync(default))!.ConversationAsync(direct) is not null, "the list is known");
        }

        await using (var second = runs.Next())
        {
            using var list = await second.Client.Inbox.OpenAsync();
            using var live = await second.Client.Conversations.OpenAsync(direct);
            using var view = await second.Client.Conversations.ShowAsync(direct);
            Assert.Equal((3, 3), (list[0].Unread, live.Timeline.UnreadCount));

            await view.MarkReadAsync(view[2]).WaitAsync(TimeSpan.FromSeconds(5), TimeProvider.System);
            await UntilAsync(() => view[2].IsRead && view[1].IsUnread && live.Timeline.UnreadCount == 2, "the second is read");
            await live.MarkReadAsync().WaitAsync(TimeSpan.FromSeconds(5), TimeProvider.System);
            await UntilAsync(() => list[0].Unread == 0 && live.Timeline.UnreadCount == 0 && view.All(item => item.IsRead), "all is read");
            await UntilAsync(async () => await second.Client.Inbox.ListKeptAsync() is [{ Unread: 0 }], "it is kept");
            // It was said.
            await live.MarkReadAsync();
            await view.MarkReadAsync();
            Assert.Equal(2, second.Client.Changes.Waiting.Count);
            Assert.Empty(second.Told.Changes);
        }

        // The next run knows it too, and the server still does not.
        await using var third = runs.Next();
        using var shown = await third.Client.Conversations.OpenAsync(direct);
        Assert.Equal((0, 4), (shown.Timeline.UnreadCount, shown.Timeline.ReadUpTo.Value));
        Assert.Empty(heard.Read);
        await third.Client.ConnectAsync();
        await UntilAsync(() => heard.Read.Count == 3, "bob hears that all are read");
        await UntilAsync(() => third.Told.Changes.Count == 2, "how it ended is told");
        Assert.All(third.Told.Changes, settled => Assert.Null(settled.Failure));
        Assert.Equal(0, shown.Timeline.UnreadCount);
    }

    [Fact]
    [Trait("Row", "S26")]
    public async Task What_the_server_does_not_take_is_shown_as_unread_again()
    {
        await using var scene = await KeptChanges.StartAsync();
        await using var alice = scene.Of(new MemoryStore());
        var connection = await scene.ConnectAsync(alice);
        using var live = await OpenAsync(alice, connection, scene.Conversation, read: 1);
        Assert.Equal(2, live.Timeline.UnreadCount);

        await live.MarkReadAsync().WaitAsync(TimeSpan.FromSeconds(5), TimeProvider.System);
        await UntilAsync(() => live.Timeline.UnreadCount == 0, "it is read");
        await connection.RefuseAsync(await connection.ExpectAsync(Methods.MarkRead), Refusals.PermissionDenied);
        await ServeAsync(connection, scene.Conversation, read: 1);

        await UntilAsync(() => live.Timeline.UnreadCount == 2, "it is not");
    }

    [Fact]
    [Trait("Row", "S26")]
    public async Task What_the_server_does_not_take_is_unread_again_in_lists_and_in_what_is_kept()
    {
        await using var server = await RunningServer.StartAsync(Engine.Sqlite);
        using var runs = new Runs(server, "alice", StoreKind.Memory);
        var bob = await server.ConnectAsync("bob");
        var direct = (await bob.Conversations.DirectAsync(Alice)).Conversation;
        for (var count = 0; count < 3; count++) await bob.Messages.SendAsync(direct, $"{count}");
        await using var run = await runs.ConnectAsync();
        using var list = await run.Client.Inbox.OpenAsync();
        await UntilAsync(async () => list is [{ Unread: 3 }] && await run.Client.Inbox.ListKeptAsync() is [{ Unread: 3 }], "all are told");
        var unread = new List<int>();
        list[0].PropertyChanged += (_, e) =>
        {
            if (e.PropertyName == nameof(ConversationListItem.Unread)) unread.Add(list[0].Unread);
        };

        await Assert.ThrowsAsync<ParleyRefusedException>(() => run.Client.Receipts.MarkReadAsync(direct, new Sequence(99)));
        await UntilAsync(async () => list[0].Unread == 3 && unread.Count > 1 && await run.Client.Inbox.ListKeptAsync() is [{ Unread: 3 }], "they are unread again");
        Assert.Equal([0, 3], unread);
    }

    [Fact]
    public async Task What_is_read_anew_before_the_server_heard_it_does_not_take_it_back()
    {
        await using var scene = await KeptChanges.StartAsync();
        await using var alice = scene.Of(new MemoryStore());
        var connection = await scene.ConnectAsync(alice);
        using var live = await OpenAsync(alice, connection, scene.Conversation, read: 1);
        await live.MarkReadAsync();
        await connection.ExpectAsync(Methods.MarkRead);
        connection.Cut();
        connection = await scene.Server.NextSessionAsync(opening =>
        {
            (opening.Epoch, opening.Reset) = (Guid.NewGuid(), true);
            opening.Changed(scene.Conversation, 3, delivered: 3, read: 1);
        });
        var before = live.Timeline;
        await ServeAsync(connection, scene.Conversation, read: 1);

        await UntilAsync(() => !ReferenceEquals(live.Timeline, before) && live.Timeline.Title == "anew", "it was read anew");
        Assert.Equal(0, live.Timeline.UnreadCount);
    }

    [Fact]
    public async Task What_the_store_does_not_take_is_neither_said_nor_shown()
    {
        await using var scene = await KeptChanges.StartAsync();
        var fails = false;
        await using var alice = scene.Of(new SpyStore(new MemoryStore())
        {
            Before = changes => Volatile.Read(ref fails) && changes.Any(change => change.Key.Kind == "outbox") ? throw new LocalStoreException(LocalStoreFailure.Full, "no room") : Task.CompletedTask,
        });
        var connection = await scene.ConnectAsync(alice);
        using var live = await OpenAsync(alice, connection, scene.Conversation, read: 1);
        Volatile.Write(ref fails, true);

        await Assert.ThrowsAsync<LocalStoreException>(() => live.MarkReadAsync());
        await ServeAsync(connection, scene.Conversation, read: 1);
        await UntilAsync(() => live.Timeline is { Title: "anew", UnreadCount: 2 }, "it is as it was");
    }

    private static async Task<LiveConversation> OpenAsync(ParleyClient alice, ScriptedConnection connection, ConversationId conversation, long read)
    {
        var opening = alice.Conversations.OpenAsync(conversation);
        await ServeAsync(connection, conversation, read, title: null);
        return await opening;
    }

    /// <summary>Answers a reading of three messages of bob's.</summary>
    private static async Task ServeAsync(ScriptedConnection connection, ConversationId conversation, long read, string? title = "anew")
    {
        var state = new ConversationState(
            conversation, ConversationKind.Direct, title, TimeProvider.System.GetUtcNow(), 1, new Sequence(3), new Sequence(1), PermissionPresets.Member, 2,
            [new ParticipantState(Alice, PermissionPresets.Member, new Sequence(3), new Sequence(read)), new ParticipantState(Bob, PermissionPresets.Member, default, default)],
            new OwnParticipation(PermissionPresets.Member, new Sequence(3), new Sequence(read)));
        await connection.AnswerAsync(await connection.ExpectAsync(Methods.GetConversation), state, ProtocolJson.Lenient.ConversationState);
        var page = new EntriesPage(conversation, [.. Enumerable.Range(1, 3).Select(sequence => Bob.Says(conversation, sequence, $"{sequence}"))], null, new Sequence(3), new Sequence(1), false);
        await connection.AnswerAsync(await connection.ExpectAsync(Methods.ReadEntries), page, ProtocolJson.Lenient.EntriesPage);
    }
}
