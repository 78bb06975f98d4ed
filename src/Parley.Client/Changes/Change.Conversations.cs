namespace Parley.Client;

/// <content>Changes of conversations.</content>
public sealed partial class Change
{
    /// <summary>
    /// A new conversation under an id that the program has at once: what is handed in under it afterwards waits until it is there. Where the answer names an older conversation (a direct or distinct one), all of that goes there. See
    /// <see cref="Conversations.CreateAsync"/>.
    /// </summary>
    public static Change Create(CreateConversation request) => ChangeKinds.CreateConversation.Of(request);

    /// <summary>Changes settings. See <see cref="Conversations.UpdateAsync"/>.</summary>
    public static Change Update(UpdateConversation request) => ChangeKinds.UpdateConversation.Of(request);

    /// <summary>Ends a conversation for everybody, for ever. See <see cref="Conversations.DeleteAsync"/>.</summary>
    public static Change Delete(ConversationId conversation) => ChangeKinds.DeleteConversation.Of(new DeleteConversation(conversation, CommandId.New()));

    /// <summary>Sets and removes attributes of a conversation, or of a participant. See <see cref="Conversations.SetAttributesAsync"/>.</summary>
    public static Change SetAttributes(ConversationId conversation, IReadOnlyDictionary<string, string>? set, IReadOnlyList<string>? remove = null, UserId? user = null) =>
        ChangeKinds.SetAttributes.Of(new SetAttributes(conversation, CommandId.New(), user, set, remove));

    /// <summary>Adds people. See <see cref="Conversations.AddAsync"/>.</summary>
    public static Change AddParticipants(ConversationId conversation, IReadOnlyList<UserId> users) => ChangeKinds.AddParticipants.Of(new AddParticipants(conversation, CommandId.New(), users));

    /// <summary>Removes people. See <see cref="Conversations.RemoveAsync"/>.</summary>
    public static Change RemoveParticipants(ConversationId conversation, IReadOnlyList<UserId> users) =>
        ChangeKinds.RemoveParticipants.Of(new RemoveParticipants(conversation, CommandId.New(), users));

    /// <summary>Leaves. See <see cref="Conversations.LeaveAsync"/>.</summary>
    public static Change Leave(ConversationId conversation) => ChangeKinds.LeaveConversation.Of(new LeaveConversation(conversation, CommandId.New()));

    /// <summary>Says what participants may do. See <see cref="Conversations.SetPermissionsAsync(ConversationId, IReadOnlyList{ParticipantPermissions}, CancellationToken)"/>.</summary>
    public static Change SetPermissions(ConversationId conversation, IReadOnlyList<ParticipantPermissions> participants) =>
        ChangeKinds.ChangePermissions.Of(new ChangePermissions(conversation, CommandId.New(), participants));

    /// <summary>Forbids participants to send. See <see cref="Conversations.MuteAsync"/>.</summary>
    public static Change Mute(ConversationId conversation, IReadOnlyList<UserId> users, DateTimeOffset? until = null) =>
        ChangeKinds.MuteParticipants.Of(new MuteParticipants(conversation, CommandId.New(), users, until));

    /// <summary>Lets them send again. See <see cref="Conversations.UnmuteAsync"/>.</summary>
    public static Change Unmute(ConversationId conversation, IReadOnlyList<UserId> users) => ChangeKinds.UnmuteParticipants.Of(new UnmuteParticipants(conversation, CommandId.New(), users));

    /// <summary>Puts users out. See <see cref="Conversations.BanAsync"/>.</summary>
    public static Change Ban(ConversationId conversation, IReadOnlyList<UserId> users) => ChangeKinds.BanParticipants.Of(new BanParticipants(conversation, CommandId.New(), users));

    /// <summary>Lets them come back. See <see cref="Conversations.UnbanAsync"/>.</summary>
    public static Change Unban(ConversationId conversation, IReadOnlyList<UserId> users) => ChangeKinds.UnbanParticipants.Of(new UnbanParticipants(conversation, CommandId.New(), users));

    /// <summary>Lets participants send while everybody is muted. See <see cref="Conversations.AllowAsync"/>.</summary>
    public static Change Allow(ConversationId conversation, IReadOnlyList<UserId> users) => ChangeKinds.AllowParticipants.Of(new AllowParticipants(conversation, CommandId.New(), users));

    /// <summary>Takes them off the allow list. See <see cref="Conversations.DisallowAsync"/>.</summary>
    public static Change Disallow(ConversationId conversation, IReadOnlyList<UserId> users) => ChangeKinds.DisallowParticipants.Of(new DisallowParticipants(conversation, CommandId.New(), users));

    /// <summary>Comes into a public conversation, accepts an invitation, or asks to be let in. See <see cref="Conversations.JoinAsync"/>.</summary>
    public static Change Join(ConversationId conversation, string? message = null) => ChangeKinds.JoinConversation.Of(new JoinConversation(conversation, CommandId.New(), message));

    /// <summary>Declines an invitation. See <see cref="Conversations.DeclineAsync"/>.</summary>
    public static Change DeclineInvitation(ConversationId conversation) => ChangeKinds.DeclineInvitation.Of(new DeclineInvitation(conversation, CommandId.New()));

    /// <summary>Invites users. See <see cref="Conversations.InviteAsync"/>.</summary>
    public static Change Invite(ConversationId conversation, IReadOnlyList<UserId> users) => ChangeKinds.InviteParticipants.Of(new InviteParticipants(conversation, CommandId.New(), users));

    /// <summary>Takes invitations back. See <see cref="Conversations.WithdrawInvitationsAsync"/>.</summary>
    public static Change WithdrawInvitations(ConversationId conversation, IReadOnlyList<UserId> users) =>
        ChangeKinds.WithdrawInvitations.Of(new WithdrawInvitations(conversation, CommandId.New(), users));

    /// <summary>Lets users in who asked. See <see cref="Conversations.ApproveJoinsAsync"/>.</summary>
    public static Change ApproveJoins(ConversationId conversation, IReadOnlyList<UserId> users) => ChangeKinds.ApproveJoins.Of(new ApproveJoins(conversation, CommandId.New(), users));

    /// <summary>Does not let users in who asked. See <see cref="Conversations.DeclineJoinsAsync"/>.</summary>
    public static Change DeclineJoins(ConversationId conversation, IReadOnlyList<UserId> users) => ChangeKinds.DeclineJoins.Of(new DeclineJoins(conversation, CommandId.New(), users));
}
