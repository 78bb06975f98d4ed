using System.Collections.Concurrent;
using System.Text.Json;
using Parley.Delivery;
using Parley.Moderation;
using Parley.Storage;
using Parley.Tests.Messages;

namespace Parley.Tests.Moderation;

/// <summary>What is forwarded is looked at where it goes, whatever was said of it where it was.</summary>
public sealed class ForwardedMessageTests
{
    [Theory, EveryEngine, Trait("Row", "A08"), Trait("Row", "B45")]
    public async Task What_is_older_than_a_list_is_refused_masked_or_reported_when_it_is_forwarded(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (from, to) = (await server.ConversationOfAsync("alice", "bob"), await server.ConversationOfAsync("bob", "carol"));
        var (never, bad, odd) = (await server.SayAsync("alice", from, "never"), await server.SayAsync("alice", from, "a bad day"), await server.SayAsync("alice", from, "an odd day"));
        await WordListTests.PutAsync(server, "never", WordAction.Refuse, "never");
        await WordListTests.PutAsync(server, "rude", WordAction.Mask, "bad");
        await WordListTests.PutAsync(server, "watched", WordAction.Flag, "odd");

        var refused = await ForwardAsync(server, "bob", to, from, never);
        var masked = await ForwardAsync(server, "bob", to, from, bad);
        var flagged = await ForwardAsync(server, "bob", to, from, odd);

        // The words are no member of this request.
        Assert.Equal((Refusals.Filtered, "$.original"), (refused.Refusal, refused.Refusal!.Detail));
        Assert.Equal(("a *** day", bad), (Sent(masked).Content.PlainText(), Sent(masked).Forwarded!.Message));
        var report = Assert.Single((await server.AskAsync<ReportsPage>(server.As("alice"), new ListReports())).Value!.Reports);
        Assert.Equal((to, Sent(flagged).Message), (report.Conversation, report.Message));
        Assert.Equal(["a *** day", "an odd day"], await TextsAsync(server, "carol", to));
    }

    [Theory, EveryEngine, Trait("Row", "A09"), Trait("Row", "B19")]
    public async Task What_passes_in_one_conversation_is_asked_about_again_where_it_is_carried(Engine engine)
    {
        var asked = new Asked();
        await using var server = await TestServer.StartAsync(engine, interceptors: asked);
        var (from, to, third) = (await server.ConversationOfAsync("alice", "bob"), await server.ConversationOfAsync("bob", "carol"), await server.ConversationOfAsync("bob", "dave"));
        asked.Say = message => message.Conversation == to ? MessageVerdict.Refuse("not here") : message.Conversation == third ? MessageVerdict.Edit(MessageContent.OfText("[...]")) : MessageVerdict.Pass;
        var original = await server.SayAsync("alice", from, "fine there");
        var id = MessageId.New();

        var refused = await ForwardAsync(server, "bob", to, from, original, id);
        var edited = await ForwardAsync(server, "bob", third, from, original);

        Assert.Equal((Refusals.Intercepted, "not here"), (refused.Refusal, refused.Refusal!.Detail));
        Assert.Equal(("[...]", original), (Sent(edited).Content.PlainText(), Sent(edited).Forwarded!.Message));
        Assert.Empty(await TextsAsync(server, "carol", to));
        var told = asked.Messages.Single(message => message.Conversation == to);
        Assert.Equal((MessageStep.Send, id, id.Value, new UserId("bob"), "fine there"), (told.Step, told.Message, told.Request, told.Sender, told.Content.PlainText()));
        Assert.Equal((original, new UserId("alice")), (told.Forwarded!.Message, told.Forwarded.Sender));
        Assert.Null(asked.Messages.First().Forwarded);
        // What a retry asks for was not recorded: it is asked about again, and may pass then.
        asked.Say = _ => MessageVerdict.Pass;
        Assert.Equal("fine there", Sent(await ForwardAsync(server, "bob", to, from, original, id)).Content.PlainText());
    }

