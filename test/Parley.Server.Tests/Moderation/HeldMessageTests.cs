using Microsoft.Extensions.Logging.Abstractions;
using Parley.Moderation;
using Parley.Storage;
using Parley.Tests.Messages;

namespace Parley.Tests.Moderation;

/// <summary>What is held until somebody decides.</summary>
public sealed class HeldMessageTests
{
    [Theory, EveryEngine, Trait("Row", "A09"), Trait("Row", "B19"), Trait("Row", "B06")]
    public async Task A_held_message_is_released_in_its_senders_name_and_under_its_own_id(Engine engine)
    {
        var interceptor = new ToldInterceptor();
        await using var server = await TestServer.StartAsync(engine, interceptors: interceptor);
        var (conversation, message) = (await server.ConversationOfAsync("alice", "bob"), MessageId.New());
        interceptor.Say("dubious", MessageVerdict.Hold("looks like spam"));

        var told = await server.SendAsync("alice", conversation, "dubious", message);
        var retried = await server.SendAsync("alice", conversation, "dubious", message);
        var other = await server.SendAsync("alice", conversation, "dubious, or not", message);
        var held = Assert.Single((await HeldAsync(server)).Held);
        var before = await server.HistoryAsync("bob", conversation);
        var released = await ReleaseAsync(server, held);

        Assert.Equal((Refusals.Held, null, 508), (told.Refusal, told.Refusal!.Detail, told.Refusal.Agora));
        Assert.Equal(Refusals.Held, retried.Refusal);
        Assert.Null(other.Refusal);
        Assert.Equal((conversation, message, message.Value, new UserId("alice"), "looks like spam"), (held.Conversation, held.Message, held.Request.Value, held.Sender, held.Reason));
        Assert.Equal("dubious", held.Content.PlainText());
        Assert.DoesNotContain(before, entry => entry.Event is MessageSent { Content: var content } && content.PlainText() == "dubious");
    }

    [Theory, EveryEngine, Trait("Row", "B19"), Trait("Row", "G7")]
    public async Task Who_sends_again_what_was_released_gets_its_entry_and_releasing_again_records_nothing(Engine engine)
    {
        var interceptor = new ToldInterceptor();
        await using var server = await TestServer.StartAsync(engine, interceptors: interceptor);
        var (conversation, message) = (await server.ConversationOfAsync("alice", "bob"), MessageId.New());
        interceptor.Say("dubious", MessageVerdict.Hold());
        await server.SendAsync("alice", conversation, "dubious", message);
        var held = Assert.Single((await HeldAsync(server)).Held);

        var released = await ReleaseAsync(server, held);
        var again = await ReleaseAsync(server, held);
        var retried = await server.SendAsync("alice", conversation, "dubious", message);

        var sent = Assert.IsType<MessageSent>(released.Value!.Event);
        Assert.Equal((message, new UserId("alice"), "dubious"), (sent.Message, sent.Sender, sent.Content.PlainText()));
        Assert.Equal(released.Value, again.Value);
        Assert.Equal(released.Value, retried.Value);
        Assert.Empty((await HeldAsync(server)).Held);
        Assert.Equal(2, (await server.HistoryAsync("bob", conversation)).Count);
    }

    [Theory, EveryEngine, Trait("Row", "A09"), Trait("Row", "B19")]
    public async Task What_is_rejected_is_never_recorded_and_its_sender_is_told_why(Engine engine)
    {
        var interceptor = new ToldInterceptor();
        await using var server = await TestServer.StartAsync(engine, interceptors: interceptor);
        var (conversation, message) = (await server.ConversationOfAsync("alice", "bob"), MessageId.New());
        interceptor.Say("dubious", MessageVerdict.Hold());
        await server.SendAsync("alice", conversation, "dubious", message);
        var held = Assert.Single((await HeldAsync(server)).Held);

        var rejected = await server.AskAsync<HeldRejected>(server.As("alice"), new RejectHeld(conversation, held.Request, "spam"));
        var again = await server.AskAsync<HeldRejected>(server.As("alice"), new RejectHeld(conversation, held.Request, "other"));
        var retried = await server.SendAsync("alice", conversation, "dubious", message);

        Assert.Equal(rejected.Value, again.Value);
        Assert.Equal((Refusals.Intercepted, "spam"), (retried.Refusal, retried.Refusal!.Detail));
        Assert.Equal(Refusals.NotFound, (await ReleaseAsync(server, held)).Refusal);
        Assert.Empty((await HeldAsync(server)).Held);
        Assert.Equal(0, await server.NumberAsync($"select sum(length(body)) from held"));
        Assert.Equal(Refusals.NotFound, (await server.AskAsync<HeldRejected>(server.As("alice"), new RejectHeld(conversation, CommandId.New()))).Refusal);
    }

