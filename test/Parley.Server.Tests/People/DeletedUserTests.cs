using System.Text;
using Parley.Presence;
using Parley.Storage;
using static Parley.Tests.People.PeopleWords;

namespace Parley.Tests.People;

/// <summary>What is left of a deleted user, and what is not.</summary>
public sealed class DeletedUserTests
{
    private const string Marker = "bumblebee";

    [Theory, EveryEngine]
    public async Task No_table_has_anything_he_said_of_himself_or_others_said_of_him(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await server.PlatformAsync(new PutUser(
            Id("alice"), $"{Marker} name", $"https://example.org/{Marker}", Json($$"""{"public":"{{Marker}}"}"""), Json($$"""{"private":"{{Marker}}"}"""),
            $"{Marker}@example.org", "+15550007777"));
        await server.DoAsync<Contact>("alice", new RequestContact(Id("bob"), $"{Marker} to bob"));
        await server.DoAsync<Contact>("carol", new RequestContact(Id("alice"), $"carol to {Marker}"));
        await server.BefriendAsync("alice", "dave");
        await server.DoAsync<BlockList>("alice", new AddBlocks([Id("mallory")]));
        await server.DoAsync<BlockList>("eve", new AddBlocks([Id("alice")]));
        var direct = await server.ConversationOfAsync("alice", "dave");
        await server.SendAsync("alice", direct, "what he wrote stays");
        await server.DoAsync<InboxFlags>("alice", new UpdateInbox(direct, Pinned: true, SilencedUntil: MuteParticipants.Forever, Draft: $"{Marker} was not sent"));
        await server.DoAsync<InboxFlags>("alice", new MarkUnread(direct, new Sequence(2)));
        await SeenAsync(server, "alice");
        Assert.NotEmpty(await MentionsAsync(server, Marker));
        Assert.NotEmpty(await MentionsAsync(server, "5550007777"));

        await server.PlatformAsync(new DeleteUser(Id("alice")));

        Assert.Empty(await MentionsAsync(server, Marker, Marker.ToUpperInvariant(), "5550007777", "mallory"));
        // The id stays: with what he wrote, with his places in conversations, as a row that keeps others from being him, and in lists of others as somebody who is gone.
        Assert.Equal(["contacts", "directs", "entries", "participations", "users"], (await MentionsAsync(server, "alice")).Distinct().Order());
        Assert.Equal(0, await server.NumberAsync($"select count(*) from contacts where contact = 'alice' and state <> 0"));
        Assert.Equal(0, await server.NumberAsync($"select count(*) from contacts where user_id = 'alice'"));
        Assert.Equal(2, (await server.HistoryAsync("dave", direct)).Count);
        Assert.Equal(0, await server.NumberAsync($"select count(*) from participations where user_id = 'alice' and (shelf <> 0 or silenced_until is not null or unread_from is not null)"));
        // His last connection ends after he was deleted.
        await SeenAsync(server, "alice", "bob");
        Assert.Equal(1, await server.NumberAsync($"select count(*) from last_seen"));
    }

