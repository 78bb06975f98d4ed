namespace Parley.Tests.Inbox;

public sealed class InboxFlagsTests
{
    [Theory, EveryEngine]
    public async Task Own_flags_are_told_to_their_owner_alone_and_stand_in_his_list(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await Group.OfAsync(server, "alice", "bob", "carol");
        var until = DateTimeOffset.FromUnixTimeMilliseconds(1_900_000_000_000);

        var flags = (await FlagAsync(server, "bob", new UpdateInbox(group.Id, SilencedUntil: until, Pinned: true, Draft: "half a th"))).Value;

        Assert.Equal(new InboxFlags(until, Pinned: true, Draft: "half a th"), flags);
        Assert.Equal(flags, (await group.StateAsync("bob")).Own.Flags);
        Assert.Equal(flags, Assert.Single((await server.InboxAsync("bob")).Value!.Conversations).Flags);
        Assert.Null((await group.StateAsync("alice")).Own.Flags);
        Assert.Null(Assert.Single((await server.InboxAsync("alice")).Value!.Conversations).Flags);

        Assert.Equal(new InboxFlags(until), (await FlagAsync(server, "bob", new UpdateInbox(group.Id, Pinned: false, Draft: ""))).Value);
        Assert.Equal(Refusals.NotFound, (await FlagAsync(server, "dave", new UpdateInbox(group.Id, Pinned: true))).Refusal);
        Assert.Equal(Refusals.InvalidParams, (await FlagAsync(server, "bob", new UpdateInbox(group.Id))).Refusal);
    }

    [Theory, EveryEngine]
    public async Task What_is_archived_or_hidden_is_out_of_the_list_and_something_new_shows_what_was_hidden(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (archived, hidden, pinned) = (await Group.OfAsync(server, "alice", "bob"), await Group.OfAsync(server, "alice", "bob"), await Group.OfAsync(server, "alice", "bob"));
        var direct = await server.ConversationOfAsync("alice", "bob");
        await FlagAsync(server, "bob", new UpdateInbox(archived.Id, Archived: true));
        await FlagAsync(server, "bob", new UpdateInbox(hidden.Id, Hidden: true));
        await FlagAsync(server, "bob", new UpdateInbox(pinned.Id, Pinned: true));

        Assert.Equal(Set(direct, pinned.Id), Set(await ListAsync(new ListInbox())));
        Assert.Equal([archived.Id], await ListAsync(new ListInbox(Archived: true)));
        Assert.Equal([pinned.Id], await ListAsync(new ListInbox(Pinned: true)));
        Assert.Equal([direct], await ListAsync(new ListInbox(Kind: ConversationKind.Direct)));

        await archived.SayAsync("alice");
        await hidden.SayAsync("alice");
        Assert.Equal(Set(hidden.Id, direct, pinned.Id), Set(await ListAsync(new ListInbox())));
        Assert.Equal([archived.Id], await ListAsync(new ListInbox(Archived: true)));
        Assert.Null((await hidden.StateAsync("bob")).Own.Flags);

        // What became active within one millisecond stands in any order.
        static HashSet<ConversationId> Set(params IEnumerable<ConversationId> some) => [.. some];

        async Task<IEnumerable<ConversationId>> ListAsync(ListInbox query) => (await server.InboxAsync("bob", query)).Value!.Conversations.Select(one => one.Conversation);
    }

    [Theory, EveryEngine]
    public async Task Fifty_conversations_can_be_pinned_and_not_one_more_however_many_ask_at_once(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var groups = new List<Group>();
        for (var number = 0; number < 54; number++) groups.Add(await Group.OfAsync(server, "alice", "bob"));
        foreach (var group in groups.Take(48)) Assert.Null((await FlagAsync(server, "alice", new UpdateInbox(group.Id, Pinned: true))).Refusal);

        var answers = await Task.WhenAll(groups.Skip(48).Select(group => FlagAsync(server, "alice", new UpdateInbox(group.Id, Pinned: true))));

        Assert.Equal(2, answers.Count(answer => answer.Refusal is null));
        Assert.Equal(4, answers.Count(answer => answer.Refusal == Refusals.TooLarge));
        Assert.Equal(50, (await server.InboxAsync("alice", new ListInbox(Limit: 100, Pinned: true))).Value!.Conversations.Count);
        Assert.Null((await FlagAsync(server, "alice", new UpdateInbox(groups[0].Id, Pinned: true))).Refusal);
        Assert.Null((await FlagAsync(server, "alice", new UpdateInbox(groups[0].Id, Pinned: false))).Refusal);
        Assert.Null((await FlagAsync(server, "alice", new UpdateInbox(groups[53].Id, Pinned: true))).Refusal);
    }

