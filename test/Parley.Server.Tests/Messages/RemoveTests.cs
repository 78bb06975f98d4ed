namespace Parley.Tests.Messages;

/// <summary><c>message.remove</c>.</summary>
public sealed class RemoveTests
{
    [Theory, EveryEngine]
    [Trait("Row", "B30")]
    public async Task What_somebody_removes_is_hidden_from_him_and_from_nobody_else(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        var (one, two) = (await server.SayAsync("alice", conversation, "one"), await server.SayAsync("alice", conversation, "two"));
        await server.EditAsync("alice", conversation, two, "two, again");
        var since = (await server.Node.Handlers.Changes.ReadAsync(server.As("bob").Key, null, CancellationToken.None)).Value!.Since;

        var removed = (await server.RemoveMessagesAsync("bob", conversation, two)).Value!;

        Assert.Equal([new Sequence(3), new Sequence(4)], removed.Sequences!);
        var page = (await server.EntriesAsync("bob", new ReadEntries(conversation))).Value!;
        Assert.Equal([1L, 2L], page.Entries.Select(entry => entry.Sequence.Value));
        Assert.Equal([new SkippedRange(new Sequence(3), new Sequence(4), "hidden")], page.Skipped!);
        // A device that was away hears that something changed, and reads again what it shows.
        Assert.Equal([conversation], (await server.AskAsync<InboxChanges>(server.As("bob"), new ReadChanges(since))).Value!.Conversations.Select(change => change.Conversation));
        Assert.Equal(4, (await server.HistoryAsync("alice", conversation)).Count);
        Assert.Equal(1, await server.UnreadAsync("bob", conversation));
        Assert.Equal(1, (await server.AskAsync<UnreadTotal>(server.As("bob"), new CountUnread())).Value!.Unread);
        Assert.Equal(one, Assert.IsType<MessageSent>((await server.InboxAsync("bob")).Value!.Conversations.Single().LastMessage!.Event).Message);
        Assert.Equal(Refusals.MessageNotFound, (await server.AskAsync<LogEntry>(server.As("bob"), new SendMessage(conversation, MessageId.New(), MessageWords.Text("?"), ReplyTo: two))).Refusal);
    }

    [Theory, EveryEngine]
    [Trait("Row", "B09")]
    public async Task Everything_up_to_a_place_is_removed_and_what_comes_then_is_shown(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        for (var number = 0; number < 4; number++) await server.SayAsync("alice", conversation, $"{number}");

        var removed = await server.AskAsync<MessagesRemoved>(server.As("bob"), new RemoveMessages(conversation, UpTo: new Sequence(5)));
        await server.SayAsync("alice", conversation, "new");

        Assert.Equal(new Sequence(5), removed.Value!.UpTo);
        var page = (await server.EntriesAsync("bob", new ReadEntries(conversation))).Value!;
        Assert.Equal([6L], page.Entries.Select(entry => entry.Sequence.Value));
        Assert.Equal(1, await server.UnreadAsync("bob", conversation));
        var synced = await server.AskAsync<ConversationsSynced>(
            server.As("bob"), new SyncConversations(server.Node.Installation.Epoch, [new SyncPosition(conversation, new Sequence(1))]));
        Assert.Equal([new SkippedRange(new Sequence(2), new Sequence(5), "hidden")], synced.Value!.Conversations.Single().Skipped!);
    }

    [Theory, EveryEngine]
    public async Task Removing_again_answers_the_same_and_what_is_not_there_is_not_found(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        var message = await server.SayAsync("alice", conversation, "one");
        var first = await server.RemoveMessagesAsync("bob", conversation, message);

        Assert.Equal(first.Value!.Sequences!, (await server.RemoveMessagesAsync("bob", conversation, message)).Value!.Sequences!);
        Assert.Equal(Refusals.MessageNotFound, (await server.RemoveMessagesAsync("bob", conversation, MessageId.New())).Refusal);
        Assert.Equal(Refusals.NotFound, (await server.RemoveMessagesAsync("mallory", conversation, message)).Refusal);
        Assert.Equal(Refusals.InvalidParams, (await server.AskAsync<MessagesRemoved>(server.As("bob"), new RemoveMessages(conversation, UpTo: new Sequence(3)))).Refusal);
        Assert.Equal(Refusals.InvalidParams, (await server.AskAsync<MessagesRemoved>(server.As("bob"), new RemoveMessages(conversation))).Refusal);
        Assert.Equal(1, await server.NumberAsync($"select removals from participations where user_id = {"bob"}"));
    }

    [Theory, EveryEngine]
    public async Task Nothing_is_removed_from_what_was_deleted_and_who_left_removes_what_he_still_reads(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob", "carol");
        var message = await server.SayAsync("alice", conversation, "one");
        await server.LeaveAsync("bob", conversation);
        var later = await server.SayAsync("alice", conversation, "two");

        Assert.Single((await server.RemoveMessagesAsync("bob", conversation, message)).Value!.Sequences!);
        Assert.Equal(Refusals.MessageNotFound, (await server.RemoveMessagesAsync("bob", conversation, later)).Refusal);

        Assert.Null((await server.AskAsync<LogEntry>(server.As("alice"), new DeleteConversation(conversation, CommandId.New()))).Refusal);
        foreach (var user in new[] { "alice", "bob" }) Assert.Equal(Refusals.ConversationDeleted, (await server.RemoveMessagesAsync(user, conversation, message)).Refusal);
        Assert.Equal(Refusals.NotFound, (await server.RemoveMessagesAsync("mallory", conversation, message)).Refusal);
    }

