namespace Parley.Tests.People;

/// <summary>Who has messaging: the app, and each user.</summary>
public class CapabilityTests
{
    [Theory, EveryEngine]
    [Trait("Row", "S01")]
    [Trait("Row", "S02")]
    [Trait("Row", "S26")]
    public async Task Who_has_no_messaging_sends_nothing_and_is_sent_nothing_directly(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var direct = await server.ConversationOfAsync("alice", "bob");
        var group = await server.ConversationOfAsync("alice", "bob", "carol");
        // The rules of both are known from here on.
        foreach (var (user, conversation) in new[] { ("alice", direct), ("bob", direct), ("bob", group) }) Assert.Null((await server.SendAsync(user, conversation, "before")).Refusal);

        var account = await PutAsync(server, "bob", messaging: false);
        Assert.Equal(false, account.Messaging);

        Assert.Equal(("not_capable", "the other user has none"), await RefusalAsync("alice", direct));
        Assert.Equal(("not_capable", "the user has none"), await RefusalAsync("bob", direct));
        Assert.Equal(("not_capable", "the user has none"), await RefusalAsync("bob", group));
        Assert.Equal(Refusals.NotCapable, await server.RefusalAsync<TypingTaken>("bob", new SetTyping(group, TypingState.Started)));
        Assert.Equal(Refusals.NotCapable, await server.RefusalAsync<OnlineSent>("alice", new SendOnline(direct, MessageId.New(), MessageContent.OfText("x"))));
        // In a group he reads what others say.
        Assert.Null((await server.SendAsync("alice", group, "to all")).Refusal);
        Assert.Equal(3, (await server.HistoryAsync("bob", group)).Count);

        Assert.Null((await PutAsync(server, "bob", messaging: true)).Messaging);
        foreach (var (user, conversation) in new[] { ("alice", direct), ("bob", direct), ("bob", group) }) Assert.Null((await server.SendAsync(user, conversation, "after")).Refusal);

        async Task<(string?, string?)> RefusalAsync(string user, ConversationId conversation)
        {
            var refusal = (await server.SendAsync(user, conversation, "x")).Refusal;
            return (refusal?.Code, refusal?.Detail);
        }
    }

    [Fact]
    [Trait("Row", "S26")]
    public async Task Another_node_that_knows_the_rules_by_heart_takes_no_message_either()
    {
        await using var server = await TestServer.StartAsync(Engine.Postgres);
        var direct = await server.ConversationOfAsync("alice", "bob");
        var (node, database) = await server.StartAnotherNodeAsync();
        await using var database_ = database;
        await using var node_ = node;
        Assert.Null((await SendAsync("before")).Refusal);

        await PutAsync(server, "bob", messaging: false);

        Assert.Equal(Refusals.NotCapable, (await SendAsync("after")).Refusal);
        Task<Outcome<LogEntry>> SendAsync(string text) => server.AskAsync<LogEntry>(server.As("alice"), new SendMessage(direct, MessageId.New(), MessageContent.OfText(text)), node);
    }

    [Theory, EveryEngine]
    [Trait("Row", "S01")]
    [Trait("Row", "S02")]
    public async Task In_an_app_without_messaging_nothing_is_sent_and_everything_read(Engine engine)
    {
        var messaging = true;
        await using var server = await TestServer.StartAsync(engine, apps: app => app.Messaging = messaging);
        var chat = await server.ConversationOfAsync("alice", "bob");
        var message = MessageId.New();
        await server.SendAsync("alice", chat, "before", message);
        messaging = false;
        await server.RestartAsync();

        Assert.Equal(Refusals.NotCapable, (await server.SendAsync("alice", chat, "x")).Refusal);
        foreach (var command in new object[]
        {
            new ForwardMessage(chat, MessageId.New(), chat, message), new EditMessage(chat, CommandId.New(), message, MessageContent.OfText("x")),
        })
        {
            Assert.Equal(Refusals.NotCapable, await server.RefusalOfAsync("alice", command));
        }

        Assert.Equal(Refusals.NotCapable, await server.RefusalAsync<SentToMany>("alice", new SendToMany([new(User: new UserId("bob"))], MessageId.New(), MessageContent.OfText("x"))));
        Assert.Equal(Refusals.NotCapable, await server.RefusalAsync<OnlineSent>("alice", new SendOnline(chat, MessageId.New(), MessageContent.OfText("x"))));
        Assert.Equal(2, (await server.HistoryAsync("bob", chat)).Count);
        Assert.NotNull((await server.AskAsync<LogEntry>(server.As("alice"), new RecallMessage(chat, CommandId.New(), message))).Value);
    }

    private static async Task<UserAccount> PutAsync(TestServer server, string user, bool messaging) =>
        (await server.AskAsync<UserAccount>(server.As("app"), new PutUser(new UserId(user), Messaging: messaging))).Value!;
}
