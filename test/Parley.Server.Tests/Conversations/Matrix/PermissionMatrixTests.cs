using System.Collections.Concurrent;
using Parley.Tests.Gateway;
using Parley.Tests.Hostile;

namespace Parley.Tests.Conversations;

/// <summary>docs/protocol/permissions.md, cell by cell, over a WebSocket and over HTTP.</summary>
public sealed class PermissionMatrixTests
{
    private static readonly ConversationKind[] WithPermissions = [ConversationKind.Group, ConversationKind.Broadcast, ConversationKind.Room];
    private static readonly Way[] Ways = [Way.WebSocket, Way.Http];

    [Fact, Trait("Row", "PM-01")]
    public void Every_method_that_names_a_conversation_is_on_the_page() => Assert.Empty(
        new Attempts(Guid.NewGuid(), Guid.NewGuid(), 1, Guid.NewGuid()).All.Select(attempt => attempt.Method).Distinct().Except(Operations.All.Select(operation => operation.Method)));

    [Fact, Trait("Row", "PM-01")]
    public void Every_row_of_the_page_is_tried_and_whatever_is_tried_has_a_row()
    {
        var everywhere = Operations.All.Select(operation => operation.Name).ToArray();
        Assert.Equal(everywhere.Concat(Operations.OfInsiders.Select(operation => operation.Name)).Order(), PermissionPage.InGroup.Rows.Keys.Order());
        foreach (var page in new[] { PermissionPage.InRoom, PermissionPage.OutOfGroup, PermissionPage.OutOfRoom, PermissionPage.Direct, PermissionPage.Deleted })
        {
            Assert.Empty(page.Rows.Keys.Except(everywhere).Except(Operations.OfInsiders.Concat(Operations.OfOutsiders).Select(operation => operation.Name))
                .Except([PermissionPage.Others]));
        }

        foreach (var page in new[] { PermissionPage.InGroup, PermissionPage.InRoom, PermissionPage.States })
            Assert.Equal(PermissionPage.Roles.Select(one => one.Role), page.Columns);
        Assert.All(PermissionPage.States.Rows[PermissionPage.States.Rows.Keys.First()].Zip(PermissionPage.InGroup.Rows[Methods.SendMessage]), pair => Assert.Equal(pair.Second, pair.First));
    }

    [Theory, EveryEngine, Trait("Row", "PM-01")]
    public Task Who_is_in_it_may_what_the_page_says_in_every_state(Engine engine) => PlayAsync(
        engine,
        (server, way, number) => from state in PermissionPage.States.Rows.Keys
                                 from kind in WithPermissions
                                 select (Scene)new InsiderScene(server, kind, way, number(), state),
        cells: Ways.Length * PermissionPage.Roles.Count * PermissionPage.States.Rows.Keys.Sum(state => WithPermissions.Sum(kind => InsiderScene.Tried(kind, state).Count())));

    [Theory, EveryEngine, Trait("Row", "PM-01")]
    public Task Who_is_not_in_it_may_what_the_page_says(Engine engine) => PlayAsync(
        engine,
        (server, way, number) => WithPermissions.Select(Scene (kind) => new OutsiderScene(server, kind, way, number())).Append(new DirectScene(server, way, number())),
        cells: Ways.Length * (2 * PermissionPage.OutOfGroup.Columns.Count * (Operations.All.Count + Operations.OfOutsiders.Count) + (PermissionPage.OutOfRoom.Columns.Count + 3) * Operations.All.Count));

    [Theory, EveryEngine, Trait("Row", "PM-01")]
    public Task Of_what_was_deleted_everybody_is_told_what_the_page_says(Engine engine) => PlayAsync(
        engine, (server, way, number) => WithPermissions.Select(kind => new DeletedScene(server, kind, way, number())),
        cells: Ways.Length * WithPermissions.Length * (PermissionPage.Roles.Count + 7) * Operations.All.Count);

    /// <summary>Plays scenes beside each other; every cell that is not as documented is told.</summary>
    private static async Task PlayAsync(Engine engine, Func<RunningServer, Way, Func<int>, IEnumerable<Scene>> scenes, int cells)
    {
        await using var server = await RunningServer.StartAsync(engine, ("Rooms:SendsPerSecond", "1000"), ("Rooms:LeaveAfter", "01:00:00"));
        var (number, wrong) = (0, new ConcurrentBag<string>());

        var tried = await Task.WhenAll(Ways.SelectMany(way => scenes(server, way, () => ++number)).ToArray().Select(scene => Task.Run(async () =>
        {
            await using (scene) return await scene.PlayAsync(wrong);
        })));

        Assert.True(wrong.IsEmpty, $"{wrong.Count} cells are not as {PermissionPage.Path} has them:\n{string.Join('\n', wrong.Order())}");
        Assert.Equal(cells, tried.Sum());
    }
}
