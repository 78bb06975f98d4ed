using System.Data.Common;
using Parley.Conversations;
using Parley.Delivery;
using Parley.Storage;

namespace Parley.Inbox;

/// <summary>A user's conversations, derived from the log and the cursors at every read: nothing here can drift.</summary>
internal sealed class InboxStore(Database database)
{
    /// <summary>A conversation of the list, its last message as stored.</summary>
    public sealed record Row(InboxItem Item, EncodedEntry? LastMessage);

    /// <summary>A conversation that changed.</summary>
    /// <param name="Change">All but his draft.</param>
    /// <param name="Number">Of the change.</param>
    /// <param name="HasDraft">Whether there is one, for <see cref="DraftsAsync"/>.</param>
    public sealed record Changed(ConversationChange Change, long Number, bool HasDraft);

    /// <summary>Where a feed of changes goes on.</summary>
    /// <param name="From">Change numbers from this on. What changes while pages are read moves behind them: it may come twice, never not at all.</param>
    /// <param name="AfterChange">Of the last conversation of the page before.</param>
    /// <param name="AfterConversation">Of the last conversation of the page before.</param>
    public sealed record Feed(long From, long AfterChange, Guid AfterConversation);

    /// <summary>Conversations that changed, oldest change first: one probe per conversation of the user.</summary>
    /// <returns>They, and the change number below which everything is committed and was seen.</returns>
    public async Task<(List<Changed> Changes, long Horizon)> ChangesAsync(UserKey user, Feed feed, int limit, CancellationToken cancel)
    {
        await using var session = await database.OpenReaderAsync(cancel);
        var (changes, horizon) = (new List<Changed>(), 0L);
        // Of one statement, and so of one moment: what the horizon counts as seen is what the rows show.
        await session.ReadAsync($"""
            select h.horizon, m.conversation, m.kind, m.revision, m.head, m.delivered_up_to, m.read_up_to, m.left_at, m.number, m.deleted_at,
                d.conversation, m.shelf, m.hidden_at, m.silenced_until, m.unread_from, null, m.head, m.removals_of_his
            from (select {database.ChangeHorizon} as horizon) as h
            left join (select * from (
                select p.conversation, c.kind, c.revision, {Visible.Head} as head, p.delivered_up_to, p.read_up_to, p.left_at, c.deleted_at, p.shelf, p.hidden_at, p.silenced_until, p.unread_from,
                    {Visible.Removals} as removals_of_his,
                    case when p.left_at is null and ({Visible.Any} or c.deleted_at is not null) and c.changed > p.changed then c.changed else p.changed end as number
                from participations p
                join conversations c on c.app = p.app and c.conversation = p.conversation
                where p.app = {user.App.Number} and p.user_id = {user.User.Value}
            ) as mine
            where number >= {feed.From} and (number > {feed.AfterChange} or (number = {feed.AfterChange} and conversation > {feed.AfterConversation}))
            order by number, conversation limit {limit}) as m on 1 = 1
            left join drafts d on d.app = {user.App.Number} and d.user_id = {user.User.Value} and d.conversation = m.conversation
            order by m.number, m.conversation
            """,
            row =>
            {
                horizon = row.GetInt64(0);
                if (!row.IsDBNull(1)) changes.Add(new Changed(Change(row), row.GetInt64(8), HasDraft: !row.IsDBNull(10) && row.IsDBNull(9)));
            }, cancel);
        return (changes, horizon);

        static ConversationChange Change(DbDataReader row) => new(
            row.Conversation(1), (ConversationKind)row.GetInt32(2), row.IsDBNull(7) ? row.GetInt64(3) : null, row.Sequence(4), row.Sequence(5), row.Sequence(6),
            Left: !row.IsDBNull(7), Deleted: !row.IsDBNull(9), row.IsDBNull(9) ? InboxShelf.Read(row, 11).OrNull() : null, row.TextOrNull(17));
    }

