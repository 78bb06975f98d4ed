using Parley.Storage;

namespace Parley.Tests.Conversations;

/// <summary>When the rules of a conversation are read, and what becomes of who asks when they cannot be or when there are none.</summary>
public class ReadingRulesTests
{
    [Theory, EveryEngine]
    public async Task Rules_are_read_again_after_what_changes_them_and_after_nothing_else(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.ConversationOfAsync("alice", "bob", "carol");
        var reads = CountReads(server);

        Assert.Equal(1, await ReadsAsync(() => server.SendAsync("alice", group, "one")));
        Assert.Equal(0, await ReadsAsync(() => server.SendAsync("alice", group, "two")));
        Assert.Equal(0, await ReadsAsync(() => server.CancelAsync("alice", group, MessageId.New())));
        Assert.Equal(0, await ReadsAsync(() => server.SendAsync("alice", group, "three")));
        // Of dave nothing is known yet.
        Assert.Equal(1, await ReadsAsync(() => server.AddAsync("alice", group, "dave")));
        Assert.Equal(1, await ReadsAsync(() => server.SendAsync("alice", group, "four")));
        Assert.Equal(0, server.Faults.StaleRows);

        async Task<int> ReadsAsync<T>(Func<Task<Outcome<T>>> ask)
            where T : class
        {
            var before = reads();
            Assert.Null((await ask()).Refusal);
            return reads() - before;
        }
    }

    [Theory, EveryEngine]
    public async Task Who_is_refused_costs_two_reads_the_rules_as_they_are_now_and_what_his_id_stands_for(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.ConversationOfAsync("alice", "bob", "carol");
        await server.AddAsync("bob", group, "carol");
        var reads = CountReads(server);

        Assert.Equal(Refusals.PermissionDenied, (await server.AddAsync("bob", group, "carol")).Refusal);
        await server.SendAsync("bob", group, "after it");

        Assert.Equal(2, reads());
    }

    [Theory, EveryEngine]
    [Trait("Row", "G24")]
    public async Task While_rules_cannot_be_read_everybody_is_told_so_and_then_all_goes_on(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, storage => storage.MaxPending = 10);
        var group = await server.ConversationOfAsync("alice", "bob", "carol");
        var cold = await server.ConversationOfAsync("alice", "bob");
        await server.SendAsync("alice", group, "warm");
        server.Faults.BeforeRead = () => Task.FromException(FaultyDatabase.Failing(StorageFailure.Unavailable));

        // Once more than may wait: none of these waits for ever.
        for (var time = 0; time < 11; time++)
        {
            Assert.Equal(Refusals.Unavailable, (await server.SendAsync("bob", group, "its rules are known, but not his")).Refusal);
            Assert.Equal(Refusals.Unavailable, (await server.SendAsync("bob", cold, "nothing is known")).Refusal);
        }

        Assert.NotNull((await server.SendAsync("bob", cold, "nothing is known")).Refusal!.RetryAfter);
        server.Faults.BeforeRead = () => Task.CompletedTask;
        foreach (var conversation in new[] { group, cold })
        {
            foreach (var user in new[] { "alice", "bob" }) Assert.Null((await server.SendAsync(user, conversation, "goes on")).Refusal);
        }

        Assert.Contains(server.Log.Lines, line => line.Text.StartsWith("A conversation could not be read", StringComparison.Ordinal));
    }

    [Theory, EveryEngine]
    [Trait("Row", "G24")]
    public async Task Asking_for_conversations_that_are_not_there_shuts_the_door_to_nobody(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, storage => (storage.MaxPending, storage.MaxWait) = (10, TimeSpan.FromMilliseconds(200)));
        var conversation = await server.ConversationOfAsync("alice", "bob");

        for (var time = 0; time < 11; time++) Assert.Equal(Refusals.NotFound, (await server.SendAsync("alice", ConversationId.New(), "hello?")).Refusal);
        await Task.Delay(TimeSpan.FromMilliseconds(400), TimeProvider.System);

        Assert.Null(server.Node.Log.Closed());
        Assert.Null((await server.SendAsync("alice", conversation, "hi")).Refusal);
    }

    [Theory, EveryEngine]
    [Trait("Row", "G9")]
    public async Task Who_was_added_elsewhere_settles_what_he_sent_there(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.ConversationOfAsync("alice", "bob", "carol");
        var message = MessageId.New();
        await server.SendAsync("alice", group, "sent elsewhere", message);
        Assert.Equal(Refusals.NotFound, (await server.CancelAsync("dave", group, message)).Refusal);
        await server.ChangeAsync(Sql.From($"update entries set actor = 'dave' where sequence = 2"));
        await server.ChangeAsync(Sql.From($"update participations set user_id = 'dave' where user_id = 'carol'"));

        var settled = await server.CancelAsync("dave", group, message);

        Assert.Equal(new Sequence(2), settled.Value!.Entry!.Sequence);
    }

    private static Func<int> CountReads(TestServer server)
    {
        var reads = 0;
        server.Faults.BeforeRead = () =>
        {
            Interlocked.Increment(ref reads);
            return Task.CompletedTask;
        };
        return () => Volatile.Read(ref reads);
    }
}
