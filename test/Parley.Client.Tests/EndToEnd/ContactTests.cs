using System.Collections.Concurrent;
using System.Text.Json;
using Parley.Client.Tests.Support;
using Parley.Tests;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.EndToEnd;

/// <summary>Profiles, contacts and block lists, by the SDK against a real server.</summary>
public sealed class ContactTests
{
    [Theory, EveryEngine]
    [Trait("Row", "B11")]
    [Trait("Row", "A35")]
    public async Task A_request_is_asked_accepted_and_removed_and_each_side_hears_of_the_other(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var alice = await server.ConnectAsync("alice");
        var bob = await server.ConnectAsync("bob");
        var (toAlice, toBob) = (ContactsOf(alice), ContactsOf(bob));

        var asked = await alice.Contacts.RequestAsync(Bob, "It is me");
        await UntilAsync(() => toBob.Count == 1, "bob hears of the request");
        var accepted = await bob.Contacts.AcceptAsync(Alice);
        await UntilAsync(() => toAlice.Count == 1, "alice hears of the answer");
        Assert.Equal((ContactState.Requested, ContactState.Accepted), (asked.State, accepted.State));
        Assert.Equal((Alice, ContactState.Incoming, "It is me"), (toBob.Single().User, toBob.Single().State, toBob.Single().Message));
        Assert.Equal([(Bob, ContactState.Accepted)], toAlice.Select(one => (one.User, one.State)));

        var all = new List<Contact>();
        await foreach (var contact in alice.Contacts.AllAsync()) all.Add(contact);
        Assert.Equal([Bob], all.Select(one => one.User));
        await bob.Contacts.RemoveAsync(Alice);
        await UntilAsync(() => toAlice.Count == 2, "alice hears that she was removed");
        Assert.Equal((ContactState.None, ContactChange.Removed), (toAlice.Last().State, toAlice.Last().Change));
        Assert.Equal(ContactState.None, (await alice.Contacts.DeclineAsync(Carol)).State);
        var refused = await Assert.ThrowsAsync<ParleyRefusedException>(() => alice.Contacts.AcceptAsync(Carol));
        Assert.Equal(Refusals.NotFound, refused.Refusal);
    }

    [Theory, EveryEngine]
    [Trait("Row", "B38")]
    [Trait("Row", "V06")]
    [Trait("Row", "V31")]
    [Trait("Row", "C15")]
    public async Task A_profile_is_changed_found_and_told_to_contacts(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var alice = await server.ConnectAsync("alice");
        var bob = await server.ConnectAsync("bob");
        var profiles = new ConcurrentQueue<UserProfile>();
        bob.Users.ProfileChanged += (_, e) => profiles.Enqueue(e.Profile);
        await alice.Contacts.RequestAsync(Bob);
        await bob.Contacts.AcceptAsync(Alice);

        var own = await alice.Users.UpdateAsync("Alice", "https://example.org/a.png", JsonElement.Parse("""{"mood":"fine"}"""), JsonElement.Parse("""{"theme":"dark"}"""));
        await UntilAsync(() => !profiles.IsEmpty, "bob hears of the profile");

        Assert.Equal(("Alice", """{"mood":"fine"}"""), (profiles.Single().DisplayName, profiles.Single().PublicData?.GetRawText()));
        Assert.Equal("""{"theme":"dark"}""", (await alice.Users.MeAsync()).PrivateData?.GetRawText());
        Assert.Equal("""{"mood":"fine"}""", (await bob.Users.GetAsync([Alice])).Single().PublicData?.GetRawText());
        Assert.Equal(own.Profile.Number, (await bob.Users.FindByNumberAsync(own.Profile.Number))?.Number);
        Assert.Null(await bob.Users.FindByNumberAsync(999));
        Assert.Null(await bob.Users.FindByEmailAsync("alice@example.org"));
        Assert.Null(await bob.Users.FindByPhoneAsync("+49 170 1234567"));
        Assert.Equal(Refusals.InvalidParams, (await Assert.ThrowsAsync<ParleyRefusedException>(() => bob.Users.FindByEmailAsync("alice"))).Refusal);
        var many = Enumerable.Range(0, 120).Select(number => new UserId($"u{number}")).Append(Alice);
        Assert.Equal([Alice], (await bob.Users.GetAsync(many)).Select(one => one.User));
    }

    [Theory, EveryEngine]
    [Trait("Row", "B11")]
    [Trait("Row", "A36")]
    [Trait("Row", "A57")]
    public async Task A_block_refuses_what_is_sent_and_other_devices_get_the_whole_list(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var alice = await server.ConnectAsync("alice");
        var tablet = await server.ConnectAsync("alice", "tablet");
        var bob = await server.ConnectAsync("bob");
        var lists = new ConcurrentQueue<IReadOnlyList<UserId>>();
        tablet.Blocks.Changed += (_, e) => lists.Enqueue(e.Users);
        var direct = await alice.Conversations.DirectAsync(Bob);

        Assert.Equal([Bob, Carol], await alice.Blocks.AddAsync([Carol, Bob]));
        await UntilAsync(() => lists.Count == 1, "the tablet hears of the block");
        Assert.Equal([Bob, Carol], lists.Single());
        var refused = await Assert.ThrowsAsync<ParleyRefusedException>(() => bob.Messages.SendAsync(direct.Conversation, "hello?"));
        Assert.Equal(Refusals.Blocked, refused.Refusal);
        Assert.Equal([Carol], await alice.Blocks.RemoveAsync([Bob]));
        Assert.Equal("hello", (await bob.Messages.SendAsync(direct.Conversation, "hello")).Text());
        Assert.Equal([Carol], await tablet.Blocks.ListAsync());
    }