    [Theory, EveryEngine]
    public async Task A_conversation_that_was_deleted_or_left_gives_its_place_among_the_pinned_back_or_keeps_it(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var groups = new List<Group>();
        for (var number = 0; number < UpdateInbox.MaxPinned + 2; number++) groups.Add(await Group.OfAsync(server, "alice", "bob"));
        foreach (var group in groups.Take(UpdateInbox.MaxPinned)) Assert.Null((await FlagAsync(server, "bob", new UpdateInbox(group.Id, Pinned: true))).Refusal);
        Assert.Equal(Refusals.TooLarge, (await FlagAsync(server, "bob", new UpdateInbox(groups[^1].Id, Pinned: true))).Refusal);

        Assert.Null((await groups[0].DeleteAsync("alice")).Refusal);

        // Nobody can take the pin off what is deleted.
        Assert.Equal(Refusals.ConversationDeleted, (await FlagAsync(server, "bob", new UpdateInbox(groups[0].Id, Pinned: false))).Refusal);
        Assert.Null((await FlagAsync(server, "bob", new UpdateInbox(groups[^1].Id, Pinned: true))).Refusal);
        Assert.Equal(Refusals.TooLarge, (await FlagAsync(server, "bob", new UpdateInbox(groups[^2].Id, Pinned: true))).Refusal);

        // What he left is in his list still, and so is its pin.
        await groups[1].LeaveAsync("bob");
        Assert.Equal(Refusals.TooLarge, (await FlagAsync(server, "bob", new UpdateInbox(groups[^2].Id, Pinned: true))).Refusal);
        Assert.Null((await FlagAsync(server, "bob", new UpdateInbox(groups[1].Id, Pinned: false))).Refusal);
        Assert.Null((await FlagAsync(server, "bob", new UpdateInbox(groups[^2].Id, Pinned: true))).Refusal);
    }

    [Theory, EveryEngine]
    public async Task What_he_marks_as_unread_counts_again_for_him_alone_until_he_reads(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await Group.OfAsync(server, "alice", "bob", "carol");
        for (var number = 2; number <= 6; number++) await group.SayAsync("alice");
        await server.ReadAsync("bob", group.Id, 6);

        var marked = await server.AskAsync<InboxFlags>(server.As("bob"), new MarkUnread(group.Id, new Sequence(4)));

        Assert.Equal(new Sequence(4), marked.Value!.UnreadFrom);
        Assert.Equal(3, Assert.Single((await server.InboxAsync("bob")).Value!.Conversations).Unread);
        Assert.Equal(3, (await server.AskAsync<UnreadTotal>(server.As("bob"), new CountUnread())).Value!.Unread);
        Assert.Equal(6, (await group.StateAsync("alice")).Participants!.Single(one => one.User.Value == "bob").ReadUpTo!.Value.Value);
        await server.DeliveredAsync("bob", group.Id, 6);
        Assert.Equal(3, Assert.Single((await server.InboxAsync("bob")).Value!.Conversations).Unread);

        await server.ReadAsync("bob", group.Id, 6);
        Assert.Equal(0, Assert.Single((await server.InboxAsync("bob")).Value!.Conversations).Unread);
        Assert.Null((await group.StateAsync("bob")).Own.Flags);

        Assert.Equal(Refusals.InvalidParams, (await server.AskAsync<InboxFlags>(server.As("bob"), new MarkUnread(group.Id, new Sequence(7)))).Refusal);
        await server.AskAsync<InboxFlags>(server.As("bob"), new MarkUnread(group.Id, new Sequence(6)));
        Assert.Null((await server.AskAsync<InboxFlags>(server.As("bob"), new MarkUnread(group.Id, Sequence.None))).Value!.UnreadFrom);
        Assert.Equal(0, Assert.Single((await server.InboxAsync("bob")).Value!.Conversations).Unread);
    }