    [Theory, EveryEngine]
    public async Task He_is_gone_for_ever_and_others_are_told(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await server.PlatformAsync(new PutUser(Id("alice"), "Alice", Email: "alice@example.org"));
        await server.BefriendAsync("alice", "bob");
        var group = await server.ConversationOfAsync("alice", "bob", "carol");
        var since = (await server.Node.Handlers.Changes.ReadAsync(server.As("bob").Key, null, CancellationToken.None)).Value!.Since;

        var deleted = await server.PlatformAsync(new DeleteUser(Id("alice")));

        Assert.Equal((UserStatus.Deleted, null, null), (deleted.Own.Profile.Status, deleted.Own.Profile.DisplayName, deleted.Own.Email));
        Assert.Equal(deleted, await server.PlatformAsync(new DeleteUser(Id("alice"))));
        Assert.Equal(Refusals.Suspended, (await server.SendAsync("alice", group, "boo")).Refusal);
        Assert.Equal(Refusals.Suspended, await server.RefusalAsync<UserAccount>("x", new RestoreUser(Id("alice"))));
        Assert.Equal(Refusals.Suspended, await server.RefusalAsync<UserAccount>("x", new PutUser(Id("alice"), "Alice again")));
        Assert.Equal(Refusals.NotFound, await server.RefusalAsync<Contact>("bob", new RequestContact(Id("alice"))));
        Assert.Equal(UserStatus.Deleted, Assert.Single((await server.DoAsync<UserProfiles>("bob", new GetUsers([Id("alice")]))).Users).Status);
        Assert.Equal([UserList.Contacts], (await server.DoAsync<InboxChanges>("bob", new ReadChanges(since))).Lists!);
        var gone = Assert.Single((await server.DoAsync<ContactsPage>("bob", new ListContacts(since))).Contacts);
        Assert.Equal((Id("alice"), ContactState.None, ContactChange.Removed), (gone.User, gone.State, gone.Change));
        // What comes of him late is not taken, and a second deletion erases what was.
        Assert.Equal(Refusals.Suspended, await server.RefusalAsync<InboxFlags>("alice", new UpdateInbox(group, Draft: "too late")));
        await server.ChangeAsync($"insert into drafts (app, user_id, conversation, body) values ({server.App.Number}, 'alice', {group.Value}, 'from elsewhere')");
        await server.PlatformAsync(new DeleteUser(Id("alice")));
        Assert.Equal(0, await server.NumberAsync($"select count(*) from drafts"));
        // The address is free for somebody else.
        Assert.Equal("alice@example.org", (await server.PlatformAsync(new PutUser(Id("alice2"), Email: "alice@example.org"))).Own.Email);
    }

    private static async Task SeenAsync(TestServer server, params string[] users)
    {
        await using var transaction = await server.Database.BeginAsync(CancellationToken.None);
        await LastSeenStore.WriteAsync(transaction.Session, users.Select(user => KeyValuePair.Create(server.As(user).Key, DateTimeOffset.UnixEpoch)), CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
    }

    [Theory, EveryEngine]
    public async Task Whoever_had_him_in_a_list_hears_at_once_that_he_is_gone_from_it(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await server.BefriendAsync("alice", "bob");
        await server.DoAsync<Contact>("alice", new RequestContact(Id("carol")));
        await server.DoAsync<Contact>("dave", new RequestContact(Id("alice")));
        await server.DoAsync<BlockList>("eve", new AddBlocks([Id("alice")]));
        var devices = new[] { "bob", "carol", "dave", "eve", "frank" }.ToDictionary(user => user, user => new Parley.Tests.Presence.Device(server, user, "phone"));
        foreach (var device in devices.Values) server.Node.Subscriptions.Register(device.Subscriber);

        await server.PlatformAsync(new DeleteUser(Id("alice")));

        Assert.Equal(["user, contact", "contact", "contact", "block", ""], devices.Values.Select(device => device.Heard()));
    }

    /// <summary>Names of the tables in which any column of any row has one of the texts.</summary>
    private static async Task<List<string>> MentionsAsync(TestServer server, params string[] texts)
    {
        await using var session = await server.Database.OpenReaderAsync(CancellationToken.None);
        var tables = await session.QueryAsync(server.Database.TableNames, row => row.GetString(0), CancellationToken.None);
        var found = new List<string>();
        foreach (var table in tables)
        {
            await session.ReadAsync(Sql.Script($"select * from {table}"), row =>
            {
                for (var column = 0; column < row.FieldCount; column++)
                {
                    var value = row.IsDBNull(column) ? "" : row.GetValue(column) is byte[] bytes ? Encoding.UTF8.GetString(bytes) : $"{row.GetValue(column)}";
                    if (Array.Exists(texts, text => value.Contains(text, StringComparison.Ordinal))) found.Add(table);
                }
            }, CancellationToken.None);
        }

        return found;
    }
}
