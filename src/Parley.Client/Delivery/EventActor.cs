namespace Parley.Client;

/// <summary>Whose doing an event was.</summary>
internal static class EventActor
{
    /// <summary>The user who did it; null for an event of a newer server.</summary>
    public static UserId? Actor(this ConversationEvent happened) => happened switch
    {
        MessageSent sent => sent.Sender,
        ConversationCreated created => created.Actor,
        ParticipantsAdded added => added.Actor,
        ParticipantsRemoved removed => removed.Actor,
        ParticipantLeft left => left.Actor,
        ParticipantJoined joined => joined.Actor,
        ConversationChanged changed => changed.Actor,
        ConversationDeleted deleted => deleted.Actor,
        PermissionsChanged changed => changed.Actor,
        AttributesChanged changed => changed.Actor,
        ParticipantsInvited invited => invited.Actor,
        InvitationDeclined declined => declined.Actor,
        InvitationsWithdrawn withdrawn => withdrawn.Actor,
        JoinRequested requested => requested.Actor,
        JoinsDeclined declined => declined.Actor,
        ParticipantsMuted muted => muted.Actor,
        ParticipantsUnmuted unmuted => unmuted.Actor,
        ParticipantsBanned banned => banned.Actor,
        ParticipantsUnbanned unbanned => unbanned.Actor,
        ParticipantsAllowed allowed => allowed.Actor,
        ParticipantsDisallowed disallowed => disallowed.Actor,
        _ => null,
    };
}
