using System.Globalization;
using Parley.Conversations;
using Parley.Delivery;
using Parley.Storage;
using Parley.Tests.Storage;

namespace Parley.Tests.Messages;

/// <summary><c>message.list</c> and <c>conversation.find</c>.</summary>
public class ListMessagesTests
{
    private static readonly DateTimeOffset Monday = DateTimeOffset.Parse("2026-11-02T08:00:00Z", CultureInfo.InvariantCulture);

    [Theory, EveryEngine]
    [Trait("Row", "B07")]
    public async Task Messages_are_filtered_by_sender_kind_and_time_and_pages_join_without_loss(Engine engine)
    {
        var clock = new ManualClock(Monday);
        await using var server = await TestServer.StartAsync(engine, clock: clock);
        var group = await Group.OfAsync(server, "alice", "bob", "carol");
        var random = new Random(7);
        for (var number = 0; number < 60; number++)
        {
            clock.Advance(TimeSpan.FromHours(random.Next(3)));
            await server.DoAsync(random.Next(2) == 0 ? "alice" : "bob", new SendMessage(group.Id, MessageId.New(), Content(random)));
            if (number % 10 == 3) await server.EditAsync("alice", group.Id, await FirstOfAsync(server, group, "alice"), Content(random));
        }

        await server.RecallAsync("bob", group.Id, await LastOfAsync(server, group, "bob"));
        var log = (await server.HistoryAsync("carol", group.Id)).Where(entry => entry.Event is MessageSent).ToArray();
        foreach (var sender in new UserId?[] { null, new UserId("alice"), new UserId("carol") })
        foreach (var kinds in new ContentKind[]?[] { null, [ContentKind.Text], [ContentKind.Image], [ContentKind.Image, ContentKind.Sticker], [ContentKind.Text, ContentKind.Command], [ContentKind.Audio] })
        foreach (var (since, until) in new (int?, int?)[] { (null, null), (20, null), (null, 30), (10, 40), (200, 300), (-50, -10) })
        foreach (var limit in new[] { 1, 7, 100 })
        {
            var query = new ListMessages(group.Id, sender, kinds, Hour(since), Hour(until), Limit: limit);
            var expected = log.Where(entry => Matches(entry, query)).Select(entry => entry.Sequence.Value).ToArray();

            Assert.True(expected.SequenceEqual(await AllAsync(server, "carol", query)), query.ToString());
        }

        static DateTimeOffset? Hour(int? hours) => hours is { } some ? Monday.AddHours(some) : null;
    }

    [Theory, EveryEngine]
    [Trait("Row", "B07")]
    public async Task Nothing_is_listed_or_found_that_the_asker_does_not_see(Engine engine)
    {
        var clock = new ManualClock(Monday);
        await using var server = await TestServer.StartAsync(engine, clock: clock);
        var group = await Group.OfAsync(server, new CreateConversation(
            ConversationId.New(), ConversationKind.Group, Asking.Users("bob", "carol"), Settings: new NewSettings(History: HistoryVisibility.WhileIn)));
        async Task SayAsync(int count)
        {
            for (var number = 0; number < count; number++)
            {
                clock.Advance(TimeSpan.FromHours(1));
                await server.SayAsync("alice", group.Id, "hi");
            }
        }

        await SayAsync(3); // 2, 3, 4
        await group.LeaveAsync("bob"); // 5
        await SayAsync(2); // 6, 7
        await group.AddAsync("alice", "bob"); // 8
        await SayAsync(3); // 9, 10, 11
        await server.RemoveMessagesAsync("bob", group.Id, await FirstOfAsync(server, group, "alice"));
        await group.AddAsync("alice", "dave"); // 12
        await SayAsync(1); // 13

        Assert.Equal([3, 4, 9, 10, 11, 13], await AllAsync(server, "bob", new ListMessages(group.Id, Limit: 2)));
        Assert.Equal([2, 3, 4, 6, 7, 9, 10, 11, 13], await AllAsync(server, "carol", new ListMessages(group.Id)));
        Assert.Equal([13], await AllAsync(server, "dave", new ListMessages(group.Id)));
        // Whoever missed a time is brought to where he was in it again, and what he removed is passed over.
        Assert.Equal([1L, 3, 4, 8, 8, 9, 13], await FoundAsync("bob", -1, 1, 3, 4, 5, 6, 9));
        Assert.Equal([1L, 2, 4, 6, 7, 9, 13], await FoundAsync("carol", -1, 1, 3, 4, 5, 6, 9));
        Assert.Equal([12L, 12, 13], await FoundAsync("dave", -1, 5, 9));
        Assert.Null((await server.AskAsync<EntryFound>(server.As("bob"), new FindEntry(group.Id, Monday.AddDays(30)))).Value!.Sequence);

        await group.LeaveAsync("bob"); // 14
        await SayAsync(1);
        Assert.Equal([3, 4, 9, 10, 11, 13], await AllAsync(server, "bob", new ListMessages(group.Id)));
        Assert.Equal([null], await FoundAsync("bob", 10));
        await server.AskAsync<MessagesRemoved>(server.As("bob"), new RemoveMessages(group.Id, UpTo: new Sequence(10)));
        Assert.Equal([11, 13], await AllAsync(server, "bob", new ListMessages(group.Id)));
        Assert.Equal([11L], await FoundAsync("bob", -1));
        foreach (var command in new object[] { new ListMessages(group.Id), new FindEntry(group.Id, Monday) })
            Assert.Equal(Refusals.NotFound, (await server.AskAsync<object>(server.As("mallory"), command)).Refusal);

        async Task<long?[]> FoundAsync(string user, params double[] hours)
        {
            var found = new List<long?>();
            foreach (var hour in hours) found.Add((await server.AskAsync<EntryFound>(server.As(user), new FindEntry(group.Id, Monday.AddHours(hour)))).Value!.Sequence?.Value);
            return [.. found];
        }
    }

