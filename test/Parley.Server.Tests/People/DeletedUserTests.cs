using static Parley.Tests.People.PeopleWords;

namespace Parley.Tests.People;

/// <summary>What is left of a deleted user, and what is not.</summary>
public sealed class DeletedUserTests
{
    [Theory, EveryEngine, Trait("Row", "B38")]
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
}