    [Theory, EveryEngine]
    [Trait("Row", "B18")]
    [Trait("Row", "B11")]
    [Trait("Row", "A36")]
    public async Task What_changed_while_a_device_was_away_it_hears_when_it_is_back(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var phone = await server.ConnectAsync("alice", "phone");
        var tablet = await server.ConnectAsync("alice", "tablet");
        var bob = await server.ConnectAsync("bob");
        await phone.Contacts.RequestAsync(Carol);
        await bob.Contacts.RequestAsync(Alice);
        await phone.Contacts.AcceptAsync(Bob);
        var (contacts, lists, profiles) = (ContactsOf(phone), new ConcurrentQueue<IReadOnlyList<UserId>>(), new ConcurrentQueue<UserProfile>());
        phone.Blocks.Changed += (_, e) => lists.Enqueue(e.Users);
        phone.Users.ProfileChanged += (_, e) => profiles.Enqueue(e.Profile);
        // So that the token with which it comes back is younger than all that.
        await AwayAsync(phone, tablet);
        await phone.ConnectAsync();
        await UntilAsync(() => contacts.Any(one => one.User == Carol), "the phone has read what changed before");
        await AwayAsync(phone, tablet);
        contacts.Clear();

        await bob.Contacts.RemoveAsync(Alice);
        await tablet.Blocks.AddAsync([Bob]);
        await tablet.Users.UpdateAsync("Alice of the tablet");
        Assert.True(contacts.IsEmpty && lists.IsEmpty && profiles.IsEmpty);
        await phone.ConnectAsync();

        await UntilAsync(() => contacts.Any(one => one.User == Bob && one.State == ContactState.None) && !lists.IsEmpty && !profiles.IsEmpty, "the phone hears of all of it");
        Assert.Equal(ContactChange.Removed, contacts.Last(one => one.User == Bob).Change);
        Assert.Equal([Bob], lists.Last());
        Assert.Equal("Alice of the tablet", profiles.Last().DisplayName);
        if (engine == Engine.Sqlite) Assert.DoesNotContain(contacts, one => one.User == Carol);
    }

    [Theory, EveryEngine]
    [Trait("Row", "B18")]
    [Trait("Row", "B38")]
    public async Task How_contacts_came_to_look_while_a_device_was_away_it_hears_when_it_is_back(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var phone = await server.ConnectAsync("alice", "phone");
        var tablet = await server.ConnectAsync("alice", "tablet");
        var (bob, carol, dave) = (await server.ConnectAsync("bob"), await server.ConnectAsync("carol"), await server.ConnectAsync("dave"));
        foreach (var client in new[] { bob, carol })
        {
            await client.Contacts.RequestAsync(Alice);
            await phone.Contacts.AcceptAsync(client == bob ? Bob : Carol);
        }

        await dave.Contacts.RequestAsync(Alice);
        var profiles = new ConcurrentQueue<UserProfile>();
        phone.Users.ProfileChanged += (_, e) => profiles.Enqueue(e.Profile);
        // So that the token with which it comes back is younger than all that, and the server has no list to name.
        await AwayAsync(phone, tablet);
        await phone.ConnectAsync();

        await AwayAsync(phone, tablet);
        await bob.Users.UpdateAsync("Bob B.", "https://example.org/bob.png");
        await dave.Users.UpdateAsync("Dave, who is no contact");
        Assert.Empty(profiles);
        await phone.ConnectAsync();

        await UntilAsync(() => !profiles.IsEmpty, "the phone hears of bob");
        await phone.Inbox.ListAsync();
        var told = Assert.Single(profiles);
        Assert.Equal((Bob, "Bob B.", "https://example.org/bob.png"), (told.User, told.DisplayName, told.AvatarUrl));
        await carol.Users.UpdateAsync("Carol C.");
        await UntilAsync(() => profiles.Count == 2, "and of carol at once");
    }

    private static async Task AwayAsync(ParleyClient device, ParleyClient other)
    {
        var before = await other.Users.DevicesAsync();
        Assert.Equal(2, before.Count);
        await other.Users.EndDeviceAsync(new DeviceId("phone"));
        await UntilAsync(() => device.State == ConnectionState.Closed, "the device is away");
    }

    private static ConcurrentQueue<Contact> ContactsOf(ParleyClient client)
    {
        var contacts = new ConcurrentQueue<Contact>();
        client.Contacts.Changed += (_, e) => contacts.Enqueue(e.Contact);
        return contacts;
    }
}