    /// <summary>What he has begun to write in these conversations, as it is now.</summary>
    public async Task<Dictionary<ConversationId, string>> DraftsAsync(UserKey user, IReadOnlyCollection<ConversationId> conversations, CancellationToken cancel)
    {
        await using var session = await database.OpenReaderAsync(cancel);
        var drafts = await session.QueryAsync($"""
            select conversation, body from drafts
            where app = {user.App.Number} and user_id = {user.User.Value} and conversation {database.AnyOf([.. conversations.Select(one => one.Value)])}
            """, row => (Conversation: row.Conversation(0), Body: row.GetString(1)), cancel);
        return drafts.ToDictionary(draft => draft.Conversation, draft => draft.Body);
    }

    /// <summary>Conversations by activity, the newest first, from a place on. What is said of each is looked up for those of the page alone.</summary>
    public async Task<List<Row>> ListAsync(UserKey user, ListInbox query, (long At, Guid Conversation) from, int limit, CancellationToken cancel)
    {
        const int CountLimit = InboxItem.MaxExactUnread + 1;
        var (number, visible, history) = (Sql.From($"m.number"), Sql.From($"m.visible"), Sql.From($"m.history"));
        await using var session = await database.OpenReaderAsync(cancel);
        return await session.QueryAsync($"""
            select m.conversation, m.kind, case when m.left_at is null then m.title else p.left_title end, m.visible, m.active_at, p.delivered_up_to, p.read_up_to, 0, m.left_at,
                case when m.kind = {(int)ConversationKind.Direct} then (
                    select o.user_id from participations o
                    where o.app = {user.App.Number} and o.conversation = m.conversation and o.user_id <> {user.User.Value} limit 1) end,
                (select count(*) from ({Unread(user.User, number, visible, history, CountLimit)}) as unread),
                l.sequence, l.at, l.event, p.shelf, p.hidden_at, p.silenced_until, p.unread_from, d.body, m.visible,
                (select count(*) from ({Mentions(user.User, number, visible, history, CountLimit)}) as mentioned)
            from (
                select * from (
                    select p.conversation, c.number, c.kind, c.history, c.title, {Visible.Head} as visible, p.left_at, p.hidden_at, p.shelf,
                        case when not {Visible.Any} then c.created_at
                            when p.left_at is null then c.last_at
                            else coalesce((select e.at from entries e where e.conversation = c.number and e.sequence = p.left_at), {LeftOn}) end as active_at
                    from participations p
                    join conversations c on c.app = p.app and c.conversation = p.conversation
                    where p.app = {user.App.Number} and p.user_id = {user.User.Value} and c.deleted_at is null and {Visible.Listed}
                        and (p.shelf & {(int)(Shelf.Archived | (query.Pinned ? Shelf.Pinned : Shelf.None))}) = {(int)((query.Archived ? Shelf.Archived : Shelf.None) | (query.Pinned ? Shelf.Pinned : Shelf.None))}
                        {(query.Kind is { } kind ? Sql.From($"and c.kind = {(int)kind}") : Sql.Nothing)}
                ) as mine
                where (active_at < {from.At} or (active_at = {from.At} and conversation < {from.Conversation}))
                    and ((shelf & {(int)Shelf.Hidden}) = 0 or visible > hidden_at)
                order by active_at desc, conversation desc limit {limit}
            ) as m
            join participations p on p.app = {user.App.Number} and p.conversation = m.conversation and p.user_id = {user.User.Value}
            left join drafts d on d.app = p.app and d.user_id = p.user_id and d.conversation = p.conversation
            left join entries l on l.conversation = m.number and l.sequence = (
                select e.sequence from entries e
                where e.conversation = m.number and e.sequence <= m.visible and e.counted = 1 and {Visible.EntryOf(history)}
                order by e.sequence desc limit 1)
            order by m.active_at desc, m.conversation desc
            """, row => Read(user, row), cancel);
    }