    [Theory, EveryEngine, Trait("Row", "A09"), Trait("Row", "B19")]
    public async Task The_hook_hears_where_it_comes_from_and_refuses_it(Engine engine)
    {
        await using var hook = await HookServer.StartAsync();
        await using var server = await TestServer.StartAsync(engine, apps: app => hook.Ask(app));
        var (from, to) = (await server.ConversationOfAsync("alice", "bob"), await server.ConversationOfAsync("bob", "carol"));
        var original = await server.SayAsync("alice", from, "fine there");
        hook.Answer = _ => """{"action":"refuse","reason":"not here"}""";

        var refused = await ForwardAsync(server, "bob", to, from, original);

        Assert.Equal((Refusals.Intercepted, "not here"), (refused.Refusal, refused.Refusal!.Detail));
        var told = JsonSerializer.Deserialize<JsonElement>(hook.Requests.Last().Body);
        Assert.Equal(["message.send", $"{to}", "bob"], new[] { "type", "conversation", "sender" }.Select(name => told.GetProperty(name).GetString()));
        Assert.Equal(($"{original}", "alice"), (told.GetProperty("forwarded").GetProperty("message").GetString(), told.GetProperty("forwarded").GetProperty("sender").GetString()));
        Assert.False(JsonSerializer.Deserialize<JsonElement>(hook.Requests.First().Body).TryGetProperty("forwarded", out _));
    }

    [Theory, EveryEngine, Trait("Row", "A08")]
    public async Task What_an_app_takes_no_more_is_not_forwarded_either(Engine engine)
    {
        var types = new List<string>();
        await using var server = await TestServer.StartAsync(engine, apps: app => types.ForEach(app.Messages.Types.Add));
        var (from, to) = (await server.ConversationOfAsync("alice", "bob"), await server.ConversationOfAsync("bob", "carol"));
        var (text, place) = (await server.SayAsync("alice", from, "text"), MessageId.New());
        await server.DoAsync("alice", new SendMessage(from, place, new MessageContent([new MessagePart("image/png", null) { Url = "https://example.org/a.png" }])));
        types.Add("text/plain");
        await server.RestartAsync();

        var unlooked = await ForwardAsync(server, "bob", to, from, place);
        await WordListTests.PutAsync(server, "never", WordAction.Refuse, "never");
        var looked = await ForwardAsync(server, "bob", to, from, place);

        Assert.All(new[] { unlooked, looked }, one => Assert.Equal((Refusals.UnsupportedContent, "$.original"), (one.Refusal, one.Refusal!.Detail)));
        Assert.Null((await ForwardAsync(server, "bob", to, from, text)).Refusal);
    }

    [Theory, EveryEngine, Trait("Row", "B19"), Trait("Row", "G7")]
    public async Task A_forward_that_is_held_is_released_as_what_was_looked_at(Engine engine)
    {
        var interceptor = new ToldInterceptor();
        await using var server = await TestServer.StartAsync(engine, interceptors: interceptor);
        var (from, to, id) = (await server.ConversationOfAsync("alice", "bob"), await server.ConversationOfAsync("bob", "carol"), MessageId.New());
        var original = await server.SayAsync("alice", from, "dubious");
        interceptor.Say("dubious", MessageVerdict.Hold("looks like spam"));

        Assert.Equal(Refusals.Held, (await ForwardAsync(server, "bob", to, from, original, id)).Refusal);
        Assert.Equal(Refusals.Held, (await ForwardAsync(server, "bob", to, from, original, id)).Refusal);
        var held = Assert.Single((await server.AskAsync<HeldPage>(server.As("alice"), new ListHeld())).Value!.Held);
        await server.EditAsync("alice", from, original, "something else");
        var released = await server.AskAsync<LogEntry>(server.As("alice"), new ReleaseHeld(to, held.Request));

        Assert.Equal((to, id, id.Value, new UserId("bob"), "dubious", "looks like spam"), (held.Conversation, held.Message, held.Request.Value, held.Sender, held.Content.PlainText(), held.Reason));
        Assert.Equal((id, new UserId("bob"), "dubious"), (Sent(released).Message, Sent(released).Sender, Sent(released).Content.PlainText()));
        Assert.Equal((original, new UserId("alice")), (Sent(released).Forwarded!.Message, Sent(released).Forwarded!.Sender));
        Assert.Equal(released.Value, (await ForwardAsync(server, "bob", to, from, original, id)).Value);
        Assert.Empty((await server.AskAsync<HeldPage>(server.As("alice"), new ListHeld())).Value!.Held);
    }

