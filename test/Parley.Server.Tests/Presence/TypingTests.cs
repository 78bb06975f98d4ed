namespace Parley.Tests.Presence;

public class TypingTests
{
    [Fact]
    [Trait("Row", "B29")]
    public async Task Typing_goes_from_started_over_paused_to_stopped_and_ends_by_itself()
    {
        await using var town = await Town.StartAsync();
        var (_, alice, bob, chat) = await MeetAsync(town);

        await alice.TypeAsync(chat);
        town.Pass(2);
        await alice.TypeAsync(chat, TypingState.Paused);
        town.Pass(5.5);
        Assert.Equal("alice started, alice paused", bob.Heard());
        town.Pass(1);
        Assert.Equal("alice stopped", bob.Heard());
        town.Pass(60);
        Assert.Equal("", bob.Heard());
        Assert.Equal(0, town.Server.Node.Typists.Count);

        await alice.TypeAsync(chat);
        await alice.TypeAsync(chat, TypingState.Stopped);
        await alice.TypeAsync(chat, TypingState.Stopped);
        town.Pass(60);
        Assert.Equal("alice started, alice stopped", bob.Heard());
    }

    [Fact]
    [Trait("Row", "B29")]
    public async Task Who_says_it_more_often_than_every_three_seconds_is_told_once_in_three_and_does_not_stop_meanwhile()
    {
        await using var town = await Town.StartAsync();
        var (_, alice, bob, chat) = await MeetAsync(town);

        for (var said = 0; said < 20; said++)
        {
            await alice.TypeAsync(chat);
            town.Pass(0.5);
        }

        // At 0, 3, 6 and 9 seconds of ten.
        Assert.Equal("alice started, alice started, alice started, alice started", bob.Heard());
        // Six seconds of silence after the last word, whether or not it was passed on.
        town.Pass(5);
        Assert.Equal("", bob.Heard());
        town.Pass(1.5);
        Assert.Equal("alice stopped", bob.Heard());
    }

    [Fact]
    [Trait("Row", "V23")]
    public async Task Own_devices_are_told_and_the_one_that_types_is_not()
    {
        await using var town = await Town.StartAsync();
        var (_, alice, bob, chat) = await MeetAsync(town);
        var laptop = town.Connect("alice", "laptop", null, chat);

        await alice.TypeAsync(chat);
        await alice.TypeAsync(chat, TypingState.Stopped);

        Assert.Equal("alice started, alice stopped", bob.Heard());
        Assert.Equal("alice started, alice stopped", laptop.Heard());
        Assert.Equal("", alice.Heard());
    }

    [Fact]
    public async Task A_message_ends_typing_without_a_word()
    {
        await using var town = await Town.StartAsync();
        var (server, alice, bob, chat) = await MeetAsync(town);

        await alice.TypeAsync(chat);
        await server.SendAsync("alice", chat, "here it is");
        await bob.HearsAsync("alice started, message.sent");
        town.Pass(60);
        Assert.Equal("", bob.Heard());

        // And the next one is typed at once.
        await alice.TypeAsync(chat);
        Assert.Equal("alice started", bob.Heard());
    }

    [Fact]
    public async Task A_message_that_is_refused_ends_no_typing()
    {
        await using var town = await Town.StartAsync();
        var (server, alice, bob, chat) = await MeetAsync(town);
        var message = MessageId.New();
        await server.SendAsync("alice", chat, "first", message);
        await bob.HearsAsync("message.sent");

        await alice.TypeAsync(chat);
        Assert.Equal(Refusals.IdInUse, (await server.SendAsync("alice", chat, "second", message)).Refusal);
        await alice.TypeAsync(chat, TypingState.Stopped);
        Assert.Equal("alice started, alice stopped", bob.Heard());

        // Nor does the answer to a message that was recorded long ago.
        town.Pass(5);
        await alice.TypeAsync(chat);
        Assert.NotNull((await server.SendAsync("alice", chat, "first", message)).Value);
        town.Pass(7);
        Assert.Equal("alice started, alice stopped", bob.Heard());
    }

    [Fact]
    public async Task Who_loses_his_connection_has_stopped_and_who_types_on_another_has_not()
    {
        await using var town = await Town.StartAsync();
        var (_, alice, bob, chat) = await MeetAsync(town);
        var laptop = town.Connect("alice", "laptop", null, chat);

        await alice.TypeAsync(chat);
        laptop.Disconnect();
        Assert.Equal("alice started", bob.Heard());
        alice.Disconnect();
        Assert.Equal("alice stopped", bob.Heard());
        town.Pass(60);
        Assert.Equal("", bob.Heard());
    }

