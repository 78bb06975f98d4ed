using Parley.Tests.Messages;
using static Parley.Tests.Asking;

namespace Parley.Tests.Conversations;

/// <summary>What the kinds differ in, as users meet it. Rooms have tests of their own.</summary>
public class KindTests
{
    [Theory, EveryEngine]
    [Trait("Row", "V10")]
    [Trait("Row", "V14")]
    public async Task A_conversation_begins_with_everything_that_its_creator_said(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var data = CustomData.Parse("""{"type":"chat"}""");
        var settings = new NewSettings("about", "read this", data, HistoryVisibility.WhileIn, Public: true, Approval: true, MembersInvite: true, ConfirmInvitations: true, Muted: true);

        foreach (var kind in new[] { ConversationKind.Group, ConversationKind.Broadcast })
        {
            var created = (await server.CreateAsync("alice", GroupOf("bob") with
            {
                Kind = kind, Title = "Title", DefaultPermissions = Permissions.Read, Settings = settings,
            })).Value!;

            var expected = new ConversationSettings("about", "read this", data, HistoryVisibility.WhileIn, true, true, true, true, true);
            Assert.Equal((kind, "Title", Permissions.Read, expected, CreationOutcome.Created),
                (created.Conversation.Kind, created.Conversation.Title, created.Conversation.DefaultPermissions, created.Conversation.Settings, created.Outcome));
            var state = await server.StateAsync("bob", created.Conversation.Conversation);
            Assert.Equal((kind, "Title", expected), (state.Kind, state.Title, state.Settings));
            Assert.Equal(expected, Assert.IsType<ConversationCreated>((await server.HistoryAsync("alice", state.Conversation))[0].Event).Settings);
        }
    }

    [Theory, EveryEngine]
    [Trait("Row", "V20")]
    public async Task In_a_broadcast_the_others_read_until_one_is_let_to_write(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var news = await server.MakeAsync(GroupOf("bob", "carol") with { Kind = ConversationKind.Broadcast, Title = "News" });

        Assert.NotNull((await server.SendAsync("alice", news, "hear")).Value);
        Assert.Equal(Refusals.PermissionDenied, (await server.SendAsync("bob", news, "may I?")).Refusal);
        await server.DoAsync("alice", new ChangePermissions(news, CommandId.New(), [new(new UserId("bob"), PermissionPresets.Member)]));
        Assert.NotNull((await server.SendAsync("bob", news, "I may")).Value);
        Assert.Equal(Refusals.PermissionDenied, (await server.SendAsync("carol", news, "and I?")).Refusal);
        await server.AddAsync("alice", news, "dave");
        Assert.Equal(Permissions.Read, (await server.StateAsync("dave", news)).Own.Permissions);
        Assert.Equal(2, (await server.InboxAsync("carol")).Value!.Conversations[0].Unread);
    }

    [Theory, EveryEngine]
    [Trait("Row", "B33")]
    public async Task A_direct_conversation_is_one_for_ever_and_nothing_of_it_changes(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var first = await server.CreateAsync("alice", Direct("bob"));
        var direct = first.Value!.Conversation.Conversation;
        var again = await server.CreateAsync("bob", Direct("alice"));

        Assert.Equal((direct, CreationOutcome.Existing), (again.Value!.Conversation.Conversation, again.Value.Outcome));
        object[] changes =
        [
            new AddParticipants(direct, CommandId.New(), Users("carol")), new RemoveParticipants(direct, CommandId.New(), Users("bob")),
            new LeaveConversation(direct, CommandId.New()), new UpdateConversation(direct, CommandId.New(), Public: true),
            new DeleteConversation(direct, CommandId.New()), new JoinConversation(direct, CommandId.New()), new InviteParticipants(direct, CommandId.New(), Users("carol")),
            new ChangePermissions(direct, CommandId.New(), [new(new UserId("bob"), Permissions.Read)]), new MuteParticipants(direct, CommandId.New(), Users("bob")),
            new BanParticipants(direct, CommandId.New(), Users("bob")), new AllowParticipants(direct, CommandId.New(), Users("bob")),
            new UpdateConversation(direct, CommandId.New(), Title: "us"), new SetAttributes(direct, CommandId.New(), null, new Dictionary<string, string> { ["a"] = "b" }),
        ];
        foreach (var change in changes) Assert.Equal(Refusals.NotForThisKind, await server.RefusalOfAsync("alice", change));
        foreach (var change in changes) Assert.Equal(Refusals.NotFound, await server.RefusalOfAsync("carol", change));
    }

