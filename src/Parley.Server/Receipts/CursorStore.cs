using System.Data.Common;
using Parley.Conversations;
using Parley.Storage;

namespace Parley.Receipts;

/// <summary>The SQL of cursors.</summary>
internal static class CursorStore
{
    /// <summary>Moves many cursors in one statement; the rows that moved. What would go back, or beyond what its user may read, stays.</summary>
    public static async ValueTask<List<CursorRow>> MoveAsync(Session session, IReadOnlyCollection<CursorMove> moves, CancellationToken cancel)
    {
        var values = Sql.List(moves.Select(move => Sql.From(
            $"({move.Key.App.Number}, {move.Key.Conversation.Value}, {move.User.Value}, {move.DeliveredUpTo.Value}, {move.ReadUpTo.Value})")));
#if PLANTED_BUGS
        await PlantedBugs.SetBackAsync(session, values, cancel);
#endif
        return await session.QueryAsync($"""
            with moves (app, conversation, user_id, delivered, read) as (values {values})
            update participations set
                delivered_up_to = case when m.delivered > delivered_up_to then m.delivered else delivered_up_to end,
                read_up_to = case when m.read > read_up_to then m.read else read_up_to end,
                unread_from = case when m.read > 0 then null else unread_from end,
                changed = {session.Change}
            from moves m
            join conversations c on c.app = m.app and c.conversation = m.conversation and c.deleted_at is null
            where participations.app = m.app and participations.conversation = m.conversation and participations.user_id = m.user_id
                and (permissions & {(int)Permissions.Read}) <> 0 and {Visible.HasReceipts}
                and m.delivered <= case when left_at is null then c.head else left_at end
                and (m.delivered > delivered_up_to or m.read > read_up_to or (m.read > 0 and unread_from is not null))
            returning participations.app, participations.conversation, participations.user_id, delivered_up_to, read_up_to, read_ahead, delivered_up_to, permissions,
                (select kind from conversations k where k.app = participations.app and k.conversation = participations.conversation)
            """, Row, cancel);
    }

    /// <summary>A user's cursors; null when he was never in the conversation.</summary>
    public static async ValueTask<CursorRow?> FindAsync(Session session, ConversationKey key, UserId user, CancellationToken cancel)
    {
        var rows = await session.QueryAsync($"""
            select app, conversation, user_id, delivered_up_to, read_up_to, read_ahead,
                coalesce(left_at, (select head from conversations c where c.app = p.app and c.conversation = p.conversation)), permissions,
                (select kind from conversations c where c.app = p.app and c.conversation = p.conversation),
                (select deleted_at from conversations c where c.app = p.app and c.conversation = p.conversation)
            from participations p
            where app = {key.App.Number} and conversation = {key.Conversation.Value} and user_id = {user.Value}
            """, row => Row(row) with { IsDeleted = !row.IsDBNull(9) }, cancel);
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
    public static async ValueTask<CursorRow> AdvanceAsync(Session session, CursorRow row, CancellationToken cancel)
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
        return row with { ReadUpTo = readUpTo, ReadAhead = ahead, DeliveredUpTo = readUpTo > row.DeliveredUpTo ? readUpTo : row.DeliveredUpTo };
    }

    public static async ValueTask StoreAsync(Session session, CursorRow row, CancellationToken cancel) =>
        await session.ExecuteAsync($"""
            update participations set delivered_up_to = {row.DeliveredUpTo.Value}, read_up_to = {row.ReadUpTo.Value},
                read_ahead = {ReadAhead.Format(row.ReadAhead)}, unread_from = null, changed = {session.Change}
            where app = {row.Key.App.Number} and conversation = {row.Key.Conversation.Value} and user_id = {row.User.Value}
            """, cancel);

    private static CursorRow Row(DbDataReader row)
    {
        return new CursorRow(
            new ConversationKey(new AppId(row.GetInt32(0)), row.Conversation(1)), (ConversationKind)row.GetInt32(8), row.User(2), row.Sequence(3), row.Sequence(4),
            ReadAhead.Parse(row.TextOrNull(5), row.Sequence(4)), row.Sequence(6),
            ((Permissions)row.GetInt32(7)).HasFlag(Permissions.Read));
    }
}
