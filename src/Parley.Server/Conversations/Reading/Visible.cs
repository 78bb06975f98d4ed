using Parley.Storage;

namespace Parley.Conversations;

/// <summary>What a user sees of a log, as a part of the statement that reads it: <c>p</c> is his participation, <c>c</c> the conversation, <c>e</c> an entry.</summary>
internal static class Visible
{
    /// <summary>Whether he may read. Leaving keeps this one permission, so it holds for a former participant too.</summary>
    public static Sql Any => Sql.From($"((p.permissions & {(int)Permissions.Read}) <> 0)");

    /// <summary>The newest sequence he may read: of somebody who left that of his leaving, and none without the permission, or of what was deleted.</summary>
    public static Sql Head => Sql.From($"(case when not {Any} or c.deleted_at is not null then 0 when p.left_at is null then c.head else p.left_at end)");

    /// <summary>Whether an entry up to the head is of the time that he may read.</summary>
    public static Sql Entry => EntryOf(Sql.From($"c.history"));

    /// <summary>As the other, where the conversation's history stands elsewhere.</summary>
    public static Sql EntryOf(Sql history) => Sql.From($"{InTimeOf(history)} and {Kept}");

    /// <summary>As <see cref="Entry"/>, also of what he has hidden from himself.</summary>
    public static Sql InTime => InTimeOf(Sql.From($"c.history"));

    /// <summary>Whether he has not hidden it from himself.</summary>
    private static Sql Kept => Sql.From($"""
        (e.sequence > p.removed_up_to and (p.removals = 0 or not exists (
            select 1 from removals rm where rm.app = p.app and rm.conversation = p.conversation and rm.user_id = p.user_id and rm.sequence = e.sequence)))
        """);

    private static Sql InTimeOf(Sql history) => Sql.From($"""
        ({history} = 0 or e.sequence >= p.joined_at or ({history} = 1 and exists (
            select 1 from past_participations pp
            where pp.app = p.app and pp.conversation = p.conversation and pp.user_id = p.user_id and e.sequence >= pp.joined_at and e.sequence <= pp.left_at)))
        """);

    /// <summary>What he has hidden from himself, as a text that is another with each removal; null for nothing.</summary>
    public static Sql Removals { get; } = Sql.From($"(case when p.removed_up_to > 0 or p.removals > 0 then p.removed_up_to || '.' || p.removals end)");

    /// <summary>After which sequence messages are unread: his cursor, or before it where he marked what he had read.</summary>
    public static Sql ReadUpTo => Sql.From($"(case when p.unread_from <= p.read_up_to then p.unread_from - 1 else p.read_up_to end)");

    /// <summary>Whether conversations of this kind are in inboxes.</summary>
    public static Sql Listed { get; } = OfKinds(rules => rules.Inbox == InboxPlace.Listed);

    /// <summary>Whether conversations of this kind have receipts.</summary>
    public static Sql HasReceipts { get; } = OfKinds(rules => rules.Receipts != Receipts.None);

    /// <summary>Whether people come and go in it as they like.</summary>
    public static Sql IsRoom { get; } = OfKinds(rules => rules.Membership == Membership.Free);

    private static Sql OfKinds(Func<KindRules, bool> holds) =>
        Sql.From($"c.kind in ({Sql.List(ConversationKinds.Where(holds).Select(kind => Sql.From($"{(int)kind}")))})");
}

/// <summary>Which of a conversation's entries a user may read, apart from when he left. It becomes less only by what he hides himself.</summary>
/// <param name="History">What of the time when he was not in it.</param>
/// <param name="JoinedAt">Where his latest interval begins.</param>
/// <param name="RemovedUpTo">Up to where he hid everything from himself.</param>
/// <param name="Removals">How many others he hid.</param>
internal readonly record struct VisibleTime(HistoryVisibility History, Sequence JoinedAt, Sequence RemovedUpTo, int Removals)
{
    /// <summary>Whether nothing of it is kept from him.</summary>
    public bool IsAll => History == HistoryVisibility.All && RemovedUpTo == Sequence.None && Removals == 0;

    /// <summary>Completes the condition of a statement about entries <c>e</c>; nothing where he may read all.</summary>
    public Sql Filter(UserKey user, ConversationId conversation)
    {
        var kept = RemovedUpTo == Sequence.None ? Sql.Nothing : Sql.From($" and e.sequence > {RemovedUpTo.Value}");
        var shown = Removals == 0 ? Sql.Nothing : Sql.From($"""
             and not exists (
                select 1 from removals rm
                where rm.app = {user.App.Number} and rm.conversation = {conversation.Value} and rm.user_id = {user.User.Value} and rm.sequence = e.sequence)
            """);
        return Sql.From($"{InTime(user, conversation)}{kept}{shown}");
    }

    private Sql InTime(UserKey user, ConversationId conversation) => History switch
    {
        HistoryVisibility.All => Sql.Nothing,
        HistoryVisibility.WhileIn => Sql.From($"""
            and (e.sequence >= {JoinedAt.Value} or exists (
                select 1 from past_participations pp
                where pp.app = {user.App.Number} and pp.conversation = {conversation.Value} and pp.user_id = {user.User.Value}
                    and e.sequence >= pp.joined_at and e.sequence <= pp.left_at))
            """),
        _ => Sql.From($"and e.sequence >= {JoinedAt.Value}"),
    };
}
