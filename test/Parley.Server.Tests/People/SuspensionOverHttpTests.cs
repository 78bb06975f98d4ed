using Parley.Tests.Gateway;
using Parley.Tests.Hostile;

namespace Parley.Tests.People;

/// <summary>What a backend decides about users, over HTTP with its key, and what becomes of their requests.</summary>
public sealed class SuspensionOverHttpTests
{
    [Theory, EveryEngine, Trait("Row", "AU-11")]
    public async Task Nothing_of_a_suspended_user_is_taken_over_HTTP_neither_from_him_nor_in_his_name(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var platform = HttpTalker.WithKey(server.Address, RunningServer.KeyOf("demo"));
        using var himself = await server.TalkAsync(Way.Http, "bob");
        using var backend = await server.TalkAsync(Way.Backend, "bob");
        using var elsewhere = await server.TalkAsync(Way.Http, "bob", "other");
        var group = await himself.CreateGroupAsync("alice");

        foreach (var (ends, begins) in new[] { ("user.restore", "user.suspend"), ("user.restore", "user.deactivate"), (null, "user.delete") })
        {
            Assert.Null(Talk.CodeOf(await platform.AskAsync(begins, """{"user":"bob"}""")));

            foreach (var talker in new ITalker[] { himself, backend })
            {
                Assert.Equal("suspended", Talk.CodeOf(await talker.SayAsync(group, "hi")));
                Assert.Equal("suspended", Talk.CodeOf(await talker.EntriesAsync(group)));
                Assert.Equal("suspended", Talk.CodeOf(await talker.AskAsync(Methods.GetOwnProfile, "{}")));
            }

            Assert.Null(Talk.CodeOf(await elsewhere.AskAsync(Methods.ListInbox, "{}")));
            if (ends is null) break;
            Assert.Null(Talk.CodeOf(await platform.AskAsync(ends, """{"user":"bob"}""")));
            Assert.Null(Talk.CodeOf(await himself.SayAsync(group, "back")));
        }

        Assert.Equal("suspended", Talk.CodeOf(await platform.AskAsync("user.restore", """{"user":"bob"}""")));
    }

    [Theory, EveryEngine, Trait("Row", "L02")]
    public async Task Whoever_asks_over_HTTP_for_the_first_time_becomes_a_user_with_a_number(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var platform = HttpTalker.WithKey(server.Address, RunningServer.KeyOf("demo"));
        using var alice = await server.TalkAsync(Way.Http, "alice");

        Assert.Null(Talk.CodeOf(await alice.AskAsync(Methods.ListInbox, "{}")));

        // Whoever asks for himself has a row by then.
        Assert.Equal(1, (await alice.AskAsync(Methods.GetOwnProfile, "{}")).GetProperty("result").GetProperty("profile").GetProperty("number").GetInt64());
        var listed = (await platform.GetAsync(Methods.ListUsers)).GetProperty("result").GetProperty("users").EnumerateArray().Select(one => one.GetProperty("own").GetProperty("profile").GetProperty("user").GetString());
        Assert.Equal(["alice"], listed);
    }

    [Theory, EveryEngine]
    public async Task A_backend_decides_about_the_users_of_its_own_app_only(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var demo = HttpTalker.WithKey(server.Address, RunningServer.KeyOf("demo"));
        using var other = HttpTalker.WithKey(server.Address, RunningServer.KeyOf("other"));
        Assert.Null(Talk.CodeOf(await demo.AskAsync(Methods.PutUser, """{"user":"alice","displayName":"Alice","email":"alice@example.org"}""")));
        Assert.Null(Talk.CodeOf(await other.AskAsync(Methods.PutUser, """{"user":"alice","displayName":"Another","email":"alice@example.org"}""")));

        Assert.Null(Talk.CodeOf(await other.AskAsync(Methods.DeleteUser, """{"user":"alice"}""")));

        var (kept, gone) = (await ProfileAsync(demo), await ProfileAsync(other));
        Assert.Equal(("Alice", "active"), (kept.GetProperty("displayName").GetString(), kept.GetProperty("status").GetString()));
        Assert.Equal("deleted", gone.GetProperty("status").GetString());

        static async Task<System.Text.Json.JsonElement> ProfileAsync(HttpTalker platform) =>
            (await platform.GetAsync(Methods.ListUsers)).GetProperty("result").GetProperty("users")[0].GetProperty("own").GetProperty("profile");
    }
}
