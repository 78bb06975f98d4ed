namespace Parley.Tests.Inbox;

/// <summary><c>inbox.unread</c>.</summary>
public class UnreadTests
{
    [Theory, EveryEngine]
    [Trait("Row", "G15")]
    public async Task The_total_is_the_sum_of_the_inbox(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (direct, group) = (await server.ConversationOfAsync("alice", "bob"), await server.ConversationOfAsync("alice", "bob", "carol"));
        await server.ConversationOfAsync("bob", "dave");
        await server.SendAsync("bob", direct, "mine");
        for (var number = 0; number < 4; number++) await server.SendAsync("alice", direct, $"hers {number}");
        var theirs = new List<LogEntry>();
        for (var number = 0; number < 12; number++) theirs.Add((await server.SendAsync("carol", group, $"theirs {number}")).Value!);
        Assert.Equal(new UnreadTotal(16, UnreadIsMore: false), await CountAsync(server, "bob"));

        await server.ReadAsync("bob", direct, 4);
        await server.AskAsync<ReceiptCursors>(server.As("bob"), new MarkRead(group, Messages: [MessageOf(theirs[10]), MessageOf(theirs[1])]));

        Assert.Equal(new UnreadTotal(12, UnreadIsMore: false), await CountAsync(server, "bob"));
        Assert.Equal(12, (await server.InboxAsync("bob")).Value!.Conversations.Sum(item => item.Unread));
        Assert.Equal(new UnreadTotal(13, UnreadIsMore: false), await CountAsync(server, "alice"));
        Assert.Equal(new UnreadTotal(0, UnreadIsMore: false), await CountAsync(server, "dave"));
        Assert.Equal(new UnreadTotal(0, UnreadIsMore: false), await CountAsync(server, "nobody"));
    }

    [Theory, EveryEngine]
    public async Task Of_a_conversation_that_was_left_what_came_before_counts_and_nothing_newer(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.ConversationOfAsync("alice", "bob", "carol");
        await server.SendAsync("alice", group, "before");
        await server.LeaveAsync("bob", group);
        await server.SendAsync("alice", group, "after");

        Assert.Equal(new UnreadTotal(1, UnreadIsMore: false), await CountAsync(server, "bob"));
    }

    [Theory, EveryEngine]
    [Trait("Row", "G15")]
    public async Task A_thousand_are_counted_exactly_and_one_more_is_more(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (one, other) = (await server.ConversationOfAsync("alice", "bob"), await server.ConversationOfAsync("carol", "bob"));
        await Task.WhenAll(Enumerable.Range(0, 500).Select(number => server.SendAsync("alice", one, $"{number}")));
        await Task.WhenAll(Enumerable.Range(0, 500).Select(number => server.SendAsync("carol", other, $"{number}")));
        Assert.Equal(new UnreadTotal(1_000, UnreadIsMore: false), await CountAsync(server, "bob"));

        await server.SendAsync("alice", one, "one more");

        Assert.Equal(new UnreadTotal(1_000, UnreadIsMore: true), await CountAsync(server, "bob"));
    }

    [Theory, EveryEngine]
    [Trait("Row", "G15")]
    public async Task A_thousand_of_one_conversation_stand_in_the_inbox_and_one_more_is_more(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var direct = await server.ConversationOfAsync("alice", "bob");
        await Task.WhenAll(Enumerable.Range(0, 1_000).Select(number => server.SendAsync("alice", direct, $"{number}")));
        Assert.Equal((1_000, false), await ListedAsync());

        await server.SendAsync("alice", direct, "one more");
        await server.SendAsync("alice", direct, "and another");

        Assert.Equal((1_000, true), await ListedAsync());

        async Task<(int Unread, bool IsMore)> ListedAsync() => (await server.InboxAsync("bob")).Value!.Conversations is [var one] ? (one.Unread, one.UnreadIsMore) : default;
    }

    private static MessageId MessageOf(LogEntry entry) => Assert.IsType<MessageSent>(entry.Event).Message;

    private static async Task<UnreadTotal> CountAsync(TestServer server, string user) => (await server.AskAsync<UnreadTotal>(server.As(user), new CountUnread())).Value!;
}
