using Parley.Identity;
using Parley.Storage;
using Parley.Tests.Delivery;
using Parley.Tests.Messages;

namespace Parley.Tests.Receipts;

/// <summary><c>receipt.get</c>, and whom an app tells.</summary>
public class MessageReceiptsTests
{
    [Theory, EveryEngine]
    [Trait("Row", "B10")]
    [Trait("Row", "L16")]
    [Trait("Row", "S34")]
    public async Task Who_was_there_is_told_with_how_far_it_got_and_who_came_later_is_not(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await Group.OfAsync(server, "alice", "bob", "carol", "dave", "erin");
        await group.LeaveAsync("erin"); // 2
        var first = await server.SayAsync("alice", group.Id, "one"); // 3
        var second = await server.SayAsync("bob", group.Id, "two"); // 4
        await group.AddAsync("alice", "erin", "frank"); // 5
        await server.AskAsync<ReceiptCursors>(server.As("bob"), new MarkRead(group.Id, new Sequence(5)));
        await server.AskAsync<ReceiptCursors>(server.As("carol"), new MarkRead(group.Id, Messages: [second]));
        await server.DeliveredAsync("dave", group.Id, 3);
        await group.LeaveAsync("dave"); // 6

        var one = await GetAsync(server, "alice", new GetReceipts(group.Id, first));
        Assert.Equal((3, 3, 2, 1), (one.Sequence.Value, one.Participants, one.Delivered, one.Read));
        Assert.Equal("bob Read, carol Sent, dave Delivered", Text(one));
        var two = await GetAsync(server, "frank", new GetReceipts(group.Id, second));
        Assert.Equal((4, 3, 1, 1), (two.Sequence.Value, two.Participants, two.Delivered, two.Read));
        Assert.Equal("alice Sent, carol Read, dave Sent", Text(two));
        Assert.Equal("bob Read, dave Delivered", Text(await GetAsync(server, "alice", new GetReceipts(group.Id, first, RecipientState.Delivered))));
        Assert.Equal("bob Read", Text(await GetAsync(server, "alice", new GetReceipts(group.Id, first, RecipientState.Read))));
        Assert.Equal(3, (await GetAsync(server, "alice", new GetReceipts(group.Id, first, RecipientState.Sent))).Users.Count);
    }

    [Theory, EveryEngine]
    [Trait("Row", "B10")]
    public async Task Only_who_may_read_the_message_is_answered(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await Group.OfAsync(server, new CreateConversation(
            ConversationId.New(), ConversationKind.Group, Asking.Users("bob", "carol"), Settings: new NewSettings(History: HistoryVisibility.WhileIn)));
        var message = await server.SayAsync("alice", group.Id, "hi");
        await group.AddAsync("alice", "dave");
        await server.RemoveMessagesAsync("carol", group.Id, message);
        var query = new GetReceipts(group.Id, message);

        Assert.Null(await RefusalAsync("bob", query));
        Assert.Equal("$.message: no such message in this conversation", (await RefusalAsync("dave", query))?.Detail);
        Assert.Equal("$.message: no such message in this conversation", (await RefusalAsync("carol", query))?.Detail);
        Assert.Equal(Refusals.MessageNotFound, await RefusalAsync("alice", query with { Message = MessageId.New() }));
        Assert.Equal((Refusals.NotFound, null), (await RefusalAsync("mallory", query), (await RefusalAsync("mallory", query))!.Detail));
        Assert.Equal(Refusals.InvalidParams, await RefusalAsync("bob", query with { Limit = 201 }));
        Assert.Equal(Refusals.InvalidParams, await RefusalAsync("bob", query with { Limit = 0 }));
        await group.LeaveAsync("bob");
        Assert.Equal(Refusals.NotParticipant, await RefusalAsync("bob", query));
        await group.PermitAsync("alice", ("carol", Permissions.Send));
        Assert.Equal(Refusals.PermissionDenied, await RefusalAsync("carol", query));
        var room = await server.MakeAsync(new CreateConversation(ConversationId.New(), ConversationKind.Room, []));
        Assert.Equal(Refusals.NotForThisKind, await RefusalAsync("alice", new GetReceipts(room, await server.SayAsync("alice", room, "hi"))));
        await group.DeleteAsync("alice");
        Assert.Equal(Refusals.ConversationDeleted, await RefusalAsync("alice", query));

        async Task<Refusal?> RefusalAsync(string user, GetReceipts asked) => (await server.AskAsync<MessageReceipts>(server.As(user), asked)).Refusal;
    }

