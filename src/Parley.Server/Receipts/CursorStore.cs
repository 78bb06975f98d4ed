using System.Data.Common;
using Parley.Conversations;
using Parley.Storage;

namespace Parley.Receipts;

/// <summary>The SQL of cursors.</summary>
internal static class CursorStore
{
    /// <summary>Moves many cursors in one statement; the rows that moved. What would go back, or beyond what its user may read, stays.</summary>
    /// <remarks>A cursor came where it is <paramref name="now"/>, but not before the newest entry there: nodes have clocks of their own.</remarks>
    public static async ValueTask<List<CursorRow>> MoveAsync(Session session, IReadOnlyCollection<CursorMove> moves, DateTimeOffset now, CancellationToken cancel)
    {
        var values = Sql.List(moves.Select(move => Sql.From(
            $"({move.Key.App.Number}, {move.Key.Conversation.Value}, {move.User.Value}, {move.DeliveredUpTo.Value}, {move.ReadUpTo.Value}, {(move.ToHead ? 1 : 0)})")));
#if PLANTED_BUGS
        await PlantedBugs.SetBackAsync(session, values, cancel);
#endif
        // How far he may read, and of a wish for all of it that.
        var limit = Sql.From($"(case when left_at is null then c.head else left_at end)");
        var at = Sql.From($"(case when c.last_at > {now.ToUnixTimeMilliseconds()} then c.last_at else {now.ToUnixTimeMilliseconds()} end)");
        var (delivered, read) = (Sql.From($"(case when m.all_of_it = 1 then {limit} else m.delivered end)"), Sql.From($"(case when m.all_of_it = 1 then {limit} else m.read end)"));
        return await session.QueryAsync($"""
            with moves (app, conversation, user_id, delivered, read, all_of_it) as (values {values})
            update participations set
                delivered_up_to = case when {delivered} > delivered_up_to then {delivered} else delivered_up_to end,
                delivered_at = case when {delivered} > delivered_up_to then {at} else delivered_at end,
                read_up_to = case when {read} > read_up_to then {read} else read_up_to end,
                read_at = case when {read} > read_up_to then {at} else read_at end,
                unread_from = case when {read} > 0 then null else unread_from end,
                changed = {session.Change}
            from moves m
            join conversations c on c.app = m.app and c.conversation = m.conversation and c.deleted_at is null
            where participations.app = m.app and participations.conversation = m.conversation and participations.user_id = m.user_id
                and (permissions & {(int)Permissions.Read}) <> 0 and {Visible.HasReceipts}
                and {delivered} <= {limit}
                and ({delivered} > delivered_up_to or {read} > read_up_to or ({read} > 0 and unread_from is not null))
            returning participations.app, participations.conversation, participations.user_id, delivered_up_to, read_up_to, read_ahead, delivered_up_to, permissions,
                (select kind from conversations k where k.app = participations.app and k.conversation = participations.conversation), null, unread_from,
                delivered_at, read_at, 0
            """, Row, cancel);
    }

    /// <summary>A user's cursors; null when he was never in the conversation.</summary>
    public static async ValueTask<CursorRow?> FindAsync(Session session, ConversationKey key, UserId user, CancellationToken cancel)
    {
        var rows = await session.QueryAsync($"""
            select p.app, p.conversation, p.user_id, p.delivered_up_to, p.read_up_to, p.read_ahead, coalesce(p.left_at, c.head), p.permissions, c.kind, c.deleted_at, p.unread_from,
                p.delivered_at, p.read_at, c.last_at
            from participations p
            join conversations c on c.app = p.app and c.conversation = p.conversation
            where p.app = {key.App.Number} and p.conversation = {key.Conversation.Value} and p.user_id = {user.Value}
            """, Row, cancel);
        return rows is [var row] ? row : null;
    }

    /// <summary>The sequences of others' messages among these ids, as far as the user may read.</summary>
    public static async ValueTask<List<Sequence>> SequencesAsync(
        Session session, Database database, CursorRow reader, IReadOnlyCollection<MessageId> messages, CancellationToken cancel) =>
        await session.QueryAsync($"""
            select e.sequence from entries e
            join conversations c on c.app = {reader.Key.App.Number} and c.conversation = {reader.Key.Conversation.Value}
            join participations p on p.app = c.app and p.conversation = c.conversation and p.user_id = {reader.User.Value}
            where e.conversation {session.Same} {reader.Key.Number} and e.key {database.AnyOf([.. messages.Select(message => message.Value)])}
                and e.counted = 1 and e.actor <> {reader.User.Value} and e.sequence <= {reader.Limit.Value} and {Visible.Entry}
            """, row => row.Sequence(0), cancel);

