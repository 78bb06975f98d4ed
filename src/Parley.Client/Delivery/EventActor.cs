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
        _ => null,
    };
}
