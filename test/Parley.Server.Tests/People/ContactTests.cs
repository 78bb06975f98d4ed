using Parley.People;
using Parley.Storage;
using static Parley.Tests.People.PeopleWords;

namespace Parley.Tests.People;

/// <summary>Contacts and requests, as the two sides see them.</summary>
public sealed class ContactTests
{
    [Theory, EveryEngine, Trait("Row", "B11"), Trait("Row", "A35")]
    public async Task A_request_waits_for_its_answer_and_both_sides_see_the_same(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var asked = await server.DoAsync<Contact>("alice", new RequestContact(Id("bob"), "It is me"));
        var waiting = Assert.Single(await ListAsync(server, "bob"));
        var accepted = await server.DoAsync<Contact>("bob", new AcceptContact(Id("alice")));

        Assert.Equal((Id("bob"), ContactState.Requested, ContactChange.Requested, "It is me"), (asked.User, asked.State, asked.Change, asked.Message));
        Assert.Equal((Id("alice"), ContactState.Incoming, "It is me", asked.At), (waiting.User, waiting.State, waiting.Message, waiting.At));
        Assert.Equal((ContactState.Accepted, ContactChange.Accepted, null), (accepted.State, accepted.Change, accepted.Message));
        Assert.Equal((Id("bob"), ContactState.Accepted), await OnlyAsync(server, "alice"));
        Assert.Equal((Id("alice"), ContactState.Accepted), await OnlyAsync(server, "bob"));

        Assert.Equal(ContactState.None, (await server.DoAsync<Contact>("alice", new RemoveContact(Id("bob")))).State);
        Assert.Empty(await ListAsync(server, "alice"));
        Assert.Empty(await ListAsync(server, "bob"));
    }

    [Theory, EveryEngine, Trait("Row", "B11")]
    public async Task Who_was_declined_may_ask_again(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await server.DoAsync<Contact>("alice", new RequestContact(Id("bob"), "please"));
        var declined = await server.DoAsync<Contact>("bob", new DeclineContact(Id("alice")));
        Assert.Equal((ContactState.None, ContactChange.Declined), (declined.State, declined.Change));
        Assert.Empty(await ListAsync(server, "alice"));
        Assert.Equal(0, await server.NumberAsync($"select count(*) from contacts where message is not null"));

        Assert.Equal(ContactState.Requested, (await server.DoAsync<Contact>("alice", new RequestContact(Id("bob")))).State);
    }

    [Theory, EveryEngine, Trait("Row", "B11")]
    public async Task Asked_twice_everything_is_done_once_and_answered_alike(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        foreach (var (user, command) in new (string, object)[]
        {
            ("alice", new RequestContact(Id("bob"), "hi")), ("bob", new AcceptContact(Id("alice"))), ("alice", new RemoveContact(Id("bob"))),
            ("alice", new RequestContact(Id("bob"))), ("bob", new DeclineContact(Id("alice"))),
        })
        {
            var first = await server.DoAsync<Contact>(user, command);
            Assert.Equal(first, await server.DoAsync<Contact>(user, command));
        }

        Assert.Equal(Refusals.NotFound, await server.RefusalAsync<Contact>("bob", new AcceptContact(Id("alice"))));
        Assert.Equal(Refusals.InvalidParams, await server.RefusalAsync<Contact>("bob", new RequestContact(Id("bob"))));
        Assert.Equal(Refusals.InvalidParams, await server.RefusalAsync<Contact>("bob", new RequestContact(Id("alice"), new string('x', 513))));
        await server.DoAsync<Contact>("bob", new RequestContact(Id("alice"), new string('x', 512)));
    }

