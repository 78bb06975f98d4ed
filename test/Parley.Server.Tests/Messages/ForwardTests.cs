using static Parley.Tests.Messages.MessageWords;

namespace Parley.Tests.Messages;

/// <summary><c>message.forward</c>, and what a message answers.</summary>
public sealed class ForwardTests
{
    [Theory, EveryEngine]
    public async Task A_forward_says_what_the_message_says_now_and_who_said_it_first(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (from, to, further) = (await server.ConversationOfAsync("alice", "bob"), await server.ConversationOfAsync("bob", "carol"), await server.ConversationOfAsync("carol", "dave"));
        var message = await server.SayAsync("alice", from, "first");
        await server.EditAsync("alice", from, message, "second");
        var at = (await server.HistoryAsync("bob", from))[1].At;

        var forwarded = Assert.IsType<MessageSent>((await ForwardAsync(server, "bob", to, from, message)).Value!.Event);
        var again = Assert.IsType<MessageSent>((await ForwardAsync(server, "carol", further, to, forwarded.Message)).Value!.Event);

        Assert.Equal((new UserId("bob"), "second", new ForwardedFrom(message, new UserId("alice"), at)), (forwarded.Sender, forwarded.Content.PlainText(), forwarded.Forwarded));
        Assert.Equal((new UserId("carol"), "second", new ForwardedFrom(message, new UserId("alice"), at)), (again.Sender, again.Content.PlainText(), again.Forwarded));
        Assert.Equal(again, await server.FindAsync("dave", further, again.Message));
    }

    [Theory, EveryEngine]
    [Trait("Row", "ID-07"), Trait("Row", "ID-02")]
    public async Task Only_what_its_sender_may_read_is_forwarded_or_answered(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (foreign, own) = (await server.ConversationOfAsync("alice", "bob"), await server.ConversationOfAsync("mallory", "carol"));
        var message = await server.SayAsync("alice", foreign, "secret");
        var group = await Group.OfAsync(server, new CreateConversation(ConversationId.New(), ConversationKind.Group, [new UserId("carol")], Settings: new NewSettings(History: HistoryVisibility.WhileIn)));
        var before = await server.SayAsync("alice", group.Id, "before mallory");
        await group.AddAsync("alice", "mallory");

        Assert.Equal(Refusals.MessageNotFound, (await ForwardAsync(server, "mallory", own, foreign, message)).Refusal);
        Assert.Equal(Refusals.MessageNotFound, (await ForwardAsync(server, "mallory", own, group.Id, before)).Refusal);
        Assert.Equal(Refusals.MessageNotFound, (await ReplyAsync(server, "mallory", own, message)).Refusal);
        Assert.Equal(Refusals.MessageNotFound, (await ReplyAsync(server, "mallory", group.Id, before)).Refusal);
        Assert.Null((await ReplyAsync(server, "carol", group.Id, before)).Refusal);
        Assert.Single(await server.HistoryAsync("carol", own));
    }

    [Theory, EveryEngine]
    [Trait("Row", "G7")]
    public async Task A_forward_asked_again_is_the_first_also_when_the_message_changed_since(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (from, to) = (await server.ConversationOfAsync("alice", "bob"), await server.ConversationOfAsync("bob", "carol"));
        var (message, id) = (await server.SayAsync("alice", from, "first"), MessageId.New());
        var forwarded = await ForwardAsync(server, "bob", to, from, message, id);
        await server.RecallAsync("alice", from, message);

        Assert.Equal(forwarded, await ForwardAsync(server, "bob", to, from, message, id));
        Assert.Equal(Refusals.MessageRecalled, (await ForwardAsync(server, "bob", to, from, message)).Refusal);
    }

    [Theory, EveryEngine]
    [Trait("Row", "G6")]
    public async Task Requests_to_one_conversation_are_decided_in_their_order_forwards_among_them(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (from, to) = (await server.ConversationOfAsync("alice", "bob"), await server.ConversationOfAsync("bob", "carol"));
        var message = await server.SayAsync("alice", from, "1");

        await Task.WhenAll(
            server.SendAsync("bob", to, "0"), ForwardAsync(server, "bob", to, from, message), server.SendAsync("bob", to, "2"),
            ForwardAsync(server, "bob", to, from, message), server.SendAsync("bob", to, "3"));

        Assert.Equal(["0", "1", "2", "1", "3"], (await server.HistoryAsync("carol", to)).Select(entry => entry.Event).OfType<MessageSent>().Select(sent => sent.Content.PlainText()));
    }

    [Theory, EveryEngine]
    [Trait("Row", "G16")]
    public async Task A_forward_that_was_refused_is_read_again_when_it_is_asked_again(Engine engine)
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(engine, configureRooms: rooms => rooms.SendsPerSecond = 20, clock: clock);
        var from = await server.ConversationOfAsync("alice", "bob");
        var room = await Group.OfAsync(server, new CreateConversation(ConversationId.New(), ConversationKind.Room, []), "alice");
        Assert.Null((await server.AskAsync<RoomJoined>(server.As("bob"), new JoinRoom(room.Id))).Refusal);
        var (message, id) = (await server.SayAsync("alice", from, "secret"), MessageId.New());
        while ((await room.SayAsync("bob")).Refusal is null)
        {
            // Until the room takes no more.
        }

        var refused = await ForwardAsync(server, "bob", room.Id, from, message, id);
        await server.RecallAsync("alice", from, message);
        clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(Refusals.RateLimited, refused.Refusal);
        Assert.Equal(Refusals.MessageRecalled, (await ForwardAsync(server, "bob", room.Id, from, message, id)).Refusal);
    }

    private static Task<Outcome<LogEntry>> ForwardAsync(TestServer server, string sender, ConversationId to, ConversationId from, MessageId message, MessageId? id = null) =>
        server.AskAsync<LogEntry>(server.As(sender), new ForwardMessage(to, id ?? MessageId.New(), from, message));

    private static Task<Outcome<LogEntry>> ReplyAsync(TestServer server, string sender, ConversationId to, MessageId message) =>
        server.AskAsync<LogEntry>(server.As(sender), new SendMessage(to, MessageId.New(), Text("re"), ReplyTo: message));
}
