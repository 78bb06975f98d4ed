using Parley.Identity;
using Parley.Tests.Gateway;
using Parley.Tests.Hostile;

namespace Parley.Tests.Messages;

/// <summary><c>message.versions</c>.</summary>
public sealed class ListVersionsTests
{
    [Theory, EveryEngine]
    public async Task Who_may_edit_or_remove_any_message_reads_what_it_said_and_nobody_else_does(Engine engine)
    {
        await using var server = await StartAsync(engine);
        var group = await Group.OfAsync(server, "alice", "bob", "carol", "dave", "erin");
        await group.PermitAsync("alice", ("carol", Permissions.Read | Permissions.EditAny), ("dave", Permissions.Read | Permissions.RemoveAny), ("erin", Permissions.EditAny | Permissions.RemoveAny));
        var message = await server.SayAsync("bob", group.Id, "first");
        await server.EditAsync("alice", group.Id, message, "second");
        await server.EditAsync("bob", group.Id, message, "third");

        foreach (var user in new[] { "alice", "carol", "dave" })
        {
            var versions = (await AskAsync(server, user, new ListVersions(group.Id, message))).Value!.Versions;
            Assert.Equal([(1, "alice", "second"), (0, "bob", "first")], versions.Select(one => (one.Version, one.Actor.Value, one.Content.PlainText())));
            Assert.True(versions[1].At < versions[0].At || versions[1].At == versions[0].At);
        }

        // Not its sender either; and who may change it and not read it reads nothing of it.
        Assert.Equal(Refusals.PermissionDenied, (await AskAsync(server, "bob", new ListVersions(group.Id, message))).Refusal);
        Assert.Equal(Refusals.PermissionDenied, (await AskAsync(server, "erin", new ListVersions(group.Id, message))).Refusal);
        Assert.Equal(Refusals.NotFound, (await AskAsync(server, "mallory", new ListVersions(group.Id, message))).Refusal);
        await group.RemoveAsync("alice", "carol");
        Assert.Equal(Refusals.NotParticipant, (await AskAsync(server, "carol", new ListVersions(group.Id, message))).Refusal);
    }

    [Theory, EveryEngine]
    public async Task The_apps_backend_reads_them_in_the_name_of_any_participant(Engine engine)
    {
        await using var server = await StartAsync(engine);
        var group = await Group.OfAsync(server, "alice", "bob");
        var message = await server.SayAsync("bob", group.Id, "first");
        await server.EditAsync("bob", group.Id, message, "second");

        var asBackend = server.As("bob") with { Platform = new PlatformCaller(server.App, "test") };
        var stranger = server.As("mallory") with { Platform = new PlatformCaller(server.App, "test") };

        Assert.Equal(["first"], (await server.AskAsync<VersionsPage>(asBackend, new ListVersions(group.Id, message))).Value!.Versions.Select(one => one.Content.PlainText()));
        Assert.Equal(Refusals.NotFound, (await server.AskAsync<VersionsPage>(stranger, new ListVersions(group.Id, message))).Refusal);
    }

    [Theory, EveryEngine]
    public async Task They_come_by_pages_the_newest_first_and_limits_are_kept(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, apps: app => (app.Messages.KeepVersions, app.Messages.Edits) = (true, 100));
        var group = await Group.OfAsync(server, "alice", "bob");
        var message = await server.SayAsync("alice", group.Id, "0");
        for (var edit = 1; edit <= ListVersions.MaxLimit + 1; edit++) await server.EditAsync("alice", group.Id, message, $"{edit}");

        var seen = new List<int>();
        for (int? before = null; ;)
        {
            var page = (await AskAsync(server, "alice", new ListVersions(group.Id, message, before, 7))).Value!;
            Assert.InRange(page.Versions.Count, 1, 7);
            seen.AddRange(page.Versions.Select(one => one.Version));
            if ((before = page.Next) is null) break;
        }

