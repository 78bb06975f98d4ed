using Parley.People;

namespace Parley.Conversations;

/// <summary>The rules of one conversation as they stood at <see cref="Revision"/>, with the participations somebody asked about.</summary>
/// <remarks>
/// Immutable and free of I/O: each method returns the decision that may be recorded, or the refusal.
/// Nothing decided here is true until <see cref="ConversationLog"/> has recorded it.
/// </remarks>
internal sealed record Conversation(
    ConversationKind Kind, long Revision, Permissions DefaultPermissions, int Owners, IReadOnlyDictionary<UserId, Participation> Known)
{
    /// <summary>Of those who were or are in it, what holds in the whole app or between the two of a direct conversation.</summary>
    public IReadOnlyDictionary<UserId, Person> People { get; init; } = NoPeople;

    private static readonly Dictionary<UserId, Person> NoPeople = [];

    private KindRules Rules => ConversationKinds.Of(Kind);

    /// <summary>A user as he was when the rules were read.</summary>
    public Person PersonOf(UserId user) => People.GetValueOrDefault(user, Person.Unknown);

    /// <summary>Whether everything a decision about these users needs was loaded.</summary>
    public bool Covers(IReadOnlyList<UserId> users)
    {
        for (var index = 0; index < users.Count; index++)
        {
            if (!Known.ContainsKey(users[index])) return false;
        }

        return true;
    }

    /// <summary>These rules with what another read of the same conversation knew; the newer read wins.</summary>
    public Conversation With(Conversation newer)
    {
        if (newer.Revision != Revision) return newer;
        var known = new Dictionary<UserId, Participation>(Known);
        foreach (var (user, participation) in newer.Known) known[user] = participation;
        var people = new Dictionary<UserId, Person>(People);
        foreach (var (user, person) in newer.People) people[user] = person;
        return newer with { Known = known, People = people };
    }

    public Outcome<Decision> Send(UserId sender, MessageId message, MessageContent content)
    {
        var participation = Known[sender];
        // Who is out is told that before anything else; then the app's word counts, then the other one's, then the conversation's.
        if ((Lacks(participation, Permissions.None) ?? PersonOf(sender).CannotSend ?? Lacks(participation, Permissions.Send)) is { } refusal) return refusal;
        return new Decision(new MessageSent(message, sender, content), [participation]);
    }

    /// <summary>Adds those who are not in it. Nobody is asked: a participant may hide or leave what he was added to.</summary>
    public Outcome<Decision> Add(UserId actor, IReadOnlyList<UserId> users)
    {
        var by = Known[actor];
        if (LacksToChange(by, Permissions.ManageParticipants) is { } refusal) return refusal;
        var joining = users.Distinct().Where(user => Known[user].Standing != Standing.Joined).ToArray();
        if (joining.Length == 0) return Refusals.AlreadyParticipant;
        var participants = joining.Select(user => new Participant(user)).ToArray();
        return new Decision(new ParticipantsAdded(actor, participants), [by, .. joining.Where(user => user != actor).Select(user => Known[user])])
        {
            Joining = joining.Length,
            Newcomers = DefaultPermissions,
            AtMost = Rules.Cap,
        };
    }

    /// <summary>Removes others. An owner is removed by owners only, and never the last one while somebody stays.</summary>
    public Outcome<Decision> Remove(UserId actor, IReadOnlyList<UserId> users)
    {
        var by = Known[actor];
        if (LacksToChange(by, Permissions.ManageParticipants) is { } refusal) return refusal;
        var leaving = users.Distinct().Select(user => Known[user]).ToArray();
        if (Array.Find(leaving, one => one.Standing != Standing.Joined) is { } stranger)
            return Refusals.InvalidParams.Because($"{stranger.User} is not a participant");
        if (Array.Exists(leaving, one => one.User == actor)) return Refusals.InvalidParams.Because("use conversation.leave to remove yourself");
        var owners = leaving.Count(IsOwner);
        if (owners > 0 && !IsOwner(by)) return Refusals.PermissionDenied;
        // Somebody who removes an owner is one himself, so one stays.
        return new Decision(new ParticipantsRemoved(actor, [.. leaving.Select(one => one.User)]), [by, .. leaving]) { Joining = -leaving.Length };
    }

    /// <summary>Leaves. The last owner leaves last (V21).</summary>
    public Outcome<Decision> Leave(UserId actor)
    {
        var participation = Known[actor];
        if (LacksToChange(participation, Permissions.None) is { } refusal) return refusal;
        var last = IsOwner(participation) && Owners == 1;
        return new Decision(new ParticipantLeft(actor), [participation])
        {
            Joining = -1,
            AtMost = last ? 0 : int.MaxValue,
            TooMany = Refusals.LastOwner,
        };
    }

    /// <summary>Whether somebody may settle his sends: whoever could ever send may, after leaving too.</summary>
    public Refusal? Cancel(UserId sender) => Known[sender].Standing == Standing.Never ? Refusals.NotFound : null;

    private Refusal? LacksToChange(Participation participation, Permissions needed) =>
        Lacks(participation, Permissions.None)
        ?? PersonOf(participation.User).CannotAct
        ?? (Rules.Membership == Membership.Fixed ? Refusals.NotForThisKind : null)
        ?? Lacks(participation, needed);

    private static bool IsOwner(Participation participation) => participation.Permissions.HasFlag(Permissions.Owner);

    private static Refusal? Lacks(Participation participation, Permissions needed) => participation.Standing switch
    {
        Standing.Never => Refusals.NotFound,
        Standing.Left => Refusals.NotParticipant,
        _ => participation.Permissions.HasFlag(needed) ? null : Refusals.PermissionDenied,
    };
}