    [Theory, EveryEngine]
    [Trait("Row", "B30")]
    public async Task Each_removal_has_a_name_of_its_own_that_a_device_is_told_when_it_is_back(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        var (one, two) = (await server.SayAsync("alice", conversation, "one"), await server.SayAsync("alice", conversation, "two"));
        var (since, first) = await ChangesAsync("bob", null);
        Assert.Null(first!.Removals);
        var names = new List<string?> { (await server.StateAsync("bob", conversation)).Own.Removals };

        foreach (var remove in new[] { new RemoveMessages(conversation, [one]), new RemoveMessages(conversation, [two]), new RemoveMessages(conversation, UpTo: new Sequence(1)), new RemoveMessages(conversation, UpTo: new Sequence(3)) })
        {
            var removed = (await server.AskAsync<MessagesRemoved>(server.As("bob"), remove)).Value!;
            (since, var change) = await ChangesAsync("bob", since);
            Assert.Equal(removed.Removals, change!.Removals);
            Assert.Equal(removed.Removals, (await server.StateAsync("bob", conversation)).Own.Removals);
            names.Add(removed.Removals);
        }

        Assert.Equal(5, names.Distinct().Count());
        Assert.Equal(names[^1], (await server.AskAsync<MessagesRemoved>(server.As("bob"), new RemoveMessages(conversation, UpTo: new Sequence(2)))).Value!.Removals);
        Assert.Null((await server.StateAsync("alice", conversation)).Own.Removals);

        async Task<(string, ConversationChange?)> ChangesAsync(string user, string? token)
        {
            var changes = (await server.Node.Handlers.Changes.ReadAsync(server.As(user).Key, token, CancellationToken.None)).Value!;
            return (changes.Since, changes.Conversations.SingleOrDefault());
        }
    }

    [Theory, EveryEngine]
    [Trait("Row", "B30")]
    public async Task What_somebody_deleted_for_himself_comes_back_with_what_is_new_and_nothing_older(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob", "carol");
        for (var number = 0; number < 2; number++) await server.SayAsync("alice", conversation, $"{number}");
        await server.LeaveAsync("carol", conversation);
        foreach (var user in new[] { "bob", "carol" }) await DeleteAsync(user, 4);
        foreach (var user in new[] { "bob", "carol" }) Assert.Empty((await server.InboxAsync(user)).Value!.Conversations);

        var message = await server.SayAsync("alice", conversation, "new");

        var item = Assert.Single((await server.InboxAsync("bob")).Value!.Conversations);
        Assert.Equal((conversation, 1, message), (item.Conversation, item.Unread, ((MessageSent)item.LastMessage!.Event).Message));
        var page = (await server.EntriesAsync("bob", new ReadEntries(conversation))).Value!;
        Assert.Equal([5L], page.Entries.Select(entry => entry.Sequence.Value));
        // Who went, too, hears of nothing new.
        Assert.Empty((await server.InboxAsync("carol")).Value!.Conversations);
        Assert.Empty((await server.EntriesAsync("carol", new ReadEntries(conversation))).Value!.Entries);
        Assert.Equal(5, (await server.HistoryAsync("alice", conversation)).Count);

        async Task DeleteAsync(string user, long upTo)
        {
            Assert.Null((await server.AskAsync<MessagesRemoved>(server.As(user), new RemoveMessages(conversation, UpTo: new Sequence(upTo)))).Refusal);
            Assert.Null((await server.AskAsync<InboxFlags>(server.As(user), new UpdateInbox(conversation, Hidden: true))).Refusal);
        }
    }

    [Theory, EveryEngine]
    [Trait("Row", "B30")]
    public async Task What_is_taken_from_everybody_nobody_reads(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob", "carol");
        var (kept, recalled) = (await server.SayAsync("alice", conversation, "kept"), await server.SayAsync("alice", conversation, "recalled"));

        await server.RecallAsync("alice", conversation, recalled);

        foreach (var user in new[] { "alice", "bob", "carol" })
        {
            var log = await server.HistoryAsync(user, conversation);
            Assert.Equal(new MessageSent(kept, new UserId("alice"), MessageWords.Text("kept")), log[1].Event);
            Assert.Equal(new MessageSent(recalled, new UserId("alice"), MessageContent.None, Recalled: true), log[2].Event);
        }

        Assert.Null((await server.AskAsync<LogEntry>(server.As("alice"), new DeleteConversation(conversation, CommandId.New()))).Refusal);

        foreach (var user in new[] { "alice", "bob", "carol" })
        {
            Assert.Equal(Refusals.ConversationDeleted, (await server.EntriesAsync(user, new ReadEntries(conversation))).Refusal);
            Assert.Empty((await server.InboxAsync(user)).Value!.Conversations);
        }
    }

    [Theory, EveryEngine]
    public async Task A_hundred_are_removed_at_once_and_not_one_more(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        var messages = new List<MessageId>();
        for (var number = 0; number < 101; number++) messages.Add(await server.SayAsync("alice", conversation, $"{number}"));

        Assert.Equal(Refusals.TooLarge, (await server.RemoveMessagesAsync("bob", conversation, [.. messages])).Refusal);
        Assert.Equal(100, (await server.RemoveMessagesAsync("bob", conversation, [.. messages.Take(100)])).Value!.Sequences!.Count);
        Assert.Equal(1, await server.UnreadAsync("bob", conversation));
    }
}
