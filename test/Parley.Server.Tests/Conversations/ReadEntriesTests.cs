using Parley.Storage;

namespace Parley.Tests.Conversations;

public class ReadEntriesTests
{
    [Theory, EveryEngine]
    [Trait("Row", "V28")]
    [Trait("Row", "B40")]
    [Trait("Row", "C1")]
    public async Task A_range_holds_up_to_100_entries_and_the_101st_is_refused(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await FilledAsync(server, 120);

        var hundred = (await RangeAsync(1, 100)).Value!;
        Assert.Equal(Enumerable.Range(1, 100).Select(number => (long)number), hundred.Entries.Select(entry => entry.Sequence.Value));
        Assert.Equal((conversation, 121, 1), (hundred.Conversation, hundred.Head.Value, hundred.Tail.Value));
        Assert.Equal(Refusals.TooLarge, (await RangeAsync(1, 101)).Refusal);
        Assert.Equal(Refusals.InvalidParams, (await RangeAsync(0, 5)).Refusal);
        Assert.Equal(Refusals.InvalidParams, (await RangeAsync(6, 5)).Refusal);
        Assert.Equal([121], (await RangeAsync(121, 180)).Value!.Entries.Select(entry => entry.Sequence.Value));
        Assert.Equal(Refusals.Reset, (await RangeAsync(122, 130)).Refusal);
        foreach (var bad in new[] { new ReadEntries(conversation, From: new Sequence(1)), new ReadEntries(conversation, After: new Sequence(1), Before: new Sequence(5)) })
            Assert.Equal(Refusals.InvalidParams, (await server.EntriesAsync("bob", bad)).Refusal);

        Task<Outcome<EntriesPage>> RangeAsync(long from, long to) =>
            server.EntriesAsync("bob", new ReadEntries(conversation, From: new Sequence(from), To: new Sequence(to)));
    }

    [Theory, EveryEngine]
    [Trait("Row", "G11")]
    [Trait("Row", "IN-01")]
    public async Task Pages_of_any_size_in_both_directions_join_to_the_whole_log(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await FilledAsync(server, 120);
        var whole = Enumerable.Range(1, 121).Select(number => (long)number).ToArray();
        foreach (var limit in new[] { 1, 7, 99, 100 })
        {
            var (forward, after, more) = (new List<long>(), 0L, true);
            while (more)
            {
                var page = (await server.EntriesAsync("bob", new ReadEntries(conversation, After: new Sequence(after), Limit: limit))).Value!;
                forward.AddRange(page.Entries.Select(entry => entry.Sequence.Value));
                (after, more) = (forward[^1], page.More);
            }

            Assert.Equal(whole, forward);
            var newest = (await server.EntriesAsync("bob", new ReadEntries(conversation, Limit: limit))).Value!;
            var backward = newest.Entries.Select(entry => entry.Sequence.Value).ToList();
            for (more = newest.More; more;)
            {
                var page = (await server.EntriesAsync("bob", new ReadEntries(conversation, Before: new Sequence(backward[0]), Limit: limit))).Value!;
                backward.InsertRange(0, page.Entries.Select(entry => entry.Sequence.Value));
                more = page.More;
            }

            Assert.Equal(whole, backward);
        }

        foreach (var limit in new[] { 0, -1, 101, int.MaxValue })
            Assert.Equal(Refusals.InvalidParams, (await server.EntriesAsync("bob", new ReadEntries(conversation, Limit: limit))).Refusal);
    }

    [Theory, EveryEngine]
    [Trait("Row", "G11")]
    [Trait("Row", "WS-08")]
    public async Task A_position_of_another_history_is_reset_and_never_answered_in_part(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await FilledAsync(server, 5);
        var epoch = server.Node.Installation.Epoch;

        Assert.Empty((await server.EntriesAsync("bob", new ReadEntries(conversation, After: new Sequence(6), Epoch: epoch))).Value!.Entries);
        Assert.Equal(Refusals.Reset, (await server.EntriesAsync("bob", new ReadEntries(conversation, After: new Sequence(7), Epoch: epoch))).Refusal);
        Assert.Equal(Refusals.Reset, (await server.EntriesAsync("bob", new ReadEntries(conversation, After: new Sequence(1), Epoch: Guid.NewGuid()))).Refusal);
        Assert.Equal(Refusals.NotFound, (await server.EntriesAsync("carol", new ReadEntries(conversation, After: new Sequence(7)))).Refusal);
        Assert.Equal(Refusals.NotFound, (await server.AskAsync<ConversationState>(server.As("carol"), new GetConversation(conversation))).Refusal);

        var synced = (await SyncAsync(epoch, new SyncPosition(conversation, new Sequence(7)), new SyncPosition(ConversationId.New(), Sequence.None))).Value!.Conversations;
        Assert.Equal([(SyncStatus.Reset, false), (SyncStatus.NotFound, false)], synced.Select(one => (one.Status, one.More)));
        Assert.Empty(synced[0].Entries);
        Assert.Equal(Refusals.Reset, (await SyncAsync(Guid.NewGuid(), new SyncPosition(conversation, Sequence.None))).Refusal);

        Task<Outcome<ConversationsSynced>> SyncAsync(Guid of, params SyncPosition[] positions) =>
            server.AskAsync<ConversationsSynced>(server.As("bob"), new SyncConversations(of, positions));
    }