    [Theory, EveryEngine, Trait("Row", "B11")]
    public async Task Two_who_ask_each_other_at_once_are_contacts(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (node, database) = engine == Engine.Postgres ? await server.StartAnotherNodeAsync() : (null, null);
        for (var round = 0; round < 20; round++)
        {
            var (one, other) = ($"a{round}", $"b{round}");
            await Task.WhenAll(
                server.AskAsync<Contact>(server.As(one), new RequestContact(Id(other)), server.Node),
                server.AskAsync<Contact>(server.As(other), new RequestContact(Id(one)), node));
            Assert.Equal((Id(other), ContactState.Accepted), await OnlyAsync(server, one));
            Assert.Equal((Id(one), ContactState.Accepted), await OnlyAsync(server, other));
        }

        if (node is not null) await node.DisposeAsync();
        if (database is not null) await database.DisposeAsync();
    }

    [Theory, EveryEngine, Trait("Row", "B11")]
    public async Task Who_is_blocked_cannot_ask_and_stays_a_contact_if_he_was_one(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await server.BefriendAsync("alice", "bob");
        await server.DoAsync<BlockList>("alice", new AddBlocks([Id("bob"), Id("carol")]));

        Assert.Equal(Refusals.Blocked, await server.RefusalAsync<Contact>("carol", new RequestContact(Id("alice"))));
        Assert.Equal((Id("bob"), ContactState.Accepted), await OnlyAsync(server, "alice"));
        Assert.Equal(ContactState.Requested, (await server.DoAsync<Contact>("alice", new RequestContact(Id("carol")))).State);
        Assert.Equal(Refusals.Blocked, await server.RefusalAsync<Contact>("carol", new AcceptContact(Id("alice"))));
    }

    [Theory, EveryEngine, Trait("Row", "B11")]
    public async Task A_list_takes_five_thousand_contacts_and_not_one_more(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await FillAsync(server, "alice", ContactState.Accepted, 4_999);
        await FillAsync(server, "popular", ContactState.Incoming, 1_000);
        Assert.Equal(Refusals.ListFull, await server.RefusalAsync<Contact>("alice", new RequestContact(Id("popular"))));
        Assert.Equal(ContactState.Requested, (await server.DoAsync<Contact>("alice", new RequestContact(Id("bob")))).State);

        Assert.Equal(Refusals.ListFull, await server.RefusalAsync<Contact>("alice", new RequestContact(Id("carol"))));
        await server.DoAsync<Contact>("dave", new RequestContact(Id("alice")));
        Assert.Equal(Refusals.ListFull, await server.RefusalAsync<Contact>("alice", new AcceptContact(Id("dave"))));
        await server.DoAsync<Contact>("alice", new RemoveContact(Id("u00001")));
        Assert.Equal(ContactState.Accepted, (await server.DoAsync<Contact>("alice", new AcceptContact(Id("dave")))).State);

        var all = await ListAsync(server, "alice", limit: 500);
        Assert.Equal(5_000, all.Count);
        Assert.Equal(all.OrderBy(one => one.User).Select(one => one.User), all.Select(one => one.User));
    }

    [Theory, EveryEngine, Trait("Row", "B11")]
    public async Task A_device_that_was_away_asks_for_what_changed_since_also_for_what_ended(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await server.BefriendAsync("alice", "bob");
        await server.BefriendAsync("alice", "carol");
        Assert.Equal([UserList.Contacts], (await server.Node.Handlers.Changes.ReadAsync(server.As("alice").Key, null, CancellationToken.None)).Value!.Lists!);
        var since = await server.QuietAsync("alice");

        await server.DoAsync<Contact>("bob", new RemoveContact(Id("alice")));
        await server.DoAsync<Contact>("dave", new RequestContact(Id("alice")));

        var changes = await server.DoAsync<InboxChanges>("alice", new ReadChanges(since));
        Assert.Equal([UserList.Contacts], changes.Lists!);
        var changed = await server.DoAsync<ContactsPage>("alice", new ListContacts(since));
        Assert.Equal([("bob", ContactState.None), ("dave", ContactState.Incoming)], changed.Contacts.Select(one => (one.User.Value, one.State)));
        Assert.Equal(["carol", "dave"], (await ListAsync(server, "alice")).Select(one => one.User.Value));
        Assert.Equal(Refusals.InvalidParams, await server.RefusalAsync<ContactsPage>("bob", new ListContacts(since)));
        Assert.Equal(Refusals.InvalidParams, await server.RefusalAsync<ContactsPage>("alice", new ListContacts(Next: "AAAA")));
        Assert.Equal(Refusals.InvalidParams, await server.RefusalAsync<ContactsPage>("alice", new ListContacts(Limit: 501)));
    }