    [Theory, EveryEngine, Trait("Row", "B19"), Trait("Row", "G16")]
    public async Task A_forward_that_was_rejected_is_not_made_and_of_what_was_recalled_none_is_released(Engine engine)
    {
        var interceptor = new ToldInterceptor();
        await using var server = await TestServer.StartAsync(engine, interceptors: interceptor);
        var (from, to, id) = (await server.ConversationOfAsync("alice", "bob"), await server.ConversationOfAsync("bob", "carol"), MessageId.New());
        var original = await server.SayAsync("alice", from, "dubious");
        interceptor.Say("dubious", MessageVerdict.Hold());
        await ForwardAsync(server, "bob", to, from, original, id);
        var other = MessageId.New();
        await ForwardAsync(server, "bob", to, from, original, other);

        await server.AskAsync<HeldRejected>(server.As("alice"), new RejectHeld(to, new CommandId(id.Value), "spam"));
        var rejected = await ForwardAsync(server, "bob", to, from, original, id);
        await server.RecallAsync("alice", from, original);
        var released = await server.AskAsync<LogEntry>(server.As("alice"), new ReleaseHeld(to, new CommandId(other.Value)));

        Assert.Equal((Refusals.Intercepted, "spam"), (rejected.Refusal, rejected.Refusal!.Detail));
        Assert.NotNull(released.Refusal);
        Assert.Empty(await TextsAsync(server, "carol", to));
    }

    [Theory, EveryEngine, Trait("Row", "A09"), Trait("Row", "B19")]
    public async Task What_is_edited_while_it_is_looked_at_is_looked_at_again(Engine engine)
    {
        var interceptor = new ToldInterceptor();
        await using var server = await TestServer.StartAsync(engine, interceptors: interceptor);
        var (from, to) = (await server.ConversationOfAsync("alice", "bob"), await server.ConversationOfAsync("bob", "carol"));
        var (original, recalled) = (await server.SayAsync("alice", from, "first"), await server.SayAsync("alice", from, "going"));
        var (thinking, going) = (interceptor.Think("first"), interceptor.Think("going"));

        var forwarded = ForwardAsync(server, "bob", to, from, original);
        var gone = ForwardAsync(server, "bob", to, from, recalled);
        await interceptor.AskedAsync("first", times: 2);
        await interceptor.AskedAsync("going", times: 2);
        await server.EditAsync("alice", from, original, "second");
        await server.RecallAsync("alice", from, recalled);
        interceptor.Say("second", MessageVerdict.Refuse("worse"));
        thinking.SetResult(MessageVerdict.Pass);
        going.SetResult(MessageVerdict.Pass);

        Assert.Equal((Refusals.Intercepted, "worse"), ((await forwarded).Refusal, (await forwarded).Refusal!.Detail));
        Assert.Equal(Refusals.MessageRecalled, (await gone).Refusal);
        Assert.Empty(await TextsAsync(server, "carol", to));
    }

