using Parley.Storage;
using Parley.Tests.Gateway;

namespace Parley.Tests.Hostile;

/// <summary>Two apps with the same user ids: what names no conversation says nothing of the other app, and changes nothing of it.</summary>
public sealed class OtherAppPeopleTests
{
    private const string Marker = "bumblebee";

    /// <summary>A group of the app of the test.</summary>
    private const string Somewhere = "0193f2a0-6c00-7000-8000-00000000eeee";

    /// <summary>A message of it, which is reported.</summary>
    private const string SomeMessage = "0193f2a0-6c00-7000-8000-00000000eeef";

    /// <summary>What is asked in the other app, of users who are somebody in this one; in this order.</summary>
    private static readonly (string Method, string Params)[] Asked =
    [
        (Methods.ReadChanges, "{}"),
        (Methods.ListInbox, "{}"),
        (Methods.CountUnread, "{}"),
        (Methods.ReadAll, "{}"),
        (Methods.ListPublic, "{}"),
        (Methods.ListInvitations, "{}"),
        (Methods.GetUsers, """{"users":["alice","bob","carol"]}"""),
        (Methods.FindUser, """{"user":"bob"}"""),
        (Methods.FindUser, """{"email":"bob@example.org"}"""),
        (Methods.FindUser, """{"phone":"+491701234567"}"""),
        (Methods.FindUser, """{"number":2}"""),
        (Methods.GetOwnProfile, "{}"),
        (Methods.ListDevices, "{}"),
        (Methods.EndDevice, """{"device":"phone"}"""),
        (Methods.GetContent, """{"content":"0123456789abcdef0123456789abcdef"}"""),
        (Methods.ListContacts, "{}"),
        (Methods.ListBlocks, "{}"),
        (Methods.GetPresence, """{"users":["alice","bob"]}"""),
        (Methods.SubscribePresence, """{"users":["bob"]}"""),
        (Methods.ListPresenceSubscriptions, "{}"),
        (Methods.UnsubscribePresence, """{"users":["bob"]}"""),
        (Methods.SetPresence, """{"status":"invisible"}"""),
        (Methods.SetDevicePresence, """{"status":"away"}"""),
        (Methods.AcceptContact, """{"user":"carol"}"""),
        (Methods.DeclineContact, """{"user":"carol"}"""),
        (Methods.RemoveContact, """{"user":"bob"}"""),
        (Methods.RequestContact, """{"user":"bob"}"""),
        (Methods.RemoveBlocks, """{"users":["mallory"]}"""),
        (Methods.AddBlocks, """{"users":["bob"]}"""),
        (Methods.UpdateUser, """{"displayName":"another alice"}"""),
        (Methods.CreateConversation, """{"conversation":"0193f2a0-6c00-7000-8000-00000000ffff","kind":"direct","participants":["carol"]}"""),
        (Methods.SendToMany, """{"recipients":[{"user":"carol"},{"email":"bob@example.org"},{"phone":"+491701234567"}],"message":"0193f2a0-6c00-7000-8000-00000000fffd","content":{"parts":[{"type":"text/plain","body":"hi"}]}}"""),
    ];

    private static readonly (string Method, string Params)[] AskedByTheBackend =
    [
        (Methods.GetApp, "{}"),
        (Methods.AddOwner, """{"conversation":"0193f2a0-6c00-7000-8000-00000000ffff","commandId":"0193f2a0-6c00-7000-8000-00000000fffe","user":"bob"}"""),
        (Methods.ListUsers, "{}"),
        (Methods.PutWordList, """{"name":"rude","action":"refuse","words":["still"]}"""),
        (Methods.GetWordList, """{"name":"rude"}"""),
        (Methods.ListWordLists, "{}"),
        (Methods.DeleteWordList, """{"name":"rude"}"""),
        (Methods.ListReports, "{}"),
        (Methods.ResolveReport, $$"""{"report":"{{Somewhere}}"}"""),
        (Methods.GetModeratedMessage, $$"""{"conversation":"{{Somewhere}}","message":"{{SomeMessage}}"}"""),
        (Methods.ListHeld, "{}"),
        (Methods.ReleaseHeld, $$"""{"conversation":"{{Somewhere}}","request":"{{SomeMessage}}"}"""),
        (Methods.RejectHeld, $$"""{"conversation":"{{Somewhere}}","request":"{{SomeMessage}}"}"""),
        (Methods.PutUser, """{"user":"bob","displayName":"another bob","email":"bob@example.org","phone":"+491701234567"}"""),
        (Methods.MuteUser, """{"user":"bob"}"""),
        (Methods.UnmuteUser, """{"user":"bob"}"""),
        (Methods.SuspendUser, """{"user":"bob"}"""),
        (Methods.RestoreUser, """{"user":"bob"}"""),
        (Methods.DeactivateUser, """{"user":"bob"}"""),
        (Methods.DeleteUser, """{"user":"bob"}"""),
    ];

    [Fact, Trait("Row", "TE-01")]
    public void Every_method_that_names_no_conversation_is_asked() =>
        Assert.Equal(
            Attempts.NameNoConversation.Except([Methods.OpenSession, Methods.RenewSession]).Order(),
            Asked.Concat(AskedByTheBackend).Select(one => one.Method).Distinct().Order());

