using System.Text.Json;
using Parley.Gateway;
using Parley.Hosting;
using Parley.Identity;
using Parley.Storage;
using Parley.Tests.Gateway;
using Parley.Tests.Hostile;
using static Parley.Tests.People.PeopleWords;

namespace Parley.Tests.People;

/// <summary>Devices, and what each of them hears of people.</summary>
public sealed class SessionsOfUserTests
{
    [Theory, EveryEngine, Trait("Row", "L02"), Trait("Row", "C15")]
    public async Task The_first_session_makes_the_user_known_and_later_ones_write_nothing(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var first = await server.ConnectAsync("alice");
        var me = await first.AskAsync(Methods.GetOwnProfile, "{}");
        Assert.Equal(("alice", 1L), (me.GetProperty("result").GetProperty("profile").GetProperty("user").GetString(), me.GetProperty("result").GetProperty("profile").GetProperty("number").GetInt64()));

        using var bob = await server.ConnectAsync("bob");
        await UntilAsync(async () => await server.NumberAsync($"select count(*) from users") == 2);
        var (created, counter) = (await server.NumberAsync($"select created_at from users where user_id = 'alice'"), await ChangesAsync(server));
        for (var times = 0; times < 3; times++)
        {
            using var again = await server.ConnectAsync("alice", device: $"d{times}");
        }

        Assert.Equal(created, await server.NumberAsync($"select created_at from users where user_id = 'alice'"));
        Assert.Equal(counter, await ChangesAsync(server));
    }

    [Theory, EveryEngine, Trait("Row", "V06")]
    public async Task Who_asks_for_himself_before_he_is_known_is_made_known_and_answered(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.ConnectAsync("alice");
        await UntilAsync(async () => await server.NumberAsync($"select count(*) from users") == 1);
        await server.ChangeAsync($"delete from users");

        var me = await alice.AskAsync(Methods.GetOwnProfile, "{}");

        Assert.Equal("""{"user":"alice","number":1,"status":"active"}""", me.GetProperty("result").GetProperty("profile").GetRawText());
        Assert.Equal(1, await server.NumberAsync($"select count(*) from users"));
    }

    [Theory, EveryEngine, Trait("Row", "AU-11")]
    public async Task The_sessions_of_a_suspended_user_end_and_no_other_opens(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        foreach (var (user, ask) in new (string, Action<PeopleHandlers, PlatformCaller, AwaitedOrigin>)[]
        {
            ("alice", (people, backend, origin) => people.Standing.Handle(backend, new SuspendUser(Id("alice")), origin)),
            ("bob", (people, backend, origin) => people.Standing.Handle(backend, new DeactivateUser(Id("bob")), origin)),
            ("carol", (people, backend, origin) => people.Standing.Handle(backend, new DeleteUser(Id("carol")), origin)),
        })
        {
            using var phone = await server.ConnectAsync(user);
            using var tablet = await server.ConnectAsync(user, device: "tablet");
            using var elsewhere = await server.ConnectAsync(user, "other");

            Assert.Null((await server.PlatformAsync(ask)).Refusal);

            Assert.Equal(4401, await phone.ReadCloseAsync());
            Assert.Equal(4401, await tablet.ReadCloseAsync());
            using var later = await server.ConnectAsync();
            await later.SendRequestAsync("1", Methods.OpenSession, $$"""{"token":"{{RunningServer.TokenOf(user)}}","device":"phone"}""");
            Assert.Equal("suspended", await later.ReadRefusalAsync("1"));
            Assert.Equal(4401, await later.ReadCloseAsync());
            Assert.Null(Talk.CodeOf(await elsewhere.AskAsync(Methods.ListInbox, "{}")));
        }
    }

