using Parley.Tests.Gateway;
using Parley.Tests.Hostile;
using static Parley.Tests.Asking;

namespace Parley.Tests.Conversations;

/// <summary>Bob is in a group whose newcomers may send and not read: a letter box.</summary>
public class ReadPermissionTests
{
    [Theory, EveryEngine]
    [Trait("Row", "PM-01")]
    public async Task Without_it_the_log_is_refused_and_the_conversation_is_there(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await LetterBoxAsync(server);
        await server.SendAsync("alice", group, "secret");
        var sent = await server.SendAsync("bob", group, "a letter");

        Assert.Equal(new Sequence(3), sent.Value!.Sequence);
        foreach (var query in new[]
        {
            new ReadEntries(group), new ReadEntries(group, After: default), new ReadEntries(group, Before: new Sequence(3)),
            new ReadEntries(group, From: new Sequence(3), To: new Sequence(3)),
        })
            Assert.Equal(Refusals.PermissionDenied, (await server.EntriesAsync("bob", query)).Refusal);

        var state = await server.StateAsync("bob", group);
        Assert.Equal((Sequence.None, Permissions.Send, false), (state.Head, state.Own.Permissions, state.Own.Left));
        Assert.Equal(2, state.Participants!.Count);
        var item = (await server.InboxAsync("bob")).Value!.Conversations.Single();
        Assert.Equal((group, Sequence.None, 0), (item.Conversation, item.Head, item.Unread));
        Assert.Null(item.LastMessage);
        Assert.Equal(state.CreatedAt, item.LastActivity);
        var synced = (await SyncAsync(server, group, 0)).Value!.Conversations.Single();
        Assert.Equal((SyncStatus.Ok, Sequence.None, false), (synced.Status, synced.Head, synced.More));
        Assert.Empty(synced.Entries);
        Assert.Equal(SyncStatus.Reset, (await SyncAsync(server, group, 1)).Value!.Conversations.Single().Status);
        Assert.Equal(3, (await server.HistoryAsync("alice", group)).Count);
    }

    [Theory, EveryEngine]
    [Trait("Row", "PM-01")]
    public async Task Without_it_receipts_are_refused_and_nothing_moves(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await LetterBoxAsync(server);
        var message = MessageId.New();
        await server.SendAsync("alice", group, "secret", message);

        var answers = await Task.WhenAll(
            server.DeliveredAsync("bob", group, 1), server.ReadAsync("bob", group, 2), server.ReadAsync("bob", group, 99),
            server.AskAsync<ReceiptCursors>(server.As("bob"), new MarkRead(group, Messages: [message])),
            server.AskAsync<ReceiptCursors>(server.As("bob"), new MarkRead(group, Messages: [MessageId.New()])));

        Assert.All(answers, answer => Assert.Equal(Refusals.PermissionDenied, answer.Refusal));
        var own = (await server.StateAsync("bob", group)).Own;
        Assert.Equal((Sequence.None, Sequence.None), (own.DeliveredUpTo, own.ReadUpTo));
        Assert.NotNull((await server.ReadAsync("alice", group, 2)).Value);
    }

    [Theory, EveryEngine]
    [Trait("Row", "PM-01")]
    public async Task Without_it_no_message_is_changed_or_hidden_whether_it_is_there_or_not(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await LetterBoxAsync(server);
        var message = MessageId.New();
        await server.SendAsync("bob", group, "a letter", message);
        await server.DoAsync("alice", new ChangePermissions(group, CommandId.New(), [new(new UserId("bob"), PermissionPresets.Admin & ~Permissions.Read)]));

        foreach (var one in new[] { message, MessageId.New() })
        {
            Assert.Equal(Refusals.PermissionDenied, await server.RefusalOfAsync("bob", new EditMessage(group, CommandId.New(), one, MessageContent.OfText("another"))));
            Assert.Equal(Refusals.PermissionDenied, await server.RefusalOfAsync("bob", new RecallMessage(group, CommandId.New(), one)));
            Assert.Equal(Refusals.PermissionDenied, (await server.AskAsync<MessagesRemoved>(server.As("bob"), new RemoveMessages(group, [one]))).Refusal);
        }

        Assert.Equal(Refusals.PermissionDenied, (await server.AskAsync<MessagesRemoved>(server.As("bob"), new RemoveMessages(group, UpTo: new Sequence(1)))).Refusal);
    }