    [Theory, EveryEngine]
    public async Task Pages_of_long_messages_fit_a_frame(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await FillAsync(server, "alice", ContactState.Incoming, 300, message: new string('\u0001', 512));
        var origin = new AwaitedOrigin();

        var page = await server.DoAsync<ContactsPage>("alice", new ListContacts(Limit: 500));

        var bytes = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(page, ProtocolJson.Lenient.ContactsPage).Length;
        Assert.InRange(bytes, 60 * 1024, 128 * 1024);
        Assert.NotNull(page.Next);
        Assert.Equal(300, (await ListAsync(server, "alice", limit: 500)).Count);
    }

    [Theory, EveryEngine, Trait("Row", "B11")]
    public async Task Of_what_is_over_the_last_thousand_are_known_and_who_was_away_for_longer_reads_the_list_anew(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await server.DoAsync<OwnProfile>("alice", new GetOwnProfile());
        await server.BefriendAsync("alice", "carol");
        await FillAsync(server, "alice", ContactState.None, ContactStore.MaxEnded - 1);
        await server.BefriendAsync("alice", "bob");
        var whole = await SinceAsync();
        await server.DoAsync<Contact>("alice", new RemoveContact(Id("bob")));
        Assert.Equal(ContactStore.MaxEnded, await EndedAsync());
        Assert.Contains((await server.DoAsync<ContactsPage>("alice", new ListContacts(whole))).Contacts, one => one.User == Id("bob"));

        await server.BefriendAsync("alice", "dave");
        await server.DoAsync<Contact>("alice", new RemoveContact(Id("dave")));

        Assert.InRange(await EndedAsync(), 2, ContactStore.MaxEnded - 1);
        // What was filled in ended before all that; a device that knows none of it is told to begin anew.
        Assert.Equal(Refusals.Reset, await server.RefusalAsync<ContactsPage>("alice", new ListContacts(TokenOf(1))));
        Assert.Equal([Id("carol")], (await ListAsync(server, "alice")).Select(one => one.User));
        Assert.Contains((await server.DoAsync<ContactsPage>("alice", new ListContacts(whole))).Contacts, one => one.User == Id("dave"));

        Task<long> EndedAsync() => server.NumberAsync($"select count(*) from contacts where user_id = 'alice' and state = 0");
        string TokenOf(long change) => new PageTokens(server.Node.Installation).MakeChanges(server.As("alice").Key, change, (long.MinValue, 0, 0, 0));
        async Task<string> SinceAsync() => (await server.Node.Handlers.Changes.ReadAsync(server.As("alice").Key, null, CancellationToken.None)).Value!.Since;
    }