    [Theory, EveryEngine, Trait("Row", "AU-11")]
    public async Task A_session_ends_within_five_seconds_also_when_another_node_suspended_its_user(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.ConnectAsync("alice");
        await UntilAsync(async () => await server.NumberAsync($"select count(*) from users") == 1);
        var began = TimeProvider.System.GetTimestamp();

        // As another node would, of which this one hears nothing.
        await using (var transaction = await server.Database.BeginAsync(CancellationToken.None))
        {
            await transaction.Session.ExecuteAsync(
                $"update users set suspended_until = {TimeProvider.System.Now().AddHours(1).ToUnixTimeMilliseconds()}, revision = revision + 1, standing_changed = {transaction.Session.Change} where user_id = 'alice'",
                CancellationToken.None);
            await transaction.CommitAsync(CancellationToken.None);
        }

        Assert.Equal(4401, await alice.ReadCloseAsync());
        Assert.InRange(TimeProvider.System.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    [Theory, EveryEngine, Trait("Row", "B18")]
    public async Task A_user_sees_his_devices_and_ends_one_of_them(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var phone = await server.ConnectAsync("alice");
        using var tablet = await server.ConnectAsync();
        await tablet.AskAsync(Methods.OpenSession, $$"""{"token":"{{RunningServer.TokenOf("alice")}}","device":"tablet","client":"example/1"}""");
        using var bob = await server.ConnectAsync("bob");

        var devices = (await phone.AskAsync(Methods.ListDevices, "{}")).GetProperty("result").GetProperty("devices").EnumerateArray().ToList();
        Assert.Equal(["phone", "tablet"], devices.Select(one => one.GetProperty("device").GetString()));
        Assert.Equal([true, false], devices.Select(one => one.GetProperty("current").GetBoolean()));
        Assert.Equal("example/1", devices[1].GetProperty("client").GetString());

        Assert.Equal("invalid_params", Talk.CodeOf(await phone.AskAsync(Methods.EndDevice, """{"device":"phone"}""")));
        var left = await phone.AskAsync(Methods.EndDevice, """{"device":"tablet"}""");
        Assert.Equal(4012, await tablet.ReadCloseAsync());
        Assert.Single(left.GetProperty("result").GetProperty("devices").EnumerateArray());
        Assert.Null(Talk.CodeOf(await phone.AskAsync(Methods.EndDevice, """{"device":"tablet"}""")));
        Assert.Null(Talk.CodeOf(await bob.AskAsync(Methods.ListDevices, "{}")));
    }

    [Theory, EveryEngine, Trait("Row", "B18")]
    public async Task Where_the_app_allows_one_session_the_newest_stays(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine, ("Apps:demo:SingleSession", "true"));
        using var phone = await server.ConnectAsync("alice");
        using var bob = await server.ConnectAsync("bob");
        using var tablet = await server.ConnectAsync("alice", device: "tablet");
        Assert.Equal(4011, await phone.ReadCloseAsync());

        using var other = await server.ConnectAsync("alice", "other");
        using var another = await server.ConnectAsync("alice", "other", device: "tablet");
        foreach (var client in new[] { tablet, bob, other, another }) Assert.Null(Talk.CodeOf(await client.AskAsync(Methods.ListInbox, "{}")));
        using var again = await server.ConnectAsync("alice", device: "tablet");
        Assert.Equal(4010, await tablet.ReadCloseAsync());
    }

    [Theory, EveryEngine, Trait("Row", "B18")]
    public async Task The_eleventh_device_ends_the_oldest(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine, ("Limits:DevicesPerUser", $"{new LimitsOptions().DevicesPerUser}"));
        var clients = new List<RawClient>();
        for (var number = 0; number < 11; number++) clients.Add(await server.ConnectAsync("alice", device: $"d{number}"));

        Assert.Equal(4009, await clients[0].ReadCloseAsync());
        var devices = (await clients[10].AskAsync(Methods.ListDevices, "{}")).GetProperty("result").GetProperty("devices").EnumerateArray();
        Assert.Equal(Enumerable.Range(1, 10).Select(number => $"d{number}"), devices.Select(one => one.GetProperty("device").GetString()));
        foreach (var client in clients) client.Dispose();
    }

    [Theory, EveryEngine, Trait("Row", "B18"), Trait("Row", "A35"), Trait("Row", "B11")]
    public async Task Every_device_of_both_sides_hears_of_a_request_and_its_answer_but_the_one_that_asked(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var phone = await server.ConnectAsync("alice");
        using var tablet = await server.ConnectAsync("alice", device: "tablet");
        using var bob = await server.ConnectAsync("bob");
        using var mallory = await server.ConnectAsync("mallory");

        await phone.AskAsync(Methods.RequestContact, """{"user":"bob","message":"hi"}""");
        Assert.Equal(("alice", "incoming", "requested", "hi"), await HeardAsync(bob));
        Assert.Equal(("bob", "requested", "requested", "hi"), await HeardAsync(tablet));
        await bob.AskAsync(Methods.AcceptContact, """{"user":"alice"}""");
        Assert.Equal(("bob", "accepted", "accepted", null), await HeardAsync(phone));
        Assert.Equal(("bob", "accepted", "accepted", null), await HeardAsync(tablet));
        await tablet.AskAsync(Methods.RemoveContact, """{"user":"bob"}""");
        Assert.Equal(("alice", "none", "removed", null), await HeardAsync(bob));
        Assert.Equal(("bob", "none", "removed", null), await HeardAsync(phone));

        Assert.Empty(await tablet.PushedAsync());
        Assert.Empty(await mallory.PushedAsync());

        static async Task<(string?, string?, string?, string?)> HeardAsync(RawClient client)
        {
            var contact = await client.PushedAsync(_ => true);
            client.Notifications.Clear();
            return (contact.GetProperty("user").GetString(), contact.GetProperty("state").GetString(), contact.GetProperty("change").GetString(),
                contact.TryGetProperty("message", out var message) ? message.GetString() : null);
        }
    }