    /// <summary>
    /// How many messages the user has not read, and how many of those address him, each counted up to <paramref name="limit"/>: in each conversation the same ones as <see cref="ListAsync"/> counts.
    /// </summary>
    public async Task<(int Unread, int Mentions)> CountUnreadAsync(UserKey user, int limit, CancellationToken cancel)
    {
        await using var session = await database.OpenReaderAsync(cancel);
        var (number, visible, history) = (Sql.From($"c.number"), Visible.Head, Sql.From($"c.history"));
        // Of one statement, and so of one moment.
        var counts = await session.QueryAsync($"""
            {InEach(0, Unread(user.User, number, visible, history, limit))}
            union all
            {InEach(1, Mentions(user.User, number, visible, history, limit))}
            """, row => (IsMention: row.GetInt32(0) == 1, Count: row.GetInt64(1)), cancel);
        return (Total(counts.Where(one => !one.IsMention)), Total(counts.Where(one => one.IsMention)));

        // Each of the conversations has one at least, so however many there are, the limit is reached.
        Sql InEach(int what, Sql messages) => Sql.From($"""
            select * from (
                select {what} as what, found from (
                    select (select count(*) from ({messages}) as one) as found
                    from participations p
                    join conversations c on c.app = p.app and c.conversation = p.conversation
                    where p.app = {user.App.Number} and p.user_id = {user.User.Value} and {Visible.ReadUpTo} < {Visible.Head} and {Visible.Listed}
                ) as mine
                where found > 0 limit {limit}
            ) as each_of_them
            """);

        int Total(IEnumerable<(bool IsMention, long Count)> found) => (int)Math.Min(limit, found.Sum(one => one.Count));
    }

    /// <summary>When he left, where no entry says it any more. Looked up, so that what orders an inbox stays in its index.</summary>
    private static Sql LeftOn { get; } = Sql.From($"(select o.left_on from participations o where o.app = p.app and o.conversation = p.conversation and o.user_id = p.user_id)");

    /// <summary>The messages of a conversation that <c>p</c> has not read, at most <paramref name="limit"/>.</summary>
    private static Sql Unread(UserId user, Sql number, Sql visible, Sql history, int limit) => Sql.From($"""
        select 1 from entries e
        where e.conversation = {number} and e.sequence > {Visible.ReadUpTo} and e.sequence <= {visible} and {IsUnread(user, history)} limit {limit}
        """);

    /// <summary>Those of them that address him, each once. By name and as one of all are two places of one index, each read to the limit at most.</summary>
    private static Sql Mentions(UserId user, Sql number, Sql visible, Sql history, int limit)
    {
        return Sql.From($"{Addressing(user.Value)} union {Addressing("")} limit {limit}");

        Sql Addressing(string name) => Sql.From($"""
            select sequence from (
                select e.sequence from mentions mt
                join entries e on e.conversation = mt.conversation and e.sequence = mt.sequence
                where mt.conversation = {number} and mt.user_id = {name} and mt.sequence > {Visible.ReadUpTo} and mt.sequence <= {visible} and {IsUnread(user, history)} limit {limit}
            ) as addressed
            """);
    }

    /// <summary>Whether an entry that he sees beyond his cursor is a message that he has not read.</summary>
    private static Sql IsUnread(UserId user, Sql history) =>
        Sql.From($"{Visible.EntryOf(history)} and e.counted = 1 and e.actor <> {user.Value} and {NotAhead}");

    /// <summary>Whether he has not read an entry out of order. From his mark on everything counts.</summary>
    private static Sql NotAhead => Sql.From($"(p.read_ahead is null or p.unread_from <= e.sequence or ',' || p.read_ahead || ',' not like '%,' || e.sequence || ',%')");

    private static Row Read(UserKey user, DbDataReader row)
    {
        var readUpTo = row.Sequence(6);
        var (unread, mentions) = ((int)row.GetInt64(10), (int)row.GetInt64(20));
        var item = new InboxItem(
            row.Conversation(0), (ConversationKind)row.GetInt32(1), row.TextOrNull(2), row.IsDBNull(9) ? null : row.User(9), row.Sequence(3), row.Time(4),
            LastMessage: null, Math.Min(unread, InboxItem.MaxExactUnread), unread > InboxItem.MaxExactUnread, row.Sequence(5), readUpTo, Left: !row.IsDBNull(8), InboxShelf.Read(row, 14).OrNull(),
            Math.Min(mentions, InboxItem.MaxExactUnread), mentions > InboxItem.MaxExactUnread);
        var last = row.IsDBNull(11)
            ? null
            : new EncodedEntry(new ConversationKey(user.App, item.Conversation), row.Sequence(11), row.Time(12), row.Bytes(13));
        return new Row(item, last);
    }
}
