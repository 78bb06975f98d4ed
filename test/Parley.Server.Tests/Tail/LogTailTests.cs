using Parley.Conversations;
using Parley.Storage;
using Parley.Storage.Backups;

namespace Parley.Tests.Tail;

public sealed class LogTailTests
{
    [Theory, EveryEngine]
    public async Task What_is_recorded_from_now_on_comes_once_and_in_sequence(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var old = await server.ConversationOfAsync("alice", "bob");
        await server.SendAsync("alice", old, "before");
        await using var tail = new LogTail(server.Storage, new TailChoice());
        Assert.Empty(await tail.ReadAsync(CancellationToken.None));

        var said = 450;
        var young = await server.ConversationOfAsync("alice", "carol");
        var entries = new List<TailEntry>();
        await Task.WhenAll(Enumerable.Range(0, 3).Select(async _ =>
        {
            for (var count = 0; count < said / 3; count++) await server.SendAsync("alice", old, "hi");
        }));
        await server.SendAsync("carol", young, "hello");
        await UntilAsync(tail, entries, said + 2);

        Assert.Equal(Enumerable.Range(3, said).Select(value => (long)value), entries.Where(entry => entry.Conversation == old).Select(entry => entry.Sequence.Value));
        Assert.Equal([1L, 2L], entries.Where(entry => entry.Conversation == young).Select(entry => entry.Sequence.Value));
        Assert.All(entries, entry => Assert.Equal("demo", entry.App));
        Assert.Empty(await tail.ReadAsync(CancellationToken.None));
    }

    [Theory, EveryEngine]
    public async Task Apps_conversations_and_beginnings_are_chosen(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var lunch = await server.ConversationOfAsync("alice", "bob");
        for (var count = 0; count < 4; count++) await server.SendAsync("alice", lunch, $"{count}");
        var other = ConversationId.New();
        await server.AskAsync<ConversationCreatedAnswer>(server.As("alice", "other"), new CreateConversation(other, ConversationKind.Direct, [new UserId("bob")]));
        await server.ChangeAsync($"update entries set at = at - 3600000 where sequence <= 3");

        Assert.Equal(6, (await ReadAsync(server, new TailChoice(Since: DateTimeOffset.UnixEpoch))).Count);
        Assert.Equal([other], (await ReadAsync(server, new TailChoice(App: "other", Since: DateTimeOffset.UnixEpoch))).Select(entry => entry.Conversation));
        Assert.Equal([4L, 5L], (await ReadAsync(server, new TailChoice(App: "demo", Since: TimeProvider.System.GetUtcNow().AddMinutes(-30)))).Select(entry => entry.Sequence.Value));
        Assert.Equal([3L, 4L, 5L], (await ReadAsync(server, new TailChoice(Conversation: lunch, After: new Sequence(2)))).Select(entry => entry.Sequence.Value));
        Assert.Empty(await ReadAsync(server, new TailChoice(Conversation: lunch, After: new Sequence(5))));
        Assert.Empty(await ReadAsync(server, new TailChoice()));
    }

    [Theory, EveryEngine]
    public async Task What_is_long_comes_in_parts_of_2000_and_each_entry_once(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        for (var number = 0; number < 24; number++) await server.ConversationOfAsync("alice", $"user{number}");
        await server.ChangeAsync($"""
            with recursive numbers (n) as (select 2 union all select n + 1 from numbers where n < 100)
            insert into entries (conversation, sequence, at, key, actor, counted, event)
            select c.number, n, 0, {server.RandomKey}, 'alice', 1, {"{}"u8.ToArray()} from conversations c, numbers
            """);
        await server.ChangeAsync($"update conversations set head = 100");
        await using var tail = new LogTail(server.Storage, new TailChoice(Since: DateTimeOffset.UnixEpoch));

        var parts = new List<IReadOnlyList<TailEntry>>();
        for (var look = 0; look < 3; look++) parts.Add(await tail.ReadAsync(CancellationToken.None));

        Assert.Equal([2_000, 400, 0], parts.Select(part => part.Count));
        Assert.Equal(2_400, parts.SelectMany(part => part).DistinctBy(entry => (entry.Conversation, entry.Sequence)).Count());
    }

    /// <summary>Row numbers and times of a slower transaction come behind those that were told; change numbers do not.</summary>
    [Fact]
    public async Task An_entry_whose_transaction_was_slow_is_not_passed_over()
    {
        await using var server = await TestServer.StartAsync(Engine.Postgres);
        var (slow, fast) = (await server.ConversationOfAsync("alice", "bob"), await server.ConversationOfAsync("alice", "carol"));
        await using var tail = new LogTail(server.Storage, new TailChoice());
        await tail.ReadAsync(CancellationToken.None);

        var (reached, release) = server.Faults.HoldCommits();
        var sending = server.SendAsync("alice", slow, "first");
        await reached;
        var (node, database) = await server.StartAnotherNodeAsync();
        var entries = new List<TailEntry>();
        await using (database)
        await using (node)
        {
            var origin = new AwaitedOrigin();
            server.Ask(server.As("alice"), new SendMessage(fast, MessageId.New(), MessageContent.OfText("second")), origin, node);
            await origin.AsAsync<LogEntry>();
            await UntilAsync(tail, entries, 1);
        }

        release.SetResult();
        await sending;
        await UntilAsync(tail, entries, 2);

        Assert.Equal([fast, slow], entries.Select(entry => entry.Conversation));
    }