    [Theory, EveryEngine, Trait("Row", "B18"), Trait("Row", "B38")]
    public async Task How_contacts_look_is_listed_with_them_and_since_a_token_only_what_changed(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        foreach (var user in new[] { "bob", "carol", "dave", "erin" }) await server.DoAsync<OwnProfile>(user, new UpdateUser($"{user} at first"));
        await server.BefriendAsync("alice", "bob");
        await server.BefriendAsync("alice", "carol");
        await server.DoAsync<Contact>("alice", new RequestContact(Id("dave")));
        await server.DoAsync<Contact>("erin", new RequestContact(Id("alice")));
        Assert.Equal(["bob at first", "carol at first"], await NamesAsync(new ListContacts(Profiles: true), "bob", "carol", "dave", "erin"));
        Assert.Empty(await NamesAsync(new ListContacts(), "bob", "carol", "dave", "erin"));
        var since = await server.QuietAsync("alice");
        Assert.Empty(await NamesAsync(new ListContacts(since, Profiles: true)));

        // Who only asks, or is asked, is no contact: of those nobody is told.
        foreach (var user in new[] { "carol", "dave", "erin" }) await server.DoAsync<OwnProfile>(user, new UpdateUser($"{user} later"));
        Assert.Equal(["carol later"], await NamesAsync(new ListContacts(since, Profiles: true)));
        Assert.Empty(await NamesAsync(new ListContacts(since)));
        await server.PlatformAsync(new DeactivateUser(Id("bob")));
        Assert.Equal(["bob at first Deactivated", "carol later"], await NamesAsync(new ListContacts(since, Profiles: true)));
        await server.DoAsync<Contact>("carol", new RemoveContact(Id("alice")));
        Assert.Equal(["bob at first Deactivated"], await NamesAsync(new ListContacts(since, Profiles: true), "carol"));
        await server.DoAsync<Contact>("alice", new AcceptContact(Id("erin")));
        Assert.Equal(["bob at first Deactivated", "erin later"], await NamesAsync(new ListContacts(since, Profiles: true), "carol", "erin"));
        Assert.Equal(["erin later"], (await server.DoAsync<ContactsPage>("alice", new ListContacts(since, Limit: 2, Profiles: true,
            Next: (await server.DoAsync<ContactsPage>("alice", new ListContacts(since, Limit: 2, Profiles: true))).Next))).Profiles!.Select(one => one.DisplayName));

        async Task<IEnumerable<string>> NamesAsync(ListContacts query, params string[] listed)
        {
            var page = await server.DoAsync<ContactsPage>("alice", query);
            Assert.Equal(listed, page.Contacts.Select(one => one.User.Value));
            Assert.NotEqual(0, page.Profiles?.Count);
            return page.Profiles?.Select(one => one.Status == UserStatus.Active ? one.DisplayName! : $"{one.DisplayName} {one.Status}") ?? [];
        }
    }

    [Theory, EveryEngine, Trait("Row", "B18")]
    public async Task Pages_of_long_profiles_fit_a_frame_and_hold_all_that_changed(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await FillAsync(server, "alice", ContactState.Accepted, 300);
        await FillAsync(server, "bob", ContactState.Accepted, 300);
        var (name, address, data) = (new string('\u0001', 128), $"https://example.org/{new string('a', 1_000)}", $$"""{"a":"{{new string('字', 1_700)}}"}""");
        foreach (var some in Enumerable.Range(1, 300).Chunk(100))
        {
            // Every second one has a long profile, and every tenth changed after the others.
            var rows = Sql.List(some.Select(number => Sql.From($"""
                ({server.App.Number}, {NameOf(number)}, {number + 10}, 1, 1, {(number % 2 == 0 ? name : null)}, {(number % 2 == 0 ? address : null)}, {(number % 2 == 0 ? data : null)},
                    0, {(number % 10 == 0 ? 1L << 40 : 1L)}, 0, 0, 0)
                """)));
            await server.ChangeAsync($"""
                insert into users (app, user_id, number, created_at, revision, display_name, avatar_url, public_data, standing_changed, profile_changed, contacts_changed, blocks_changed, contacts_floor)
                values {rows}
                """);
        }

        var all = Enumerable.Range(1, 300).Select(number => Id(NameOf(number))).ToArray();
        Assert.Equal(all, await ReadAsync(new ListContacts(Limit: 500, Profiles: true), listed: 300));
        var since = new PageTokens(server.Node.Installation).MakeChanges(server.As("alice").Key, 1L << 40, (long.MinValue, 0, 0, 0));
        Assert.Equal(all.Where((_, index) => index % 10 == 9), await ReadAsync(new ListContacts(since, Limit: 500, Profiles: true), listed: 0));

        async Task<List<UserId>> ReadAsync(ListContacts query, int listed)
        {
            var (users, contacts, next) = (new List<UserId>(), 0, (string?)null);
            do
            {
                var page = await server.DoAsync<ContactsPage>("alice", query with { Next = next });
                Assert.InRange(System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(page, ProtocolJson.Lenient.ContactsPage).Length, 1, 128 * 1024);
                users.AddRange((page.Profiles ?? []).Select(one => one.User));
                contacts += page.Contacts.Count;
                next = page.Next;
            }
            while (next is not null);
            Assert.Equal(listed, contacts);
            return users;
        }
    }

