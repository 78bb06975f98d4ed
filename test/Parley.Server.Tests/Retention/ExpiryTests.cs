using Microsoft.Extensions.Logging.Abstractions;
using Parley.Conversations;
using Parley.Delivery;
using Parley.Retention;
using Parley.Storage;
using Parley.Tests.Messages;

namespace Parley.Tests.Retention;

/// <summary>When entries go, and which.</summary>
public class ExpiryTests
{
    private static readonly TimeSpan Month = TimeSpan.FromDays(30);

    [Theory]
    [InlineData(Engine.Sqlite, false), InlineData(Engine.Postgres, false)]
    [InlineData(Engine.Sqlite, true), InlineData(Engine.Postgres, true)]
    [Trait("Row", "G19")]
    [Trait("Row", "S28")]
    public async Task What_is_kept_for_a_month_is_there_to_its_last_moment_and_gone_within_the_hour_read_or_not(Engine engine, bool isRead)
    {
        await using var archive = await Archive.StartAsync(engine, Month);
        var (server, clock) = (archive.Server, archive.Clock);
        var chat = await server.ConversationOfAsync("alice", "bob");
        await server.SayAsync("alice", chat, "remember this");
        if (isRead) await server.ReadAsync("bob", chat, 2);
        await clock.WaitedForAsync(RetentionWorker.Every);

        // The worker wakes by itself, a moment too early.
        clock.Advance(Month - TimeSpan.FromMilliseconds(1));
        await clock.WaitedForAsync(RetentionWorker.Every);
        Assert.Equal("1, 2", await archive.PageAsync("bob", new ReadEntries(chat)));
        clock.Advance(RetentionWorker.Every);
        await clock.WaitedForAsync(RetentionWorker.Every);

        Assert.True(RetentionWorker.Every < TimeSpan.FromHours(1));
        Assert.Equal("1-2 expired", await archive.PageAsync("bob", new ReadEntries(chat)));
        Assert.Equal(1, await archive.CountAsync("entries"));
    }

    [Theory, EveryEngine]
    [Trait("Row", "G19")]
    public async Task Each_entry_goes_by_its_own_time_and_not_with_an_older_one(Engine engine)
    {
        await using var archive = await Archive.StartAsync(engine, Month);
        var chat = await archive.Server.ConversationOfAsync("alice", "bob");
        await archive.PassAsync(TimeSpan.FromMilliseconds(500));
        await archive.Server.SayAsync("alice", chat, "half a second later");

        await archive.PassAsync(Month - TimeSpan.FromMilliseconds(500));
        Assert.Equal("1-1 expired, 2", await archive.PageAsync("bob", new ReadEntries(chat)));
        await archive.PassAsync(TimeSpan.FromMilliseconds(499));
        Assert.Equal("1-1 expired, 2", await archive.PageAsync("bob", new ReadEntries(chat)));
        await archive.PassAsync(TimeSpan.FromMilliseconds(1));
        Assert.Equal("1-2 expired", await archive.PageAsync("bob", new ReadEntries(chat)));
    }

    [Theory, EveryEngine]
    [Trait("Row", "C10")]
    public async Task Without_a_word_of_the_app_everything_is_kept(Engine engine)
    {
        await using var archive = await Archive.StartAsync(engine, _ => { });
        var chat = await archive.Server.ConversationOfAsync("alice", "bob");
        await archive.Server.SayAsync("alice", chat, "for ever");

        await archive.PassAsync(TimeSpan.FromDays(36_500));

        Assert.Equal("1, 2", await archive.PageAsync("bob", new ReadEntries(chat)));
    }

