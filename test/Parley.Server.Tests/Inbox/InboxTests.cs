using Parley.Storage;

namespace Parley.Tests.Inbox;

public class InboxTests
{
    [Theory, EveryEngine]
    [Trait("Row", "G15")]
    public async Task Unread_counts_others_messages_after_the_cursor_and_nothing_else(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.ConversationOfAsync("alice", "bob", "carol");
        await server.SendAsync("bob", group, "mine");
        await server.SendAsync("alice", group, "hers");
        await server.AddAsync("alice", group, "dave");
        await server.SendAsync("carol", group, "theirs");

        var before = (await server.InboxAsync("bob")).Value!.Conversations[0];
        await server.ReadAsync("bob", group, 3);
        var after = (await server.InboxAsync("bob")).Value!.Conversations[0];

        Assert.Equal((2, false), (before.Unread, before.UnreadIsMore));
        Assert.Equal(1, after.Unread);
        Assert.Equal("theirs", Assert.IsType<MessageSent>(after.LastMessage!.Event).Content.PlainText());
    }

    [Theory, EveryEngine]
    public async Task The_inbox_is_in_order_of_activity_and_its_pages_fit_together(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversations = new List<ConversationId>();
        for (var number = 0; number < 7; number++) conversations.Add(await server.ConversationOfAsync("alice", $"user{number}"));
        foreach (var number in new[] { 3, 0, 6 })
        {
            await Task.Delay(TimeSpan.FromMilliseconds(3), TimeProvider.System);
            await server.SendAsync("alice", conversations[number], "hi");
        }

        var listed = new List<InboxItem>();
        string? next = null;
        do
        {
            var page = (await server.InboxAsync("alice", new ListInbox(Limit: 3, Next: next))).Value!;
            listed.AddRange(page.Conversations);
            next = page.Next;
        }
        while (next is not null);

        Assert.Equal(7, listed.Select(item => item.Conversation).Distinct().Count());
        Assert.Equal(7, listed.Count);
        Assert.Equal(["user6", "user0", "user3"], listed.Take(3).Select(item => item.Peer!.Value.Value));
        Assert.Equal(listed.OrderByDescending(item => item.LastActivity).Select(item => item.LastActivity), listed.Select(item => item.LastActivity));
    }

    [Theory, EveryEngine]
    [Trait("Row", "G11")]
    public async Task Changes_since_a_token_are_told_completely_and_once_nothing_changed_there_are_none(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var first = await server.ConversationOfAsync("alice", "bob");
        var second = await server.ConversationOfAsync("alice", "bob", "carol");
        var start = await server.Node.Handlers.Changes.ReadAsync(server.As("bob").Key, null, CancellationToken.None);
        Assert.Equal(2, start.Value!.Conversations.Count);

        var nothing = await ChangesAsync(start.Value.Since);
        await server.SendAsync("alice", second, "hi");
        await server.ReadAsync("bob", first, 1);
        var both = await ChangesAsync(nothing.Since);
        await server.RemoveAsync("alice", second, "bob");
        await server.SendAsync("alice", second, "bob is gone");
        var left = await ChangesAsync(both.Since);
        await server.SendAsync("alice", second, "and hears nothing");
        var quiet = await ChangesAsync(left.Since);

        // PostgreSQL may repeat what was committed beside another transaction; it never leaves anything out.
        if (engine == Engine.Sqlite) Assert.Empty(nothing.Conversations);
        Assert.Equal([second, first], both.Conversations.Select(change => change.Conversation));
        Assert.Equal(new Sequence(2), both.Conversations[0].Head);
        var gone = Assert.Single(left.Conversations, change => change.Conversation == second);
        Assert.True(gone.Left);
        Assert.Equal(new Sequence(3), gone.Head);
        if (engine == Engine.Sqlite) Assert.Empty(quiet.Conversations);
        Assert.All(quiet.Conversations, change => Assert.NotEqual(new Sequence(5), change.Head));

        async Task<InboxChanges> ChangesAsync(string since) =>
            (await server.AskAsync<InboxChanges>(server.As("bob"), new ReadChanges(since))).Value!;
    }

    [Fact, Trait("Row", "G11")]
    public void Page_tokens_are_good_for_their_epoch_only()
    {
        var installation = new Installation(Guid.NewGuid(), new byte[32], new Dictionary<string, AppId>());
        var user = new UserKey(new AppId(1), new UserId("alice"));
        var token = new PageTokens(installation).Make("inbox.changes", user, 42);

        Assert.Equal([42], new PageTokens(installation).Read("inbox.changes", user, token, 1)!);
        Assert.Null(new PageTokens(installation with { Epoch = Guid.NewGuid() }).Read("inbox.changes", user, token, 1));
    }

    [Theory, EveryEngine]
    [Trait("Row", "IN-01")]
    public async Task Page_tokens_are_good_for_their_user_and_list_only(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await server.ConversationOfAsync("alice", "bob");
        await server.ConversationOfAsync("alice", "carol");
        var token = (await server.InboxAsync("alice", new ListInbox(Limit: 1))).Value!.Next!;

        Assert.Single((await server.InboxAsync("alice", new ListInbox(Next: token))).Value!.Conversations);
        Assert.Equal(Refusals.InvalidParams, (await server.InboxAsync("bob", new ListInbox(Next: token))).Refusal);
        Assert.Equal(Refusals.InvalidParams, (await server.InboxAsync("alice", new ListInbox(Next: $"{token[..20]}{(token[20] == 'A' ? 'B' : 'A')}{token[21..]}"))).Refusal);
        Assert.Equal(Refusals.InvalidParams, (await server.InboxAsync("alice", new ListInbox(Next: new string('A', 10_000)))).Refusal);
        Assert.Equal(Refusals.InvalidParams, (await server.AskAsync<InboxChanges>(server.As("alice"), new ReadChanges(token))).Refusal);
        foreach (var limit in new[] { -1, 0, 101, int.MaxValue })
            Assert.Equal(Refusals.InvalidParams, (await server.InboxAsync("alice", new ListInbox(limit))).Refusal);
    }
}