    [Theory, EveryEngine, Trait("Row", "B18")]
    public async Task Who_had_no_row_when_he_was_asked_still_learns_that_his_contacts_changed(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var bob = server.As("bob").Key;
        var since = (await server.Node.Handlers.Changes.ReadAsync(bob, null, CancellationToken.None)).Value!.Since;
        Assert.Equal(0, await server.NumberAsync($"select count(*) from users where user_id = 'bob'"));

        await server.DoAsync<Contact>("alice", new RequestContact(Id("bob")));

        Assert.Contains(UserList.Contacts, (await server.DoAsync<InboxChanges>("bob", new ReadChanges(since))).Lists!);
        await server.DoAsync<OwnProfile>("bob", new GetOwnProfile());
        Assert.Contains(UserList.Contacts, (await server.DoAsync<InboxChanges>("bob", new ReadChanges(since))).Lists!);
    }

    [Theory, EveryEngine, Trait("Row", "B11")]
    public async Task Where_only_contacts_may_message_others_are_refused_until_they_are(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, apps: app => app.OnlyContactsMayMessage = true);
        var direct = new CreateConversation(ConversationId.New(), ConversationKind.Direct, [Id("bob")]);
        Assert.Equal(Refusals.NotContact, (await server.CreateAsync("alice", direct)).Refusal);
        var group = await server.ConversationOfAsync("alice", "bob", "carol");
        Assert.NotNull((await server.SendAsync("alice", group, "groups are not concerned")).Value);

        await server.BefriendAsync("alice", "bob");
        var conversation = (await server.CreateAsync("alice", direct)).Value!.Conversation.Conversation;
        Assert.NotNull((await server.SendAsync("alice", conversation, "hi")).Value);
        Assert.NotNull((await server.SendAsync("bob", conversation, "hi")).Value);

        await server.DoAsync<Contact>("bob", new RemoveContact(Id("alice")));
        Assert.Equal(Refusals.NotContact, (await server.SendAsync("alice", conversation, "why?")).Refusal);
        Assert.Equal(Refusals.NotContact, (await server.SendAsync("bob", conversation, "because")).Refusal);
        Assert.Equal(conversation, (await server.CreateAsync("alice", direct)).Value!.Conversation.Conversation);
        await server.BefriendAsync("bob", "alice");
        Assert.NotNull((await server.SendAsync("alice", conversation, "again")).Value);
    }

    private static async Task<(UserId User, ContactState State)> OnlyAsync(TestServer server, string user)
    {
        var contact = Assert.Single(await ListAsync(server, user));
        return (contact.User, contact.State);
    }

    private static async Task<List<Contact>> ListAsync(TestServer server, string user, int? limit = null)
    {
        var (contacts, next) = (new List<Contact>(), default(string));
        do
        {
            var page = await server.DoAsync<ContactsPage>(user, new ListContacts(Next: next, Limit: limit));
            contacts.AddRange(page.Contacts);
            next = page.Next;
        }
        while (next is not null);
        return contacts;
    }

    private static string NameOf(int number) => $"u{number:00000}";

    private static async Task FillAsync(TestServer server, string user, ContactState state, int count, string? message = null)
    {
        foreach (var some in Enumerable.Range(1, count).Chunk(500))
        {
            var rows = Sql.List(some.Select(number => Sql.From(
                $"({server.App.Number}, {user}, {NameOf(number)}, {(int)state}, 1, {message}, 1, 1)")));
            await server.ChangeAsync($"insert into contacts (app, user_id, contact, state, change, message, at, changed) values {rows}");
        }
    }
}