    [Theory, EveryEngine, Trait("Row", "B19")]
    public async Task An_edit_is_held_and_released_too(Engine engine)
    {
        var interceptor = new ToldInterceptor();
        await using var server = await TestServer.StartAsync(engine, interceptors: interceptor);
        var (conversation, message, command) = (await server.ConversationOfAsync("alice", "bob"), MessageId.New(), CommandId.New());
        interceptor.Say("dubious", MessageVerdict.Hold());
        await server.SendAsync("alice", conversation, "fine", message);
        var edit = new EditMessage(conversation, command, message, MessageContent.OfText("dubious"));

        Assert.Equal(Refusals.Held, (await server.AskAsync<LogEntry>(server.As("alice"), edit)).Refusal);
        var held = Assert.Single((await HeldAsync(server)).Held);
        var released = await ReleaseAsync(server, held);

        Assert.Equal((command, message), (held.Request, held.Message));
        Assert.Equal("dubious", Assert.IsType<MessageEdited>(released.Value!.Event).Content!.PlainText());
        Assert.Equal(released.Value, (await server.AskAsync<LogEntry>(server.As("alice"), edit)).Value);
    }

    [Theory, EveryEngine, Trait("Row", "G16"), Trait("Row", "B19")]
    public async Task What_is_held_of_a_message_goes_when_it_is_recalled_and_nothing_else(Engine engine)
    {
        var interceptor = new ToldInterceptor();
        await using var server = await TestServer.StartAsync(engine, interceptors: interceptor);
        var (conversation, other) = (await server.ConversationOfAsync("alice", "bob"), await server.ConversationOfAsync("bob", "carol"));
        var (message, kept) = (await server.SayAsync("alice", conversation, "secret"), await server.SayAsync("alice", conversation, "fine"));
        var edits = new[] { message, message, kept }.Select(one => new EditMessage(conversation, CommandId.New(), one, MessageContent.OfText("dubious"))).ToArray();
        interceptor.Say("dubious", MessageVerdict.Hold());
        interceptor.Say("secret", MessageVerdict.Hold());
        foreach (var edit in edits) await server.AskAsync<LogEntry>(server.As("alice"), edit);
        await server.SendAsync("alice", conversation, "dubious");
        var forward = new ForwardMessage(other, MessageId.New(), conversation, message);
        await server.AskAsync<LogEntry>(server.As("bob"), forward);
        await server.AskAsync<HeldRejected>(server.As("alice"), new RejectHeld(conversation, edits[1].CommandId, "spam"));
        Assert.Equal(4, (await HeldAsync(server)).Held.Count);

        await server.RecallAsync("alice", conversation, message);

        Assert.Equal([kept.Value, null], (await HeldAsync(server)).Held.Select(held => held.Message == kept ? kept.Value : default(Guid?)));
        Assert.Equal(2, await server.NumberAsync($"select count(*) from held"));
        // Who asks again is told what has become of it.
        foreach (var edit in edits[..2]) Assert.Equal(Refusals.MessageRecalled, (await server.AskAsync<LogEntry>(server.As("alice"), edit)).Refusal);
        Assert.Equal(Refusals.MessageRecalled, (await server.AskAsync<LogEntry>(server.As("bob"), forward)).Refusal);
        Assert.Equal(Refusals.NotFound, (await server.AskAsync<LogEntry>(server.As("alice"), new ReleaseHeld(conversation, edits[0].CommandId))).Refusal);
    }

    [Theory, EveryEngine, Trait("Row", "G16"), Trait("Row", "RC-01")]
    public async Task Nothing_is_held_of_a_message_that_is_recalled_at_the_same_time(Engine engine)
    {
        var interceptor = new ToldInterceptor();
        await using var server = await TestServer.StartAsync(engine, interceptors: interceptor);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        interceptor.Say("dubious", MessageVerdict.Hold());
        for (var round = 0; round < 5; round++)
        {
            var message = await server.SayAsync("alice", conversation, "fine");
            await Task.WhenAll(Enumerable.Range(0, 20).Select(number => number == 10
                ? server.RecallAsync("alice", conversation, message)
                : server.EditAsync("alice", conversation, message, "dubious")));

            Assert.Equal(0, await server.NumberAsync($"select count(*) from held"));
        }
    }