    [Theory]
    [InlineData(Engine.Sqlite, ConversationKind.Group, 5_000), InlineData(Engine.Postgres, ConversationKind.Group, 5_000)]
    [InlineData(Engine.Sqlite, ConversationKind.Broadcast, 20_000), InlineData(Engine.Postgres, ConversationKind.Broadcast, 20_000)]
    [Trait("Row", "B10")]
    public async Task In_a_large_conversation_everybody_is_counted_and_told_of_in_pages(Engine engine, ConversationKind kind, int people)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.MakeAsync(new CreateConversation(ConversationId.New(), kind, Asking.Users("bob")));
        await server.ChangeAsync($"""
            with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < {people - 2})
            insert into participations (app, conversation, user_id, revision, permissions, joined_at, left_at, delivered_up_to, read_up_to, read_ahead, changed)
            select p.app, p.conversation, 'u' || (100000 + n), p.revision, p.permissions, 1, null, case when n % 2 = 0 then 2 else 0 end, case when n % 4 = 0 then 2 else 0 end, null, p.changed
            from numbers, participations p where p.user_id = 'bob'
            """);
        var message = await server.SayAsync("alice", group, "to all");

        var (seen, next, pages) = (new List<Recipient>(), (UserId?)null, 0);
        do
        {
            var page = await GetAsync(server, "alice", new GetReceipts(group, message, RecipientState.Delivered, next));
            Assert.Equal((people - 1, (people - 2) / 2, (people - 2) / 4), (page.Participants, page.Delivered, page.Read));
            Assert.InRange(page.Users.Count, 1, GetReceipts.MaxLimit);
            seen.AddRange(page.Users);
            next = page.Next;
        }
        while (next is not null && ++pages < 1_000);

