namespace Parley.Tests.Moderation;

/// <summary>Lists of words on a server: what the backend puts, and what becomes of messages by it.</summary>
public sealed class WordListTests
{
    [Theory, EveryEngine, Trait("Row", "A08"), Trait("Row", "B45")]
    public async Task A_message_with_a_word_of_a_list_is_refused_masked_or_reported(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        await PutAsync(server, "never", WordAction.Refuse, "never");
        await PutAsync(server, "rude", WordAction.Mask, "bad");
        await PutAsync(server, "watched", WordAction.Flag, "odd");

        var refused = await server.SendAsync("alice", conversation, "N\u200Dever!");
        var masked = await server.SendAsync("alice", conversation, "a bad day");
        var flagged = MessageId.New();
        await server.SendAsync("alice", conversation, "an odd day", flagged);

        Assert.Equal((Refusals.Filtered, "$.content.parts[0].body", 501), (refused.Refusal, refused.Refusal!.Detail, refused.Refusal.Agora));
        Assert.Equal("a *** day", Assert.IsType<MessageSent>(masked.Value!.Event).Content.PlainText());
        var report = Assert.Single((await ReportsAsync(server)).Reports);
        Assert.Equal((flagged, null, null, null), (report.Message, report.Reporter, report.Reason, report.Text));
        Assert.Equal(["watched"], report.Lists);
        Assert.Equal(3, (await server.HistoryAsync("bob", conversation)).Count);
    }

    [Theory, EveryEngine, Trait("Row", "A08"), Trait("Row", "RX-02")]
    public async Task An_edit_is_filtered_as_a_message_is(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        await PutAsync(server, "never", WordAction.Refuse, "never");
        await PutAsync(server, "rude", WordAction.Mask, "bad");
        await PutAsync(server, "watched", WordAction.Flag, "odd");
        var message = MessageId.New();
        await server.SendAsync("alice", conversation, "ne", message);

        var refused = await EditAsync("never");
        var masked = await EditAsync("so bad");
        await EditAsync("so odd");
        await server.AskAsync<MessageReport>(server.As("alice"), new ResolveReport((await ReportsAsync(server)).Reports.Single().Report));
        await EditAsync("odd again");

        Assert.Equal(Refusals.Filtered, refused.Refusal);
        Assert.Equal("so ***", Assert.IsType<MessageEdited>(masked.Value!.Event).Content!.PlainText());
        // What somebody had looked at says something else now.
        Assert.Equal(message, Assert.Single((await ReportsAsync(server)).Reports).Message);

        Task<Outcome<LogEntry>> EditAsync(string text) =>
            server.AskAsync<LogEntry>(server.As("alice"), new EditMessage(conversation, CommandId.New(), message, MessageContent.OfText(text)));
    }

    [Theory, EveryEngine, Trait("Row", "A08"), Trait("Row", "G7")]
    public async Task A_retry_gets_its_first_answer_whatever_is_on_the_lists_by_then(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (conversation, message, masked) = (await server.ConversationOfAsync("alice", "bob"), MessageId.New(), MessageId.New());
        await PutAsync(server, "rude", WordAction.Mask, "bad");
        var sent = await server.SendAsync("alice", conversation, "good", message);
        var first = await server.SendAsync("alice", conversation, "bad", masked);
        await PutAsync(server, "new", WordAction.Refuse, "good", "bad");

        Assert.Equal(sent.Value, (await server.SendAsync("alice", conversation, "good", message)).Value);
        Assert.Equal(first.Value, (await server.SendAsync("alice", conversation, "bad", masked)).Value);
        Assert.Equal(Refusals.Filtered, (await server.SendAsync("alice", conversation, "good")).Refusal);
    }

    [Theory, EveryEngine, Trait("Row", "A08")]
    public async Task Who_may_not_send_learns_nothing_of_the_lists(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob", "carol");
        await PutAsync(server, "never", WordAction.Refuse, "never");
        await server.RemoveAsync("alice", conversation, "carol");

        Assert.Equal(Refusals.NotFound, (await server.SendAsync("mallory", conversation, "never")).Refusal);
        Assert.Equal(Refusals.NotParticipant, (await server.SendAsync("carol", conversation, "never")).Refusal);
    }

