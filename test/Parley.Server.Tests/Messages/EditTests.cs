using static Parley.Tests.Messages.MessageWords;

namespace Parley.Tests.Messages;

/// <summary><c>message.edit</c>.</summary>
public sealed class EditTests
{
    [Theory, EveryEngine]
    [Trait("Row", "V25"), Trait("Row", "G17")]
    public async Task An_edit_changes_the_message_in_its_place_and_is_an_entry_for_all(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        var message = await server.SayAsync("alice", conversation, "Lunch at 12?");

        var edited = (await server.EditAsync("alice", conversation, message, "Lunch at 1?")).Value!;

        var log = await server.HistoryAsync("bob", conversation);
        Assert.Equal(new MessageEdited(new UserId("alice"), message, new Sequence(2), 1, Text("Lunch at 1?")), edited.Event);
        Assert.Equal(edited, log[2]);
        Assert.Equal(new MessageSent(message, new UserId("alice"), Text("Lunch at 1?"), Version: 1, EditedAt: edited.At), log[1].Event);
    }

    [Theory, EveryEngine]
    [Trait("Row", "V25")]
    public async Task An_edit_replaces_the_text_or_the_data_or_both_and_what_it_repeats_stays(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        var first = Text("Lunch?") with { Ext = CustomData.Parse("""{"color":"red"}"""), Mentions = new Mentions([new UserId("bob")]) };
        var message = MessageId.New();
        await server.DoAsync("alice", new SendMessage(conversation, message, first));
        var other = first with { Ext = CustomData.Parse("""{"color":"blue"}""") };

        foreach (var content in new[] { other, other with { Parts = [MessagePart.OfText("Dinner?")] }, other with { Ext = null }, Text("Tea?") })
        {
            var edited = await server.DoAsync("alice", new EditMessage(conversation, CommandId.New(), message, content));

            Assert.Equal(content, ((MessageEdited)edited.Event).Content);
            var log = await server.HistoryAsync("bob", conversation);
            Assert.Equal(content, ((MessageSent)log[1].Event).Content);
            Assert.Equal(edited, log[^1]);
        }
    }

    [Theory, EveryEngine]
    [Trait("Row", "G17")]
    public async Task Of_all_edits_only_the_newest_still_says_what_it_said(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        var message = await server.SayAsync("alice", conversation, "first");
        await server.EditAsync("alice", conversation, message, "second");

        await server.EditAsync("alice", conversation, message, "third");

        var log = await server.HistoryAsync("bob", conversation);
        Assert.Equal("third", ((MessageSent)log[1].Event).Content.PlainText());
        Assert.Equal(new MessageEdited(new UserId("alice"), message, new Sequence(2), 1, null), log[2].Event);
        Assert.Equal(new MessageEdited(new UserId("alice"), message, new Sequence(2), 2, Text("third")), log[3].Event);
        Assert.Equal(0, await server.NumberAsync($"select count(*) from entries where cast(event as text) like '%second%'"));
    }

    [Theory, EveryEngine]
    [Trait("Row", "G7")]
    public async Task The_same_edit_asked_again_is_the_first_and_another_under_its_id_is_refused(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        var (message, command) = (await server.SayAsync("alice", conversation, "first"), CommandId.New());
        var edited = await server.EditAsync("alice", conversation, message, Text("second"), command);

        Assert.Equal(edited, await server.EditAsync("alice", conversation, message, Text("second"), command));
        Assert.Equal(Refusals.IdInUse, (await server.EditAsync("alice", conversation, message, Text("other"), command)).Refusal);
        Assert.Equal(3, (await server.HistoryAsync("bob", conversation)).Count);
    }

    [Theory, EveryEngine]
    [Trait("Row", "G17"), Trait("Row", "RC-01")]
    public async Task Fifty_edits_at_once_have_fifty_versions(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, apps: app => app.Messages.Edits = 100);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        var message = await server.SayAsync("alice", conversation, "0");

        var edits = await Task.WhenAll(Enumerable.Range(1, 50).Select(number => server.EditAsync("alice", conversation, message, $"{number}")));