    [Theory, EveryEngine]
    [Trait("Row", "C16")]
    public async Task Notes_to_oneself_are_one_conversation_apart_from_those_with_others(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var withBob = await server.MakeAsync(Direct("bob"));
        var notes = await server.MakeAsync(Direct("alice"));

        Assert.Equal(notes, await server.MakeAsync(Direct("alice")));
        Assert.NotEqual(withBob, notes);
        Assert.NotEqual(notes, await server.MakeAsync(Direct("bob"), "bob"));
        Assert.NotNull((await server.SendAsync("alice", notes, "buy milk")).Value);
        Assert.Equal(Refusals.NotFound, (await server.SendAsync("bob", notes, "me too")).Refusal);
        Assert.Equal(["alice"], (await server.StateAsync("alice", notes)).Participants!.Select(one => one.User.Value));
        Assert.Equal([0, 0], (await server.InboxAsync("alice")).Value!.Conversations.Select(one => one.Unread));
        Assert.Equal(Refusals.InvalidParams, (await server.CreateAsync("alice", new CreateConversation(ConversationId.New(), ConversationKind.Direct, []))).Refusal);
    }

    [Theory, EveryEngine]
    [Trait("Row", "B32")]
    [Trait("Row", "ID-02")]
    public async Task Where_history_is_that_of_a_participation_nothing_from_outside_it_is_read(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.MakeAsync(GroupOf("bob") with { Settings = new NewSettings(History: HistoryVisibility.WhileIn) });
        await server.SendAsync("alice", group, "2, before carol");
        await server.AddAsync("alice", group, "carol");
        await server.SendAsync("alice", group, "4, for carol");
        await server.RemoveAsync("alice", group, "carol");
        await server.SendAsync("alice", group, "6, while she is away");
        await server.AddAsync("alice", group, "carol");
        await server.SendAsync("alice", group, "8, for carol");

        var page = (await server.EntriesAsync("carol", new ReadEntries(group, After: Sequence.None))).Value!;
        Assert.Equal([3, 4, 5, 7, 8], page.Entries.Select(entry => entry.Sequence.Value));
        Assert.Equal([(1, 2, "hidden"), (6, 6, "hidden")], page.Skipped!.Select(range => (range.From.Value, range.To.Value, range.Why)));
        var newest = (await server.EntriesAsync("carol", new ReadEntries(group, Limit: 3))).Value!;
        Assert.Equal([5, 7, 8], newest.Entries.Select(entry => entry.Sequence.Value));
        Assert.Equal((6, 6), (newest.Skipped!.Single().From.Value, newest.Skipped!.Single().To.Value));
        var older = (await server.EntriesAsync("carol", new ReadEntries(group, Before: new Sequence(8), Limit: 2))).Value!;
        Assert.Equal([5, 7], older.Entries.Select(entry => entry.Sequence.Value));
        Assert.Equal((6, 6, true), (older.Skipped!.Single().From.Value, older.Skipped!.Single().To.Value, older.More));
        var outside = (await server.EntriesAsync("carol", new ReadEntries(group, From: new Sequence(1), To: new Sequence(2)))).Value!;
        Assert.Equal((0, (1, 2)), (outside.Entries.Count, (outside.Skipped!.Single().From.Value, outside.Skipped!.Single().To.Value)));
        var synced = (await server.AskAsync<ConversationsSynced>(
            server.As("carol"), new SyncConversations(server.Node.Installation.Epoch, [new SyncPosition(group, new Sequence(5))]))).Value!.Conversations.Single();
        Assert.Equal([7, 8], synced.Entries.Select(entry => entry.Sequence.Value));
        Assert.Equal((6, 6), (synced.Skipped!.Single().From.Value, synced.Skipped!.Single().To.Value));
        Assert.Equal(2, Assert.Single((await server.InboxAsync("carol")).Value!.Conversations).Unread);
        Assert.Equal(8, (await server.HistoryAsync("bob", group)).Count);
        Assert.Null((await server.EntriesAsync("bob", new ReadEntries(group))).Value!.Skipped);
        Assert.Equal(Refusals.InvalidParams, (await server.CreateAsync("alice", GroupOf("bob") with { Settings = new NewSettings(History: HistoryVisibility.LastTen) })).Refusal);
    }