    [Theory, EveryEngine, Trait("Row", "A08")]
    public async Task Lists_are_put_read_listed_and_deleted_and_outlive_the_server(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var put = new PutWordList("rude", WordAction.Refuse, ["Bad", "Worse"], ["x{3}"]);

        var made = (await server.AskAsync<WordList>(server.As("alice"), put)).Value!;
        await PutAsync(server, "another", WordAction.Mask, "a");
        await server.RestartAsync();
        var read = (await server.AskAsync<WordList>(server.As("alice"), new GetWordList("rude"))).Value!;
        var conversation = await server.ConversationOfAsync("alice", "bob");

        Assert.Equal((made.Name, made.Action, made.Source, made.UpdatedAt), (read.Name, read.Action, read.Source, read.UpdatedAt));
        Assert.Equal((put.Words, put.Patterns!), (read.Words, read.Patterns!), (one, other) => one.Words.SequenceEqual(other.Words) && one.Item2.SequenceEqual(other.Item2));
        Assert.Equal(Refusals.Filtered, (await server.SendAsync("alice", conversation, "worse")).Refusal);
        Assert.Equal(Refusals.Filtered, (await server.SendAsync("alice", conversation, "xxx")).Refusal);
        Assert.Equal(
            [new WordListSummary("another", WordAction.Mask, 1, 0, WordListSource.Platform, null), new WordListSummary("rude", WordAction.Refuse, 2, 1, WordListSource.Platform, null)],
            (await server.AskAsync<WordLists>(server.As("alice"), new ListWordLists())).Value!.Lists.Select(list => list with { UpdatedAt = null }));
        Assert.Equal("another", Assert.Single((await server.AskAsync<WordLists>(server.As("alice"), new DeleteWordList("rude"))).Value!.Lists).Name);
        Assert.Equal(Refusals.NotFound, (await server.AskAsync<WordLists>(server.As("alice"), new DeleteWordList("rude"))).Refusal);
        Assert.Equal(Refusals.NotFound, (await server.AskAsync<WordList>(server.As("alice"), new GetWordList("rude"))).Refusal);
        Assert.Null((await server.SendAsync("alice", conversation, "worse")).Refusal);
    }

    [Theory, EveryEngine]
    public async Task An_app_has_as_many_lists_as_may_be_and_no_more_and_sees_none_of_another(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, apps: app => Configure(app, "configured", "configured"));
        for (var number = 1; number < PutWordList.MaxLists; number++) await PutAsync(server, $"list-{number}", WordAction.Refuse, $"word{number}");

        var past = await server.AskAsync<WordList>(server.As("alice"), new PutWordList("one-more", WordAction.Refuse, ["a"]));
        var again = await server.AskAsync<WordList>(server.As("alice"), new PutWordList("list-1", WordAction.Refuse, ["other"]));

        Assert.Equal((Refusals.TooLarge, "at most 20 lists"), (past.Refusal, past.Refusal!.Detail));
        Assert.Null(again.Refusal);
        Assert.Equal(Refusals.NotFound, (await server.AskAsync<WordList>(server.As("alice", "other"), new GetWordList("list-1"))).Refusal);
        Assert.Single((await server.AskAsync<WordLists>(server.As("alice", "other"), new ListWordLists())).Value!.Lists);
    }

    [Theory, EveryEngine, Trait("Row", "A08")]
    public async Task A_list_of_the_configuration_counts_and_changes_nowhere_else(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, apps: app => Configure(app, "configured", "never"));
        var conversation = await server.ConversationOfAsync("alice", "bob");

        Assert.Equal(Refusals.Filtered, (await server.SendAsync("alice", conversation, "never")).Refusal);
        await PutAsync(server, "more", WordAction.Refuse, "ever so");
        Assert.Equal(Refusals.Filtered, (await server.SendAsync("alice", conversation, "never")).Refusal);
        Assert.Equal(Refusals.PermissionDenied, (await server.AskAsync<WordList>(server.As("alice"), new PutWordList("configured", WordAction.Mask, ["a"]))).Refusal);
        Assert.Equal(Refusals.PermissionDenied, (await server.AskAsync<WordLists>(server.As("alice"), new DeleteWordList("configured"))).Refusal);
        Assert.Equal(WordListSource.Configuration, (await server.AskAsync<WordList>(server.As("alice"), new GetWordList("configured"))).Value!.Source);
    }

    [Fact, Trait("Row", "A08")]
    public async Task Another_node_goes_by_a_list_within_five_seconds()
    {
        await using var server = await TestServer.StartAsync(Engine.Postgres);
        server.WordListsEvery = TimeSpan.FromMilliseconds(100);
        var (node, database) = await server.StartAnotherNodeAsync();
        await using var _ = node;
        await using var __ = database;
        var conversation = await server.ConversationOfAsync("alice", "bob");
        await PutAsync(server, "never", WordAction.Refuse, "never");

        await EventuallyAsync(refused: true);
        await server.AskAsync<WordLists>(server.As("alice"), new DeleteWordList("never"));
        await EventuallyAsync(refused: false);

        async Task EventuallyAsync(bool refused)
        {
            for (var tries = 0; tries < 100; tries++)
            {
                var sent = await server.AskAsync<LogEntry>(server.As("bob"), new SendMessage(conversation, MessageId.New(), MessageContent.OfText("never")), node);
                if ((sent.Refusal == Refusals.Filtered) == refused) return;
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            }

            Assert.Fail("The other node did not see it.");
        }
    }

    internal static async Task PutAsync(TestServer server, string name, WordAction action, params string[] words) =>
        Assert.Null((await server.AskAsync<WordList>(server.As("alice"), new PutWordList(name, action, words))).Refusal);

    internal static async Task<ReportsPage> ReportsAsync(TestServer server, ReportState? state = null) =>
        (await server.AskAsync<ReportsPage>(server.As("alice"), new ListReports(state))).Value!;

    private static void Configure(Parley.Identity.AppOptions app, string name, string word)
    {
        var list = new Parley.Identity.WordListOptions { Name = name };
        list.Words.Add(word);
        app.Moderation.Lists.Add(list);
    }
}