    [Theory, EveryEngine]
    [Trait("Row", "G19")]
    [Trait("Row", "B08")]
    public async Task Each_kind_has_its_own_time_and_each_app(Engine engine)
    {
        await using var archive = await Archive.StartAsync(engine, app => (app.Retention.Direct, app.Retention.Room) = (TimeSpan.FromDays(3), TimeSpan.FromDays(7)));
        var server = archive.Server;
        var direct = await server.ConversationOfAsync("alice", "bob");
        var group = await server.ConversationOfAsync("alice", "bob", "carol");
        var room = await server.MakeAsync(new CreateConversation(ConversationId.New(), ConversationKind.Room, []));
        foreach (var conversation in new[] { direct, group, room }) await server.SayAsync("alice", conversation, "hi");

        await archive.PassAsync(TimeSpan.FromDays(4));
        Assert.Equal(("1-2 expired", "1, 2", "1, 2"), await PagesAsync());
        await archive.PassAsync(TimeSpan.FromDays(4));
        Assert.Equal(("1-2 expired", "1, 2", "1-2 expired"), await PagesAsync());

        async Task<(string, string, string)> PagesAsync() =>
            (await archive.PageAsync("alice", new ReadEntries(direct)), await archive.PageAsync("alice", new ReadEntries(group)), await archive.PageAsync("alice", new ReadEntries(room)));
    }

    [Theory, EveryEngine]
    [Trait("Row", "G19")]
    public async Task A_long_log_goes_in_several_transactions_and_what_is_newer_stays(Engine engine)
    {
        await using var archive = await Archive.StartAsync(engine, Month);
        var server = archive.Server;
        var chat = await server.ConversationOfAsync("alice", "bob");
        const int Length = 1_201;
        await server.ChangeAsync($"""
            with recursive numbers (n) as (select 2 union all select n + 1 from numbers where n < {Length})
            insert into entries (conversation, sequence, at, key, actor, counted, kinds, event)
            select c.number, n, c.created_at, {server.RandomKey}, 'alice', 1, 1, {"{}"u8.ToArray()} from conversations c, numbers where c.conversation = {chat.Value}
            """);
        await server.ChangeAsync($"update conversations set head = {Length} where conversation = {chat.Value}");
        await archive.PassAsync(TimeSpan.FromDays(15));
        await server.SayAsync("alice", chat, "newer");
        var commits = server.Faults.Commits;

        await archive.PassAsync(TimeSpan.FromDays(16));

        Assert.Equal("1-1201 expired, 1202", await archive.PageAsync("bob", new ReadEntries(chat, Before: new Sequence(1_203), Limit: 1)));
        Assert.Equal("1102-1201 expired", await archive.PageAsync("bob", new ReadEntries(chat, From: new Sequence(1_102), To: new Sequence(1_201))));
        Assert.Equal(2, await archive.CountAsync("entries"));
        Assert.InRange(server.Faults.Commits - commits, 3, 6);
        Assert.Equal(1_202, await server.NumberAsync($"select tail from conversations where conversation = {chat.Value}"));
    }

    [Theory, EveryEngine]
    [Trait("Row", "G19")]
    public async Task A_conversation_of_which_nothing_is_left_goes_on_and_its_next_entries_go_in_their_time(Engine engine)
    {
        await using var archive = await Archive.StartAsync(engine, Month);
        var server = archive.Server;
        var chat = await server.ConversationOfAsync("alice", "bob");
        await archive.PassAsync(Month);
        Assert.Equal((1, 2), (await HeadAsync(), await server.NumberAsync($"select tail from conversations")));

        // Long after it was looked at last.
        await archive.PassAsync(TimeSpan.FromDays(29));
        await server.SayAsync("alice", chat, "are you there?");
        await archive.PassAsync(TimeSpan.FromDays(2));
        Assert.Equal("1 expired, 2", (await archive.PageAsync("bob", new ReadEntries(chat))).Replace("1-1", "1", StringComparison.Ordinal));
        await archive.PassAsync(Month - TimeSpan.FromDays(2) - TimeSpan.FromSeconds(1));
        Assert.Equal(1, await server.UnreadAsync("bob", chat));
        await archive.PassAsync(TimeSpan.FromHours(1));

        Assert.Equal("1-2 expired", await archive.PageAsync("bob", new ReadEntries(chat)));
        Assert.Equal(2, await HeadAsync());

        async Task<long> HeadAsync() => (await server.StateAsync("bob", chat)).Head.Value;
    }

