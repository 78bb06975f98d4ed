using Parley.Storage;

namespace Parley.Tests.Conversations;

public class OwnerTests
{
    [Theory, EveryEngine]
    [Trait("Row", "PM-03")]
    public async Task Of_several_owners_all_but_the_last_may_go_and_newcomers_are_none(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.ConversationOfAsync("alice", "bob", "carol", "dave", "erin");
        await MakeOwnersAsync(server, group);

        Assert.NotNull((await server.RemoveAsync("alice", group, "bob", "dave")).Value);
        Assert.NotNull((await server.LeaveAsync("carol", group)).Value);
        Assert.Equal(Refusals.LastOwner, (await server.LeaveAsync("alice", group)).Refusal);
        Assert.NotNull((await server.AddAsync("alice", group, "bob", "carol")).Value);
        Assert.NotNull((await server.RemoveAsync("alice", group, "erin")).Value);
        Assert.Equal(Refusals.LastOwner, (await server.LeaveAsync("alice", group)).Refusal);
        Assert.NotNull((await server.RemoveAsync("alice", group, "bob", "carol")).Value);
        Assert.NotNull((await server.LeaveAsync("alice", group)).Value);
    }

    [Theory, EveryEngine]
    [Trait("Row", "G3")]
    public async Task The_rules_of_the_whole_conversation_have_changed_when_an_owner_went_and_not_when_others_did(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.ConversationOfAsync("alice", "bob", "carol", "dave", "erin");
        await MakeOwnersAsync(server, group);
        var before = await RevisionAsync();

        await server.AddAsync("alice", group, "frank");
        await server.RemoveAsync("alice", group, "dave");
        await server.LeaveAsync("erin", group);
        Assert.Equal(before, await RevisionAsync());
        await server.RemoveAsync("alice", group, "bob", "frank");
        Assert.Equal(before + 1, await RevisionAsync());
        await server.LeaveAsync("carol", group);
        Assert.Equal(before + 2, await RevisionAsync());

        async Task<long> RevisionAsync() => (await server.StateAsync("alice", group)).Revision!.Value;
    }

    /// <summary>Makes bob and carol owners beside alice, as no request does yet.</summary>
    private static async Task MakeOwnersAsync(TestServer server, ConversationId group)
    {
        await server.ChangeAsync(Sql.From(
            $"update participations set permissions = permissions | {(int)Permissions.Owner}, revision = revision + 1 where conversation = {group.Value} and user_id in ('bob', 'carol')"));
        await server.ChangeAsync(Sql.From($"update conversations set owners = 3, revision = revision + 1 where conversation = {group.Value}"));
    }
}
