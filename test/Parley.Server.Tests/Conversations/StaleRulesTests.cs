using Parley.Storage;

namespace Parley.Tests.Conversations;

/// <summary>Rules that changed where this process did not see it, as another node changes them.</summary>
public class StaleRulesTests
{
    [Theory, EveryEngine]
    [Trait("Row", "G3")]
    public async Task Messages_decided_on_old_rules_are_decided_again_in_their_order_and_wait_like_others(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, storage => storage.MaxPending = 10);
        var group = await server.ConversationOfAsync("alice", "bob", "carol");
        var other = await server.ConversationOfAsync("alice", "bob");
        for (var round = 0; round < 4; round++)
        {
            await server.SendAsync("alice", group, "warm");
            await server.SendAsync("bob", group, "warm");
            await server.ChangeAsync(Sql.From($"update conversations set revision = revision + 1 where conversation = {group.Value}"));

            var answers = await server.TogetherAsync(other, () => [server.SendAsync("bob", group, "one"), server.SendAsync("alice", group, "two"), server.SendAsync("bob", group, "three")]);

            Assert.Equal(["one", "two", "three"], answers.OrderBy(answer => answer.Value!.Sequence).Select(TextOf));
            Assert.Equal(["one", "two", "three"], answers.Select(TextOf));
            Assert.Equal((round + 1) * 3, server.Faults.StaleRows);
        }