        Assert.Equal(Enumerable.Range(0, ListVersions.MaxLimit + 1).Reverse(), seen);
        var most = (await AskAsync(server, "alice", new ListVersions(group.Id, message, Limit: ListVersions.MaxLimit))).Value!;
        Assert.Equal((ListVersions.MaxLimit, 1), (most.Versions.Count, most.Next));
        Assert.Equal(20, (await AskAsync(server, "alice", new ListVersions(group.Id, message))).Value!.Versions.Count);
        Assert.Empty((await AskAsync(server, "alice", new ListVersions(group.Id, message, Before: 0))).Value!.Versions);
        foreach (var (query, detail) in new[]
        {
            (new ListVersions(group.Id, message, Limit: 0), "$.limit: expected 1 to 50"), (new ListVersions(group.Id, message, Limit: ListVersions.MaxLimit + 1), "$.limit: expected 1 to 50"),
            (new ListVersions(group.Id, message, Before: -1), "$.before: expected 0 or more"),
        })
        {
            var refused = (await AskAsync(server, "alice", query)).Refusal;
            Assert.Equal((Refusals.InvalidParams, detail), (refused, refused!.Detail));
        }
    }

    [Theory, EveryEngine]
    public async Task A_page_fits_a_frame(Engine engine)
    {
        await using var server = await StartAsync(engine);
        var group = await Group.OfAsync(server, "alice", "bob");
        var message = await server.SayAsync("alice", group.Id, "0");
        for (var edit = 0; edit < 6; edit++) await server.EditAsync("alice", group.Id, message, $"{edit + 1}");
        await server.ChangeAsync($"update message_versions set content = {System.Text.Encoding.UTF8.GetBytes($$"""{"parts":[{"type":"text/plain","body":"{{new string('y', 60_000)}}"}]}""")}");

        var page = (await AskAsync(server, "alice", new ListVersions(group.Id, message))).Value!;

        Assert.Equal((2, 4), (page.Versions.Count, page.Next));
    }

    [Theory, EveryEngine, Trait("Row", "ID-02")]
    public async Task Of_a_message_that_somebody_may_not_read_nothing_is_told(Engine engine)
    {
        await using var server = await StartAsync(engine);
        var group = await Group.OfAsync(server, new CreateConversation(ConversationId.New(), ConversationKind.Group, [new UserId("bob")], Settings: new NewSettings(History: HistoryVisibility.WhileIn)));
        var message = await server.SayAsync("bob", group.Id, "before carol");
        await server.EditAsync("bob", group.Id, message, "edited before carol");
        await group.AddAsync("alice", "carol");
        await group.PermitAsync("alice", ("carol", PermissionPresets.Admin));

        var refused = await AskAsync(server, "carol", new ListVersions(group.Id, message));
        var none = await AskAsync(server, "carol", new ListVersions(group.Id, MessageId.New()));

        Assert.Equal((Refusals.MessageNotFound, none.Refusal!.Detail), (refused.Refusal, refused.Refusal!.Detail));
    }

    [Theory, EveryEngine, Trait("Row", "G16")]
    public async Task After_a_recall_nothing_is_left_of_them(Engine engine)
    {
        await using var server = await StartAsync(engine);
        var group = await Group.OfAsync(server, "alice", "bob");
        var message = await server.SayAsync("alice", group.Id, "secret");
        await server.EditAsync("alice", group.Id, message, "fine");
        Assert.Single((await AskAsync(server, "alice", new ListVersions(group.Id, message))).Value!.Versions);

        await server.RecallAsync("alice", group.Id, message);

        Assert.Empty((await AskAsync(server, "alice", new ListVersions(group.Id, message))).Value!.Versions);
    }

    [Theory, EveryWay]
    public async Task Both_ways_in_answer_them(Engine engine, Way way)
    {
        await using var server = await RunningServer.StartAsync(engine, ("Apps:demo:Messages:KeepVersions", "true"));
        using var alice = await server.TalkAsync(way, "alice");
        var (group, message) = (await alice.CreateGroupAsync("bob"), Guid.NewGuid());
        await alice.SayAsync(group, "first", message);
        Assert.Null(Talk.CodeOf(await alice.AskAsync(
            Methods.EditMessage, $$$"""{"conversation":"{{{group}}}","commandId":"{{{Guid.NewGuid()}}}","message":"{{{message}}}","content":{"parts":[{"type":"text/plain","body":"second"}]}}""")));

        var answer = (await alice.AskAsync(Methods.ListVersions, $$"""{"conversation":"{{group}}","message":"{{message}}"}""")).GetProperty("result");

        var version = Assert.Single(answer.GetProperty("versions").EnumerateArray());
        Assert.Equal((0, "alice", "first"), (version.GetProperty("version").GetInt32(), version.GetProperty("actor").GetString(), version.GetProperty("content").GetProperty("parts")[0].GetProperty("body").GetString()));
    }

    private static Task<TestServer> StartAsync(Engine engine) => TestServer.StartAsync(engine, apps: app => app.Messages.KeepVersions = true);

    private static Task<Outcome<VersionsPage>> AskAsync(TestServer server, string user, ListVersions query) => server.AskAsync<VersionsPage>(server.As(user), query);
}
