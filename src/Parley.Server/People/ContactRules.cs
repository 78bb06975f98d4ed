namespace Parley.People;

/// <summary>How two users stand to each other, seen from the one who acts, and what he may make of it. Pure.</summary>
internal static class ContactRules
{
    /// <summary>What both sides see afterwards.</summary>
    internal sealed record Step(ContactState Mine, ContactState Theirs, ContactChange Change);

    /// <summary>What must be known beside the state.</summary>
    /// <param name="BlocksMe">Whether the other one blocks him.</param>
    /// <param name="Contacts">How many contacts he has, with those he has asked.</param>
    /// <param name="TheirIncoming">How many requests wait for the other one.</param>
    internal sealed record Situation(bool BlocksMe, int Contacts, int TheirIncoming);

    /// <summary>Asks. Null when nothing changes: they are contacts, or he has asked before.</summary>
    public static (Step? Step, Refusal? Refusal) Request(ContactState mine, Situation situation) => mine switch
    {
        ContactState.Accepted => default,
        _ when situation.BlocksMe => (null, Refusals.Blocked),
        ContactState.Requested => default,
        _ when situation.Contacts >= ListContacts.MaxContacts => (null, Refusals.ListFull.Because($"at most {ListContacts.MaxContacts} contacts")),
        // Each has asked the other, whoever was first: nobody is left to answer.
        ContactState.Incoming => (Both, null),
        _ when situation.TheirIncoming >= ListContacts.MaxIncoming =>
            (null, Refusals.ListFull.Because($"at most {ListContacts.MaxIncoming} requests wait for one user")),
        _ => (new Step(ContactState.Requested, ContactState.Incoming, ContactChange.Requested), null),
    };

    /// <summary>Accepts. Null when they are contacts already.</summary>
    public static (Step? Step, Refusal? Refusal) Accept(ContactState mine, Situation situation) => mine switch
    {
        ContactState.Accepted => default,
        not ContactState.Incoming => (null, Refusals.NotFound),
        _ when situation.BlocksMe => (null, Refusals.Blocked),
        _ when situation.Contacts >= ListContacts.MaxContacts => (null, Refusals.ListFull.Because($"at most {ListContacts.MaxContacts} contacts")),
        _ => (Both, null),
    };

    /// <summary>Declines. Null when there is nothing to decline (any more).</summary>
    public static (Step? Step, Refusal? Refusal) Decline(ContactState mine, Situation situation) =>
        mine == ContactState.Incoming ? (Over(ContactChange.Declined), null) : default;

    /// <summary>Ends whatever there is. Null when there is nothing.</summary>
    public static (Step? Step, Refusal? Refusal) Remove(ContactState mine, Situation situation) => mine switch
    {
        ContactState.None => default,
        ContactState.Incoming => (Over(ContactChange.Declined), null),
        _ => (Over(ContactChange.Removed), null),
    };

    private static Step Both { get; } = new(ContactState.Accepted, ContactState.Accepted, ContactChange.Accepted);

    private static Step Over(ContactChange change) => new(ContactState.None, ContactState.None, change);
}