    [Theory, EveryEngine]
    [Trait("Row", "G11")]
    public async Task Many_conversations_are_synced_at_once_each_from_its_own_position(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversations = new List<ConversationId>();
        for (var number = 0; number < 5; number++)
        {
            conversations.Add(await server.ConversationOfAsync($"user{number}", "bob"));
            for (var message = 0; message < number * 30; message++) await server.SendAsync($"user{number}", conversations[^1], "x");
        }

        await server.DeliveredAsync("bob", conversations[1], 10);
        var synced = (await server.AskAsync<ConversationsSynced>(server.As("bob"), new SyncConversations(
            server.Node.Installation.Epoch, [.. conversations.Select(conversation => new SyncPosition(conversation, new Sequence(1)))]))).Value!.Conversations;

        Assert.Equal(conversations, synced.Select(one => one.Conversation));
        Assert.Equal([1, 31, 61, 91, 121], synced.Select(one => (int)one.Head.Value));
        Assert.Equal([0, 30, 60, 90, 100], synced.Select(one => one.Entries.Count));
        Assert.Equal([false, false, false, false, true], synced.Select(one => one.More));
        Assert.All(synced, one => Assert.Equal(Enumerable.Range(2, one.Entries.Count).Select(number => (long)number), one.Entries.Select(entry => entry.Sequence.Value)));
        Assert.Equal(10, synced[1].Participants!.Single(one => one.User.Value == "bob").DeliveredUpTo!.Value.Value);
    }

    [Theory, EveryEngine]
    public async Task A_request_syncs_1_to_100_conversations_and_each_once(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var nowhere = Enumerable.Range(0, 101).Select(_ => new SyncPosition(ConversationId.New(), Sequence.None)).ToArray();

        Assert.Null(await DetailAsync(nowhere[..1]));
        Assert.Null(await DetailAsync(nowhere[..100]));
        Assert.Equal("$.positions: expected 1 or more", await DetailAsync([]));
        Assert.Equal("$.positions: at most 100", await DetailAsync(nowhere));
        Assert.Equal("$.positions: each conversation once", await DetailAsync([nowhere[0], nowhere[1], nowhere[0]]));

        async Task<string?> DetailAsync(SyncPosition[] positions) =>
            (await server.AskAsync<ConversationsSynced>(server.As("bob"), new SyncConversations(server.Node.Installation.Epoch, positions))).Refusal?.Detail;
    }

    [Theory, EveryEngine]
    public async Task A_page_stays_within_a_frame_however_long_its_messages_are(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        for (var number = 0; number < 10; number++) await server.SendAsync("alice", conversation, string.Concat(Enumerable.Repeat("ä", 8_000)));

        var first = (await server.EntriesAsync("bob", new ReadEntries(conversation, After: new Sequence(1)))).Value!;
        var list = (await server.InboxAsync("bob")).Value!;

        Assert.True(first.More);
        Assert.InRange(first.Entries.Count, 1, 9);
        Assert.Equal(11, (await server.HistoryAsync("bob", conversation)).Count);
        Assert.Single(list.Conversations);
    }

    [Theory, EveryEngine]
    public async Task What_the_fan_out_missed_is_read_in_pages_of_at_most_100_entries_and_a_frame(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var many = new ConversationKey(server.App, await FilledAsync(server, 150));
        var full = new ConversationKey(server.App, await server.ConversationOfAsync("alice", "carol"));
        for (var number = 0; number < 10; number++) await server.SendAsync("alice", full.Conversation, string.Concat(Enumerable.Repeat("ä", 8_000)));

        Assert.Equal((2, 101), await BetweenAsync(many, 1, 152));
        Assert.Equal((52, 151), await BetweenAsync(many, 51, 152));
        Assert.Equal((53, 151), await BetweenAsync(many, 52, 152));
        Assert.Equal((2, 8), await BetweenAsync(full, 1, 12));
        Assert.Equal((9, 11), await BetweenAsync(full, 8, 12));

        async Task<(long First, long Last)> BetweenAsync(ConversationKey key, long after, long before)
        {
            var page = await server.Node.Reader.BetweenAsync(key, new Sequence(after), new Sequence(before), CancellationToken.None);
            return (page[0].Entry.Sequence.Value, page[^1].Entry.Sequence.Value);
        }
    }

    private static async Task<ConversationId> FilledAsync(TestServer server, int messages)
    {
        var conversation = await server.ConversationOfAsync("alice", "bob");
        await Task.WhenAll(Enumerable.Range(0, messages).Select(number => server.SendAsync("alice", conversation, $"{number}")));
        return conversation;
    }
}
