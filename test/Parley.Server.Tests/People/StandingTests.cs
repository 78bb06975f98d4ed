using static Parley.Tests.People.PeopleWords;

namespace Parley.Tests.People;

/// <summary>What the platform decides about a user: suspended, muted, deactivated.</summary>
public sealed class StandingTests
{
    [Theory, EveryEngine, Trait("Row", "AU-11")]
    public async Task Nothing_of_a_suspended_user_is_taken_until_he_is_restored(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.ConversationOfAsync("alice", "bob", "carol");
        var message = MessageId.New();
        var sent = await server.SendAsync("alice", group, "before", message);

        await server.PlatformAsync(new SuspendUser(Id("alice")));

        Assert.Equal(Refusals.Suspended, (await server.SendAsync("alice", group, "after")).Refusal);
        Assert.Equal(Refusals.Suspended, (await server.AddAsync("alice", group, "dave")).Refusal);
        Assert.Equal(Refusals.Suspended, (await server.RemoveAsync("alice", group, "bob")).Refusal);
        Assert.Equal(Refusals.Suspended, (await server.LeaveAsync("alice", group)).Refusal);
        Assert.Equal(Refusals.Suspended, (await server.CreateAsync("alice", new CreateConversation(ConversationId.New(), ConversationKind.Group, [Id("bob")]))).Refusal);
        Assert.Equal(Refusals.Suspended, await server.RefusalAsync<OwnProfile>("alice", new UpdateUser("x")));
        Assert.Equal(Refusals.Suspended, await server.RefusalAsync<Contact>("alice", new RequestContact(Id("bob"))));
        Assert.Equal(Refusals.Suspended, await server.RefusalAsync<BlockList>("alice", new AddBlocks([Id("bob")])));
        Assert.Equal(Refusals.Suspended, await server.RefusalAsync<MessagesRemoved>("alice", new RemoveMessages(group, [message])));
        Assert.Equal(Refusals.Suspended, await server.RefusalAsync<MessagesRemoved>("alice", new RemoveMessages(group, UpTo: new Sequence(1))));
        Assert.NotNull((await server.SendAsync("bob", group, "others go on")).Value);
        Assert.Equal(sent.Value!.Sequence, (await server.SendAsync("alice", group, "before", message)).Value!.Sequence);
        // Where he never was, he learns nothing more than before.
        var others = await server.ConversationOfAsync("bob", "carol", "dave");
        Assert.Equal(Refusals.NotFound, (await server.SendAsync("alice", others, "hi")).Refusal);
        Assert.Equal(Refusals.NotFound, await server.RefusalAsync<MessagesRemoved>("alice", new RemoveMessages(others, UpTo: new Sequence(1))));
        Assert.Equal(Refusals.NotFound, await server.RefusalAsync<RoomJoined>("alice", new JoinRoom(others)));
        Assert.Equal(Refusals.Suspended, await server.RefusalAsync<RoomJoined>("alice", new JoinRoom(group)));
        Assert.Equal(Refusals.Suspended, await server.RefusalAsync<RoomLeft>("alice", new LeaveRoom(group)));

        await server.PlatformAsync(new RestoreUser(Id("alice")));
        Assert.NotNull((await server.SendAsync("alice", group, "back")).Value);
    }

    [Theory, EveryEngine]
    public async Task Who_is_muted_in_the_app_reads_and_changes_what_he_may_and_sends_nothing(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.ConversationOfAsync("alice", "bob", "carol");
        var until = TimeProvider.System.Now().AddHours(1);

        var account = await server.PlatformAsync(new MuteUser(Id("alice"), until));

        Assert.Equal(until.ToUnixTimeMilliseconds(), account.Own.MutedUntil?.ToUnixTimeMilliseconds());
        var refusal = (await server.SendAsync("alice", group, "hush")).Refusal;
        Assert.Equal(Refusals.MutedInApp, refusal);
        Assert.Contains($"{until:yyyy-MM-dd'T'HH:mm}", refusal!.Detail, StringComparison.Ordinal);
        Assert.NotNull((await server.AddAsync("alice", group, "dave")).Value);
        Assert.NotEmpty(await server.HistoryAsync("alice", group));
        await server.PlatformAsync(new UnmuteUser(Id("alice")));
        Assert.NotNull((await server.SendAsync("alice", group, "at last")).Value);
    }