    [Theory, EveryEngine, Trait("Row", "B38"), Trait("Row", "B18"), Trait("Row", "A36"), Trait("Row", "V31")]
    public async Task A_profile_is_told_to_own_devices_and_contacts_and_a_block_to_own_devices_only(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var phone = await server.ConnectAsync("alice");
        using var tablet = await server.ConnectAsync("alice", device: "tablet");
        using var bob = await server.ConnectAsync("bob");
        using var mallory = await server.ConnectAsync("mallory");
        // Who only asks is no contact.
        await mallory.AskAsync(Methods.RequestContact, """{"user":"alice"}""");
        await phone.AskAsync(Methods.RequestContact, """{"user":"bob"}""");
        await bob.AskAsync(Methods.AcceptContact, """{"user":"alice"}""");
        foreach (var client in new[] { phone, tablet, bob })
        {
            await client.PushedAsync(contact => contact.GetProperty("state").GetString() is "accepted" || client == bob);
            client.Notifications.Clear();
        }

        await phone.AskAsync(Methods.UpdateUser, """{"displayName":"Alice","publicData":{"mood":"fine"},"privateData":{"secret":1}}""");
        foreach (var client in new[] { tablet, bob })
        {
            var profile = await client.PushedAsync(_ => true);
            Assert.Equal("""{"user":"alice","number":1,"status":"active","displayName":"Alice","publicData":{"mood":"fine"}}""", profile.GetRawText());
            client.Notifications.Clear();
        }

        await phone.AskAsync(Methods.UpdateUser, """{"displayName":"Alice"}""");
        await phone.AskAsync(Methods.AddBlocks, """{"users":["bob","mallory"]}""");
        Assert.Equal("""{"users":["bob","mallory"],"blocked":true}""", (await tablet.PushedAsync(_ => true)).GetRawText());
        Assert.Single(tablet.Notifications);
        foreach (var client in new[] { phone, bob, mallory }) Assert.Empty(await client.PushedAsync());
    }

    [Theory, EveryEngine, Trait("Row", "B38")]
    public async Task That_a_user_was_deleted_is_told_to_his_contacts_with_nothing_that_he_said_of_himself(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.ConnectAsync("alice");
        using var bob = await server.ConnectAsync("bob");
        await alice.AskAsync(Methods.UpdateUser, """{"displayName":"Alice","avatarUrl":"https://example.org/a.png","publicData":{"mood":"fine"},"privateData":{"secret":1}}""");
        await alice.AskAsync(Methods.RequestContact, """{"user":"bob"}""");
        await bob.AskAsync(Methods.AcceptContact, """{"user":"alice"}""");
        await bob.PushedAsync(contact => contact.GetProperty("state").GetString() == "incoming");
        bob.Notifications.Clear();

        Assert.Null((await server.PlatformAsync((people, backend, origin) => people.Standing.Handle(backend, new DeleteUser(Id("alice")), origin))).Refusal);

        var told = await bob.PushedAsync(push => push.TryGetProperty("status", out _));
        Assert.Equal("""{"user":"alice","number":1,"status":"deleted"}""", told.GetRawText());
        Assert.Equal($$"""{"users":[{{told.GetRawText()}}]}""", (await bob.AskAsync(Methods.GetUsers, """{"users":["alice"]}""")).GetProperty("result").GetRawText());
    }

    private static async Task<long> ChangesAsync(RunningServer server) =>
        server.Files.Engine == Engine.Sqlite ? await server.NumberAsync($"select number from change_counter") : 0;

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        for (var tries = 0; !await holds(); tries++)
        {
            Assert.True(tries < 200, "it did not come");
            await Task.Delay(TimeSpan.FromMilliseconds(25), TimeProvider.System);
        }
    }
}