    /// <summary>The row with its cursor moved over what was read ahead, if only entries that he does not read stand between: own ones, what is no message, and what was said without him.</summary>
    public static async ValueTask<CursorRow> AdvanceAsync(Session session, CursorRow row, DateTimeOffset at, CancellationToken cancel)
    {
        if (row.ReadAhead.Count == 0) return row;
        var unread = await session.QueryAsync($"""
            select e.sequence from entries e
            join conversations c on c.app = {row.Key.App.Number} and c.conversation = {row.Key.Conversation.Value}
            join participations p on p.app = c.app and p.conversation = c.conversation and p.user_id = {row.User.Value}
            where e.conversation = {row.Key.Number}
                and e.sequence > {row.ReadUpTo.Value} and e.sequence < {row.ReadAhead[^1].Value} and e.counted = 1 and e.actor <> {row.User.Value} and {Visible.Entry}
                and e.sequence not in ({Sql.List(row.ReadAhead.Select(sequence => Sql.From($"{sequence.Value}")))})
            order by e.sequence limit 1
            """, found => found.Sequence(0), cancel);
        var (readUpTo, ahead) = ReadAhead.Advance(row.ReadUpTo, row.ReadAhead, unread is [var first] ? first : null);
        return row.Read(readUpTo, ahead, at);
    }

    public static async ValueTask StoreAsync(Session session, CursorRow row, CancellationToken cancel) =>
        await session.ExecuteAsync($"""
            update participations set delivered_up_to = {row.DeliveredUpTo.Value}, read_up_to = {row.ReadUpTo.Value},
                delivered_at = {row.DeliveredAt?.ToUnixTimeMilliseconds()}, read_at = {row.ReadAt?.ToUnixTimeMilliseconds()},
                read_ahead = {ReadAhead.Format(row.ReadAhead)}, unread_from = null, changed = {session.Change}
            where app = {row.Key.App.Number} and conversation = {row.Key.Conversation.Value} and user_id = {row.User.Value}
            """, cancel);

    /// <summary>The others in the conversation who sent what cursors moved over: of each cursor's way the newest thousand entries. A signal is lost now and then anyway, and who wants to know asks.</summary>
    public static async ValueTask<IReadOnlySet<UserId>> SendersAsync(Session session, CursorRow before, CursorRow now, CancellationToken cancel)
    {
        const int MaxScanned = 1_000;
        var ahead = now.ReadAhead.Except(before.ReadAhead).Select(sequence => Sql.From($"{sequence.Value}")).ToArray();
        var rows = await session.QueryAsync($"""
            select distinct s.actor from (
                {Between(before.DeliveredUpTo, now.DeliveredUpTo)}
                union all {Between(before.ReadUpTo, now.ReadUpTo)}
                union all select e.actor from entries e
                    where e.conversation = {now.Key.Number} and e.sequence in ({(ahead.Length == 0 ? Sql.From($"0") : Sql.List(ahead))}) and e.kinds <> 0
            ) as s
            join participations p on p.app = {now.Key.App.Number} and p.conversation = {now.Key.Conversation.Value} and p.user_id = s.actor and p.left_at is null and {Visible.Any}
            where s.actor <> {now.User.Value}
            """, row => row.User(0), cancel);
        return rows.ToHashSet();

        Sql Between(Sequence from, Sequence to) => Sql.From($"""
            select actor from (
                select e.actor, e.kinds from entries e
                where e.conversation = {now.Key.Number} and e.sequence > {from.Value} and e.sequence <= {to.Value} order by e.sequence desc limit {MaxScanned}) as passed
            where kinds <> 0
            """);
    }

    private static CursorRow Row(DbDataReader row)
    {
        var (deliveredAt, readAt) = (row.TimeOrNull(11), row.TimeOrNull(12));
        return new CursorRow(
            new ConversationKey(new AppId(row.GetInt32(0)), row.Conversation(1)), (ConversationKind)row.GetInt32(8), row.User(2), row.Sequence(3), row.Sequence(4),
            ReadAhead.Parse(row.TextOrNull(5), row.Sequence(4)), row.Sequence(6),
            ((Permissions)row.GetInt32(7)).HasFlag(Permissions.Read))
        {
            IsDeleted = !row.IsDBNull(9),
            IsMarked = !row.IsDBNull(10),
            DeliveredAt = deliveredAt,
            ReadAt = readAt,
            MovedAt = readAt > deliveredAt || deliveredAt is null ? readAt : deliveredAt,
            LastAt = row.Time(13),
        };
    }
}