    [Theory, EveryEngine]
    [Trait("Row", "G15")]
    public async Task Reading_again_what_was_read_ends_the_mark_and_a_mark_counts_what_was_read_out_of_order(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await Group.OfAsync(server, "alice", "bob");
        var last = MessageId.New();
        for (var number = 2; number <= 4; number++) await server.SendAsync("alice", group.Id, "hi", number == 4 ? last : null);
        await server.AskAsync<ReceiptCursors>(server.As("bob"), new MarkRead(group.Id, Messages: [last]));
        Assert.Equal(2, Assert.Single((await server.InboxAsync("bob")).Value!.Conversations).Unread);

        await server.AskAsync<InboxFlags>(server.As("bob"), new MarkUnread(group.Id, new Sequence(4)));
        Assert.Equal(3, Assert.Single((await server.InboxAsync("bob")).Value!.Conversations).Unread);
        await server.AskAsync<ReceiptCursors>(server.As("bob"), new MarkRead(group.Id, Messages: [last]));

        Assert.Equal(2, Assert.Single((await server.InboxAsync("bob")).Value!.Conversations).Unread);
        Assert.Null((await group.StateAsync("bob")).Own.Flags);
    }

    [Theory, EveryEngine]
    [Trait("Row", "G11")]
    public async Task How_a_conversation_stands_in_his_inbox_is_among_the_changes_that_another_device_reads(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (group, other) = (await Group.OfAsync(server, "alice", "bob"), await Group.OfAsync(server, "alice", "bob"));
        await group.SayAsync("alice");
        await server.ReadAsync("bob", group.Id, 2);
        var (since, of) = ((await ChangedAsync("bob")).Since, (await ChangedAsync("alice")).Since);
        var until = DateTimeOffset.FromUnixTimeMilliseconds(1_900_000_000_000);

        foreach (var (change, flags) in new (object, InboxFlags?)[]
        {
            (new UpdateInbox(group.Id, SilencedUntil: until, Pinned: true), new InboxFlags(until, Pinned: true)),
            (new UpdateInbox(group.Id, Archived: true, Hidden: true), new InboxFlags(until, Pinned: true, Archived: true, Hidden: true)),
            (new UpdateInbox(group.Id, Draft: "half a th"), new InboxFlags(until, Pinned: true, Archived: true, Hidden: true, Draft: "half a th")),
            (new UpdateInbox(group.Id, SilencedUntil: DateTimeOffset.UnixEpoch, Pinned: false, Archived: false, Hidden: false), new InboxFlags(DateTimeOffset.UnixEpoch, Draft: "half a th")),
            (new MarkUnread(group.Id, new Sequence(2)), new InboxFlags(DateTimeOffset.UnixEpoch, UnreadFrom: new Sequence(2), Draft: "half a th")),
            (new UpdateInbox(group.Id, Draft: ""), new InboxFlags(DateTimeOffset.UnixEpoch, UnreadFrom: new Sequence(2))),
            (new MarkUnread(group.Id, Sequence.None), new InboxFlags(DateTimeOffset.UnixEpoch)),
        })
        {
            Assert.Null((await server.AskAsync<InboxFlags>(server.As("bob"), change)).Refusal);
            (since, var named) = await NamedAsync("bob", since);
            Assert.Equal(flags, named?.Flags);
            Assert.Equal(flags, Assert.Single((await ChangedAsync("bob")).Conversations, one => one.Conversation == group.Id).Flags);
        }

        // Nobody else learns of it, and of what nothing was said nothing is said.
        Assert.Null(Assert.Single((await ChangedAsync("alice")).Conversations, one => one.Conversation == group.Id).Flags);
        if (engine == Engine.Sqlite) Assert.Null((await NamedAsync("alice", of)).Change);
        Assert.Null(Assert.Single((await ChangedAsync("bob")).Conversations, one => one.Conversation == other.Id).Flags);

        // What ends by itself is told as it is then, and of what was deleted nothing.
        await FlagAsync(server, "bob", new UpdateInbox(other.Id, Hidden: true, Draft: "hi"));
        await server.AskAsync<InboxFlags>(server.As("bob"), new MarkUnread(other.Id, new Sequence(1)));
        await other.SayAsync("alice");
        Assert.Equal(new InboxFlags(UnreadFrom: new Sequence(1), Draft: "hi"), await FlagsAsync());
        await server.ReadAsync("bob", other.Id, 2);
        Assert.Equal(new InboxFlags(Draft: "hi"), await FlagsAsync());
        await other.DeleteAsync("alice");
        Assert.Null(await FlagsAsync());

        async Task<InboxFlags?> FlagsAsync() => Assert.Single((await ChangedAsync("bob")).Conversations, one => one.Conversation == other.Id).Flags;

        async Task<InboxChanges> ChangedAsync(string user, string? after = null) => (await server.Node.Handlers.Changes.ReadAsync(server.As(user).Key, after, CancellationToken.None)).Value!;

        async Task<(string Since, ConversationChange? Change)> NamedAsync(string user, string after)
        {
            var changes = await ChangedAsync(user, after);
            return (changes.Since, changes.Conversations.SingleOrDefault(one => one.Conversation == group.Id));
        }
    }

