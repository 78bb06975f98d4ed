using static Parley.Tests.Messages.MessageWords;

namespace Parley.Tests.Messages;

/// <summary><c>message.recall</c>.</summary>
public sealed class RecallTests
{
    [Theory, EveryEngine]
    [Trait("Row", "V26"), Trait("Row", "A37"), Trait("Row", "G16")]
    public async Task A_recall_leaves_a_placeholder_and_nothing_of_what_was_said(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        var message = MessageId.New();
        var content = new MessageContent([MessagePart.OfText("xyzzy one")], CustomData.Parse("""{"k":"xyzzy two"}"""), new Mentions([new UserId("bob")]));
        await server.AskAsync<LogEntry>(server.As("alice"), new SendMessage(conversation, message, content, Notification: new MessageNotification(Text: "xyzzy three")));
        await server.EditAsync("alice", conversation, message, "xyzzy four");

        var recalled = (await server.RecallAsync("alice", conversation, message)).Value!;

        var log = await server.HistoryAsync("bob", conversation);
        Assert.Equal(new MessageRecalled(new UserId("alice"), message, new Sequence(2)), recalled.Event);
        Assert.Equal(recalled, log[^1]);
        var left = Assert.IsType<MessageSent>(log[1].Event);
        Assert.True(left.Recalled);
        Assert.Empty(left.Content.Parts);
        Assert.Equal(new MessageEdited(new UserId("alice"), message, new Sequence(2), 1, null), log[2].Event);
        Assert.Equal(0, await server.NumberAsync($"select count(*) from entries where cast(event as text) like '%xyzzy%'"));
        Assert.Equal(0, await server.NumberAsync($"select count(*) from notifications"));
        Assert.Equal(0, await server.NumberAsync($"select count(*) from mentions"));
        Assert.Equal(0, await server.NumberAsync($"select count(digest) from entries where sequence in (2, 3)"));
    }

    [Theory, EveryEngine]
    [Trait("Row", "G8")]
    public async Task Who_sends_a_recalled_message_again_gets_its_place_and_nothing_comes_back(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        var message = await server.SayAsync("alice", conversation, "secret");
        await server.RecallAsync("alice", conversation, message);

        var again = (await server.SendAsync("alice", conversation, "secret", message)).Value!;

        Assert.Equal((new Sequence(2), true), (again.Sequence, Assert.IsType<MessageSent>(again.Event).Recalled));
        Assert.Equal(Refusals.IdInUse, (await server.SendAsync("bob", conversation, "secret", message)).Refusal);
        Assert.Equal(3, (await server.HistoryAsync("bob", conversation)).Count);
    }

    [Theory, EveryEngine]
    [Trait("Row", "A11"), Trait("Row", "B05")]
    public async Task A_sender_has_two_minutes_and_who_may_remove_any_has_all_the_time(Engine engine)
    {
        var clock = new ManualClock(DateTimeOffset.UnixEpoch.AddYears(56));
        await using var server = await TestServer.StartAsync(engine, clock: clock);
        var group = await Group.OfAsync(server, "alice", "bob", "carol");
        var (in_time, late) = (await server.SayAsync("bob", group.Id, "in time"), await server.SayAsync("bob", group.Id, "late"));
        clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Null((await server.RecallAsync("bob", group.Id, in_time)).Refusal);

        clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(Refusals.TooLate, (await server.RecallAsync("bob", group.Id, late)).Refusal);
        Assert.Equal(Refusals.PermissionDenied, (await server.RecallAsync("carol", group.Id, late)).Refusal);
        Assert.Null((await server.RecallAsync("alice", group.Id, late)).Refusal);
    }

    [Theory, EveryEngine]
    [Trait("Row", "B05")]
    public async Task A_backend_recalls_in_a_senders_name_whenever_and_nobody_else_says_that_it_is_urgent(Engine engine)
    {
        var clock = new ManualClock(DateTimeOffset.UnixEpoch.AddYears(56));
        await using var server = await TestServer.StartAsync(engine, clock: clock, apps: app => app.Messages.Recall = false);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        var message = await server.SayAsync("alice", conversation, "forbidden");
        clock.Advance(TimeSpan.FromDays(30));

        Assert.Equal(Refusals.PermissionDenied, (await server.AskAsync<LogEntry>(server.As("alice"), new RecallMessage(conversation, CommandId.New(), message, Force: true))).Refusal);
        Assert.Equal(Refusals.PermissionDenied, (await server.ForceRecallAsync("bob", conversation, message)).Refusal);
        Assert.Null((await server.ForceRecallAsync("alice", conversation, message)).Refusal);
    }

