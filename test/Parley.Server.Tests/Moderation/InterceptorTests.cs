using Parley.Delivery;
using Parley.Moderation;
using Parley.Storage;

namespace Parley.Tests.Moderation;

/// <summary>Interceptors of the host: what becomes of messages, and in which order.</summary>
public sealed class InterceptorTests
{
    [Theory, EveryEngine, Trait("Row", "A09"), Trait("Row", "B19")]
    public async Task A_message_passes_is_changed_or_is_refused_with_the_reason(Engine engine)
    {
        var interceptor = new ToldInterceptor();
        await using var server = await TestServer.StartAsync(engine, interceptors: interceptor);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        interceptor.Say("rude", MessageVerdict.Edit(MessageContent.OfText("polite")));
        interceptor.Say("wrong", MessageVerdict.Refuse("not here"));
        var (passed, id) = (MessageId.New(), MessageId.New());

        var sent = await server.SendAsync("alice", conversation, "fine", passed);
        var edited = await server.SendAsync("alice", conversation, "rude", id);
        var refused = await server.SendAsync("alice", conversation, "wrong");
        var changed = await server.AskAsync<LogEntry>(server.As("alice"), new EditMessage(conversation, CommandId.New(), passed, MessageContent.OfText("rude")));

        Assert.Equal("fine", Assert.IsType<MessageSent>(sent.Value!.Event).Content.PlainText());
        Assert.Equal("polite", Assert.IsType<MessageSent>(edited.Value!.Event).Content.PlainText());
        Assert.Equal((Refusals.Intercepted, "not here", 502), (refused.Refusal, refused.Refusal!.Detail, refused.Refusal.Agora));
        Assert.Equal("polite", Assert.IsType<MessageEdited>(changed.Value!.Event).Content!.PlainText());
        var asked = interceptor.Asked.Last();
        Assert.Equal(("demo", MessageStep.Edit, conversation, passed, new UserId("alice")), (asked.App, asked.Step, asked.Conversation, asked.Message, asked.Sender));
        // What he asked for is what he sent, so a retry is the same request.
        Assert.Equal(edited.Value, (await server.SendAsync("alice", conversation, "rude", id)).Value);
        Assert.Equal(Refusals.IdInUse, (await server.SendAsync("alice", conversation, "polite", id)).Refusal);
    }

    [Theory, EveryEngine, Trait("Row", "B19"), Trait("Row", "G7")]
    public async Task A_retry_gets_its_first_answer_whatever_is_said_of_it_by_then(Engine engine)
    {
        var interceptor = new ToldInterceptor();
        await using var server = await TestServer.StartAsync(engine, interceptors: interceptor);
        var (conversation, message) = (await server.ConversationOfAsync("alice", "bob"), MessageId.New());
        var sent = await server.SendAsync("alice", conversation, "fine", message);

        interceptor.Say("fine", MessageVerdict.Refuse());
        Assert.Equal(sent.Value, (await server.SendAsync("alice", conversation, "fine", message)).Value);
        interceptor.Say("fine", MessageVerdict.Hold());
        Assert.Equal(sent.Value, (await server.SendAsync("alice", conversation, "fine", message)).Value);
        Assert.Equal(0, await server.NumberAsync($"select count(*) from held"));
    }

    [Theory, EveryEngine, Trait("Row", "B19")]
    public async Task What_a_connection_asks_of_a_conversation_waits_behind_a_message_that_is_thought_about_and_nobody_else_does(Engine engine)
    {
        var interceptor = new ToldInterceptor();
        await using var server = await TestServer.StartAsync(engine, interceptors: interceptor);
        var (conversation, other) = (await server.ConversationOfAsync("alice", "bob", "carol"), await server.ConversationOfAsync("alice", "bob", "dave"));
        var (phone, tablet) = (Connected(server, "phone"), Connected(server, "tablet"));
        var thinking = interceptor.Think("first");

        var first = Ask(phone, Send(conversation, "first"));
        await interceptor.AskedAsync("first");
        var second = Ask(phone, Send(conversation, "second"));
        var left = Ask(phone, new AddParticipants(conversation, CommandId.New(), [new UserId("erin")]));
        var third = Ask(phone, Send(conversation, "third"));
        var elsewhere = await Ask(phone, Send(other, "elsewhere"));
        var ofTablet = await Ask(tablet, Send(conversation, "tablet"));
        var ofBob = await server.SendAsync("bob", conversation, "bob");

        Assert.All(new[] { elsewhere, ofTablet, ofBob }, outcome => Assert.Null(outcome.Refusal));
        Assert.All(new Task[] { first, second, left, third }, task => Assert.False(task.IsCompleted));
        Assert.DoesNotContain("second", interceptor.Texts);
        thinking.SetResult(MessageVerdict.Pass);
        LogEntry[] entries = [(await first).Value!, (await second).Value!, (await left).Value!, (await third).Value!];
        Assert.Equal([4, 5, 6, 7], entries.Select(entry => entry.Sequence.Value));
        Assert.Equal(["first", "elsewhere", "tablet", "bob", "second", "third"], interceptor.Texts);
        Assert.Null((await Ask(phone, Send(conversation, "fourth"))).Refusal);

        Task<Outcome<LogEntry>> Ask(Subscriber connection, object command)
        {
            var origin = new AwaitedOrigin(connection);
            server.Ask(server.As("alice"), command, origin);
            return origin.AsAsync<LogEntry>();
        }
    }