        Assert.Equal(21, (await server.HistoryAsync("carol", group)).Count);
        var full = await server.TogetherAsync(other, () => [.. Enumerable.Range(0, 11).Select(number => server.SendAsync("bob", group, $"{number}"))]);
        Assert.Equal([.. Enumerable.Repeat<Refusal?>(null, 10), Refusals.Overloaded], full.Select(answer => answer.Refusal));
    }

    [Theory, EveryEngine]
    [Trait("Row", "G18")]
    public async Task Who_was_removed_elsewhere_is_refused_and_who_stays_is_recorded(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.ConversationOfAsync("alice", "bob", "carol");
        var other = await server.ConversationOfAsync("alice", "bob");
        await server.SendAsync("bob", group, "warm");
        await server.ChangeAsync(Sql.From($"update participations set revision = revision + 1, left_at = 2 where conversation = {group.Value} and user_id = {"bob"}"));

        var answers = await server.TogetherAsync(other, () => [server.SendAsync("bob", group, "gone"), server.SendAsync("alice", group, "stays")]);

        Assert.Equal([Refusals.NotParticipant, null], answers.Select(answer => answer.Refusal));
        Assert.Equal(new Sequence(3), answers[1].Value!.Sequence);
    }

    [Theory, EveryEngine]
    public async Task Of_many_that_are_refused_together_the_rules_are_read_once_and_their_ids_are_looked_for_together(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.ConversationOfAsync("alice", "bob", "carol");
        var other = await server.ConversationOfAsync("alice", "bob");
        var message = MessageId.New();
        var sent = await server.SendAsync("bob", group, "before", message);
        await server.DoAsync("alice", new MuteParticipants(group, CommandId.New(), Asking.Users("bob")));
        var reads = 0;
        server.Faults.BeforeRead = () =>
        {
            Interlocked.Increment(ref reads);
            return Task.CompletedTask;
        };

        var answers = await server.TogetherAsync(other, () => [.. Enumerable.Range(0, 20).Select(number => server.SendAsync("bob", group, $"{number}")), server.SendAsync("bob", group, "before", message)]);

        Assert.All(answers[..20], answer => Assert.Equal(Refusals.Muted, answer.Refusal));
        Assert.Equal(sent.Value!.Sequence, answers[20].Value!.Sequence);
        // The rules and the first one's id, then all the others' ids.
        Assert.InRange(reads, 2, 5);
    }

    [Theory, EveryEngine]
    public async Task What_was_looked_for_with_others_is_looked_for_again_when_one_before_it_is_recorded(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.ConversationOfAsync("alice", "bob", "carol");
        var other = await server.ConversationOfAsync("alice", "bob");
        await server.LeaveAsync("bob", group);
        var (reads, leave) = (0, new LeaveConversation(group, CommandId.New()));
        // He is back, of which this node hears while it looks for the ids of what it was about to refuse.
        server.Faults.BeforeRead = async () =>
        {
            if (Interlocked.Increment(ref reads) != 3) return;
            await server.ChangeAsync(Sql.From($"update participations set left_at = null, revision = revision + 1 where conversation = {group.Value} and user_id = {"bob"}"));
            server.Node.Log.Forget([new ConversationKey(server.As("bob").App, group)]);
        };

        var answers = await server.TogetherAsync(other, () => [server.SendAsync("mallory", group, "hi"), server.ChangeAsync("bob", leave), server.ChangeAsync("bob", leave)]);

        Assert.Equal(Refusals.NotFound, answers[0].Refusal);
        Assert.NotNull(answers[1].Value);
        Assert.Equal(answers[1].Value!.Sequence, answers[2].Value?.Sequence);
        Assert.True(reads > 3, "nothing was looked for together");
    }

    [Theory, EveryEngine]
    public async Task Beyond_the_last_sequence_nothing_is_recorded_and_the_sender_is_told_why(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        await server.ChangeAsync(Sql.From($"update conversations set head = {Sequence.MaxValue - 1} where conversation = {conversation.Value}"));

        var last = await server.SendAsync("alice", conversation, "the last");
        var refusal = (await server.SendAsync("alice", conversation, "one more")).Refusal!;

        Assert.Equal(Sequence.MaxValue, last.Value!.Sequence.Value);
        Assert.Equal((Refusals.Full, "the last sequence is taken"), (refusal, refusal.Detail));
    }

    [Theory, EveryEngine]
    public async Task Rules_that_are_read_for_signals_meanwhile_hold_up_no_message(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.ConversationOfAsync("alice", "bob", "carol");
        var isSignal = false;
        // Whenever the rules are read for a message, carol has them read for a signal of hers, too, and is done first.
        server.Faults.BeforeRead = async () =>
        {
            if (isSignal) return;
            isSignal = true;
            Assert.NotNull(await server.Node.Log.ReadRulesAsync(new ConversationKey(server.App, group), new UserId("carol"), CancellationToken.None));
            isSignal = false;
        };

        var sent = await server.SendAsync("alice", group, "hi").WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, TestContext.Current.CancellationToken);

        Assert.Equal(new Sequence(2), sent.Value!.Sequence);
    }

    [Theory, EveryEngine]
    public async Task Rules_that_are_let_go_of_while_they_are_read_are_read_again(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (group, alice) = (await server.ConversationOfAsync("alice", "bob", "carol"), new UserId("alice"));
        var key = new ConversationKey(server.App, group);
        var reads = 0;
        server.Faults.BeforeRead = () =>
        {
            if (++reads == 1) server.Node.Log.Forget([key]);
            return Task.CompletedTask;
        };

        Assert.NotNull((await server.SendAsync("alice", group, "hi")).Value);
        Assert.Equal(2, reads);

        server.Node.Log.Forget([key]);
        reads = 0;
        Assert.NotNull(await server.Node.Log.ReadRulesAsync(key, alice, CancellationToken.None));
        Assert.Null(server.Node.Log.KeptRules(key, alice));
        Assert.NotNull(await server.Node.Log.ReadRulesAsync(key, alice, CancellationToken.None));
        Assert.NotNull(server.Node.Log.KeptRules(key, alice));
    }

    [Theory, EveryEngine]
    public async Task A_read_for_a_signal_yields_to_one_for_a_message_that_ended_meanwhile(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (group, carol) = (await server.ConversationOfAsync("alice", "bob", "carol"), new UserId("carol"));
        var key = new ConversationKey(server.App, group);
        server.Faults.BeforeRead = async () =>
        {
            server.Faults.BeforeRead = () => Task.CompletedTask;
            Assert.NotNull((await server.SendAsync("alice", group, "hi")).Value);
        };

        Assert.NotNull(await server.Node.Log.ReadRulesAsync(key, carol, CancellationToken.None));

        Assert.NotNull(server.Node.Log.KeptRules(key, new UserId("alice")));
        Assert.Null(server.Node.Log.KeptRules(key, carol));
    }

    private static string TextOf(Outcome<LogEntry> answer) => ((MessageSent)answer.Value!.Event).Content.PlainText();
}
