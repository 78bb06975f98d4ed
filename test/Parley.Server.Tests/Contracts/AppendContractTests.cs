using System.Text.Json;
using Parley.Conversations;
using Parley.Storage;

namespace Parley.Tests.Contracts;

/// <summary>What every engine's append must do, whatever happens beside it.</summary>
public class AppendContractTests
{
    private static readonly UserId Alice = new("alice");
    private static readonly UserId Bob = new("bob");

    [Theory, EveryEngine]
    [Trait("Row", "G3")]
    [Trait("Row", "G7")]
    public async Task A_duplicate_committed_by_another_connection_during_the_lock_wait_leaves_no_hole(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var key = new ConversationKey(server.App, await server.ConversationOfAsync("alice", "bob"));
        var (first, second, third) = (Row(key, "one"), Row(key, "two"), Row(key, "three"));

        var holder = await server.Database.BeginAsync(CancellationToken.None);
        var held = await server.Database.AppendAsync(holder.Session, [first, second], [], Now, CancellationToken.None);
        var waiting = Task.Run(async () =>
        {
            await using var transaction = await server.Database.BeginAsync(CancellationToken.None);
            var verdicts = await server.Database.AppendAsync(transaction.Session, [first, third, second], [], Now, CancellationToken.None);
            await transaction.CommitAsync(CancellationToken.None);
            return verdicts;
        });
        await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
        Assert.False(waiting.IsCompleted);
        await holder.CommitAsync(CancellationToken.None);
        await holder.DisposeAsync();
        var verdicts = await waiting;

        Assert.Equal([2, 3], held.Select(verdict => verdict.Sequence.Value));
        Assert.Equal([AppendResult.Duplicate, AppendResult.Recorded, AppendResult.Duplicate], verdicts.Select(verdict => verdict.Result));
        Assert.Equal([2, 4, 3], verdicts.Select(verdict => verdict.Sequence.Value));
        Assert.Equal("alice", verdicts[0].Earlier!.Actor.Value);
        Assert.Equal(first.Digest, verdicts[0].Earlier!.Digest);
        Assert.Equal(held[0].At, verdicts[0].At);
    }

    [Theory, EveryEngine]
    [Trait("Row", "G7")]
    public async Task The_same_message_twice_in_one_batch_is_recorded_once_and_answered_twice(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var key = new ConversationKey(server.App, await server.ConversationOfAsync("alice", "bob"));
        var one = Row(key, "one");

        var verdicts = await AppendAsync(server, [one, Row(key, "two"), one, Row(key, "three")]);

        Assert.Equal([AppendResult.Recorded, AppendResult.Recorded, AppendResult.Duplicate, AppendResult.Recorded], verdicts.Select(verdict => verdict.Result));
        Assert.Equal([2, 3, 2, 4], verdicts.Select(verdict => verdict.Sequence.Value));
        Assert.Equal(one.Event, verdicts[2].Earlier!.Event);
    }

    [Theory, EveryEngine]
    [Trait("Row", "TE-04")]
    public async Task The_same_key_in_another_conversation_is_another_message(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var key = new ConversationKey(server.App, await server.ConversationOfAsync("alice", "bob"));
        var other = new ConversationKey(server.App, await server.ConversationOfAsync("alice", "carol"));
        var one = Row(key, "one");
        await AppendAsync(server, [one]);

        var verdicts = await AppendAsync(server, [one, one with { Key = other }]);

        Assert.Equal([AppendResult.Duplicate, AppendResult.Recorded], verdicts.Select(verdict => verdict.Result));
    }

    [Theory, EveryEngine]
    public async Task One_stale_item_among_400_leaves_399_recorded(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var keys = new List<ConversationKey>();
        for (var number = 0; number < 8; number++) keys.Add(new ConversationKey(server.App, await server.ConversationOfAsync("alice", $"bob{number}")));
        var rows = Enumerable.Range(0, 400).Select(number => Row(keys[number / 50], $"{number}")).ToArray();
        rows[123] = rows[123] with { Involved = [new InvolvedRevision(Alice, 7)] };

        var verdicts = await AppendAsync(server, rows);

        Assert.Equal(AppendResult.Stale, verdicts[123].Result);
        Assert.Equal(399, verdicts.Count(verdict => verdict.Result == AppendResult.Recorded));
        Assert.Equal(Enumerable.Range(2, 49), verdicts[100..150].Where(verdict => verdict.Result == AppendResult.Recorded).Select(verdict => (int)verdict.Sequence.Value));
    }

    [Theory, EveryEngine, Trait("Row", "AU-11")]
    public async Task What_was_decided_on_another_standing_of_its_actor_is_stale(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var key = new ConversationKey(server.App, await server.ConversationOfAsync("alice", "bob"));
        await server.AskAsync<OwnProfile>(server.As("alice"), new UpdateUser("Alice"));
        var revision = await server.NumberAsync($"select revision from users");

        var verdicts = await AppendAsync(server,
        [
            Row(key, "stale"),
            Row(key, "good") with { ActorRevision = revision },
            Row(key, "stale too") with { ActorRevision = revision + 1 },
            Row(key, "of nobody known") with { Actor = new UserId("bob"), Involved = [new InvolvedRevision(new UserId("bob"), 1)] },
            Row(key, "of nobody known, said otherwise") with { Actor = new UserId("bob"), Involved = [new InvolvedRevision(new UserId("bob"), 1)], ActorRevision = 1 },
        ]);

        Assert.Equal(
            [AppendResult.Stale, AppendResult.Recorded, AppendResult.Stale, AppendResult.Recorded, AppendResult.Stale],
            verdicts.Select(verdict => verdict.Result));
    }

