using System.Text.Json;
using Parley.Tests.Gateway;
using Parley.Tests.Hostile;
using static Parley.Tests.Asking;

namespace Parley.Tests.Conversations;

/// <summary>Who is told that somebody muted sends: he, on all his devices, and nobody else.</summary>
public sealed class MutedMessageTests
{
    [Theory, EveryEngine, Trait("Row", "A42"), Trait("Row", "C19")]
    public async Task Who_is_muted_and_sends_is_told_so_on_all_his_devices_and_nobody_else_is_told(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.ConnectAsync("alice");
        using var phone = await server.ConnectAsync("bob");
        using var tablet = await server.ConnectAsync("bob", device: "tablet");
        using var elsewhere = await server.ConnectAsync("bob", "other");
        using var backend = HttpTalker.WithKey(server.Address, RunningServer.KeyOf("demo"));
        using var http = await server.TalkAsync(Way.Http, "bob");
        var group = await alice.CreateGroupAsync("bob");
        await alice.AskAsync(Methods.MuteParticipants, $$"""{"conversation":"{{group}}","commandId":"{{Guid.NewGuid()}}","users":["bob"],"until":"2035-01-01T00:00:00.000Z"}""");
        foreach (var client in new[] { alice, phone, tablet }) await client.PushedAsync();

        var message = Guid.NewGuid();
        Assert.Equal("muted", Talk.CodeOf(await phone.SayAsync(group, "may I?", message)));

        var told = await ToldAsync(tablet);
        Assert.Equal((group, message, "muted", "until 2035-01-01T00:00:00.000Z"), (
            told.GetProperty("conversation").GetGuid(), told.GetProperty("message").GetGuid(), told.GetProperty("code").GetString(), told.GetProperty("detail").GetString()));
        Assert.InRange(told.GetProperty("retryAfterMs").GetInt64(), 1, long.MaxValue);

        // Over HTTP no connection asked, so both are told.
        Assert.Equal("muted", Talk.CodeOf(await http.SayAsync(group, "may I now?")));
        foreach (var client in new[] { phone, tablet }) Assert.Equal("muted", (await ToldAsync(client)).GetProperty("code").GetString());

        await alice.AskAsync(Methods.UnmuteParticipants, $$"""{"conversation":"{{group}}","commandId":"{{Guid.NewGuid()}}","users":["bob"]}""");
        await alice.AskAsync(Methods.UpdateConversation, $$"""{"conversation":"{{group}}","commandId":"{{Guid.NewGuid()}}","muted":true}""");
        Assert.Equal("conversation_muted", Talk.CodeOf(await phone.SayAsync(group, "and now?")));
        told = await ToldAsync(tablet);
        Assert.Equal("conversation_muted", told.GetProperty("code").GetString());
        Assert.False(told.TryGetProperty("retryAfterMs", out _));

        Assert.Null(Talk.CodeOf(await backend.AskAsync(Methods.MuteUser, """{"user":"bob","until":"2035-01-01T00:00:00.000Z"}""")));
        Assert.Equal("muted_in_app", Talk.CodeOf(await phone.SayAsync(group, "anywhere?")));
        told = await ToldAsync(tablet);
        Assert.Equal(("muted_in_app", "until 2035-01-01T00:00:00.000Z"), (told.GetProperty("code").GetString(), told.GetProperty("detail").GetString()));

        // What is refused for another reason is the business of who asked.
        Assert.Equal("not_found", Talk.CodeOf(await phone.SayAsync(Guid.CreateVersion7(), "nowhere")));
        foreach (var client in new[] { alice, phone, tablet, elsewhere })
            Assert.DoesNotContain(Methods.MessageRefused, (await client.PushedAsync()).Select(push => push.GetProperty("method").GetString()));
        Assert.Equal(4, (await alice.EntriesAsync(group)).GetProperty("result").GetProperty("entries").GetArrayLength());
    }

    [Theory, EveryEngine, Trait("Row", "A42"), Trait("Row", "C19")]
    public async Task Who_is_muted_and_forwards_is_told_so_alike_and_what_is_kept_nowhere_tells_only_who_asked(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.ConnectAsync("alice");
        using var phone = await server.ConnectAsync("bob");
        using var tablet = await server.ConnectAsync("bob", device: "tablet");
        using var backend = HttpTalker.WithKey(server.Address, RunningServer.KeyOf("demo"));
        var (from, group) = (await alice.CreateGroupAsync("bob"), await alice.CreateGroupAsync("bob"));
        var original = Guid.NewGuid();
        await alice.SayAsync(from, "first", original);
        await alice.AskAsync(Methods.MuteParticipants, $$"""{"conversation":"{{group}}","commandId":"{{Guid.NewGuid()}}","users":["bob"]}""");
        foreach (var client in new[] { alice, phone, tablet }) await client.PushedAsync();

        var message = Guid.NewGuid();
        Assert.Equal("muted", Talk.CodeOf(await ForwardAsync(message)));
        var told = await ToldAsync(tablet);
        Assert.Equal((group, message, "muted"), (told.GetProperty("conversation").GetGuid(), told.GetProperty("message").GetGuid(), told.GetProperty("code").GetString()));

        await alice.AskAsync(Methods.UnmuteParticipants, $$"""{"conversation":"{{group}}","commandId":"{{Guid.NewGuid()}}","users":["bob"]}""");
        Assert.Null(Talk.CodeOf(await backend.AskAsync(Methods.MuteUser, """{"user":"bob","until":"2035-01-01T00:00:00.000Z"}""")));
        foreach (var ask in new Func<Guid, Task<JsonElement>>[] { ForwardAsync, id => phone.SayAsync(group, "may I?", id) })
        {
            message = Guid.NewGuid();
            Assert.Equal("muted_in_app", Talk.CodeOf(await ask(message)));
            told = await ToldAsync(tablet);
            Assert.Equal((message, "muted_in_app", "until 2035-01-01T00:00:00.000Z"), (
                told.GetProperty("message").GetGuid(), told.GetProperty("code").GetString(), told.GetProperty("detail").GetString()));
        }

        Assert.Equal("muted_in_app", Talk.CodeOf(await phone.AskAsync(Methods.SendOnline, Talk.Message(group, "ring"))));
        foreach (var client in new[] { alice, phone, tablet })
            Assert.DoesNotContain(Methods.MessageRefused, (await client.PushedAsync()).Select(push => push.GetProperty("method").GetString()));
        Assert.Equal(3, (await alice.EntriesAsync(group)).GetProperty("result").GetProperty("entries").GetArrayLength());

        Task<JsonElement> ForwardAsync(Guid id) =>
            phone.AskAsync(Methods.ForwardMessage, $$"""{"conversation":"{{group}}","message":"{{id}}","from":"{{from}}","original":"{{original}}"}""");
    }

    private static async Task<JsonElement> ToldAsync(RawClient client)
    {
        var told = await client.PushedAsync(push => push.TryGetProperty("code", out _));
        client.Notifications.Clear();
        return told;
    }
}
