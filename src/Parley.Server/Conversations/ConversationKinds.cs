namespace Parley.Conversations;

/// <summary>What a kind of conversation is, as one row. Code asks the row; it never asks which kind it has.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Cap">The most participants.</param>
/// <param name="Creator">What the creator may do.</param>
/// <param name="Newcomers">What everybody else may do when the creator says nothing.</param>
/// <param name="Membership">Whether people come and go.</param>
internal sealed record KindRules(ConversationKind Kind, int Cap, Permissions Creator, Permissions Newcomers, Membership Membership);

/// <summary>Whether the participants of a conversation can change.</summary>
internal enum Membership
{
    /// <summary>The same people for ever; no title, no permissions of one's own.</summary>
    Fixed,

    /// <summary>People are added, removed, and leave.</summary>
    Changing,
}

/// <summary>The table of kinds (design: what differs between them is a column here, never an <c>if</c> elsewhere).</summary>
internal static class ConversationKinds
{
    private const Permissions Talk = Permissions.Read | Permissions.Send | Permissions.EditOwn | Permissions.RemoveOwn;

    private const Permissions Everything = Talk | Permissions.EditAny | Permissions.RemoveAny
        | Permissions.ManageParticipants | Permissions.ManageConversation | Permissions.Owner;

    private static readonly KindRules[] Table =
    [
        new(ConversationKind.Direct, Cap: 2, Creator: Talk, Newcomers: Talk, Membership.Fixed),
        new(ConversationKind.Group, Cap: 5_000, Creator: Everything, Newcomers: Talk, Membership.Changing),
    ];

    public static KindRules Of(ConversationKind kind) => Table[(int)kind];

    /// <summary>Groups up to this size tell every participant's cursors; larger ones only count.</summary>
    public const int MaxListedParticipants = 200;
}
