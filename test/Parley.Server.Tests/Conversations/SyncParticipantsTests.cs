namespace Parley.Tests.Conversations;

/// <summary>Of whom a device is told that comes back: of everybody, or of those who changed since it knew everybody.</summary>
public class SyncParticipantsTests
{
    private static readonly string[] Others = ["bob", "carol", "dave", "erin"];

    [Theory, EveryEngine]
    public async Task Who_knows_everybody_is_told_of_those_only_who_changed_since(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.ConversationOfAsync("alice", "bob", "carol", "dave");
        await server.SendAsync("alice", group, "hi");
        var since = await TokenAsync(server, group, 2);

        Assert.Empty(Changed(await SyncAsync(server, group, 2, since)));
        await server.ReadAsync("bob", group, 2);
        await server.AddAsync("alice", group, "erin");
        await server.RemoveAsync("alice", group, "carol");

        var synced = await SyncAsync(server, group, 2, since);
        Assert.Equal(["bob", "erin"], Changed(synced));
        Assert.Equal(new Sequence(2), synced.ChangedParticipants![0].ReadUpTo);
        Assert.Equal(2, synced.Entries.Count);
        var all = await SyncAsync(server, group, 2, since: null);
        Assert.Null(all.ChangedParticipants);
        Assert.Equal(["alice", "bob", "dave", "erin"], all.Participants!.Select(one => one.User.Value));
    }

    [Theory, EveryEngine]
    public async Task Who_joined_after_his_position_is_told_of_everybody(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.ConversationOfAsync("alice", "bob", "carol");
        var since = await TokenAsync(server, group, 1, "bob");
        await server.RemoveAsync("alice", group, "bob");
        await server.RemoveAsync("alice", group, "carol");
        await server.AddAsync("alice", group, "bob");

        var before = await SyncAsync(server, group, 3, since, "bob");
        var after = await SyncAsync(server, group, 4, since, "bob");

        Assert.Equal(["alice", "bob"], before.Participants!.Select(one => one.User.Value));
        Assert.Null(before.ChangedParticipants);
        Assert.Null(after.Participants);
        Assert.Equal(["bob"], Changed(after).Except(["alice"]));
    }

    [Theory, EveryEngine]
    public async Task Nobody_is_told_of_who_left_or_whose_group_is_too_large_whatever_he_asks_with(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var left = await server.ConversationOfAsync("alice", "bob", "carol");
        var large = await server.ConversationOfAsync(["alice", "bob", .. Enumerable.Range(1, 199).Select(number => $"u{number}")]);
        var since = await TokenAsync(server, left, 1, "bob");
        await server.LeaveAsync("bob", left);

        foreach (var conversation in new[] { left, large })
        {
            foreach (var token in new[] { since, null })
            {
                var synced = await SyncAsync(server, conversation, 1, token, "bob");
                Assert.Equal((SyncStatus.Ok, null, null), (synced.Status, synced.Participants, synced.ChangedParticipants));
            }
        }
    }

    [Theory, EveryEngine]
    public async Task A_token_of_somebody_else_or_of_nothing_is_refused_and_says_where(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.ConversationOfAsync("alice", "bob", "carol");
        var tokens = new[] { await TokenAsync(server, group, 1, "bob"), "", "rubbish", (await server.InboxAsync("alice", new ListInbox(Limit: 1))).Value!.Next ?? "AAAA" };

        foreach (var token in tokens)
        {
            var refusal = (await AskAsync(server, group, 1, token, "alice")).Refusal!;
            Assert.Equal((Refusals.InvalidParams, "$.since: not a token of this list and user"), (refusal, refusal.Detail));
        }
    }

    [Theory, EveryEngine]
    [Trait("Row", "G11")]
    public async Task What_a_device_knew_with_what_it_is_told_is_what_a_new_device_is_told(Engine engine)
    {
        for (var seed = 1; seed <= 10; seed++)
        {
            var random = new Random(seed);
            await using var server = await TestServer.StartAsync(engine);
            var group = await server.ConversationOfAsync(["alice", .. Others]);
            var (known, position, token) = (new Dictionary<UserId, ParticipantState>(), 0L, default(string));
            for (var round = 0; round < 12; round++)
            {
                // As the SDK does: the token is read before the conversation is.
                var next = await NowAsync(server, "alice");
                var synced = await SyncAsync(server, group, position, token);
                Apply(known, synced);
                (position, token) = (synced.Head.Value, next);
                for (var step = random.Next(6); step > 0; step--) await ChangeAsync(server, group, random);

                // What happens in between is told the next time.
                if (round % 3 != 0) continue;
                var (told, all) = (await SyncAsync(server, group, position, token), await SyncAsync(server, group, position, since: null));
                var then = new Dictionary<UserId, ParticipantState>(known);
                Apply(then, told);
                Assert.Equal(all.Participants!.Select(Text), then.Values.OrderBy(one => one.User).Select(Text));
            }
        }

        static string Text(ParticipantState one) => $"{one.User} {one.Permissions} {one.DeliveredUpTo} {one.ReadUpTo} {string.Join(',', one.ReadAhead ?? [])}";
    }

