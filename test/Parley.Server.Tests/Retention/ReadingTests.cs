using Parley.Tests.Messages;

namespace Parley.Tests.Retention;

/// <summary>What readers are told of what went: never a gap.</summary>
public class ReadingTests
{
    private static readonly TimeSpan Month = TimeSpan.FromDays(30);

    [Theory, EveryEngine]
    [Trait("Row", "G19")]
    public async Task A_page_says_what_of_it_expired_whichever_way_it_is_asked_for(Engine engine)
    {
        await using var archive = await Archive.StartAsync(engine, Month);
        var chat = await TenOfWhichSixWentAsync(archive);

        foreach (var (query, words) in new[]
        {
            (new ReadEntries(chat), "1-6 expired, 7, 8, 9, 10"),
            (new ReadEntries(chat, Limit: 4), "1-6 expired, 7, 8, 9, 10"),
            (new ReadEntries(chat, Limit: 2), "9, 10"),
            (new ReadEntries(chat, After: Sequence.None), "1-6 expired, 7, 8, 9, 10"),
            (new ReadEntries(chat, After: Sequence.None, Limit: 2), "1-6 expired, 7, 8"),
            (new ReadEntries(chat, After: new Sequence(3)), "4-6 expired, 7, 8, 9, 10"),
            (new ReadEntries(chat, After: new Sequence(6)), "7, 8, 9, 10"),
            (new ReadEntries(chat, Before: new Sequence(9), Limit: 1), "8"),
            (new ReadEntries(chat, Before: new Sequence(8)), "1-6 expired, 7"),
            (new ReadEntries(chat, Before: new Sequence(7)), "1-6 expired"),
            (new ReadEntries(chat, Before: new Sequence(4)), "1-3 expired"),
            (new ReadEntries(chat, From: new Sequence(2), To: new Sequence(5)), "2-5 expired"),
            (new ReadEntries(chat, From: new Sequence(5), To: new Sequence(8)), "5-6 expired, 7, 8"),
        })
        {
            Assert.Equal((query, words), (query, await archive.PageAsync("bob", query)));
        }

        var state = await archive.Server.StateAsync("bob", chat);
        Assert.Equal((10, 7), (state.Head.Value, state.Tail.Value));
    }

    [Theory, EveryEngine]
    [Trait("Row", "G19")]
    public async Task A_position_below_the_tail_is_synced_past_it(Engine engine)
    {
        await using var archive = await Archive.StartAsync(engine, Month);
        var chat = await TenOfWhichSixWentAsync(archive);

        foreach (var (after, words) in new[] { (0, "1-6 expired, 7, 8, 9, 10"), (3, "4-6 expired, 7, 8, 9, 10"), (6, "7, 8, 9, 10"), (8, "9, 10"), (10, "") })
        {
            var synced = await SyncAsync(archive, "bob", chat, after);
            Assert.Equal((after, words, false), (after, Archive.Words(synced.Entries, synced.Skipped), synced.More));
        }

        await archive.PassAsync(Month);
        var rest = await SyncAsync(archive, "bob", chat, 3);
        Assert.Equal(("4-10 expired", SyncStatus.Ok, false), (Archive.Words(rest.Entries, rest.Skipped), rest.Status, rest.More));
        Assert.Equal(SyncStatus.Reset, (await SyncAsync(archive, "bob", chat, 11)).Status);
    }

    [Theory, EveryEngine]
    [Trait("Row", "G19")]
    public async Task A_long_way_below_the_tail_is_passed_over_at_once(Engine engine)
    {
        await using var archive = await Archive.StartAsync(engine, TimeSpan.FromHours(1));
        var server = archive.Server;
        var chat = await server.ConversationOfAsync("alice", "bob");
        for (var number = 0; number < 150; number++) await server.SayAsync("alice", chat, "gone");
        await archive.PassAsync(TimeSpan.FromHours(2));
        await server.SayAsync("alice", chat, "here");

        // Their rows are still there, for their ids.
        Assert.Equal(152, await archive.CountAsync("entries"));
        var synced = await SyncAsync(archive, "bob", chat, 0);
        Assert.Equal("1-151 expired, 152", Archive.Words(synced.Entries, synced.Skipped));
        Assert.Equal("1-151 expired, 152", await archive.PageAsync("bob", new ReadEntries(chat, After: Sequence.None, Limit: 1)));
    }