    [Theory, EveryEngine]
    public async Task What_cannot_be_asked_is_refused(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        foreach (var (query, detail) in new[]
        {
            (new ListMessages(conversation, Limit: 0), "$.limit: expected 1 to 100"), (new ListMessages(conversation, Limit: 101), "$.limit: expected 1 to 100"),
            (new ListMessages(conversation, Kinds: []), "$.kinds: expected 1 or more"), (new ListMessages(conversation, Before: Sequence.None), "$.before: expected 1 or more"),
            (new ListMessages(conversation, Since: Monday, Until: Monday), "$.since: expected a time before $.until"),
        })
        {
            Assert.Equal(detail, (await server.AskAsync<MessagesPage>(server.As("alice"), query)).Refusal?.Detail);
        }

        Assert.Empty((await server.AskAsync<MessagesPage>(server.As("alice"), new ListMessages(conversation, Before: new Sequence(1)))).Value!.Entries);
    }

    [Theory]
    [InlineData("sender"), InlineData("kind"), InlineData("time"), InlineData("find"), InlineData("among many")]
    public async Task A_page_looks_at_no_more_than_ten_thousand_entries_of_a_million(string what)
    {
        const int Length = 1_000_000;
        await using var server = await SqliteSteps.StartAsync();
        var conversation = await server.ConversationOfAsync("alice", "bob");
        await server.ChangeAsync($"""
            with recursive numbers (n) as (select 2 union all select n + 1 from numbers where n < {Length})
            insert into entries (conversation, sequence, at, key, actor, counted, event, kinds)
            select c.number, n, n, {server.RandomKey}, 'alice', 1, {"{}"u8.ToArray()}, case when {(what == "among many" ? 1 : 0)} = 1 and n % 4 = 0 then 2 else 1 end
            from conversations c, numbers where c.conversation = {conversation.Value}
            """);
        await server.ChangeAsync($"update conversations set head = {Length} where conversation = {conversation.Value}");
        var (history, alice) = (new MessageHistory(server.Database), new UserKey(server.App, new UserId("alice")));
        var page = default(Outcome<EncodedMessages>);
        var found = default(Outcome<EntryFound>);

        var steps = await SqliteSteps.CountAsync(server, async () =>
        {
            switch (what)
            {
                case "sender": page = await ListAsync(new ListMessages(conversation, new UserId("bob"))); break;
                case "kind": page = await ListAsync(new ListMessages(conversation, Kinds: [ContentKind.Image])); break;
                case "among many": page = await ListAsync(new ListMessages(conversation, Kinds: [ContentKind.Sticker])); break;
                case "time": page = await ListAsync(new ListMessages(conversation, Since: At(500_001), Until: At(500_011))); break;
                default: found = await history.FindAsync(alice, new FindEntry(conversation, At(123_456)), CancellationToken.None); break;
            }
        });

        switch (what)
        {
            case "sender":
                Assert.Equal((0, new Sequence(Length - MessageHistory.MaxScanned + 1)), (page.Value!.Entries.Count, page.Value.Next));
                Assert.InRange(steps, 10_000, 400_000);
                break;
            case "among many":
                Assert.Equal((0, new Sequence(Length - 4 * MessageHistory.MaxScanned + 4)), (page.Value!.Entries.Count, page.Value.Next));
                Assert.InRange(steps, 10_000, 600_000);
                break;
            case "kind":
                Assert.Equal((0, null), (page.Value!.Entries.Count, page.Value.Next));
                Assert.InRange(steps, 1, 3_000);
                break;
            case "time":
                Assert.Equal(Enumerable.Range(500_001, 10).Select(number => (long)number), page.Value!.Entries.Select(entry => entry.Sequence.Value));
                Assert.Null(page.Value.Next);
                Assert.InRange(steps, 1, 10_000);
                break;
            default:
                Assert.Equal(new Sequence(123_456), found.Value!.Sequence);
                Assert.InRange(steps, 1, 5_000);
                break;
        }

        Task<Outcome<EncodedMessages>> ListAsync(ListMessages query) => history.ListAsync(alice, query, limit: 100, CancellationToken.None);

        static DateTimeOffset At(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
    }

    [Fact]
    public async Task PostgreSQL_walks_the_index_by_kind()
    {
        await using var server = await TestServer.StartAsync(Engine.Postgres);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        await server.ChangeAsync($"""
            with recursive numbers (n) as (select 2 union all select n + 1 from numbers where n < 20000)
            insert into entries (conversation, sequence, at, key, actor, counted, event, kinds)
            select c.number, n, n, {server.RandomKey}, 'alice', 1, {"{}"u8.ToArray()}, case when n % 100 = 0 then 2 else 1 end from conversations c, numbers where c.conversation = {conversation.Value}
            """);
        await server.ChangeAsync($"analyze");
        await using var session = await server.Database.OpenReaderAsync(CancellationToken.None);
        var page = MessageHistory.Page(
            new UserKey(server.App, new UserId("alice")), conversation, (1, 20_000), new MessageHistory.Wanted(null, ContentKinds.Image), default, limit: 101);

        var plan = string.Join('\n', await session.QueryAsync($"explain {page}", row => row.GetString(0), CancellationToken.None));

        Assert.Contains("Index Scan Backward using entries_by_kind", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Sort", plan, StringComparison.Ordinal);
    }

    private static MessageContent Content(Random random) => new([random.Next(5) switch
    {
        0 => MessagePart.OfUrl("image/png", new Uri("https://example.org/cat.png")),
        1 => MessagePart.Of(new Sticker("cats", "one")),
        2 => MessagePart.Of(new AppCommand("wave")),
        _ => MessagePart.OfText("hi"),
    }, .. random.Next(4) == 0 ? new[] { MessagePart.OfText("with a text") } : []]);

    private static bool Matches(LogEntry entry, ListMessages query)
    {
        var sent = (MessageSent)entry.Event;
        return (query.Sender is null || sent.Sender == query.Sender)
            && (query.Kinds is null || sent.Content.Parts.Any(part => query.Kinds.Contains(part.Kind)))
            && !(entry.At < query.Since) && !(entry.At >= query.Until);
    }

    private static async Task<MessageId> FirstOfAsync(TestServer server, Group group, string sender) => (await OfAsync(server, group, sender))[0];

    private static async Task<MessageId> LastOfAsync(TestServer server, Group group, string sender) => (await OfAsync(server, group, sender))[^1];

    private static async Task<MessageId[]> OfAsync(TestServer server, Group group, string sender) =>
        [.. (await server.HistoryAsync("carol", group.Id)).Select(entry => entry.Event).OfType<MessageSent>().Where(sent => sent.Sender.Value == sender).Select(sent => sent.Message)];

    /// <summary>The sequences of all pages, which come newest first.</summary>
    private static async Task<List<long>> AllAsync(TestServer server, string user, ListMessages query)
    {
        var all = new List<long>();
        for (var next = (Sequence?)null; ;)
        {
            var page = (await server.AskAsync<MessagesPage>(server.As(user), query with { Before = next })).Value!;
            Assert.True(page.Entries.Count <= query.Limit.GetValueOrDefault(100));
            all.InsertRange(0, page.Entries.Select(entry => entry.Sequence.Value));
            if (page.Next is null) return all;
            next = page.Next;
        }
    }
}