    [Theory, EveryEngine, Trait("Row", "A10"), Trait("Row", "B19")]
    public async Task An_interceptor_that_fails_costs_its_message_and_no_other(Engine engine)
    {
        var interceptor = new ToldInterceptor();
        await using var server = await TestServer.StartAsync(engine, interceptors: interceptor);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        interceptor.Throw("first");
        interceptor.Say("empty", MessageVerdict.Edit(MessageContent.None));

        var failed = await server.SendAsync("alice", conversation, "first");

        Assert.Equal((Refusals.Internal, 503), (failed.Refusal, failed.Refusal!.Agora));
        // What it makes of a message is looked at like any other, and what the sender wrote is not recorded instead.
        Assert.Equal(Refusals.ModerationUnavailable, (await server.SendAsync("alice", conversation, "empty")).Refusal);
        Assert.Null((await server.SendAsync("alice", conversation, "second")).Refusal);
    }

    [Theory, EveryEngine, Trait("Row", "A10"), Trait("Row", "B19")]
    public async Task An_interceptor_has_five_seconds_and_not_one_millisecond_more(Engine engine)
    {
        var (clock, interceptor) = (new ManualClock(), new ToldInterceptor());
        await using var server = await TestServer.StartAsync(engine, clock: clock, interceptors: interceptor);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        var (inTime, never) = (interceptor.Think("in time"), interceptor.Think("never"));

        var first = server.SendAsync("alice", conversation, "in time");
        await interceptor.AskedAsync("in time");
        await clock.WaitedForAsync(TimeSpan.FromSeconds(5));
        clock.Advance(TimeSpan.FromSeconds(5) - TimeSpan.FromMilliseconds(1));
        inTime.SetResult(MessageVerdict.Pass);
        Assert.Null((await first).Refusal);

        var second = server.SendAsync("alice", conversation, "never");
        await interceptor.AskedAsync("never");
        await clock.WaitedForAsync(TimeSpan.FromSeconds(5));
        clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(Refusals.Internal, (await second).Refusal);
        // What it says afterwards changes nothing.
        never.SetResult(MessageVerdict.Pass);
        Assert.Equal(2, (await server.HistoryAsync("bob", conversation)).Count);
    }

    [Theory, EveryEngine, Trait("Row", "B19")]
    public async Task Several_are_asked_one_after_another_each_about_what_the_one_before_made_of_it(Engine engine)
    {
        var (one, two) = (new ToldInterceptor(), new ToldInterceptor());
        await using var server = await TestServer.StartAsync(engine, interceptors: [one, two]);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        one.Say("a", MessageVerdict.Edit(MessageContent.OfText("b")));
        two.Say("b", MessageVerdict.Edit(MessageContent.OfText("c")));
        one.Say("never", MessageVerdict.Refuse());

        Assert.Equal("c", Assert.IsType<MessageSent>((await server.SendAsync("alice", conversation, "a")).Value!.Event).Content.PlainText());
        await server.SendAsync("alice", conversation, "never");
        Assert.Equal(["b"], two.Texts);
    }

    [Theory, EveryEngine, Trait("Row", "A08"), Trait("Row", "B19")]
    public async Task Nobody_is_asked_about_what_a_list_refuses_and_of_what_it_masks_about_the_rest(Engine engine)
    {
        var interceptor = new ToldInterceptor();
        await using var server = await TestServer.StartAsync(engine, interceptors: interceptor);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        await WordListTests.PutAsync(server, "never", WordAction.Refuse, "never");
        await WordListTests.PutAsync(server, "rude", WordAction.Mask, "bad");

        await server.SendAsync("alice", conversation, "never");
        await server.SendAsync("alice", conversation, "bad");

        Assert.Equal(["***"], interceptor.Texts);
    }

    private static SendMessage Send(ConversationId to, string text) => new(to, MessageId.New(), MessageContent.OfText(text));

    private static Subscriber Connected(TestServer server, string device) =>
        new(new UserKey(server.App, new UserId("alice")), new DeviceId(device), Receives.AnswersOnly, new OutboundQueue(OutboundBounds.Default));
}