    [Theory, EveryEngine, Trait("Row", "G19"), Trait("Row", "B19")]
    public async Task What_is_held_of_a_message_goes_when_its_time_is_over(Engine engine)
    {
        var (clock, interceptor) = (new ManualClock(), new ToldInterceptor());
        await using var server = await TestServer.StartAsync(engine, clock: clock, apps: app => app.Retention.Direct = TimeSpan.FromDays(30), interceptors: interceptor);
        var (conversation, other) = (await server.ConversationOfAsync("alice", "bob"), await server.ConversationOfAsync("bob", "carol"));
        interceptor.Say("dubious", MessageVerdict.Hold());
        var old = await server.SayAsync("alice", conversation, "old");
        clock.Advance(TimeSpan.FromDays(15));
        var young = await server.SayAsync("alice", conversation, "young");
        foreach (var message in new[] { old, young }) await server.EditAsync("alice", conversation, message, "dubious");
        interceptor.Say("old", MessageVerdict.Hold());
        Assert.Equal(Refusals.Held, (await server.AskAsync<LogEntry>(server.As("bob"), new ForwardMessage(other, MessageId.New(), conversation, old))).Refusal);

        await server.Node.Retention.RunAsync(CancellationToken.None);
        Assert.Equal(3, (await HeldAsync(server)).Held.Count);
        clock.Advance(TimeSpan.FromDays(15));
        await server.Node.Retention.RunAsync(CancellationToken.None);

        Assert.Equal([young], (await HeldAsync(server)).Held.Select(held => held.Message));
    }

    [Theory, EveryEngine, Trait("Row", "B19"), Trait("Row", "A14")]
    public async Task Nothing_is_held_of_who_may_not_send_and_nothing_released_of_who_may_no_longer(Engine engine)
    {
        var interceptor = new ToldInterceptor();
        await using var server = await TestServer.StartAsync(engine, interceptors: interceptor);
        var conversation = await server.ConversationOfAsync("alice", "bob", "carol");
        interceptor.Say("dubious", MessageVerdict.Hold());

        Assert.Equal(Refusals.NotFound, (await server.SendAsync("mallory", conversation, "dubious")).Refusal);
        Assert.Empty((await HeldAsync(server)).Held);
        await server.SendAsync("carol", conversation, "dubious");
        await server.RemoveAsync("alice", conversation, "carol");
        var held = Assert.Single((await HeldAsync(server)).Held);

        Assert.Equal(Refusals.NotParticipant, (await ReleaseAsync(server, held)).Refusal);
        Assert.Single((await HeldAsync(server)).Held);
    }

    [Theory, EveryEngine, Trait("Row", "B19")]
    public async Task Ten_thousand_of_an_app_are_held_and_not_one_more_until_somebody_decides(Engine engine)
    {
        var interceptor = new ToldInterceptor();
        await using var server = await TestServer.StartAsync(engine, interceptors: interceptor);
        var (conversation, elsewhere) = (await server.ConversationOfAsync("alice", "bob"), ConversationId.New());
        await server.AskAsync<ConversationCreatedAnswer>(server.As("alice", "other"), new CreateConversation(elsewhere, ConversationKind.Group, []));
        interceptor.Say("dubious", MessageVerdict.Hold());
        await server.SendAsync("alice", conversation, "dubious");
        await server.ChangeAsync($"""
            with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 9998)
            insert into held (app, conversation, request, message, sender, digest, edits, body, reason, at, rejected_at)
            select h.app, h.conversation, {server.RandomKey}, h.message, h.sender, h.digest, h.edits, h.body, h.reason, h.at + 1, h.rejected_at from numbers, held h
            """);

        Assert.Equal(Refusals.Held, (await server.SendAsync("alice", conversation, "dubious")).Refusal);
        var refused = (await server.SendAsync("alice", conversation, "dubious")).Refusal;

        Assert.Equal((Refusals.ModerationUnavailable, "as many messages are held as may be", 10_000), (refused, refused!.Detail, await server.NumberAsync($"select count(*) from held")));
        Assert.Null((await server.SendAsync("alice", conversation, "fine")).Refusal);
        Assert.Equal(Refusals.Held, (await server.AskAsync<LogEntry>(server.As("alice", "other"), new SendMessage(elsewhere, MessageId.New(), MessageContent.OfText("dubious")))).Refusal);
        var held = (await HeldAsync(server)).Held[0];
        Assert.NotNull((await server.AskAsync<HeldRejected>(server.As("alice"), new RejectHeld(conversation, held.Request))).Value);
        Assert.Equal(Refusals.Held, (await server.SendAsync("alice", conversation, "dubious")).Refusal);
    }