        Assert.Equal((people - 2) / 2, seen.Select(one => one.User).Distinct().Count());
        Assert.Equal((people - 2) / 4, seen.Count(one => one.State == RecipientState.Read));
    }

    [Theory, EveryEngine]
    [Trait("Row", "A43")]
    [Trait("Row", "A51")]
    [Trait("Row", "A56")]
    [Trait("Row", "B37")]
    public async Task Reading_all_of_a_conversation_goes_to_the_head_there_is_then_and_the_others_are_told(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var direct = await server.ConversationOfAsync("alice", "bob");
        for (var number = 0; number < 5; number++) await server.SayAsync("alice", direct, "hi");
        await server.AskAsync<InboxFlags>(server.As("bob"), new MarkUnread(direct, new Sequence(2)));
        Assert.Equal(5, await server.UnreadAsync("bob", direct));
        var (alice, tablet) = (await Listener.ConnectAsync(server, "alice"), await Listener.ConnectAsync(server, "bob", "tablet"));

        var cursors = (await server.AskAsync<ReceiptCursors>(server.As("bob"), new MarkRead(direct, All: true))).Value!;

        Assert.Equal((6, 6, 0), (cursors.DeliveredUpTo.Value, cursors.ReadUpTo.Value, await server.UnreadAsync("bob", direct)));
        Assert.Null((await server.StateAsync("bob", direct)).Own.Flags);
        foreach (var told in new[] { alice, tablet }) Assert.Equal(6, Assert.Single(told.ToldReceipts()).ReadUpTo.Value);
        // Twice is once, also beside a wish beyond the head, which alone is refused.
        var answers = await Task.WhenAll(
            server.AskAsync<ReceiptCursors>(server.As("bob"), new MarkRead(direct, All: true)), server.ReadAsync("bob", direct, 7), server.ReadAsync("bob", direct, 3));
        Assert.Equal((6, Refusals.InvalidParams, 6), (answers[0].Value!.ReadUpTo.Value, answers[1].Refusal, answers[2].Value!.ReadUpTo.Value));
        foreach (var both in new[] { new MarkRead(direct, new Sequence(1), All: true), new MarkRead(direct, Messages: [MessageId.New()], All: true), new MarkRead(direct) })
            Assert.Equal("give one of upTo (1 or more), messages (1 to 100) and all (true)", (await server.AskAsync<ReceiptCursors>(server.As("bob"), both)).Refusal?.Detail);
    }

    [Theory, EveryEngine]
    public async Task Reading_all_conversations_reads_some_hundred_at_a_time_and_all_of_them(Engine engine)
    {
        const int Conversations = 1_100;
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.ConversationOfAsync("alice", "bob", "carol");
        await server.ChangeAsync($"""
            with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < {Conversations})
            insert into conversations (app, conversation, kind, default_permissions, created_at, revision, participants, owners, head, tail, last_at, changed)
            select c.app, {server.RandomKey}, c.kind, c.default_permissions, c.created_at, c.revision, 2, 1, 3, 1, c.last_at, c.changed from numbers, conversations c
            """);
        await server.ChangeAsync($"""
            insert into participations (app, conversation, user_id, revision, permissions, joined_at, left_at, delivered_up_to, read_up_to, changed)
            select c.app, c.conversation, 'bob', 1, p.permissions, 1, null, 0, 0, c.changed from conversations c, participations p where p.user_id = 'bob' and c.head = 3
            """);
        await server.SayAsync("alice", group, "hi");
        var left = await server.ConversationOfAsync("alice", "bob", "dave");
        await server.LeaveAsync("bob", left);

        var done = (await server.AskAsync<AllRead>(server.As("bob"), new ReadAll())).Value!;

        Assert.Equal(new AllRead(Conversations + 2), done);
        Assert.Equal(0, await server.NumberAsync($"""
            select count(*) from participations p join conversations c on c.app = p.app and c.conversation = p.conversation
            where p.user_id = 'bob' and p.read_up_to < case when p.left_at is null then c.head else p.left_at end
            """));
        Assert.Equal(new AllRead(0), (await server.AskAsync<AllRead>(server.As("bob"), new ReadAll())).Value!);
        await server.AskAsync<InboxFlags>(server.As("bob"), new MarkUnread(group, new Sequence(2)));
        Assert.Equal(new AllRead(1), (await server.AskAsync<AllRead>(server.As("bob"), new ReadAll())).Value!);
        Assert.Equal(0, (await server.AskAsync<UnreadTotal>(server.As("bob"), new CountUnread())).Value!.Unread);
    }

    [Theory, EveryEngine]
    [Trait("Row", "B10")]
    public async Task Where_only_senders_are_told_others_learn_nothing_of_a_movement(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, apps: app => app.Receipts = ReceiptAudience.Sender);
        var group = await Group.OfAsync(server, "alice", "bob", "carol", "dave");
        var hers = await server.SayAsync("alice", group.Id, "hers"); // 2
        await server.ReadAsync("carol", group.Id, 2);
        var his = await server.SayAsync("bob", group.Id, "his"); // 3
        var listeners = new Dictionary<string, Listener>();
        foreach (var user in new[] { "alice", "bob", "carol", "dave" }) listeners[user] = await Listener.ConnectAsync(server, user);

        // Of alice's she has heard before; this covers bob's alone.
        await server.ReadAsync("carol", group.Id, 3);
        await ToldAsync("bob carol", "carol carol");
        await server.AskAsync<ReceiptCursors>(server.As("dave"), new MarkRead(group.Id, Messages: [his]));
        await ToldAsync("bob carol", "bob dave", "carol carol", "dave dave");

        var state = await group.StateAsync("bob");
        Assert.All(state.Participants!, one => Assert.Equal(one.User.Value == "bob", one.DeliveredUpTo is not null && one.ReadUpTo is not null));
        var synced = (await server.AskAsync<ConversationsSynced>(
            server.As("alice"), new SyncConversations(server.Node.Installation.Epoch, [new SyncPosition(group.Id, new Sequence(3))], await SinceAsync()))).Value!.Conversations[0];
        Assert.Null(synced.ChangedParticipants);
        Assert.All(synced.Participants!.Where(one => one.User.Value != "alice"), one => Assert.Null(one.ReadUpTo));
        Assert.Equal("bob Sent, carol Read, dave Sent", Text(await GetAsync(server, "alice", new GetReceipts(group.Id, hers))));
        Assert.Equal(Refusals.PermissionDenied, (await server.AskAsync<MessageReceipts>(server.As("bob"), new GetReceipts(group.Id, hers))).Refusal);

        async Task ToldAsync(params string[] expected)
        {
            await Gateway.GatewayHost.EventuallyAsync(() => Told().Length >= expected.Length);
            Assert.Equal(expected, Told());
        }

        string[] Told() => [.. listeners.SelectMany(one => one.Value.ToldReceipts().Select(told => $"{one.Key} {told.User}")).Order()];

        async Task<string> SinceAsync() => (await server.Node.Handlers.Changes.ReadAsync(server.As("alice").Key, null, CancellationToken.None)).Value!.Since;
    }

    [Theory, EveryEngine]
    [Trait("Row", "B10")]
    public async Task Where_nobody_is_told_only_ones_own_devices_are(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, apps: app => app.Receipts = ReceiptAudience.Nobody);
        var direct = await server.ConversationOfAsync("alice", "bob");
        var message = await server.SayAsync("alice", direct, "hi");
        var (alice, tablet) = (await Listener.ConnectAsync(server, "alice"), await Listener.ConnectAsync(server, "bob", "tablet"));

        await server.ReadAsync("bob", direct, 2);

        await Gateway.GatewayHost.EventuallyAsync(() => tablet.ToldReceipts().Any());
        Assert.Equal("bob", Assert.Single(tablet.ToldReceipts()).User.Value);
        Assert.Empty(alice.ToldReceipts());
        Assert.Equal(0, await server.UnreadAsync("bob", direct));
        Assert.Null((await server.StateAsync("alice", direct)).Participants!.Single(one => one.User.Value == "bob").ReadUpTo);
        Assert.Equal(Refusals.PermissionDenied, (await server.AskAsync<MessageReceipts>(server.As("alice"), new GetReceipts(direct, message))).Refusal);
    }

    private static async Task<MessageReceipts> GetAsync(TestServer server, string user, GetReceipts query)
    {
        var answer = await server.AskAsync<MessageReceipts>(server.As(user), query);
        Assert.Null(answer.Refusal);
        return answer.Value!;
    }

    private static string Text(MessageReceipts receipts) => string.Join(", ", receipts.Users.Select(one => $"{one.User} {one.State}"));
}
