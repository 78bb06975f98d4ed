namespace Parley.Tests.Conversations;

public class SendMessageTests
{
    [Theory, EveryEngine]
    [Trait("Row", "A02")]
    [Trait("Row", "G7")]
    public async Task Sending_the_same_message_twice_records_it_once(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        var message = MessageId.New();

        var first = await server.SendAsync("alice", conversation, "hello", message);
        var again = await server.SendAsync("alice", conversation, "hello", message);

        Assert.Equal(new Sequence(2), first.Value!.Sequence);
        Assert.Equal(first.Value, again.Value);
        Assert.Equal(2, (await server.HistoryAsync("bob", conversation)).Count);
    }

    [Theory, EveryEngine]
    [Trait("Row", "G7")]
    public async Task Sending_the_same_message_many_times_at_once_leaves_no_gap(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        var message = MessageId.New();

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => server.SendAsync("alice", conversation, "hello", message)));
        var next = await server.SendAsync("bob", conversation, "hi");

        Assert.All(answers, answer => Assert.Equal(2, answer.Value!.Sequence.Value));
        Assert.Equal(3, next.Value!.Sequence.Value);
    }

    [Theory, EveryEngine]
    [Trait("Row", "G3")]
    public async Task Sequences_have_no_gaps_however_many_send_at_once(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob", "carol");

        await Task.WhenAll(Enumerable.Range(0, 300).Select(number => server.SendAsync(number % 2 == 0 ? "alice" : "carol", conversation, $"{number}")));

        var history = await server.HistoryAsync("bob", conversation);
        Assert.Equal(Enumerable.Range(1, 301).Select(number => (long)number), history.Select(entry => entry.Sequence.Value));
        Assert.Equal(300, history.Select(entry => entry.Event).OfType<MessageSent>().Select(sent => sent.Content.PlainText()).Distinct().Count());
    }

    [Theory, EveryEngine]
    [Trait("Row", "G7")]
    public async Task Another_sender_or_other_content_under_an_id_is_refused_and_learns_nothing(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        var message = MessageId.New();
        await server.SendAsync("alice", conversation, "hello", message);

        var other = await server.SendAsync("bob", conversation, "hello", message);
        var changed = await server.SendAsync("alice", conversation, "hello!", message);

        Assert.Equal(Refusals.IdInUse, other.Refusal);
        Assert.Equal(Refusals.IdInUse, changed.Refusal);
        Assert.Null(other.Refusal!.Detail);
        Assert.Equal(2, (await server.HistoryAsync("bob", conversation)).Count);
    }

    [Theory, EveryEngine]
    [Trait("Row", "G7")]
    [Trait("Row", "G18")]
    public async Task Sending_after_being_removed_is_refused_but_a_retry_still_gets_its_answer(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob", "carol");
        var message = MessageId.New();
        var sent = await server.SendAsync("bob", conversation, "hi", message);
        await server.RemoveAsync("alice", conversation, "bob");

        var retried = await server.SendAsync("bob", conversation, "hi", message);
        var another = await server.SendAsync("bob", conversation, "me again");

        Assert.Equal(sent.Value, retried.Value);
        Assert.Equal(Refusals.NotParticipant, another.Refusal);
    }

    [Theory, EveryEngine]
    [Trait("Row", "ID-01")]
    public async Task A_stranger_is_told_the_same_as_about_a_conversation_that_does_not_exist(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");

        var stranger = await server.SendAsync("carol", conversation, "hi");
        var nowhere = await server.SendAsync("carol", ConversationId.New(), "hi");

        Assert.Equal(Refusals.NotFound, stranger.Refusal);
        Assert.Equal(nowhere.Refusal!.ToString(), stranger.Refusal!.ToString());
    }

    [Theory, EveryEngine]
    [Trait("Row", "G8")]
    [Trait("Row", "G1")]
    public async Task What_was_acknowledged_is_there_after_a_restart_and_so_is_its_id(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        var message = MessageId.New();
        var first = await server.SendAsync("alice", conversation, "hello", message);

        await server.RestartAsync();
        var again = await server.SendAsync("alice", conversation, "hello", message);
        var other = await server.SendAsync("alice", conversation, "other", message);

        Assert.Equal(first.Value, again.Value);
        Assert.Equal(Refusals.IdInUse, other.Refusal);
        Assert.Equal(first.Value, (await server.HistoryAsync("bob", conversation))[^1]);
    }

    [Theory, EveryEngine]
    public async Task What_a_call_returns_equals_what_a_later_read_returns(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");

        var sent = await server.SendAsync("alice", conversation, "tab\t \"quoted\" \\ line\nnew 🎉 ‮bidi <b>&amp;</b> \u00e9 e\u0301");

        Assert.Equal(sent.Value, (await server.HistoryAsync("bob", conversation))[^1]);
        Assert.Equal(sent.Value, (await server.InboxAsync("bob")).Value!.Conversations[0].LastMessage);
    }

    [Theory, EveryEngine]
    public async Task Text_is_taken_up_to_its_limit_and_not_beyond(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        var emoji = string.Concat(Enumerable.Repeat("🎉", MessageContent.MaxCodePoints));

        Assert.NotNull((await server.SendAsync("alice", conversation, emoji)).Value);
        Assert.Equal(Refusals.TooLarge, (await server.SendAsync("alice", conversation, emoji + "!")).Refusal);
        Assert.Equal(Refusals.InvalidParams, (await server.SendAsync("alice", conversation, "")).Refusal);
    }

    [Fact]
    public async Task A_send_whose_rules_must_be_read_is_answered_while_every_reader_is_busy_with_history()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite, storage => storage.SqliteReaders = 2);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        await server.RestartAsync();

        await using var one = await server.Database.OpenReaderAsync(CancellationToken.None);
        await using var other = await server.Database.OpenReaderAsync(CancellationToken.None);
        var sent = await server.SendAsync("alice", conversation, "hi");
        var refused = await server.SendAsync("carol", conversation, "hi");

        Assert.Equal(2, sent.Value!.Sequence.Value);
        Assert.Equal(Refusals.NotFound, refused.Refusal);
    }
}