    [Theory, EveryWay, Trait("Row", "TE-01"), Trait("Row", "TE-02"), Trait("Row", "TE-04"), Trait("Row", "TE-05")]
    public async Task Nothing_that_is_asked_in_one_app_says_or_changes_anything_of_the_other(Engine engine, Way way)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var platform = HttpTalker.WithKey(server.Address, RunningServer.KeyOf("demo"));
        using var otherPlatform = HttpTalker.WithKey(server.Address, RunningServer.KeyOf("other"));
        using var alice = await server.ConnectAsync("alice");
        using var bob = await server.ConnectAsync("bob");
        await SettleAsync(alice, bob, platform);
        using var stranger = await server.TalkAsync(way, "alice", "other");
        foreach (var client in new[] { alice, bob })
        {
            await client.PushedAsync();
            client.Notifications.Clear();
        }

        var before = await RowsAsync(server);
        var answers = new List<string>();
        foreach (var (method, parameters) in Asked) answers.Add((await stranger.AskAsync(method, parameters)).GetRawText());
        foreach (var (method, parameters) in AskedByTheBackend) answers.Add((await otherPlatform.AskAsync(method, parameters)).GetRawText());

        Assert.All(answers, answer => Assert.DoesNotContain(Marker, answer, StringComparison.Ordinal));
        Assert.Equal(before, await RowsAsync(server));
        foreach (var client in new[] { alice, bob }) Assert.Empty(await client.PushedAsync());
        // Nobody's session ended, and everybody may do what he could.
        Assert.Equal(2, (await alice.AskAsync(Methods.GetUsers, """{"users":["alice","bob"]}""")).GetProperty("result").GetProperty("users").GetArrayLength());
        Assert.Null(Talk.CodeOf(await bob.AskAsync(Methods.UpdateUser, """{"displayName":"still here"}""")));
        Assert.Contains(Marker, (await platform.GetAsync(Methods.ListUsers)).GetRawText(), StringComparison.Ordinal);
    }

    /// <summary>Makes everything of people there is in the app of the test, with the marker wherever a text may be.</summary>
    private static async Task SettleAsync(RawClient alice, RawClient bob, HttpTalker platform)
    {
        foreach (var (talker, method, parameters) in new (ITalker, string, string)[]
        {
            (platform, Methods.PutUser, $$"""{"user":"alice","displayName":"{{Marker}} alice","publicData":{"a":"{{Marker}}" },"privateData":{"b":"{{Marker}}"} }"""),
            (platform, Methods.PutUser, $$"""{"user":"bob","displayName":"{{Marker}} bob","email":"bob@example.org","phone":"+491701234567"}"""),
            (platform, Methods.PutUser, $$"""{"user":"carol","displayName":"{{Marker}} carol"}"""),
            (bob, Methods.RequestContact, $$"""{"user":"alice","message":"{{Marker}}"}"""),
            (alice, Methods.AcceptContact, """{"user":"bob"}"""),
            (alice, Methods.RequestContact, $$"""{"user":"carol","message":"{{Marker}}"}"""),
            (alice, Methods.AddBlocks, """{"users":["mallory"]}"""),
            (alice, Methods.CreateConversation, Talk.Group(new Guid(Somewhere), "bob")),
            (alice, Methods.SendMessage, Talk.Message(new Guid(Somewhere), Marker, new Guid(SomeMessage))),
            (bob, Methods.ReportMessage, $$"""{"conversation":"{{Somewhere}}","message":"{{SomeMessage}}","reason":"other","text":"{{Marker}}"}"""),
            (platform, Methods.PutWordList, $$"""{"name":"rude","action":"flag","words":["{{Marker}}"]}"""),
            (bob, Methods.SetPresence, $$"""{"status":"busy","text":"{{Marker}}"}"""),
            (bob, Methods.CreateConversation, $$"""{"conversation":"{{Guid.CreateVersion7()}}","kind":"group","participants":[],"title":"{{Marker}}","settings":{"public":true} }"""),
        })
        {
            Assert.Null(Talk.CodeOf(await talker.AskAsync(method, parameters)));
        }

        var asking = Guid.CreateVersion7();
        Assert.Null(Talk.CodeOf(await bob.AskAsync(Methods.CreateConversation, $$"""{"conversation":"{{asking}}","kind":"group","participants":[],"title":"{{Marker}} too","settings":{"confirmInvitations":true} }""")));
        Assert.Null(Talk.CodeOf(await bob.AskAsync(Methods.InviteParticipants, $$"""{"conversation":"{{asking}}","commandId":"{{Guid.NewGuid()}}","users":["alice"]}""")));
        // It is told a moment after the answer, and is the last that is told of all this.
        await alice.PushedAsync(push => push.TryGetProperty("conversation", out _) && !push.TryGetProperty("sequence", out _));
    }

    /// <summary>Every row that belongs to the app of the test, as text.</summary>
    private static async Task<List<string>> RowsAsync(RunningServer server)
    {
        var demo = server.Node.Installation.Apps["demo"].Number;
        await using var session = await server.Database.OpenReaderAsync(CancellationToken.None);
        var rows = new List<string>();
        foreach (var table in await session.QueryAsync(server.Database.TableNames, row => row.GetString(0), CancellationToken.None))
        {
            await session.ReadAsync(Sql.Script($"select * from {table}"), row =>
            {
                var columns = Enumerable.Range(0, row.FieldCount).Where(column => row.GetName(column) == "app").ToArray();
                if (columns is [var app] && row.GetInt32(app) == demo)
                    rows.Add($"{table}: {string.Join(' ', Enumerable.Range(0, row.FieldCount).Select(column => row.IsDBNull(column) ? "null" : $"{row.GetValue(column)}"))}");
            }, CancellationToken.None);
        }

        return [.. rows.Order(StringComparer.Ordinal)];
    }
}