        var versions = edits.Select(edit => ((MessageEdited)edit.Value!.Event).Version);
        Assert.Equal(Enumerable.Range(1, 50), versions.Order());
        var last = edits.Select(edit => (MessageEdited)edit.Value!.Event).MaxBy(edit => edit.Version)!;
        Assert.Equal((50, last.Content), ((await server.FindAsync("bob", conversation, message)).Version, (await server.FindAsync("bob", conversation, message)).Content));
    }

    [Theory, EveryEngine]
    [Trait("Row", "B17"), Trait("Row", "ID-04")]
    public async Task Who_may_edit_what(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await Group.OfAsync(server, "alice", "bob", "carol");
        var message = await server.SayAsync("bob", group.Id, "bob's");

        Assert.Equal(Refusals.PermissionDenied, (await server.EditAsync("carol", group.Id, message, "carol was here")).Refusal);
        Assert.Equal(Refusals.NotFound, (await server.EditAsync("mallory", group.Id, message, "mallory was here")).Refusal);
        Assert.Equal(Refusals.MessageNotFound, (await server.EditAsync("bob", group.Id, MessageId.New(), "no such")).Refusal);
        Assert.Null((await server.EditAsync("alice", group.Id, message, "tidied")).Refusal);
        await group.PermitAsync("alice", ("bob", Permissions.Read | Permissions.Send));
        Assert.Equal(Refusals.PermissionDenied, (await server.EditAsync("bob", group.Id, message, "mine")).Refusal);
        Assert.Equal("tidied", (await server.FindAsync("carol", group.Id, message)).Content.PlainText());
    }

    [Theory, EveryEngine]
    public async Task Who_is_muted_says_nothing_by_editing_either(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await Group.OfAsync(server, "alice", "bob");
        var message = await server.SayAsync("bob", group.Id, "polite");
        await group.MuteAsync("alice", "bob");
        Assert.Equal(Refusals.Muted, (await server.EditAsync("bob", group.Id, message, "rude")).Refusal);

        await group.UnmuteAsync("alice", "bob");
        await group.UpdateAsync("alice", update => update with { Muted = true });

        Assert.Equal(Refusals.ConversationMuted, (await server.EditAsync("bob", group.Id, message, "rude")).Refusal);
        Assert.Equal("polite", (await server.FindAsync("alice", group.Id, message)).Content.PlainText());
    }

    [Theory, EveryEngine]
    [Trait("Row", "B17")]
    public async Task A_message_is_edited_ten_times_and_not_once_more(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        var message = await server.SayAsync("alice", conversation, "0");
        for (var number = 1; number <= 10; number++) Assert.Null((await server.EditAsync("alice", conversation, message, $"{number}")).Refusal);

        Assert.Equal(Refusals.EditLimit, (await server.EditAsync("alice", conversation, message, "11")).Refusal);
    }

    [Theory, EveryEngine]
    public async Task An_app_says_for_how_long_messages_are_edited(Engine engine)
    {
        var clock = new ManualClock(DateTimeOffset.UnixEpoch.AddYears(56));
        await using var server = await TestServer.StartAsync(engine, clock: clock, apps: app => app.Messages.EditWithin = TimeSpan.FromHours(1));
        var conversation = await server.ConversationOfAsync("alice", "bob");
        var message = await server.SayAsync("alice", conversation, "first");
        clock.Advance(TimeSpan.FromHours(1));
        Assert.Null((await server.EditAsync("alice", conversation, message, "just in time")).Refusal);

        clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(Refusals.TooLate, (await server.EditAsync("alice", conversation, message, "too late")).Refusal);
    }

    [Theory, EveryEngine]
    public async Task A_command_is_not_edited(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        var message = MessageId.New();
        await server.AskAsync<LogEntry>(server.As("alice"), new SendMessage(conversation, message, new MessageContent([MessagePart.Of(new AppCommand("blink"))])));

        Assert.Equal(Refusals.UnsupportedContent, (await server.EditAsync("alice", conversation, message, "x")).Refusal);
    }

    [Theory, EveryEngine]
    public async Task What_a_message_answers_stays_when_it_is_edited(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        var question = await server.SayAsync("alice", conversation, "Lunch?");
        var answer = await server.SayAsync("bob", conversation, "Yes", replyTo: question);

        await server.EditAsync("bob", conversation, answer, "No");

        Assert.Equal((question, "No"), ((await server.FindAsync("alice", conversation, answer)).ReplyTo!.Value, (await server.FindAsync("alice", conversation, answer)).Content.PlainText()));
    }
}
