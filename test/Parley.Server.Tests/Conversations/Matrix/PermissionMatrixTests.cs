using System.Collections.Concurrent;
using Parley.Tests.Hostile;

namespace Parley.Tests.Conversations;

/// <summary>docs/protocol/permissions.md, cell by cell, over a WebSocket and over HTTP.</summary>
public sealed class PermissionMatrixTests(MatrixStages stages) : IClassFixture<MatrixStages>
{
    private const int ScenesAtOnce = 8;

    private static readonly ConversationKind[] WithPermissions = [ConversationKind.Group, ConversationKind.Broadcast, ConversationKind.Room];

    [Fact, Trait("Row", "PM-01")]
    public void Every_method_that_names_a_conversation_is_on_the_page() => Assert.Empty(
        new Attempts(Guid.NewGuid(), Guid.NewGuid(), 1, Guid.NewGuid()).All.Select(attempt => attempt.Method).Distinct().Except(Operations.All.Select(operation => operation.Method)));

    [Fact, Trait("Row", "PM-01")]
    public void Every_row_of_the_page_is_tried_and_whatever_is_tried_has_a_row()
    {
        var everywhere = Operations.All.Select(operation => operation.Name).ToArray();
        Assert.Equal(everywhere.Concat(Operations.OfInsiders.Select(operation => operation.Name)).Order(), PermissionPage.InGroup.Rows.Keys.Order());
        foreach (var page in new[] { PermissionPage.InRoom, PermissionPage.OutOfGroup, PermissionPage.OutOfRoom, PermissionPage.Direct, PermissionPage.Deleted, PermissionPage.Suspended })
        {
            Assert.Empty(page.Rows.Keys.Except(everywhere).Except(Operations.OfInsiders.Concat(Operations.OfOutsiders).Select(operation => operation.Name))
                .Except([PermissionPage.Others]));
        }

        foreach (var page in new[] { PermissionPage.InGroup, PermissionPage.InRoom, PermissionPage.States })
            Assert.Equal(PermissionPage.Roles.Select(one => one.Role), page.Columns);
        foreach (var page in new[] { PermissionPage.States, PermissionPage.DirectStates })
            Assert.All(page.Rows[Scene.Plain], cell => Assert.Equal(PermissionPage.AsOtherwise, cell));
        Assert.Empty(PermissionPage.OutOfIt.Rows.Keys.Except(PermissionPage.States.Rows.Keys).Except(PermissionPage.DirectStates.Rows.Keys).Except([PermissionPage.Others]));
    }

    [Theory, EveryEngine, Trait("Row", "PM-01")]
    public Task Who_is_in_it_may_what_the_page_says_in_every_state(Engine engine) => PlayAsync(
        engine,
        stage => from kind in WithPermissions
                 from state in InsiderScene.States
                 select new InsiderScene(stage, kind, state, stage.Next()),
        scene => PermissionPage.Roles.Count * scene.Attempts(InsiderScene.Tried(scene.Kind).Count));

    [Theory, EveryEngine, Trait("Row", "PM-01")]
    public Task Who_is_not_in_it_may_what_the_page_says_in_every_state(Engine engine) => PlayAsync(
        engine,
        stage => from kind in WithPermissions
                 from state in OutsiderScene.States
                 select new OutsiderScene(stage, kind, state, stage.Next()),
        scene => OutsiderScene.Page(scene.Kind).Columns.Count * scene.Attempts(OutsiderScene.Tried(scene.Kind).Count));

    [Theory, EveryEngine, Trait("Row", "PM-01")]
    public Task Of_a_direct_conversation_each_of_the_two_and_others_may_what_the_page_says_in_every_state(Engine engine) => PlayAsync(
        engine,
        stage => from he in new[] { "alice", "bob" }
                 from state in DirectScene.States
                 select new DirectScene(stage, state, he, stage.Next()),
        scene => 3 * scene.Attempts(Operations.All.Count));

    [Theory, EveryEngine, Trait("Row", "PM-01")]
    public Task Of_what_was_deleted_everybody_is_told_what_the_page_says_in_every_state(Engine engine) => PlayAsync(
        engine,
        stage => from kind in WithPermissions
                 from state in DeletedScene.States
                 select new DeletedScene(stage, kind, state, stage.Next()),
        scene => (scene.State == Scene.Plain ? PermissionPage.Roles.Count + 7 : 3) * scene.Attempts(Operations.All.Count));

    /// <summary>Plays scenes beside each other; every cell that is not as documented is told.</summary>
    private async Task PlayAsync<T>(Engine engine, Func<Stage, IEnumerable<T>> written, Func<T, int> attempts)
        where T : Scene
    {
        var (scenes, tried, wrong) = (written(await stages.OnAsync(engine)).ToArray(), 0, new ConcurrentBag<string>());

        await Parallel.ForEachAsync(scenes, new ParallelOptions { MaxDegreeOfParallelism = ScenesAtOnce }, async (scene, _) =>
        {
            await using (scene) Interlocked.Add(ref tried, await scene.PlayAsync(wrong));
        });

        Assert.True(wrong.IsEmpty, $"{wrong.Count} cells are not as {PermissionPage.Path} has them:\n{string.Join('\n', wrong.Order())}");
        Assert.Equal(scenes.Sum(attempts), tried);
    }
}