    [Theory, EveryEngine, Trait("Row", "B19")]
    public async Task What_is_held_is_listed_by_pages_the_oldest_first_and_to_its_own_app_only(Engine engine)
    {
        var interceptor = new ToldInterceptor();
        await using var server = await TestServer.StartAsync(engine, interceptors: interceptor);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        interceptor.Say("dubious", MessageVerdict.Hold());
        var messages = Enumerable.Range(0, 5).Select(_ => MessageId.New()).ToArray();
        foreach (var message in messages) await server.SendAsync("alice", conversation, "dubious", message);

        var seen = new List<HeldMessage>();
        for (string? next = null; ;)
        {
            var page = (await server.AskAsync<HeldPage>(server.As("alice"), new ListHeld(2, next))).Value!;
            seen.AddRange(page.Held);
            if ((next = page.Next) is null) break;
        }

        // Two of one millisecond are in the order of their ids.
        Assert.Equal(messages.OrderBy(message => message.Value), seen.Select(held => held.Message).OrderBy(message => message.Value));
        Assert.Equal(seen.Select(held => held.At).Order(), seen.Select(held => held.At));
        Assert.Empty((await server.AskAsync<HeldPage>(server.As("alice", "other"), new ListHeld())).Value!.Held);
        Assert.Equal(Refusals.NotFound, (await server.AskAsync<LogEntry>(server.As("alice", "other"), new ReleaseHeld(conversation, new CommandId(messages[0].Value)))).Refusal);
        Assert.Equal(Refusals.InvalidParams, (await server.AskAsync<HeldPage>(server.As("alice"), new ListHeld(ListHeld.MaxLimit + 1))).Refusal);
        Assert.Equal(Refusals.InvalidParams, (await server.AskAsync<HeldPage>(server.As("alice"), new ListHeld(Next: "x"))).Refusal);
    }

    [Theory, EveryEngine, Trait("Row", "B19"), Trait("Row", "C13")]
    public async Task What_a_slower_node_wants_to_hold_of_a_conversation_or_a_sender_that_was_deleted_is_not_kept(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await using var journal = new Journal(server.Database, _ => { }, TimeProvider.System, NullLogger<Journal>.Instance);
        journal.Start();
        var (gone, kept) = (await server.ConversationOfAsync("alice", "bob", "carol"), await server.ConversationOfAsync("alice", "bob", "carol"));
        await server.ChangeAsync("alice", new DeleteConversation(gone, CommandId.New()));
        Assert.Null((await server.AskAsync<UserAccount>(server.As("nobody"), new DeleteUser(new UserId("carol")))).Refusal);

        Assert.Equal(Refusals.ConversationDeleted, await HoldAsync("bob", gone));
        Assert.Equal(Refusals.Suspended, await HoldAsync("carol", kept));
        Assert.Equal(0, await server.NumberAsync($"select count(*) from held"));
        Assert.Equal(Refusals.Held, await HoldAsync("bob", kept));
        Assert.Equal(1, await server.NumberAsync($"select count(*) from held"));

        // It was decided there that it could be recorded.
        async Task<Refusal?> HoldAsync(string sender, ConversationId conversation)
        {
            var (origin, command) = (new AwaitedOrigin(), new SendMessage(conversation, MessageId.New(), MessageContent.OfText("dubious")));
            var draft = new SendDraft(new ConversationKey(server.App, conversation), new UserId(sender), new byte[32], command, (_, _) => { });
            new HoldingOrigin(origin, draft, reason: null, server.Database, journal, TimeProvider.System).Refuse(Refusals.Held);
            return (await origin.AsAsync<LogEntry>()).Refusal;
        }
    }

    private static async Task<HeldPage> HeldAsync(TestServer server) => (await server.AskAsync<HeldPage>(server.As("alice"), new ListHeld())).Value!;

    private static Task<Outcome<LogEntry>> ReleaseAsync(TestServer server, HeldMessage held) =>
        server.AskAsync<LogEntry>(server.As("alice"), new ReleaseHeld(held.Conversation, held.Request));
}
