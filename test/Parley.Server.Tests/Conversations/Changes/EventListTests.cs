using System.Text.Json;
using Parley.Tests.Content;
using static Parley.Tests.Asking;

namespace Parley.Tests.Conversations;

/// <summary>Everything that becomes of a conversation is an entry, numbered like a message, with who did it and when.</summary>
public class EventListTests
{
    /// <summary>What other systems tell as presence of a group, and what stands for it in the log.</summary>
    private static (string Told, string Actor, Func<ConversationId, object> Command, string Type)[] StepsWith(ContentId file, MessageId message) =>
    [
        ("invite", "alice", id => new InviteParticipants(id, CommandId.New(), Users("bob", "carol", "dave")), "participants.invited"),
        ("invite_accept", "bob", id => new JoinConversation(id, CommandId.New()), "participant.joined"),
        ("invite_decline", "carol", id => new DeclineInvitation(id, CommandId.New()), "invitation.declined"),
        ("invite withdrawn", "alice", id => new WithdrawInvitations(id, CommandId.New(), Users("dave")), "invitations.withdrawn"),
        ("type change to public, with approval", "alice", id => new UpdateConversation(id, CommandId.New(), Public: true, Approval: true), "conversation.changed"),
        ("joinGroupNotifications", "erin", id => new JoinConversation(id, CommandId.New()), "join.requested"),
        ("joinPublicGroupSuccess", "alice", id => new ApproveJoins(id, CommandId.New(), Users("erin")), "participants.added"),
        ("joinGroupNotifications", "frank", id => new JoinConversation(id, CommandId.New()), "join.requested"),
        ("joinPublicGroupDeclined", "alice", id => new DeclineJoins(id, CommandId.New(), Users("frank")), "joins.declined"),
        ("no approval any more", "alice", id => new UpdateConversation(id, CommandId.New(), Approval: false), "conversation.changed"),
        ("memberJoinPublicGroupSuccess, join", "frank", id => new JoinConversation(id, CommandId.New()), "participant.joined"),
        ("direct_joined", "alice", id => new AddParticipants(id, CommandId.New(), Users("grace")), "participants.added"),
        ("addAdmin", "alice", id => new ChangePermissions(id, CommandId.New(), [new(new UserId("bob"), PermissionPresets.Admin)]), "permissions.changed"),
        ("removeAdmin", "alice", id => new ChangePermissions(id, CommandId.New(), [new(new UserId("bob"), PermissionPresets.Member)]), "permissions.changed"),
        ("addMute", "alice", id => new MuteParticipants(id, CommandId.New(), Users("erin")), "participants.muted"),
        ("removeMute", "alice", id => new UnmuteParticipants(id, CommandId.New(), Users("erin")), "participants.unmuted"),
        ("addUserToGroupWhiteList", "alice", id => new AllowParticipants(id, CommandId.New(), Users("erin")), "participants.allowed"),
        ("muteGroup", "alice", id => new UpdateConversation(id, CommandId.New(), Muted: true), "conversation.changed"),
        ("rmGroupMute", "alice", id => new UpdateConversation(id, CommandId.New(), Muted: false), "conversation.changed"),
        ("rmUserFromGroupWhiteList", "alice", id => new DisallowParticipants(id, CommandId.New(), Users("erin")), "participants.disallowed"),
        ("updateAnnouncement", "alice", id => new UpdateConversation(id, CommandId.New(), Announcement: "moved"), "conversation.changed"),
        ("deleteAnnouncement", "alice", id => new UpdateConversation(id, CommandId.New(), Announcement: ""), "conversation.changed"),
        ("attributes", "erin", id => new SetAttributes(id, CommandId.New(), Set: new Dictionary<string, string> { ["seat"] = "12" }, User: new UserId("erin")), "attributes.changed"),
        ("removedFromGroup", "alice", id => new RemoveParticipants(id, CommandId.New(), Users("erin")), "participants.removed"),
        ("banned", "alice", id => new BanParticipants(id, CommandId.New(), Users("erin")), "participants.banned"),
        ("ban lifted", "alice", id => new UnbanParticipants(id, CommandId.New(), Users("erin")), "participants.unbanned"),
        ("leave, leaveGroup", "frank", id => new LeaveConversation(id, CommandId.New()), "participant.left"),
        ("uploadFile", "grace", id => new SendMessage(id, message, new MessageContent([MessagePart.OfContent("x/y", file, "plan.pdf")])), "message.sent"),
        ("deleteFile", "grace", id => new RecallMessage(id, CommandId.New(), message), "message.recalled"),
        ("message", "grace", id => new SendMessage(id, MessageId.New(), MessageContent.OfText("hi")), "message.sent"),
        ("changeOwner", "alice", id => new ChangePermissions(id, CommandId.New(), [new(new UserId("bob"), PermissionPresets.Owner), new(new UserId("alice"), PermissionPresets.Member)]), "permissions.changed"),
        ("deleteGroupChat", "bob", id => new DeleteConversation(id, CommandId.New()), "conversation.deleted"),
    ];

    [Theory, EveryEngine]
    [Trait("Row", "B15")]
    [Trait("Row", "V27")]
    public async Task Joins_permissions_settings_and_messages_are_entries_in_one_sequence(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var steps = StepsWith((await server.UploadAsync("grace", [1, 2, 3])).Content, MessageId.New());
        var before = TimeProvider.System.GetUtcNow().AddMilliseconds(-1);
        var group = await server.MakeAsync(new CreateConversation(ConversationId.New(), ConversationKind.Group, [], "party", Settings: new NewSettings(ConfirmInvitations: true)));

        foreach (var (_, actor, command, _) in steps[..^1]) await server.DoAsync(actor, command(group));
        // Nobody reads what was deleted: its last entry is the answer to who did it.
        var read = new List<LogEntry>(await server.HistoryAsync("alice", group));
        read.Add(await server.DoAsync(steps[^1].Actor, steps[^1].Command(group)));

        Assert.Equal(steps.Select(step => step.Type).Prepend("conversation.created"), read.Select(entry => entry.Event.Type));
        Assert.Equal(steps.Select(step => step.Actor).Prepend("alice"), read.Select(ActorOf));
        Assert.Equal(Enumerable.Range(1, steps.Length + 1).Select(number => (long)number), read.Select(entry => entry.Sequence.Value));
        Assert.All(read, entry => Assert.InRange(entry.At, before, TimeProvider.System.GetUtcNow()));

        // Whichever the event is, it says who did it.
        static string ActorOf(LogEntry entry)
        {
            using var json = JsonDocument.Parse(Json(entry));
            var happened = json.RootElement.GetProperty("event");
            return (happened.TryGetProperty("actor", out var actor) ? actor : happened.GetProperty("sender")).GetString()!;
        }
    }
}
