namespace Parley.Conversations;

/// <summary>What a kind of conversation is, as one row. Code asks the row; it never asks which kind it has.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Cap">The most participants.</param>
/// <param name="Creator">What the creator may do.</param>
/// <param name="Newcomers">What everybody else may do when the creator says nothing.</param>
/// <param name="Membership">How people come and go.</param>
/// <param name="History">What newcomers see of the time before them, unless the creator says otherwise.</param>
/// <param name="Inbox">Whether it is in inboxes, with an unread count.</param>
/// <param name="Distinct">Whether there may be only one of the same people.</param>
/// <param name="Receipts">Who is told how far somebody got.</param>
/// <param name="Pace">Whether it takes only so much in a second, whoever sends.</param>
internal sealed record KindRules(
    ConversationKind Kind, int Cap, Permissions Creator, Permissions Newcomers, Membership Membership, HistoryVisibility History, InboxPlace Inbox, Uniqueness Distinct,
    Receipts Receipts = Receipts.Told, Pace Pace = Pace.OfSenders);

/// <summary>How the participants of a conversation change.</summary>
internal enum Membership
{
    /// <summary>Not at all: the same people for ever; no settings, no permissions of one's own.</summary>
    Fixed,

    /// <summary>People are added, invited, removed, and leave, each with an entry.</summary>
    Changing,

    /// <summary>People come and go as they like, without entries.</summary>
    Free,
}

/// <summary>Whether conversations of a kind are in inboxes.</summary>
internal enum InboxPlace
{
    /// <summary>With unread counts.</summary>
    Listed,

    /// <summary>Not at all: who is in it knows, and who is not has missed nothing.</summary>
    Unlisted,
}

/// <summary>Whether there may be only one conversation of the same people.</summary>
internal enum Uniqueness
{
    /// <summary>There may be many.</summary>
    None,

    /// <summary>There may be many, and one that was asked for as the only one.</summary>
    OnRequest,

    /// <summary>There is only one, ever.</summary>
    Always,
}

/// <summary>What is made of somebody's having received and read.</summary>
internal enum Receipts
{
    /// <summary>Cursors move, and others are told.</summary>
    Told,

    /// <summary>Cursors move, and only the user's own devices are told: there are too many others to tell each of each. Who wants to know asks.</summary>
    Asked,

    /// <summary>There are none: each message would bring one of everybody to everybody.</summary>
    None,
}

/// <summary>What bounds how much is sent to a conversation.</summary>
internal enum Pace
{
    /// <summary>What each of its senders may send.</summary>
    OfSenders,

    /// <summary>What all who do not look after it may send together, so that it can be read.</summary>
    OfRoom,
}

/// <summary>The table of kinds (design: what differs between them is a column here, never an <c>if</c> elsewhere).</summary>
internal static class ConversationKinds
{
    private static readonly KindRules[] Table =
    [
        new(ConversationKind.Direct, Cap: 2, Creator: PermissionPresets.Member, Newcomers: PermissionPresets.Member,
            Membership.Fixed, HistoryVisibility.All, InboxPlace.Listed, Uniqueness.Always),
        new(ConversationKind.Group, Cap: 5_000, Creator: PermissionPresets.Owner, Newcomers: PermissionPresets.Member,
            Membership.Changing, HistoryVisibility.All, InboxPlace.Listed, Uniqueness.OnRequest),
        new(ConversationKind.Room, Cap: 100_000, Creator: PermissionPresets.Owner, Newcomers: PermissionPresets.Member,
            Membership.Free, HistoryVisibility.LastTen, InboxPlace.Unlisted, Uniqueness.None, Receipts.None, Pace.OfRoom),
        new(ConversationKind.Broadcast, Cap: 100_000, Creator: PermissionPresets.Owner, Newcomers: PermissionPresets.Listener,
            Membership.Changing, HistoryVisibility.All, InboxPlace.Listed, Uniqueness.None, Receipts.Asked),
    ];

    /// <summary>The kinds of which something holds.</summary>
    public static IEnumerable<ConversationKind> Where(Func<KindRules, bool> holds) => Table.Where(holds).Select(rules => rules.Kind);

    public static KindRules Of(ConversationKind kind) => Table[(int)kind];

    /// <summary>Conversations up to this size tell every participant's cursors; larger ones only count.</summary>
    public const int MaxListedParticipants = 200;
}