    [Theory, EveryEngine, Trait("Row", "B13")]
    public async Task Who_is_muted_in_the_app_sends_in_no_kind_of_conversation_until_then_or_for_good(Engine engine)
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(engine, clock: clock);
        ConversationId[] conversations =
        [
            .. await Task.WhenAll(new[] { ConversationKind.Direct, ConversationKind.Group, ConversationKind.Room, ConversationKind.Broadcast }
                .Select(kind => server.MakeAsync(new CreateConversation(ConversationId.New(), kind, kind == ConversationKind.Room ? [] : [Id("bob")])))),
        ];
        foreach (var until in new[] { clock.Now().AddMilliseconds(1_000), default(DateTimeOffset?) })
        {
            await server.PlatformAsync(new MuteUser(Id("alice"), until));
            clock.Advance(TimeSpan.FromMilliseconds(999));
            foreach (var conversation in conversations) Assert.Equal(Refusals.MutedInApp, (await server.SendAsync("alice", conversation, "hush")).Refusal);
            clock.Advance(TimeSpan.FromMilliseconds(1));
            foreach (var conversation in conversations) Assert.Equal(until is null ? Refusals.MutedInApp : null, (await server.SendAsync("alice", conversation, "at last")).Refusal);
        }

        await server.PlatformAsync(new UnmuteUser(Id("alice")));
        foreach (var conversation in conversations) Assert.Null((await server.SendAsync("alice", conversation, "at last")).Refusal);
    }

    [Theory, EveryEngine]
    public async Task What_has_an_end_ends_by_itself(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.ConversationOfAsync("alice", "bob", "carol");
        foreach (var command in new Func<DateTimeOffset, object>[] { until => new MuteUser(Id("alice"), until), until => new SuspendUser(Id("alice"), until) })
        {
            await server.PlatformAsync(command(TimeProvider.System.Now().AddMilliseconds(700)));
            Assert.NotNull((await server.SendAsync("alice", group, "too early")).Refusal);
            var refused = 0;
            while ((await server.SendAsync("alice", group, "now")).Refusal is not null)
            {
                Assert.True(++refused < 100, "it does not end");
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            }
        }
    }

    [Theory, EveryEngine]
    public async Task What_would_have_ended_before_it_began_is_refused_and_lifts_nothing(Engine engine)
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(engine, clock: clock);
        var group = await server.ConversationOfAsync("alice", "bob", "carol");
        await server.PlatformAsync(new MuteUser(Id("alice")));
        await server.PlatformAsync(new SuspendUser(Id("alice")));

        foreach (var until in new[] { clock.Now(), clock.Now().AddMilliseconds(-1), DateTimeOffset.MinValue, DateTimeOffset.UnixEpoch })
        {
            foreach (var command in new object[] { new MuteUser(Id("alice"), until), new SuspendUser(Id("alice"), until), new MuteUser(Id("bob"), until) })
            {
                var refusal = (await server.AskAsync<UserAccount>(server.As("backend"), command)).Refusal;
                Assert.Equal((Refusals.InvalidParams, "$.until: expected a time to come"), (refusal, refusal?.Detail));
            }
        }

        Assert.Equal(Refusals.Suspended, (await server.SendAsync("alice", group, "still")).Refusal);
        await server.PlatformAsync(new RestoreUser(Id("alice")));
        Assert.Equal(Refusals.MutedInApp, (await server.SendAsync("alice", group, "still")).Refusal);
        Assert.Equal(clock.Now().AddMilliseconds(1), (await server.PlatformAsync(new MuteUser(Id("alice"), clock.Now().AddMilliseconds(1)))).Own.MutedUntil);
    }

    [Theory, EveryEngine]
    public async Task Deactivating_keeps_everything_and_restoring_brings_it_back(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await server.PlatformAsync(new PutUser(Id("alice"), "Alice", Email: "alice@example.org"));
        await server.BefriendAsync("alice", "bob");
        var direct = await server.ConversationOfAsync("alice", "bob");

        await server.PlatformAsync(new DeactivateUser(Id("alice")));

        var seen = Assert.Single((await server.DoAsync<UserProfiles>("bob", new GetUsers([Id("alice")]))).Users);
        Assert.Equal((UserStatus.Deactivated, "Alice"), (seen.Status, seen.DisplayName));
        Assert.Equal(Refusals.Suspended, (await server.SendAsync("alice", direct, "hi")).Refusal);
        Assert.NotNull((await server.SendAsync("bob", direct, "he reads it later")).Value);
        var back = await server.PlatformAsync(new RestoreUser(Id("alice")));
        Assert.Equal((UserStatus.Active, "alice@example.org"), (back.Own.Profile.Status, back.Own.Email));
        Assert.Equal(ContactState.Accepted, Assert.Single((await server.DoAsync<ContactsPage>("alice", new ListContacts())).Contacts).State);
    }

    [Theory, EveryEngine]
    public async Task Who_is_muted_in_the_app_is_not_seen_typing_either_and_only_his_own_devices_hear_of_it(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await server.BefriendAsync("alice", "bob");
        var group = await server.ConversationOfAsync("alice", "bob", "carol");
        Assert.NotNull((await server.SendAsync("alice", group, "so that the rules are kept")).Value);
        var (alice, bob) = (Register("alice"), Register("bob"));

        await server.PlatformAsync(new MuteUser(Id("alice")));

        Assert.Equal(Refusals.MutedInApp, await server.RefusalAsync<TypingTaken>("alice", new SetTyping(group, TypingState.Started)));
        Assert.Equal("user", alice.Heard());
        Assert.Equal("", bob.Heard());

        Presence.Device Register(string user)
        {
            var device = new Presence.Device(server, user, "phone");
            server.Node.Subscriptions.Register(device.Subscriber);
            return device;
        }
    }

    [Theory, EveryEngine]
    public async Task What_is_asked_of_one_user_at_once_is_done_and_told_in_the_order_in_which_it_was_asked(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await server.BefriendAsync("alice", "bob");
        var bob = new Presence.Device(server, "bob", "phone");
        server.Node.Subscriptions.Register(bob.Subscriber);

        var asked = new List<Task>();
        for (var number = 0; number < 50; number++)
        {
            asked.Add(server.AskAsync<OwnProfile>(server.As("alice"), new UpdateUser($"{number}")));
            asked.Add(server.AskAsync<BlockList>(server.As("alice"), number % 2 == 0 ? new AddBlocks([Id("mallory")]) : new RemoveBlocks([Id("mallory")])));
        }

        await Task.WhenAll(asked);
        Assert.Empty((await server.DoAsync<BlockList>("alice", new ListBlocks())).Users);
        Assert.Equal("49", (await server.DoAsync<OwnProfile>("alice", new GetOwnProfile())).Profile.DisplayName);
        var told = bob.Notifications().Select(one => one.GetProperty("params").GetProperty("displayName").GetString());
        Assert.Equal(Enumerable.Range(0, 50).Select(number => $"{number}"), told);
    }

    [Theory, EveryEngine]
    public async Task Decided_twice_it_is_as_decided_once(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await server.PlatformAsync(new SuspendUser(Id("alice")));
        var revision = await server.NumberAsync($"select revision from users where user_id = 'alice'");

        await server.PlatformAsync(new SuspendUser(Id("alice")));

        Assert.Equal(revision, await server.NumberAsync($"select revision from users where user_id = 'alice'"));
        Assert.Equal(Refusals.Suspended, await server.RefusalAsync<OwnProfile>("alice", new UpdateUser("x")));
        Assert.NotNull((await server.AskAsync<OwnProfile>(server.As("alice", "other"), new UpdateUser("x"))).Value);
    }
}
