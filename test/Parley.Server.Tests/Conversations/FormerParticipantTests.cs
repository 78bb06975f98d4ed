using System.Text.Json;
using Parley.Tests.Gateway;
using Parley.Tests.Hostile;

namespace Parley.Tests.Conversations;

/// <summary>Who left learns nothing that is newer than his leaving, whatever he asks.</summary>
public class FormerParticipantTests
{
    [Theory, EveryEngine]
    [Trait("Row", "G18")]
    [Trait("Row", "ID-02")]
    public async Task Whatever_happens_after_he_left_every_answer_to_him_stays_the_same(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.ConnectAsync("alice");
        using var bob = await server.ConnectAsync("bob");
        var group = await alice.CreateGroupAsync("bob", "carol", "dave");
        await alice.SayAsync(group, "bob reads this");
        await bob.AskAsync(Methods.LeaveConversation, Command(group));
        var before = await EverythingAsync(server, bob, group);

        await alice.SayAsync(group, "and not this");
        await alice.AskAsync(Methods.AddParticipants, Command(group, ",\"users\":[\"erin\",\"frank\"]"));
        await alice.AskAsync(Methods.RemoveParticipants, Command(group, ",\"users\":[\"carol\"]"));
        await alice.AskAsync(Methods.MarkRead, $$"""{"conversation":"{{group}}","upTo":6}""");
        await alice.AskAsync(Methods.UpdateConversation, Command(
            group, ",\"title\":\"later\",\"description\":\"d\",\"announcement\":\"a\",\"customData\":{\"a\":1},\"public\":true,\"muted\":true,\"defaultPermissions\":[]"));
        await alice.AskAsync(Methods.SetAttributes, Command(group, ",\"set\":{\"a\":\"b\"}"));
        await alice.AskAsync(Methods.MuteParticipants, Command(group, ",\"users\":[\"dave\"]"));
        await alice.AskAsync(Methods.ChangePermissions, Command(group, ",\"participants\":[{\"user\":\"dave\",\"permissions\":[\"read\",\"owner\"]}]"));
        await alice.AskAsync(Methods.LeaveConversation, Command(group));

        Assert.Equal(before, await EverythingAsync(server, bob, group));
    }

    [Theory, EveryEngine]
    [Trait("Row", "ID-02")]
    public async Task He_is_not_told_who_or_how_many_are_in_it_nor_which_rules_it_has_now(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.ConnectAsync("alice");
        using var bob = await server.ConnectAsync("bob");
        var group = await alice.CreateGroupAsync("bob", "carol");
        await alice.AskAsync(Methods.RemoveParticipants, Command(group, ",\"users\":[\"bob\"]"));
        await alice.SayAsync(group, "bob is gone");

        var state = (await bob.AskAsync(Methods.GetConversation, $$"""{"conversation":"{{group}}"}""")).GetProperty("result");
        var synced = (await bob.AskAsync(Methods.SyncConversations, Position(server, group))).GetProperty("result").GetProperty("conversations")[0];
        var change = (await ChangesAsync(server)).GetProperty("conversations")[0];

        Assert.Equal(
            ["conversation", "kind", "createdAt", "head", "tail", "own"],
            state.EnumerateObject().Select(member => member.Name));
        Assert.Equal(["conversation", "status", "head", "tail", "entries", "more"], synced.EnumerateObject().Select(member => member.Name));
        Assert.Equal(["conversation", "kind", "head", "deliveredUpTo", "readUpTo", "left"], change.EnumerateObject().Select(member => member.Name));
        Assert.Equal([2, 2, 2], new[] { state, synced, change }.Select(answer => answer.GetProperty("head").GetInt64()));
        Assert.Empty(state.GetProperty("own").GetProperty("permissions").EnumerateArray());
    }

    /// <summary>What he can ask of a conversation, as text; tokens and times of the asking left out.</summary>
    private static async Task<string> EverythingAsync(RunningServer server, RawClient bob, Guid group) => string.Join('\n',
        (await bob.AskAsync(Methods.GetConversation, $$"""{"conversation":"{{group}}"}""")).GetRawText(),
        await bob.LogAsync(group),
        (await bob.AskAsync(Methods.SyncConversations, Position(server, group))).GetRawText(),
        (await bob.AskAsync(Methods.ListInbox, "{}")).GetRawText(),
        (await ChangesAsync(server)).GetProperty("conversations").GetRawText());

    private static string Position(RunningServer server, Guid group) =>
        $$"""{"epoch":"{{server.Node.Installation.Epoch}}","positions":[{"conversation":"{{group}}","after":0}]}""";

    private static async Task<JsonElement> ChangesAsync(RunningServer server)
    {
        using var tablet = await server.ConnectAsync();
        var opened = await tablet.AskAsync(Methods.OpenSession, $$"""{"token":"{{RunningServer.TokenOf("bob")}}","device":"tablet"}""");
        return opened.GetProperty("result").GetProperty("changes");
    }

    private static string Command(Guid group, string more = "") => $$"""{"conversation":"{{group}}","commandId":"{{Guid.NewGuid()}}"{{more}}}""";
}