    private static void Apply(Dictionary<UserId, ParticipantState> known, SyncedConversation synced)
    {
        if (synced.Participants is not null) known.Clear();
        foreach (var entry in synced.Entries)
        {
            if (entry.Event is ParticipantsRemoved removed) foreach (var user in removed.Users) known.Remove(user);
            if (entry.Event is ParticipantLeft left) known.Remove(left.Actor);
        }

        foreach (var one in synced.Participants ?? synced.ChangedParticipants ?? []) known[one.User] = one;
    }

    private static async Task ChangeAsync(TestServer server, ConversationId group, Random random)
    {
        var (user, upTo) = (Others[random.Next(Others.Length)], random.Next(1, 20));
        switch (random.Next(6))
        {
            case 0: await server.AddAsync("alice", group, user); break;
            case 1: await server.RemoveAsync("alice", group, user); break;
            case 2: await server.LeaveAsync(user, group); break;
            case 3: await server.ReadAsync(user, group, upTo); break;
            case 4: await server.DeliveredAsync(user, group, upTo); break;
            default: await server.SendAsync(user, group, "hi"); break;
        }
    }

    [Theory, EveryEngine]
    public async Task Of_everybody_is_told_with_which_entry_he_came_unless_it_was_the_first(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.ConversationOfAsync("alice", "bob", "carol");
        await server.SendAsync("alice", group, "hi");
        await server.LeaveAsync("bob", group);
        await server.AddAsync("alice", group, "bob", "dave");
        Assert.Equal([("alice", null), ("bob", 4), ("carol", null), ("dave", 4)], Told((await server.StateAsync("carol", group)).Participants!));
        Assert.Equal([("alice", null), ("bob", 4), ("carol", null), ("dave", 4)], Told((await SyncAsync(server, group, 2, since: null)).Participants!));
        // He kept his cursors; a newcomer's are before his entry.
        Assert.Equal([0, 3], (await server.StateAsync("carol", group)).Participants!.Where(one => one.JoinedAt is not null).Select(one => one.ReadUpTo!.Value.Value));

        var room = await server.MakeAsync(new CreateConversation(ConversationId.New(), ConversationKind.Room, []));
        for (var count = 0; count < 20; count++) await server.SendAsync("alice", room, "hi");
        await server.AskAsync<RoomJoined>(server.As("bob"), new JoinRoom(room));
        Assert.Equal([("alice", null), ("bob", null)], Told((await server.StateAsync("bob", room)).Participants!));
        // How many are in a room its entries do not tell; of others they do.
        Assert.Equal((2, null), ((await SyncAsync(server, room, 0, since: null)).ParticipantCount, (await SyncAsync(server, group, 0, since: null)).ParticipantCount));

        static IEnumerable<(string, long?)> Told(IEnumerable<ParticipantState> participants) => participants.Select(one => (one.User.Value, one.JoinedAt?.Value));
    }

    /// <summary>A token after which nothing changed in a conversation; with PostgreSQL others' transactions hold the horizon back for a moment.</summary>
    private static async Task<string> TokenAsync(TestServer server, ConversationId conversation, long after, string user = "alice")
    {
        for (var attempt = 0; attempt < 1_000; attempt++)
        {
            var since = await NowAsync(server, user);
            if ((await SyncAsync(server, conversation, after, since, user)).ChangedParticipants is []) return since;
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }

        throw new TimeoutException("Something holds the horizon back.");
    }

    /// <summary>The token that a session begins with.</summary>
    private static async Task<string> NowAsync(TestServer server, string user) =>
        (await server.Node.Handlers.Changes.ReadAsync(server.As(user).Key, null, CancellationToken.None)).Value!.Since;

    private static string[] Changed(SyncedConversation synced)
    {
        Assert.Null(synced.Participants);
        return [.. synced.ChangedParticipants!.Select(one => one.User.Value)];
    }

    private static async Task<SyncedConversation> SyncAsync(TestServer server, ConversationId conversation, long after, string? since, string user = "alice") =>
        Assert.Single((await AskAsync(server, conversation, after, since, user)).Value!.Conversations);

    private static Task<Outcome<ConversationsSynced>> AskAsync(TestServer server, ConversationId conversation, long after, string? since, string user) =>
        server.AskAsync<ConversationsSynced>(
            server.As(user), new SyncConversations(server.Node.Installation.Epoch, [new SyncPosition(conversation, new Sequence(after))], since));
}