    [Theory, EveryEngine]
    [Trait("Row", "A12"), Trait("Row", "C4")]
    public async Task An_app_may_let_nothing_be_recalled(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, apps: app => app.Messages.Recall = false);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        var message = await server.SayAsync("alice", conversation, "stays");

        Assert.Equal(Refusals.RecallDisabled, (await server.RecallAsync("alice", conversation, message)).Refusal);
    }

    [Theory, EveryEngine]
    [Trait("Row", "B31")]
    public async Task What_was_recalled_is_neither_edited_nor_recalled_again_nor_forwarded(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        var (message, command) = (await server.SayAsync("alice", conversation, "gone"), CommandId.New());
        var recalled = await server.RecallAsync("alice", conversation, message, command);

        Assert.Equal(Refusals.MessageRecalled, (await server.EditAsync("alice", conversation, message, "back")).Refusal);
        Assert.Equal(Refusals.Unchanged, (await server.RecallAsync("alice", conversation, message)).Refusal);
        Assert.Equal(recalled, await server.RecallAsync("alice", conversation, message, command));
        Assert.Equal(Refusals.MessageRecalled, (await server.AskAsync<LogEntry>(server.As("alice"), new ForwardMessage(conversation, MessageId.New(), conversation, message))).Refusal);
    }

    [Theory, EveryEngine]
    [Trait("Row", "G17"), Trait("Row", "RC-01")]
    public async Task A_recall_beats_the_edits_that_race_with_it(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, apps: app => app.Messages.Edits = 100);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        for (var round = 0; round < 5; round++)
        {
            var message = await server.SayAsync("alice", conversation, "marker");

            await Task.WhenAll(Enumerable.Range(0, 20).Select(number => number == 10
                ? server.RecallAsync("alice", conversation, message)
                : server.EditAsync("alice", conversation, message, $"marker {number}")));

            Assert.True((await server.FindAsync("bob", conversation, message)).Recalled);
            Assert.Equal(0, await server.NumberAsync($"select count(*) from entries where cast(event as text) like '%marker%'"));
        }
    }

    [Theory, EveryEngine]
    [Trait("Row", "G15")]
    public async Task What_was_recalled_is_not_unread_also_when_it_was_read_ahead(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        var messages = new List<MessageId>();
        for (var number = 0; number < 5; number++) messages.Add(await server.SayAsync("alice", conversation, $"{number}"));
        await server.AskAsync<ReceiptCursors>(server.As("bob"), new MarkRead(conversation, Messages: [messages[3]]));
        Assert.Equal(4, await server.UnreadAsync("bob", conversation));

        await server.RecallAsync("alice", conversation, messages[3]);
        Assert.Equal(4, await server.UnreadAsync("bob", conversation));
        await server.RecallAsync("alice", conversation, messages[1]);

        Assert.Equal(3, await server.UnreadAsync("bob", conversation));
        Assert.Equal(3, (await server.AskAsync<UnreadTotal>(server.As("bob"), new CountUnread())).Value!.Unread);
    }

    [Theory, EveryEngine]
    public async Task Who_is_muted_may_take_back_what_he_said(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await Group.OfAsync(server, "alice", "bob");
        var message = await server.SayAsync("bob", group.Id, "sorry");
        await group.MuteAsync("alice", "bob");

        Assert.Null((await server.RecallAsync("bob", group.Id, message)).Refusal);
    }

    [Fact]
    [Trait("Row", "G17")]
    public async Task On_two_nodes_an_edit_never_follows_a_recall()
    {
        await using var server = await TestServer.StartAsync(Engine.Postgres, apps: app => app.Messages.Edits = 1_000);
        var (node, database) = await server.StartAnotherNodeAsync();
        try
        {
            var conversation = await server.ConversationOfAsync("alice", "bob");
            for (var round = 0; round < 10; round++)
            {
                var message = await server.SayAsync("alice", conversation, "marker");
                var edits = Enumerable.Range(0, 10).Select(number => server.AskAsync<LogEntry>(
                    server.As("alice"), new EditMessage(conversation, CommandId.New(), message, Text($"marker {number}")), number % 2 == 0 ? node : null)).ToArray();

                await server.RecallAsync("alice", conversation, message);
                var edited = await Task.WhenAll(edits);

                var versions = edited.Select(edit => edit.Value).OfType<LogEntry>().Select(entry => ((MessageEdited)entry.Event).Version).Order().ToArray();
                Assert.Equal(Enumerable.Range(1, versions.Length), versions);
                Assert.True((await server.FindAsync("bob", conversation, message)).Recalled);
                Assert.Equal(0, await server.NumberAsync($"select count(*) from entries where cast(event as text) like '%marker%'"));
            }
        }
        finally
        {
            await node.DisposeAsync();
            await database.DisposeAsync();
        }
    }
}