    [Theory, EveryEngine]
    [Trait("Row", "B32")]
    public async Task Where_history_is_that_of_a_participation_nothing_else_leads_to_what_was_said_outside_it(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, apps: app => app.Messages.KeepVersions = true);
        var group = await server.MakeAsync(GroupOf("bob", "carol") with { Settings = new NewSettings(History: HistoryVisibility.WhileIn) });
        var own = await server.MakeAsync(GroupOf("dave"), "carol");
        var seen = await server.SayAsync("alice", group, "2, for carol");
        await server.RemoveAsync("alice", group, "carol");
        var hidden = await server.SayAsync("alice", group, "4, while she is away");
        await server.EditAsync("alice", group, hidden, "4, and edited meanwhile");
        await server.AddAsync("alice", group, "carol");
        await server.DoAsync("alice", new ChangePermissions(group, CommandId.New(), [new(new UserId("carol"), PermissionPresets.Admin)]));

        foreach (var (message, refusal) in new[] { (seen, null), (hidden, Refusals.MessageNotFound) })
        {
            Assert.Equal(refusal, (await server.AskAsync<LogEntry>(server.As("carol"), new ForwardMessage(own, MessageId.New(), group, message))).Refusal);
            Assert.Equal(refusal, (await server.AskAsync<LogEntry>(server.As("carol"), new SendMessage(group, MessageId.New(), MessageContent.OfText("re"), ReplyTo: message))).Refusal);
            Assert.Equal(refusal, (await server.AskAsync<MessageReceipts>(server.As("carol"), new GetReceipts(group, message))).Refusal);
            Assert.Equal(refusal, (await server.AskAsync<VersionsPage>(server.As("carol"), new ListVersions(group, message))).Refusal);
        }

        var listed = (await server.AskAsync<MessagesPage>(server.As("carol"), new ListMessages(group))).Value!;
        Assert.Equal(["2, for carol", "re"], listed.Entries.Select(entry => ((MessageSent)entry.Event).Content.PlainText()));
        await server.RemoveMessagesAsync("carol", group, ((MessageSent)listed.Entries[1].Event).Message);
        var item = (await server.InboxAsync("carol")).Value!.Conversations.Single(one => one.Conversation == group);
        // Of what she sees it is the newest, though others were sent since.
        Assert.Equal(2, item.LastMessage!.Sequence.Value);
    }

    [Theory, EveryEngine]
    [Trait("Row", "B21")]
    [Trait("Row", "B32")]
    public async Task Who_left_still_has_it_in_his_list_without_participants(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.MakeAsync(GroupOf("bob", "carol") with { Title = "Lunch" });
        await server.LeaveAsync("bob", group);

        var item = Assert.Single((await server.InboxAsync("bob")).Value!.Conversations);
        Assert.Equal((group, true, "Lunch"), (item.Conversation, item.Left, item.Title));
        var state = await server.StateAsync("bob", group);
        Assert.Equal((null, null, true), (state.Participants, state.ParticipantCount, state.Own.Left));
    }

    [Theory, EveryEngine]
    [Trait("Row", "B36")]
    [Trait("Row", "V07")]
    public async Task Up_to_30_conversations_are_told_at_once_in_the_order_asked(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (first, second, theirs, gone) = (await server.MakeAsync(GroupOf("bob")), await server.MakeAsync(GroupOf()), await server.MakeAsync(GroupOf("dave"), "carol"), await server.MakeAsync(GroupOf("bob")));
        await server.DoAsync("alice", new DeleteConversation(gone, CommandId.New()));
        var left = await server.MakeAsync(GroupOf("alice"), "bob");
        await server.LeaveAsync("alice", left);

        var told = await server.AskAsync<ConversationStates>(server.As("alice"), new GetConversations([second, theirs, ConversationId.New(), gone, left, first, second]));

        Assert.Equal([(second, false), (left, true), (first, false)], told.Value!.Conversations.Select(one => (one.Conversation, one.Own.Left)));
        Assert.Equal(["alice", "bob"], told.Value.Conversations[2].Participants!.Select(one => one.User.Value));
        Assert.Empty((await server.AskAsync<ConversationStates>(server.As("alice"), new GetConversations([.. Enumerable.Range(0, 30).Select(_ => ConversationId.New())]))).Value!.Conversations);
        Assert.Equal(Refusals.TooLarge, (await server.AskAsync<ConversationStates>(server.As("alice"), new GetConversations([.. Enumerable.Range(0, 31).Select(_ => ConversationId.New())]))).Refusal);
        Assert.Equal(Refusals.InvalidParams, (await server.AskAsync<ConversationStates>(server.As("alice"), new GetConversations([]))).Refusal);
    }

    private static CreateConversation Direct(string with) => new(ConversationId.New(), ConversationKind.Direct, Users(with));
}