    [Theory, EveryEngine, Trait("Row", "B19")]
    public async Task It_is_looked_at_three_times_and_no_more(Engine engine)
    {
        var asked = new Asked();
        await using var server = await TestServer.StartAsync(engine, interceptors: asked);
        var (from, to) = (await server.ConversationOfAsync("alice", "bob"), await server.ConversationOfAsync("bob", "carol"));
        var original = await server.SayAsync("alice", from, "0");
        var edits = 0;
        asked.Before = async message =>
        {
            if (message.Conversation == to && edits-- > 0) Assert.Null((await server.EditAsync("alice", from, original, $"{edits} to come")).Refusal);
        };

        edits = Moderator.MaxLooks - 1;
        var taken = await ForwardAsync(server, "bob", to, from, original);
        edits = Moderator.MaxLooks;
        var id = MessageId.New();
        var refused = await ForwardAsync(server, "bob", to, from, original, id);

        Assert.Equal("0 to come", Sent(taken).Content.PlainText());
        Assert.Equal((Refusals.ModerationUnavailable, RetryPolicy.Later), (refused.Refusal, refused.Refusal!.Retry));
        Assert.Equal(2 * Moderator.MaxLooks, asked.Messages.Count(message => message.Conversation == to));
        Assert.Null((await ForwardAsync(server, "bob", to, from, original, id)).Refusal);
    }

    [Theory, EveryEngine, Trait("Row", "B19"), Trait("Row", "G6")]
    public async Task What_the_same_connection_asks_waits_until_it_was_looked_at_again(Engine engine)
    {
        var interceptor = new ToldInterceptor();
        await using var server = await TestServer.StartAsync(engine, interceptors: interceptor);
        var (from, to) = (await server.ConversationOfAsync("alice", "bob"), await server.ConversationOfAsync("bob", "carol"));
        var original = await server.SayAsync("alice", from, "first");
        var phone = new Subscriber(new UserKey(server.App, new UserId("bob")), new DeviceId("phone"), Receives.AnswersOnly, new OutboundQueue(OutboundBounds.Default));
        var (first, second) = (interceptor.Think("first"), interceptor.Think("second"));

        var forwarded = Ask(new ForwardMessage(to, MessageId.New(), from, original));
        await interceptor.AskedAsync("first", times: 2);
        var sent = Ask(new SendMessage(to, MessageId.New(), MessageContent.OfText("third")));
        var edited = server.EditAsync("alice", from, original, "second");
        second.SetResult(MessageVerdict.Pass);
        await edited;
        second = interceptor.Think("second");
        first.SetResult(MessageVerdict.Pass);
        await interceptor.AskedAsync("second", times: 2);
        Assert.False(sent.IsCompleted);
        second.SetResult(MessageVerdict.Pass);
        await Task.WhenAll(forwarded, sent);

        Assert.Equal(["second", "third"], await TextsAsync(server, "carol", to));

        Task<Outcome<LogEntry>> Ask(object command)
        {
            var origin = new AwaitedOrigin(phone);
            server.Ask(server.As("bob"), command, origin);
            return origin.AsAsync<LogEntry>();
        }
    }

    [Theory, EveryEngine, Trait("Row", "B19")]
    public async Task What_is_not_there_yet_when_it_is_looked_for_is_looked_at_when_it_is(Engine engine)
    {
        var interceptor = new ToldInterceptor();
        await using var server = await TestServer.StartAsync(engine, interceptors: interceptor);
        var (from, to, original) = (await server.ConversationOfAsync("alice", "bob"), await server.ConversationOfAsync("bob", "carol"), MessageId.New());
        await server.SendAsync("bob", to, "so that its rules are known");
        var (reached, release) = server.Faults.HoldCommits();

        var sent = server.SendAsync("alice", from, "just sent", original);
        await reached;
        var forwarded = ForwardAsync(server, "bob", to, from, original);
        await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        interceptor.Say("just sent", MessageVerdict.Refuse("not here"));
        release.SetResult();

        Assert.Null((await sent).Refusal);
        // Whichever came first: nobody forwards what nobody has looked at.
        Assert.Contains((await forwarded).Refusal, new[] { Refusals.Intercepted, Refusals.MessageNotFound });
    }

