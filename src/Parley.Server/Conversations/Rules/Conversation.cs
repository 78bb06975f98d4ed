using Parley.People;

namespace Parley.Conversations;

/// <summary>The rules of one conversation as they stood at <see cref="Revision"/>, with the participations somebody asked about.</summary>
/// <remarks>
/// Immutable and free of I/O: each method returns the decision that may be recorded, or the refusal.
/// Nothing decided here is true until <see cref="ConversationLog"/> has recorded it.
/// </remarks>
internal sealed partial record Conversation(
    ConversationKind Kind, long Revision, Permissions DefaultPermissions, int Owners, IReadOnlyDictionary<UserId, Participation> Known)
{
    private const Permissions Managers = Permissions.Owner | Permissions.ManageParticipants | Permissions.ManageConversation;

    public Traits Traits { get; init; }

    /// <summary>How many were in it when these were read: for what need not be exact.</summary>
    public int Participants { get; init; }

    /// <summary>The settings that only their change needs; null when they were not asked for.</summary>
    public Texts? Texts { get; init; }

    /// <summary>The attributes that somebody asked about; null when nobody did.</summary>
    public Attributes? Attributes { get; init; }

    /// <summary>The messages that somebody asked about, each as one user sees it; null for one that he does not see.</summary>
    public IReadOnlyDictionary<(MessageId Message, UserId User), KnownMessage?> Messages { get; init; } = NoMessages;

    /// <summary>What messages say that are to be forwarded; null for what their forwarder does not see.</summary>
    public IReadOnlyDictionary<MessageToForward, ForwardedContent?> Forwards { get; init; } = NoForwards;

    /// <summary>The stored content that requests want to refer to and may, by the request's key.</summary>
    public IReadOnlyDictionary<Guid, IReadOnlyDictionary<ContentId, StoredContent>> Contents { get; init; } = NoContents;

    private static readonly Dictionary<Guid, IReadOnlyDictionary<ContentId, StoredContent>> NoContents = [];
    private static readonly Dictionary<(MessageId, UserId), KnownMessage?> NoMessages = [];
    private static readonly Dictionary<MessageToForward, ForwardedContent?> NoForwards = [];

    private KindRules Rules => ConversationKinds.Of(Kind);

    /// <summary>Whether everything a decision needs was loaded.</summary>
    public bool Covers(Needed needed)
    {
        for (var index = 0; index < needed.Users.Count; index++)
        {
            if (!Known.ContainsKey(needed.Users[index])) return false;
        }

        if (needed.Message is { } message && !Messages.ContainsKey((message, needed.Users[0]))) return false;
        if (needed.Forward is { } forward && !Forwards.ContainsKey(forward)) return false;
        if (needed.Contents is { } contents && !Contents.ContainsKey(contents.As)) return false;
        return (Texts is not null || !needed.Texts) && (needed.AttributesOf is null || Attributes?.Owner == needed.AttributesOf);
    }

    /// <summary>These rules with what another read of the same conversation knew; the newer read wins.</summary>
    public Conversation With(Conversation newer)
    {
        if (newer.Revision != Revision) return newer;
        var known = new Dictionary<UserId, Participation>(Known);
        foreach (var (user, participation) in newer.Known) known[user] = participation;
        return newer with
        {
            Known = known,
            Texts = newer.Texts ?? Texts,
            Attributes = newer.Attributes ?? Attributes,
            Messages = newer.Messages.Count == 0 ? Messages : Messages.Count == 0 ? newer.Messages : Merged(Messages, newer.Messages),
        };
    }

    private static Dictionary<(MessageId, UserId), KnownMessage?> Merged(
        IReadOnlyDictionary<(MessageId, UserId), KnownMessage?> older, IReadOnlyDictionary<(MessageId, UserId), KnownMessage?> newer)
    {
        var merged = new Dictionary<(MessageId, UserId), KnownMessage?>(older);
        foreach (var (one, message) in newer) merged[one] = message;
        return merged;
    }

    /// <summary>These rules without what they know of somebody.</summary>
    public Conversation Without(UserId user)
    {
        if (!Known.ContainsKey(user)) return this;
        var known = new Dictionary<UserId, Participation>(Known);
        known.Remove(user);
        return this with { Known = known };
    }

    /// <summary>Why nothing that somebody asks for is recorded, whatever it is; null when it may be.</summary>
    public Refusal? CannotAct(UserId actor, DateTimeOffset now) => Known[actor].Person.CannotAct(now);

    /// <summary>Why somebody may not send, and so not be seen typing either; null when he may.</summary>
    public Refusal? MaySend(UserId sender, DateTimeOffset now)
    {
        var participation = Known[sender];
        // Who is out is told that before anything else; then the app's word counts, then the other one's, then the conversation's.
        if ((Lacks(participation, Permissions.None) ?? participation.Person.CannotSend(now)) is { } gone) return gone;
        return Silenced(participation, now) ?? Lacks(participation, Permissions.Send);
    }

    private Refusal? Silenced(Participation participation, DateTimeOffset now)
    {
        if (participation.Moderation.MutedUntil is { } until && until > now) return Person.Until(Refusals.Muted, until, now);
        return Traits.HasFlag(Traits.Muted) && !participation.Moderation.Allowed && (participation.Permissions & Managers) == Permissions.None ? Refusals.ConversationMuted : null;
    }

    /// <summary>Whether somebody may settle his sends: whoever could ever send may, after leaving too.</summary>
    public Refusal? Cancel(UserId sender) => Known[sender].Standing == Standing.Never ? Refusals.NotFound : null;

    /// <summary>Ends it for everybody.</summary>
    public Outcome<Decision> Delete(UserId actor)
    {
        var by = Known[actor];
        return LacksToChange(by, Permissions.Owner) is { } refusal ? refusal : new Decision(new ConversationDeleted(actor), [by]) { ConcernsAll = true, EndsDistinct = IsDistinct };
    }

    private bool IsDistinct => Traits.HasFlag(Traits.Distinct);

    private Refusal? LacksToChange(Participation participation, Permissions needed) =>
        Lacks(participation, Permissions.None)
        ?? (Rules.Membership == Membership.Fixed ? NotForDirect : null)
        ?? Lacks(participation, needed);

    private static Refusal NotForDirect => Refusals.NotForThisKind.Because("a direct conversation is two people for ever");

    private static bool IsOwner(Participation participation) => participation.Permissions.HasFlag(Permissions.Owner);

    private Refusal? Lacks(Participation participation, Permissions needed) => participation.Standing switch
    {
        Standing.Never => Refusals.NotFound,
        _ when Traits.HasFlag(Traits.Deleted) => Refusals.ConversationDeleted,
        Standing.Left => participation.Moderation.Banned ? Refusals.Banned : Refusals.NotParticipant,
        _ => participation.Permissions.HasFlag(needed) ? null : Refusals.PermissionDenied,
    };
}

