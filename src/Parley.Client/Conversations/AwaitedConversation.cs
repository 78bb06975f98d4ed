namespace Parley.Client;

/// <summary>A conversation that was asked for and is still to be made, as it will be: what the server would say of it. Pure.</summary>
internal static class AwaitedConversation
{
    /// <param name="creation">What was handed in.</param>
    /// <param name="me">Who asks for it.</param>
    public static ConversationState StateOf(OutgoingChange creation, UserId me)
    {
        var asked = (CreateConversation)creation.Change.Request;
        var isDirect = asked.Kind == ConversationKind.Direct;
        var newcomers = asked.DefaultPermissions ?? (asked.Kind == ConversationKind.Broadcast ? PermissionPresets.Listener : PermissionPresets.Member);
        var own = asked.OwnPermissions ?? (isDirect ? PermissionPresets.Member : PermissionPresets.Owner);
        ParticipantState[] participants =
        [
            new ParticipantState(me, own, Sequence.None, Sequence.None),
            .. asked.Participants.Where(user => user != me).Distinct().Select(user => new ParticipantState(user, newcomers, Sequence.None, Sequence.None)),
        ];
        return new ConversationState(
            asked.Conversation, asked.Kind, asked.Title, creation.At, Revision: null, Sequence.None, new Sequence(1), newcomers, participants.Length, participants,
            new OwnParticipation(own, Sequence.None, Sequence.None), isDirect ? null : SettingsOf(asked));
    }

    private static ConversationSettings SettingsOf(CreateConversation asked) => asked.Settings is not { } settings ? new ConversationSettings(Distinct: asked.Distinct) : new ConversationSettings(
        settings.Description, settings.Announcement, settings.CustomData, settings.History ?? HistoryVisibility.All, settings.Public ?? false, settings.Approval ?? false, settings.MembersInvite ?? false,
        settings.ConfirmInvitations ?? false, settings.Muted ?? false, asked.Distinct);
}