    [Theory, EveryEngine]
    [Trait("Row", "PM-01")]
    public async Task Without_it_nothing_tells_that_others_wrote(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await LetterBoxAsync(server);
        var start = (await server.Node.Handlers.Changes.ReadAsync(server.As("bob").Key, null, CancellationToken.None)).Value!;
        var inbox = (await server.InboxAsync("bob")).Value!.Conversations.Single();

        await server.SendAsync("alice", group, "secret");

        Assert.Equal(Sequence.None, Assert.Single(start.Conversations).Head);
        var changes = (await server.AskAsync<InboxChanges>(server.As("bob"), new ReadChanges(start.Since))).Value!;
        // PostgreSQL may repeat what was committed beside another transaction.
        if (engine == Engine.Sqlite) Assert.Empty(changes.Conversations);
        Assert.All(changes.Conversations, change => Assert.Equal(Sequence.None, change.Head));
        Assert.Equal(inbox, (await server.InboxAsync("bob")).Value!.Conversations.Single());
    }

    [Theory, EveryEngine]
    [Trait("Row", "PM-01")]
    [Trait("Row", "ID-02")]
    public async Task Who_never_had_it_does_not_get_it_by_leaving(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await LetterBoxAsync(server);
        await server.SendAsync("alice", group, "secret");
        await server.LeaveAsync("bob", group);

        Assert.Equal(Refusals.PermissionDenied, (await server.EntriesAsync("bob", new ReadEntries(group))).Refusal);
        var item = (await server.InboxAsync("bob")).Value!.Conversations.Single();
        Assert.Equal((true, Sequence.None, 0), (item.Left, item.Head, item.Unread));
        Assert.Null(item.LastMessage);
        Assert.Equal(Permissions.None, (await server.StateAsync("bob", group)).Own.Permissions);
        Assert.Equal(Refusals.NotFound, (await server.EntriesAsync("mallory", new ReadEntries(group))).Refusal);
    }

    [Theory, EveryEngine]
    [Trait("Row", "PM-01")]
    public async Task Without_it_nothing_is_pushed_whether_connected_before_or_after(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.ConnectAsync("alice");
        using var before = await server.ConnectAsync("bob");
        using var carol = await server.ConnectAsync("carol");
        var group = Guid.NewGuid();
        await alice.AskAsync(Methods.CreateConversation,
            $$"""{"conversation":"{{group}}","kind":"group","participants":["bob"],"defaultPermissions":["send"]}""");
        await alice.AskAsync(Methods.AddParticipants, $$"""{"conversation":"{{group}}","commandId":"{{Guid.NewGuid()}}","users":["carol"]}""");
        using var after = await server.ConnectAsync("bob", device: "tablet");

        await alice.SayAsync(group, "secret");
        await alice.AskAsync(Methods.MarkRead, $$"""{"conversation":"{{group}}","upTo":3}""");
        var letter = await after.SayAsync(group, "a letter");

        Assert.Equal(4, Talk.SequenceOf(letter));
        Assert.Empty(await before.PushedAsync());
        Assert.Empty(await after.PushedAsync());
        Assert.Empty(await carol.PushedAsync());
        Assert.Equal("a letter", Talk.TextOf((await alice.PushedAsync())[^1].GetProperty("params")));
    }

    private static async Task<ConversationId> LetterBoxAsync(TestServer server)
    {
        var group = ConversationId.New();
        await server.CreateAsync("alice", new CreateConversation(group, ConversationKind.Group, [new UserId("bob")], DefaultPermissions: Permissions.Send));
        return group;
    }

    private static Task<Outcome<ConversationsSynced>> SyncAsync(TestServer server, ConversationId group, long after) =>
        server.AskAsync<ConversationsSynced>(server.As("bob"), new SyncConversations(server.Node.Installation.Epoch, [new SyncPosition(group, new Sequence(after))]));
}
