using Parley.Retention;
using Parley.Tests.Messages;

namespace Parley.Tests.Retention;

/// <summary>Ids outlive what they named (G8).</summary>
public class KnownIdTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Theory, EveryEngine]
    [Trait("Row", "G8")]
    [Trait("Row", "G19")]
    public async Task For_three_days_a_retry_gets_its_place_and_nothing_comes_back(Engine engine)
    {
        await using var archive = await Archive.StartAsync(engine, Hour);
        var server = archive.Server;
        var group = await server.ConversationOfAsync("alice", "bob", "carol");
        var send = new SendMessage(group, MessageId.New(), MessageContent.OfText("a secret of an hour"));
        var first = (await server.ChangeAsync("alice", send)).Value!;
        var edit = new EditMessage(group, CommandId.New(), send.Message, MessageContent.OfText("another secret"));
        await server.DoAsync("alice", edit);
        var rename = new UpdateConversation(group, CommandId.New(), Title: "renamed");
        var renamed = await server.DoAsync("alice", rename);
        var cancelled = MessageId.New();
        await server.CancelAsync("bob", group, cancelled);

        foreach (var wait in new[] { Hour, TimeSpan.FromHours(71) - TimeSpan.FromMilliseconds(1) })
        {
            await archive.PassAsync(wait);
            Assert.Equal("1-4 expired", await archive.PageAsync("bob", new ReadEntries(group)));
            Assert.Equal(0, await server.NumberAsync($"select count(*) from entries where cast(event as text) like '%secret%'"));

            var again = (await server.ChangeAsync("alice", send)).Value!;
            Assert.Equal((first.Sequence, first.At), (again.Sequence, again.At));
            Assert.Equal(new MessageSent(send.Message, new UserId("alice"), MessageContent.None, Expired: true), again.Event);
            Assert.Equal(again, (await server.CancelAsync("alice", group, send.Message)).Value!.Entry);
            Assert.Equal(Refusals.IdInUse, await server.RefusalOfAsync("alice", send with { Content = MessageContent.OfText("something else") }));
            Assert.Equal(Refusals.IdInUse, await server.RefusalOfAsync("bob", send));
            Assert.Null(Assert.IsType<MessageEdited>((await server.ChangeAsync("alice", edit)).Value!.Event).Content);
            Assert.Equal(renamed, (await server.ChangeAsync("alice", rename)).Value);
            Assert.Equal(Refusals.Cancelled, await server.RefusalOfAsync("bob", new SendMessage(group, cancelled, MessageContent.OfText("late"))));
            Assert.Equal(4, (await server.StateAsync("bob", group)).Head.Value);
            await server.RestartAsync();
        }

        // And then it is forgotten, but for the conversation's own id.
        await archive.PassAsync(TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, await archive.CountAsync("entries"));
        Assert.Equal("1-4 expired", await archive.PageAsync("bob", new ReadEntries(group)));
        Assert.Equal(5, (await server.ChangeAsync("alice", send)).Value!.Sequence.Value);
    }

    [Theory, EveryEngine]
    [Trait("Row", "G8")]
    public async Task What_was_emptied_is_forgotten_as_it_gets_old_and_not_before(Engine engine)
    {
        TimeSpan? age = Hour;
        await using var archive = await Archive.StartAsync(engine, app => app.Retention.Direct = age);
        var server = archive.Server;
        var chat = await server.ConversationOfAsync("alice", "bob");
        for (var number = 0; number < 10; number++)
        {
            await server.SayAsync("alice", chat, $"hour {number}");
            await archive.PassAsync(TimeSpan.FromHours(10));
        }

        await archive.RunAsync();

        // 100 hours after the first: of the ten, those of hours 30 to 90 are younger than 72 hours.
        Assert.Equal(1 + 7, await archive.CountAsync("entries"));
        await archive.PassAsync(TimeSpan.FromHours(2));
        Assert.Equal(1 + 6, await archive.CountAsync("entries"));
        // Also when the app keeps everything from now on.
        await archive.PassAsync(TimeSpan.FromDays(3));
        age = null;
        await server.RestartAsync();
        await archive.RunAsync();
        Assert.Equal(1, await archive.CountAsync("entries"));
        Assert.Equal(1, await server.NumberAsync($"select count(*) from conversations where emptied_at is null and emptied_from is null"));
    }

    [Theory, EveryEngine]
    [Trait("Row", "G8")]
    public async Task A_creation_that_is_tried_again_finds_what_it_created_however_late(Engine engine)
    {
        await using var archive = await Archive.StartAsync(engine, Hour);
        var server = archive.Server;
        var wish = new CreateConversation(ConversationId.New(), ConversationKind.Group, [new UserId("bob")], "a title of then");
        Assert.NotNull((await server.CreateAsync("alice", wish)).Value!.Entry);
        var direct = new CreateConversation(ConversationId.New(), ConversationKind.Direct, [new UserId("bob")]);
        await server.CreateAsync("alice", direct);

        foreach (var wait in new[] { Hour, TimeSpan.FromDays(100) })
        {
            await archive.PassAsync(wait);
            foreach (var one in new[] { wish, direct })
            {
                var again = (await server.CreateAsync("alice", one)).Value!;
                Assert.Equal((one.Conversation, CreationOutcome.Created, null), (again.Conversation.Conversation, again.Outcome, again.Entry));
            }

            Assert.Equal(Refusals.IdInUse, (await server.CreateAsync("alice", wish with { Title = "another" })).Refusal);
            Assert.Equal(Refusals.IdInUse, (await server.CreateAsync("mallory", wish)).Refusal);
        }

        Assert.Equal(0, await server.NumberAsync($"select count(*) from entries where cast(event as text) like '%title%'"));
        Assert.Equal("a title of then", (await server.StateAsync("bob", wish.Conversation)).Title);
    }

    [Fact]
    public void Of_an_event_stays_what_a_retry_needs_and_nothing_that_was_said()
    {
        var alice = new UserId("alice");
        var sent = new MessageSent(
            MessageId.New(), alice, MessageContent.OfText("x"), MessageId.New(), new ForwardedFrom(MessageId.New(), alice, default), Version: 2, DateTimeOffset.UnixEpoch);
        var edited = new MessageEdited(alice, sent.Message, new Sequence(2), 1, MessageContent.OfText("x"));
        var recalled = new MessageRecalled(alice, sent.Message, new Sequence(2));

        Assert.Equal(new MessageSent(sent.Message, alice, MessageContent.None, Expired: true), ExpiryRules.Emptied(sent));
        Assert.Equal(edited with { Content = null }, ExpiryRules.Emptied(edited));
        Assert.Same(recalled, ExpiryRules.Emptied(recalled));
    }
}