/// <summary>Settings that are yes or no.</summary>
[Flags]
internal enum Traits
{
    None = 0,
    Public = 1,
    Approval = 2,
    MembersInvite = 4,
    ConfirmInvitations = 8,
    Muted = 16,
    Distinct = 32,
    Deleted = 64,
}

/// <summary>Settings that are texts; null for none.</summary>
internal sealed record Texts(string? Title, string? Description, string? Announcement, CustomData? CustomData);

/// <summary>What must be known of a conversation for a decision.</summary>
/// <param name="Users">Those the rules ask about; nobody where no rule is asked.</param>
/// <param name="Texts">Whether the settings that are texts.</param>
/// <param name="AttributesOf">Whose attributes; null for nobody's.</param>
/// <param name="Message">Which message, as the first of the users sees it; null for none.</param>
/// <param name="Forward">Which message of another conversation, as the first of the users sees it; null for none.</param>
/// <param name="Contents">Which stored content, if the first of the users may refer to it; null for none.</param>
internal readonly record struct Needed(
    IReadOnlyList<UserId> Users, bool Texts = false, AttributeOwner? AttributesOf = null, MessageId? Message = null, MessageToForward? Forward = null,
    ContentsToSend? Contents = null);

/// <summary>Whose attributes: a participant's, or without a user the conversation's own.</summary>
internal sealed record AttributeOwner(UserId? User);

/// <summary>The attributes of one owner: how long each value is, and who set it.</summary>
internal sealed record Attributes(AttributeOwner Owner, IReadOnlyDictionary<string, (int Bytes, UserId Actor)> Set);