    [Theory, EveryEngine, Trait("Row", "ID-07"), Trait("Row", "A14")]
    public async Task Nobody_is_asked_about_what_its_sender_may_not_read(Engine engine)
    {
        var interceptor = new ToldInterceptor();
        await using var server = await TestServer.StartAsync(engine, interceptors: interceptor);
        var (from, own) = (await server.ConversationOfAsync("alice", "bob"), await server.ConversationOfAsync("mallory", "carol"));
        var (secret, recalled) = (await server.SayAsync("alice", from, "secret"), await server.SayAsync("alice", from, "recalled"));
        await server.RecallAsync("alice", from, recalled);
        interceptor.Asked.Clear();

        var foreign = await ForwardAsync(server, "mallory", own, from, secret);
        var none = await ForwardAsync(server, "mallory", own, ConversationId.New(), secret);
        var gone = await ForwardAsync(server, "bob", from, from, recalled);

        Assert.Equal((Refusals.MessageNotFound, Refusals.MessageNotFound, Refusals.MessageRecalled), (foreign.Refusal, none.Refusal, gone.Refusal));
        Assert.Equal(foreign.Refusal!.Detail, none.Refusal!.Detail);
        Assert.Empty(interceptor.Asked);
        // And who may not send there learns nothing of what is said of it.
        interceptor.Say("secret", MessageVerdict.Refuse("no"));
        Assert.Equal(Refusals.NotFound, (await ForwardAsync(server, "bob", own, from, secret)).Refusal);
    }

    [Theory, EveryEngine, Trait("Row", "G7")]
    public async Task A_forward_asked_again_is_the_first_whatever_is_said_of_it_by_then(Engine engine)
    {
        var interceptor = new ToldInterceptor();
        await using var server = await TestServer.StartAsync(engine, interceptors: interceptor);
        var (from, to, id) = (await server.ConversationOfAsync("alice", "bob"), await server.ConversationOfAsync("bob", "carol"), MessageId.New());
        var original = await server.SayAsync("alice", from, "fine");
        var first = await ForwardAsync(server, "bob", to, from, original, id);

        interceptor.Say("fine", MessageVerdict.Refuse());
        Assert.Equal(first.Value, (await ForwardAsync(server, "bob", to, from, original, id)).Value);
        await server.RecallAsync("alice", from, original);
        Assert.Equal(first.Value, (await ForwardAsync(server, "bob", to, from, original, id)).Value);
    }

    private static MessageSent Sent(Outcome<LogEntry> outcome) => Assert.IsType<MessageSent>(outcome.Value?.Event);

    private static Task<Outcome<LogEntry>> ForwardAsync(TestServer server, string sender, ConversationId to, ConversationId from, MessageId message, MessageId? id = null) =>
        server.AskAsync<LogEntry>(server.As(sender), new ForwardMessage(to, id ?? MessageId.New(), from, message));

    private static async Task<IEnumerable<string>> TextsAsync(TestServer server, string user, ConversationId conversation) =>
        (await server.HistoryAsync(user, conversation)).Select(entry => entry.Event).OfType<MessageSent>().Select(sent => sent.Content.PlainText());

    /// <summary>Says of each message what a test says, by all that is known of it.</summary>
    private sealed class Asked : IMessageInterceptor
    {
        public ConcurrentQueue<InterceptedMessage> Messages { get; } = new();

        public Func<InterceptedMessage, MessageVerdict> Say { get; set; } = _ => MessageVerdict.Pass;

        public Func<InterceptedMessage, Task> Before { get; set; } = _ => Task.CompletedTask;

        public async ValueTask<MessageVerdict> InterceptAsync(InterceptedMessage message, CancellationToken cancel)
        {
            Messages.Enqueue(message);
            await Before(message);
            return Say(message);
        }
    }
}