    [Theory, EveryEngine]
    public async Task Another_history_in_the_same_place_is_noticed_and_followed(Engine engine)
    {
        using var folder = new TemporaryFolder();
        await using var server = await TestServer.StartAsync(engine);
        var lunch = await server.ConversationOfAsync("alice", "bob");
        await Backup.MakeAsync(server.Storage, folder.File("backup"), CancellationToken.None);
        await server.SendAsync("alice", lunch, "lost");
        await using var tail = new LogTail(server.Storage, new TailChoice());
        await tail.ReadAsync(CancellationToken.None);

        await RestoreAsync(server, folder.File("backup"));
        var before = await tail.ReadAsync(CancellationToken.None);
        Assert.Equal((0, true), (before.Count, tail.HistoryIsNew));
        await server.SendAsync("alice", lunch, "new");
        var entries = new List<TailEntry>();
        await UntilAsync(tail, entries, 1);

        Assert.Equal(2, entries[0].Sequence.Value);
        Assert.False(tail.HistoryIsNew);
    }

    [Theory, EveryEngine]
    public async Task What_was_still_to_come_of_another_history_does_not_come(Engine engine)
    {
        using var folder = new TemporaryFolder();
        await using var server = await TestServer.StartAsync(engine);
        var lunch = await server.ConversationOfAsync("alice", "bob");
        await Backup.MakeAsync(server.Storage, folder.File("backup"), CancellationToken.None);
        for (var number = 2; number <= 300; number++) await server.SendAsync("alice", lunch, $"lost {number}");
        await using var tail = new LogTail(server.Storage, new TailChoice(Since: DateTimeOffset.UnixEpoch));
        Assert.Equal(200, (await tail.ReadAsync(CancellationToken.None)).Count);

        await RestoreAsync(server, folder.File("backup"));
        Assert.Empty(await tail.ReadAsync(CancellationToken.None));
        await server.SendAsync("alice", lunch, "new");
        var entries = new List<TailEntry>();
        await UntilAsync(tail, entries, 1);

        Assert.Equal([2], entries.Select(entry => entry.Sequence.Value));
    }

    [Theory, EveryEngine]
    public async Task An_app_that_is_not_there_is_refused_with_those_that_are(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);

        var failure = await Assert.ThrowsAsync<StorageException>(() => ReadAsync(server, new TailChoice(App: "shop")));

        Assert.Equal((StorageFailure.Rejected, "There is no app \"shop\" in this database, only demo, other."), (failure.Failure, failure.Message));
    }

    [Theory, EveryEngine]
    public async Task After_a_time_in_which_the_database_could_not_be_read_it_goes_on_where_it_was(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var lunch = await server.ConversationOfAsync("alice", "bob");
        await using var tail = new LogTail(server.Storage, new TailChoice());
        await tail.ReadAsync(CancellationToken.None);
        await server.SendAsync("alice", lunch, "meanwhile");

        if (engine == Engine.Postgres)
        {
            await server.ChangeAsync($"select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name like '%onlooker'");
            Assert.Equal(StorageFailure.Unavailable, (await Assert.ThrowsAsync<StorageException>(() => tail.ReadAsync(CancellationToken.None))).Failure);
        }
        else
        {
            var file = Databases.FileOf(server.Storage);
            await server.CloseAsync();
            File.Move(file, $"{file}.away");
            await Assert.ThrowsAsync<StorageException>(() => tail.ReadAsync(CancellationToken.None));
            File.Move($"{file}.away", file);
            await server.OpenAsync();
        }

        var entries = new List<TailEntry>();
        await UntilAsync(tail, entries, 1);
        Assert.Equal([2], entries.Select(entry => entry.Sequence.Value));
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => tail.ReadAsync(cancelled.Token));
    }

    private static async Task RestoreAsync(TestServer server, string backup)
    {
        await server.CloseAsync();
        await Restore.RunAsync(server.Storage, backup, RestoreMode.Replace, DateTimeOffset.UnixEpoch, CancellationToken.None);
        await server.OpenAsync();
    }

    private static async Task<IReadOnlyList<TailEntry>> ReadAsync(TestServer server, TailChoice choice)
    {
        await using var tail = new LogTail(server.Storage, choice);
        return await tail.ReadAsync(CancellationToken.None);
    }

    private static async Task UntilAsync(LogTail tail, List<TailEntry> entries, int count)
    {
        for (var attempt = 0; entries.Count < count; attempt++)
        {
            Assert.True(attempt < 1_000, $"only {entries.Count} of {count} came");
            entries.AddRange(await tail.ReadAsync(CancellationToken.None));
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
    }
}
