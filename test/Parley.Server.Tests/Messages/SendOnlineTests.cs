using Parley.Conversations;
using Parley.Tests.Gateway;
using Parley.Tests.Hostile;
using Parley.Tests.Presence;

namespace Parley.Tests.Messages;

/// <summary><c>message.sendOnline</c>.</summary>
public class SendOnlineTests
{
    private static readonly MessageContent Ring = new([MessagePart.Of(new AppCommand("ring"))]);

    [Theory, EveryEngine]
    [Trait("Row", "B17")]
    public async Task It_is_told_to_who_is_connected_and_written_nowhere(Engine engine)
    {
        await using var town = await Town.StartAsync(engine);
        var chat = await town.Server.ConversationOfAsync("alice", "bob");
        var (alice, tablet, bob) = (town.Connect("alice", "phone", null, chat), town.Connect("alice", "tablet", null, chat), town.Connect("bob", "phone", null, chat));
        var commits = town.Server.Faults.Commits;
        var message = MessageId.New();

        Assert.NotNull((await alice.AskAsync<OnlineSent>(new SendOnline(chat, message, Ring))).Value);

        Assert.Equal("", alice.Heard());
        foreach (var device in new[] { tablet, bob })
        {
            var told = Assert.Single(device.Notifications(), one => one.GetProperty("method").GetString() == Methods.OnlineMessage).GetProperty("params");
            Assert.Equal((message.ToString(), "alice", "{\"action\":\"ring\"}"),
                (told.GetProperty("message").GetString(), told.GetProperty("sender").GetString(), told.GetProperty("content").GetProperty("parts")[0].GetProperty("body").GetString()));
            Assert.Equal(town.Clock.GetUtcNow(), told.GetProperty("at").GetDateTimeOffset(), TimeSpan.FromMilliseconds(1));
        }

        Assert.Equal(commits, town.Server.Faults.Commits);
        Assert.Equal(1, (await town.Server.StateAsync("bob", chat)).Head.Value);
        Assert.Equal(0, await town.Server.UnreadAsync("bob", chat));
        // Its id is taken by nothing.
        Assert.Equal(2, (await town.Server.SendAsync("bob", chat, "mine", message)).Value!.Sequence.Value);
    }

    [Theory, EveryEngine]
    [Trait("Row", "B17")]
    public async Task Who_may_not_send_tells_nothing_either(Engine engine)
    {
        await using var town = await Town.StartAsync(engine);
        var server = town.Server;
        var group = await server.ConversationOfAsync("alice", "bob", "carol");
        var (alice, bob, carol) = (town.Connect("alice", "phone", null, group), town.Connect("bob", "phone", null, group), town.Connect("carol", "phone", null, group));
        await server.AskAsync<LogEntry>(server.As("alice"), new MuteParticipants(group, CommandId.New(), [new UserId("carol")]));
        Assert.Equal(Refusals.Muted, await RefusalAsync(carol));
        Assert.Equal(Refusals.NotFound, await RefusalAsync(town.Connect("mallory")));

        Assert.Null(await RefusalAsync(bob));
        await server.RemoveAsync("alice", group, "bob");
        // What is decided after it is decided on the rules after it.
        await server.SendAsync("alice", group, "he is gone");
        Assert.Equal(Refusals.NotParticipant, await RefusalAsync(bob));

        Assert.Equal(1, alice.Notifications().Count(one => one.GetProperty("method").GetString() == Methods.OnlineMessage));
        async Task<Refusal?> RefusalAsync(Device device) => (await device.AskAsync<OnlineSent>(new SendOnline(group, MessageId.New(), Ring))).Refusal;
    }

    [Theory, EveryEngine]
    [Trait("Row", "B17")]
    public async Task What_it_says_is_checked_as_in_any_message_and_nothing_uploaded_is_in_it(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var chat = await server.ConversationOfAsync("alice", "bob");

        Assert.Null(await RefusalAsync(MessageContent.OfText(new string('x', MessageContent.MaxCodePoints))));
        Assert.Equal(Refusals.TooLarge, await RefusalAsync(MessageContent.OfText(new string('x', MessageContent.MaxCodePoints + 1))));
        Assert.Equal(Refusals.InvalidParams, await RefusalAsync(new MessageContent([])));
        Assert.Equal(Refusals.InvalidParams, await RefusalAsync(new MessageContent([MessagePart.OfContent("image/png", ContentId.New())])));

        async Task<Refusal?> RefusalAsync(MessageContent content) => (await server.AskAsync<OnlineSent>(server.As("alice"), new SendOnline(chat, MessageId.New(), content))).Refusal;
    }

    [Theory, EveryEngine]
    [Trait("Row", "B17")]
    public async Task It_counts_towards_the_rates_of_messages(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine, ("Limits:SendsPerUserPerSecond", "1"), ("Limits:SendsPerUserBurst", "3"));
        using var alice = await server.ConnectAsync("alice");
        var chat = Guid.NewGuid();
        await alice.AskAsync(Methods.CreateConversation, $$"""{"conversation":"{{chat}}","kind":"direct","participants":["bob"]}""");

        Assert.True((await alice.AskAsync(Methods.SendMessage, Talk.Message(chat, "one"))).TryGetProperty("result", out _));
        for (var count = 0; count < 2; count++) Assert.True((await alice.AskAsync(Methods.SendOnline, Talk.Message(chat, "told"))).TryGetProperty("result", out _));
        Assert.Equal("rate_limited", (await alice.AskAsync(Methods.SendOnline, Talk.Message(chat, "told"))).GetProperty("error").GetProperty("data").GetProperty("code").GetString());
    }

    [Theory, EveryEngine]
    [Trait("Row", "B17")]
    public async Task A_room_takes_as_many_of_both_together_as_it_takes_messages(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, configureRooms: rooms => rooms.SendsPerSecond = 20);
        var room = (await server.AskAsync<ConversationCreatedAnswer>(server.As("alice"), new CreateConversation(ConversationId.New(), ConversationKind.Room, []))).Value!.Conversation.Conversation;
        await server.AskAsync<RoomJoined>(server.As("bob"), new JoinRoom(room));

        var refused = 0;
        for (var count = 0; count < 60; count++)
            if ((await server.AskAsync<OnlineSent>(server.As("bob"), new SendOnline(room, MessageId.New(), Ring))).Refusal == Refusals.RateLimited) refused++;

        Assert.InRange(refused, 1, 59);
        Assert.Equal(Refusals.RateLimited, (await server.SendAsync("bob", room, "and a message")).Refusal);
    }
}