    [Theory, EveryEngine]
    [Trait("Row", "G19")]
    [Trait("Row", "G15")]
    public async Task Unread_counts_nothing_that_went_and_an_inbox_shows_nothing_of_it(Engine engine)
    {
        await using var archive = await Archive.StartAsync(engine, TimeSpan.FromHours(1));
        var server = archive.Server;
        var chat = await server.ConversationOfAsync("alice", "bob");
        for (var number = 0; number < 3; number++) await server.SayAsync("alice", chat, "gone");
        await archive.PassAsync(TimeSpan.FromMinutes(30));
        await server.SayAsync("alice", chat, "here");
        Assert.Equal(4, await server.UnreadAsync("bob", chat));

        await archive.PassAsync(TimeSpan.FromMinutes(45));
        Assert.Equal(1, await server.UnreadAsync("bob", chat));
        Assert.Equal(1, (await server.AskAsync<UnreadTotal>(server.As("bob"), new CountUnread())).Value!.Unread);
        await archive.PassAsync(TimeSpan.FromMinutes(45));
        var item = (await server.InboxAsync("bob")).Value!.Conversations.Single();
        Assert.Equal((0, null), (item.Unread, item.LastMessage));
        Assert.Equal(0, (await server.AskAsync<UnreadTotal>(server.As("bob"), new CountUnread())).Value!.Unread);
    }

    [Theory, EveryEngine]
    [Trait("Row", "G19")]
    public async Task Who_left_keeps_his_place_in_his_inbox_when_the_entry_of_his_leaving_went(Engine engine)
    {
        await using var archive = await Archive.StartAsync(engine, Month);
        var server = archive.Server;
        var first = await server.ConversationOfAsync("alice", "bob", "carol");
        await archive.PassAsync(TimeSpan.FromDays(1));
        await server.LeaveAsync("bob", first);
        var left = archive.Clock.GetUtcNow();
        var second = await server.MakeAsync(new CreateConversation(ConversationId.New(), ConversationKind.Group, [new UserId("bob")]));
        var before = (await server.InboxAsync("bob")).Value!.Conversations.Select(item => (item.Conversation, item.LastActivity)).ToArray();

        await archive.PassAsync(TimeSpan.FromDays(40));

        Assert.Equal(before, (await server.InboxAsync("bob")).Value!.Conversations.Select(item => (item.Conversation, item.LastActivity)));
        Assert.Contains((first, left), before);
        Assert.Equal("1-2 expired", await archive.PageAsync("bob", new ReadEntries(first)));
        Assert.Contains(before, one => one.Conversation == second);
    }

    [Theory, EveryEngine]
    [Trait("Row", "G19")]
    public async Task What_went_cannot_be_changed_answered_forwarded_read_or_removed(Engine engine)
    {
        await using var archive = await Archive.StartAsync(engine, TimeSpan.FromHours(1));
        var server = archive.Server;
        var chat = await server.ConversationOfAsync("alice", "bob");
        var message = await server.SayAsync("alice", chat, "gone");
        // The rules that are kept know it from now on, as it was: never edited, and there.
        await server.SayAsync("alice", chat, "to myself", replyTo: message);
        await archive.PassAsync(TimeSpan.FromMinutes(59));
        await server.SayAsync("alice", chat, "here");
        await archive.PassAsync(TimeSpan.FromMinutes(2));

        Assert.Equal(Refusals.MessageNotFound, (await server.EditAsync("alice", chat, message, "once more")).Refusal);
        Assert.Equal(Refusals.MessageNotFound, (await server.ForceRecallAsync("alice", chat, message)).Refusal);
        Assert.Equal(Refusals.MessageNotFound, (await server.RemoveMessagesAsync("bob", chat, message)).Refusal);
        Assert.Equal(Refusals.MessageNotFound, await server.RefusalOfAsync("bob", new ForwardMessage(chat, MessageId.New(), chat, message)));
        Assert.Equal(Refusals.MessageNotFound, await server.RefusalOfAsync("bob", new SendMessage(chat, MessageId.New(), MessageContent.OfText("re"), ReplyTo: message)));
        Assert.Equal(Refusals.InvalidParams, (await server.AskAsync<ReceiptCursors>(server.As("bob"), new MarkRead(chat, Messages: [message]))).Refusal);
        Assert.Equal(4, (await server.StateAsync("bob", chat)).Head.Value);
    }

    /// <summary>Ten entries, of which the first six are older than a month.</summary>
    private static async Task<ConversationId> TenOfWhichSixWentAsync(Archive archive)
    {
        var chat = await archive.Server.ConversationOfAsync("alice", "bob");
        for (var number = 2; number <= 10; number++)
        {
            if (number == 7) await archive.PassAsync(TimeSpan.FromDays(15));
            await archive.Server.SayAsync("alice", chat, $"number {number}");
        }

        await archive.PassAsync(TimeSpan.FromDays(16));
        return chat;
    }

    private static async Task<SyncedConversation> SyncAsync(Archive archive, string user, ConversationId chat, long after)
    {
        var server = archive.Server;
        return (await server.AskAsync<ConversationsSynced>(
            server.As(user), new SyncConversations(server.Node.Installation.Epoch, [new SyncPosition(chat, new Sequence(after))]))).Value!.Conversations.Single();
    }
}