    [Theory, EveryEngine]
    public async Task Each_kind_of_verdict_comes_for_its_own_reason_and_spoils_no_other(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var key = new ConversationKey(server.App, await server.ConversationOfAsync("alice", "bob"));
        var fenced = Row(key, "fenced");
        await server.CancelAsync("alice", key.Conversation, new MessageId(fenced.Command));
        var good = Row(key, "good");

        var verdicts = await AppendAsync(server,
        [
            good,
            Row(key, "stale") with { Revision = 99 },
            fenced,
            Row(key, "full") with { Joining = 1, AtMost = 2 },
            Row(key, "stranger") with { Actor = new UserId("carol"), Involved = [new InvolvedRevision(new UserId("carol"), 1)] },
            Row(key, "last"),
            Row(key with { Conversation = ConversationId.New() }, "gone"),
            Row(key with { App = server.Node.Installation.Apps["other"] }, "another app's"),
        ]);

        Assert.Equal(
            [AppendResult.Recorded, AppendResult.Stale, AppendResult.Fenced, AppendResult.Full, AppendResult.Stale, AppendResult.Recorded, AppendResult.Gone, AppendResult.Gone],
            verdicts.Select(verdict => verdict.Result));
        Assert.Equal([2, 3], verdicts.Where(verdict => verdict.Result == AppendResult.Recorded).Select(verdict => verdict.Sequence.Value));
    }

    [Theory, EveryEngine]
    [Trait("Row", "G18")]
    public async Task Removing_bob_and_a_send_by_bob_handed_in_together_refuse_the_send(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.ConversationOfAsync("alice", "bob", "carol");
        await server.SendAsync("bob", group, "warm");

        var before = server.SendAsync("bob", group, "before");
        var removal = server.RemoveAsync("alice", group, "bob");
        var after = server.SendAsync("bob", group, "after");
        var other = server.SendAsync("carol", group, "carol stays");

        Assert.Equal(3, (await before).Value!.Sequence.Value);
        Assert.Equal(4, (await removal).Value!.Sequence.Value);
        Assert.Equal(Refusals.NotParticipant, (await after).Refusal);
        Assert.Equal(5, (await other).Value!.Sequence.Value);
    }

    [Theory, EveryEngine]
    [Trait("Row", "G18")]
    public async Task Rules_changed_on_another_node_are_found_at_the_append(Engine engine)
    {
        Assert.SkipWhen(engine == Engine.Sqlite, "one SQLite file is served by one process");
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.ConversationOfAsync("alice", "bob", "carol");
        var (node, database) = await server.StartAnotherNodeAsync();
        await using (database)
        await using (node)
        {
            Assert.NotNull((await ThereAsync("bob")).Value);
            await server.RemoveAsync("alice", group, "bob");
            Assert.Equal(Refusals.NotParticipant, (await ThereAsync("bob")).Refusal);
            await server.AddAsync("alice", group, "bob");
            Assert.NotNull((await ThereAsync("bob")).Value);

            Task<Outcome<LogEntry>> ThereAsync(string user)
            {
                var origin = new AwaitedOrigin();
                server.Ask(server.As(user), new SendMessage(group, MessageId.New(), MessageContent.OfText("there")), origin, node);
                return origin.AsAsync<LogEntry>();
            }
        }
    }

    [Theory, EveryEngine]
    public async Task Five_thousand_adds_make_no_send_stale(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = ConversationId.New();
        await server.CreateAsync("alice", new CreateConversation(group, ConversationKind.Group, [Bob]));
        // On PostgreSQL the adds come through another node, where nothing but revisions can order them with the sends.
        var (node, database) = engine == Engine.Postgres ? await server.StartAnotherNodeAsync() : (null, null);
        var adding = Task.Run(async () =>
        {
            foreach (var chunk in Enumerable.Range(0, 4_990).Chunk(500))
            {
                var answers = await Task.WhenAll(chunk.Select(number =>
                {
                    var origin = new AwaitedOrigin();
                    server.Ask(server.As("alice"), new AddParticipants(group, CommandId.New(), [new UserId($"u{number}")]), origin, node);
                    return origin.AsAsync<LogEntry>();
                }));
                Assert.All(answers, answer => Assert.Null(answer.Refusal));
            }
        });
        var sent = 0;
        while (!adding.IsCompleted)
        {
            Assert.NotNull((await server.SendAsync("bob", group, $"{sent++}")).Value);
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }

        await adding;
        if (node is not null) await node.DisposeAsync();
        if (database is not null) await database.DisposeAsync();
        Assert.Equal(0, server.Faults.StaleRows);
        Assert.True(sent > 5, $"only {sent} sends went beside the adds");
        Assert.Equal(1 + 4_990 + sent, (await server.StateAsync("bob", group)).Head.Value);
    }

    private static DateTimeOffset Now => TimeProvider.System.Now();

    private static async Task<AppendVerdict[]> AppendAsync(TestServer server, AppendRow[] rows)
    {
        await using var transaction = await server.Database.BeginAsync(CancellationToken.None);
        var verdicts = await server.Database.AppendAsync(transaction.Session, rows, [], Now, CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
        return verdicts;
    }

    private static AppendRow Row(ConversationKey key, string text)
    {
        var message = MessageId.New();
        var sent = new MessageSent(message, Alice, MessageContent.OfText(text));
        return new AppendRow(key, message.Value, Alice, [1, 2, 3], Revision: 1, [new InvolvedRevision(Alice, 1)], Joining: 0, int.MaxValue, Counted: 1,
            JsonSerializer.SerializeToUtf8Bytes(sent, ProtocolJson.Lenient.ConversationEvent));
    }
}