    [Theory, EveryEngine]
    [Trait("Row", "G19")]
    public async Task An_edit_begins_nothing_anew_and_does_not_say_any_more_what_went(Engine engine)
    {
        await using var archive = await Archive.StartAsync(engine, Month);
        var server = archive.Server;
        var chat = await server.ConversationOfAsync("alice", "bob");
        var message = await server.SayAsync("alice", chat, "the old word");
        await archive.PassAsync(TimeSpan.FromDays(20));
        Assert.NotNull((await server.EditAsync("alice", chat, message, "the new word")).Value);

        await archive.PassAsync(TimeSpan.FromDays(10));

        var left = (await server.EntriesAsync("bob", new ReadEntries(chat))).Value!;
        Assert.Equal("1-2 expired, 3", Archive.Words(left));
        Assert.Null(Assert.IsType<MessageEdited>(left.Entries[0].Event).Content);
        Assert.Equal(0, await server.NumberAsync($"select count(*) from entries where cast(event as text) like '%word%'"));
    }

    [Theory, EveryEngine]
    [Trait("Row", "G19")]
    public async Task Everything_beside_the_log_goes_with_its_messages(Engine engine)
    {
        await using var archive = await Archive.StartAsync(engine, Month);
        var server = archive.Server;
        var group = await server.ConversationOfAsync("alice", "bob", "carol");
        for (var round = 0; round < 2; round++)
        {
            var message = MessageId.New();
            var mentioning = MessageContent.OfText("@bob") with { Mentions = new Mentions([new UserId("bob")], All: true) };
            await server.DoAsync("alice", new SendMessage(group, message, mentioning, Notification: new MessageNotification("ping")));
            await server.EditAsync("alice", group, message, mentioning);
            await server.RemoveMessagesAsync("carol", group, message);
            if (round == 0) await archive.PassAsync(TimeSpan.FromDays(15));
        }

        await archive.PassAsync(TimeSpan.FromDays(16));

        // Of each what belongs to the second message, which stays.
        foreach (var (table, rows) in new[] { ("message_changes", 1), ("message_edits", 1), ("mentions", 2), ("notifications", 1), ("removals", 2) })
            Assert.Equal((table, (long)rows), (table, await archive.CountAsync(table)));
        Assert.Equal("1-3 expired, 4-5 hidden", await archive.PageAsync("carol", new ReadEntries(group)));
        await archive.PassAsync(Month);
        foreach (var table in new[] { "message_changes", "message_edits", "mentions", "notifications", "removals" }) Assert.Equal((table, 0), (table, await archive.CountAsync(table)));
    }

    [Fact]
    [Trait("Row", "G19")]
    public async Task Two_nodes_at_once_do_it_once()
    {
        await using var archive = await Archive.StartAsync(Engine.Postgres, Month);
        var server = archive.Server;
        var chats = new List<ConversationId>();
        for (var number = 0; number < 20; number++) chats.Add(await server.ConversationOfAsync("alice", $"bob-{number}"));
        foreach (var chat in chats) await server.SayAsync("alice", chat, "hi");
        await using var database = Databases.Open(server.Storage);
        await using var journal = new Journal(database, _ => { }, archive.Clock, NullLogger<Journal>.Instance);
        journal.Start();
        var fanout = new Fanout(new Subscriptions(), new ConversationReader(database).BetweenAsync, archive.Clock, NullLogger<Fanout>.Instance);
        await using var second = new RetentionWorker(
            database, journal, fanout, [new KeptFor(server.App, ConversationKind.Direct, Month)], archive.Clock, NullLogger<RetentionWorker>.Instance);
        archive.Clock.Advance(Month);

        await Task.WhenAll(archive.RunAsync(), second.RunAsync(CancellationToken.None), archive.RunAsync());

        foreach (var chat in chats) Assert.Equal("1-2 expired", await archive.PageAsync("alice", new ReadEntries(chat)));
        Assert.Equal(20, await archive.CountAsync("entries"));
        Assert.Empty(server.Log.Lines);
    }
}
