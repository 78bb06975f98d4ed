using Parley.Tests.Delivery;
using Parley.Tests.Gateway;
using static Parley.Tests.Asking;

namespace Parley.Tests.Conversations;

public class DeletionTests
{
    [Theory, EveryEngine]
    public async Task Who_was_invited_or_asked_to_be_let_in_is_told_that_nothing_waits_for_him(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        foreach (var end in new Func<ConversationId, object>[] { group => new DeleteConversation(group, CommandId.New()), group => new LeaveConversation(group, CommandId.New()) })
        {
            var group = await server.MakeAsync(GroupOf() with { Settings = new NewSettings(Public: true, Approval: true, ConfirmInvitations: true) });
            await server.DoAsync("alice", new InviteParticipants(group, CommandId.New(), Users("bob", "carol")));
            await server.DoAsync("carol", new DeclineInvitation(group, CommandId.New()));
            await server.DoAsync("dave", new JoinConversation(group, CommandId.New()));
            // After its entry nobody is told of those before.
            await server.SendAsync("alice", group, "hi");
            var (bob, carol, dave) = (await Listener.ConnectAsync(server, "bob"), await Listener.ConnectAsync(server, "carol"), await Listener.ConnectAsync(server, "dave"));

            await server.DoAsync("alice", end(group));

            await GatewayHost.EventuallyAsync(() => bob.Told(Methods.Invitation).Count == 1 && dave.Told(Methods.Invitation).Count == 1);
            Assert.Equal(group.ToString(), bob.Told(Methods.Invitation)[0].GetProperty("conversation").GetString());
            Assert.Empty(await server.InvitationsAsync("bob"));
            Assert.Empty(carol.Told(Methods.Invitation));
        }
    }

    [Theory, EveryEngine]
    [Trait("Row", "C13")]
    public async Task What_an_owner_deletes_is_gone_for_everybody_and_in_no_list(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.MakeAsync(GroupOf("bob", "carol") with { Settings = new NewSettings(Public: true, ConfirmInvitations: true) });
        var message = MessageId.New();
        var sent = await server.SendAsync("alice", group, "hi", message);
        await server.DoAsync("alice", new InviteParticipants(group, CommandId.New(), Users("dave")));
        await server.LeaveAsync("carol", group);
        var since = (await server.Node.Handlers.Changes.ReadAsync(server.As("bob").Key, null, CancellationToken.None)).Value!.Since;
        Assert.Equal(Refusals.PermissionDenied, await server.RefusalOfAsync("bob", new DeleteConversation(group, CommandId.New())));
        var delete = new DeleteConversation(group, CommandId.New());

        var entry = await server.DoAsync("alice", delete);

        Assert.Equal(new ConversationDeleted(new UserId("alice")), entry.Event);
        Assert.Equal(entry, await server.DoAsync("alice", delete));
        foreach (var user in new[] { "alice", "bob", "carol" })
        {
            Assert.Equal(Refusals.ConversationDeleted, (await server.AskAsync<ConversationState>(server.As(user), new GetConversation(group))).Refusal);
            Assert.Equal(Refusals.ConversationDeleted, (await server.EntriesAsync(user, new ReadEntries(group))).Refusal);
            Assert.Equal(Refusals.ConversationDeleted, (await server.SendAsync(user, group, "hi")).Refusal);
            Assert.Equal(Refusals.ConversationDeleted, (await server.ReadAsync(user, group, 2)).Refusal);
            Assert.Equal(Refusals.ConversationDeleted, (await server.AskAsync<ReceiptCursors>(server.As(user), new MarkRead(group, Messages: [message]))).Refusal);
            Assert.Empty((await server.InboxAsync(user)).Value!.Conversations);
        }

        Assert.Equal(Json(sent.Value!), Json((await server.SendAsync("alice", group, "hi", message)).Value!));
        Assert.True(Assert.Single((await server.AskAsync<InboxChanges>(server.As("bob"), new ReadChanges(since))).Value!.Conversations).Deleted);
        Assert.Empty(await server.PublicAsync("dave"));
        Assert.Empty(await server.InvitationsAsync("dave"));
        Assert.Equal(Refusals.NotFound, await server.RefusalOfAsync("dave", new JoinConversation(group, CommandId.New())));
        Assert.Equal(Refusals.NotFound, (await server.EntriesAsync("erin", new ReadEntries(group))).Refusal);
        var synced = (await server.AskAsync<ConversationsSynced>(
            server.As("bob"), new SyncConversations(server.Node.Installation.Epoch, [new SyncPosition(group, new Sequence(1))]))).Value!.Conversations.Single();
        Assert.Equal((SyncStatus.Deleted, 0), (synced.Status, synced.Entries.Count));
    }

    [Theory, EveryEngine]
    [Trait("Row", "C13")]
    [Trait("Row", "V21")]
    [Trait("Row", "B12")]
    public async Task The_owner_who_removes_all_others_and_leaves_deletes_it(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.MakeAsync(GroupOf("bob", "carol"));
        await server.RemoveAsync("alice", group, "bob");
        Assert.Equal(Refusals.LastOwner, (await server.LeaveAsync("alice", group)).Refusal);
        await server.RemoveAsync("alice", group, "carol");

        var left = await server.LeaveAsync("alice", group);

        Assert.IsType<ConversationDeleted>(left.Value!.Event);
        Assert.Equal(Refusals.ConversationDeleted, (await server.EntriesAsync("bob", new ReadEntries(group))).Refusal);
        Assert.Empty((await server.InboxAsync("alice")).Value!.Conversations);
    }

    [Theory, EveryEngine]
    [Trait("Row", "V21")]
    public async Task An_owner_who_removes_the_other_owners_too_and_leaves_deletes_it(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var group = await server.MakeAsync(GroupOf("bob", "carol"));
        await server.DoAsync("alice", new ChangePermissions(group, CommandId.New(), [.. Users("bob", "carol").Select(user => new ParticipantPermissions(user, PermissionPresets.Owner))]));
        await server.RemoveAsync("bob", group, "alice");
        Assert.IsType<ParticipantLeft>((await server.LeaveAsync("carol", group)).Value!.Event);

        Assert.IsType<ConversationDeleted>((await server.LeaveAsync("bob", group)).Value!.Event);

        foreach (var user in new[] { "alice", "bob", "carol" }) Assert.Equal(Refusals.ConversationDeleted, (await server.EntriesAsync(user, new ReadEntries(group))).Refusal);
    }
}