    [Theory, EveryEngine]
    [Trait("Row", "G18")]
    public async Task Nothing_is_told_to_whom_was_removed_nor_of_him(Engine engine)
    {
        await using var town = await Town.StartAsync(engine);
        var server = town.Server;
        var group = await server.ConversationOfAsync("alice", "bob", "carol");
        var (alice, bob, carol) = (town.Connect("alice", "phone", null, group), town.Connect("bob", "phone", null, group), town.Connect("carol", "phone", null, group));

        await bob.TypeAsync(group);
        await server.RemoveAsync("alice", group, "bob");
        // What is decided after it is decided on the rules after it.
        await server.SendAsync("alice", group, "he is gone");
        await carol.HearsAsync("bob started, participants.removed, message.sent");
        Assert.Equal(Refusals.NotParticipant, (await bob.AskAsync<TypingTaken>(new SetTyping(group, TypingState.Started))).Refusal);
        // Nor what had passed the rules a moment before.
        town.Server.Node.Typists.Hear(new(server.App, group), new UserId("bob"), TypingState.Paused, bob.Subscriber);
        await alice.TypeAsync(group);
        town.Pass(60);

        Assert.Equal("alice started, alice stopped", carol.Heard());
        Assert.Equal("participants.removed", bob.Heard());
    }

    [Theory, EveryEngine]
    [Trait("Row", "ID-05")]
    public async Task Who_may_not_send_is_not_seen_typing(Engine engine)
    {
        await using var town = await Town.StartAsync(engine);
        var (server, alice, bob, chat) = await MeetAsync(town);
        Assert.Equal(Refusals.NotFound, (await town.Connect("mallory").AskAsync<TypingTaken>(new SetTyping(chat, TypingState.Started))).Refusal);
        Assert.Equal(Refusals.NotFound, (await alice.AskAsync<TypingTaken>(new SetTyping(ConversationId.New(), TypingState.Started))).Refusal);
        await server.ChangeAsync($"update participations set permissions = {(int)Permissions.Read} where user_id = 'alice'");
        Assert.Equal(Refusals.PermissionDenied, (await alice.AskAsync<TypingTaken>(new SetTyping(chat, TypingState.Started))).Refusal);

        // A refusal is of the rules as they are, not as they were kept.
        await server.ChangeAsync($"update participations set permissions = {(int)(Permissions.Read | Permissions.Send)} where user_id = 'alice'");
        await alice.TypeAsync(chat);

        Assert.Equal("alice started", bob.Heard());
    }

    [Theory]
    [InlineData(200, "user-0 started")]
    [InlineData(201, "")]
    public async Task In_a_conversation_of_more_than_two_hundred_nobody_is_seen_typing(int participants, string told)
    {
        await using var town = await Town.StartAsync();
        var users = Enumerable.Range(0, participants).Select(number => $"user-{number}").ToArray();
        var group = await town.Server.ConversationOfAsync(users);
        var (first, other) = (town.Connect("user-0", "phone", null, group), town.Connect("user-1", "phone", null, group));

        await first.TypeAsync(group);

        Assert.Equal(told, other.Heard());
    }

    [Fact]
    public async Task Somebody_types_in_eight_conversations_at_once_and_of_more_has_left_the_first()
    {
        await using var town = await Town.StartAsync();
        var chats = new List<ConversationId>();
        for (var number = 0; number < 9; number++) chats.Add(await town.Server.ConversationOfAsync("alice", $"bob-{number}"));
        var bobs = chats.Select((chat, number) => town.Connect($"bob-{number}", "phone", null, chat)).ToArray();
        var alice = town.Connect("alice", "phone", null, [.. chats]);

        foreach (var chat in chats)
        {
            await alice.TypeAsync(chat);
            town.Clock.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.Equal("alice started, alice stopped", bobs[0].Heard());
        Assert.All(bobs[1..], bob => Assert.Equal("alice started", bob.Heard()));
    }

    [Fact]
    public async Task Typing_writes_nothing_and_reads_the_rules_once()
    {
        await using var town = await Town.StartAsync();
        var (server, alice, bob, chat) = await MeetAsync(town);
        await alice.TypeAsync(chat);
        var commits = server.Faults.Commits;
        // Were they read again, they would not be found.
        await server.ChangeAsync($"update conversations set conversation = {Guid.NewGuid()}");

        for (var times = 0; times < 10; times++)
        {
            town.Pass(3);
            await alice.TypeAsync(chat);
        }

        Assert.Equal(11, bob.Heard().Split(", ").Length);
        Assert.InRange(server.Faults.Commits, commits, commits + 1);
    }

    private static async Task<(TestServer Server, Device Alice, Device Bob, ConversationId Chat)> MeetAsync(Town town)
    {
        var chat = await town.Server.ConversationOfAsync("alice", "bob");
        return (town.Server, town.Connect("alice", "phone", null, chat), town.Connect("bob", "phone", null, chat), chat);
    }
}