    [Theory, EveryEngine]
    [Trait("Row", "G11")]
    public async Task However_long_the_drafts_are_the_pages_of_changes_fit_into_a_frame_and_hold_them_all(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var drafts = new Dictionary<ConversationId, string?>();
        for (var number = 0; number < 110; number++)
        {
            var group = await Group.OfAsync(server, "alice");
            // A control character takes six bytes, and what is no Latin letter three.
            var draft = number % 10 == 9 ? new string(number % 20 == 9 ? '\u0001' : '字', MessageContent.MaxCodePoints) : number % 2 == 0 ? null : $"draft {number}";
            if (draft is not null) Assert.Null((await FlagAsync(server, "alice", new UpdateInbox(group.Id, Draft: draft))).Refusal);
            drafts[group.Id] = draft;
        }

        var (read, pages, since) = (new Dictionary<ConversationId, string?>(), 0, (string?)null);
        InboxChanges page;
        do
        {
            page = (await server.Node.Handlers.Changes.ReadAsync(server.As("alice").Key, since, CancellationToken.None)).Value!;
            Assert.InRange(System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(page, ProtocolJson.Lenient.InboxChanges).Length, 1, 128 * 1024 - 1_024);
            Assert.NotEmpty(page.Conversations);
            foreach (var change in page.Conversations) read.Add(change.Conversation, change.Flags?.Draft);
            (pages, since) = (pages + 1, page.Since);
        }
        while (page.More);

        Assert.Equal(drafts, read);
        Assert.InRange(pages, 5, 12);
        // And a change of none is followed by nothing.
        if (engine == Engine.Sqlite) Assert.Empty((await server.Node.Handlers.Changes.ReadAsync(server.As("alice").Key, since, CancellationToken.None)).Value!.Conversations);
    }

    [Theory, EveryEngine]
    public async Task A_draft_may_be_as_long_as_a_message(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await Group.OfAsync(server, "alice", "bob");

        Assert.Null((await FlagAsync(server, "bob", new UpdateInbox(group.Id, Draft: new string('x', MessageContent.MaxCodePoints)))).Refusal);
        Assert.Equal(Refusals.TooLarge, (await FlagAsync(server, "bob", new UpdateInbox(group.Id, Draft: new string('x', MessageContent.MaxCodePoints + 1)))).Refusal);
    }

    private static Task<Outcome<InboxFlags>> FlagAsync(TestServer server, string user, UpdateInbox change) => server.AskAsync<InboxFlags>(server.As(user), change);
}
