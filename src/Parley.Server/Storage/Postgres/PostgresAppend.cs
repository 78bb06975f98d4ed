using Npgsql;
using NpgsqlTypes;

namespace Parley.Storage.Postgres;

/// <summary>The append on PostgreSQL: two statements in one round trip.</summary>
/// <remarks>
/// The first locks the conversations in the order of their ids. Only the second's snapshot, taken after the locks were got, sees what others
/// committed while it waited: in one statement, duplicates would slip through and sequences would get holes.
/// </remarks>
internal static class PostgresAppend
{
    private const string Lock = """
        select 1 from conversations where (app, conversation) in (select * from unnest($1, $2)) order by app, conversation for update
        """;

    /// <remarks>
    /// Rows are joined to tables by index and never to each other: a prepared plan guesses that there are ten, and would compare every row
    /// with every other. Why entries are compared as they are stands at <see cref="Session.Same"/>. <c>stale</c> looks at the participations besides the actor's; messages have none.
    /// </remarks>
    internal const string Append = """
        with stale as (
            select v.place
            from unnest($12, $13, $14, $15, $16) as v (place, app, conversation, user_id, revision)
            left join participations p on p.app = v.app and p.conversation = v.conversation and p.user_id = v.user_id
            where coalesce(p.revision, 0) <> v.revision
        ), judged as (
            select i.*, c.number, c.head, greatest(c.last_at, $17) as now,
                e.sequence as earlier, e.at as earlier_at, e.actor as earlier_actor, e.digest as earlier_digest, e.event as earlier_event,
                case when c.conversation is null then 5
                     when e.key is not null then 1
                     when c.revision <> i.revision or coalesce(p.revision, 0) <> i.own_revision or i.place in (select place from stale) then 3
                     when c.participants + i.joining > i.at_most then 4
                     when f.key is not null then 2
                     else 0 end as verdict
            from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) with ordinality
                as i (app, conversation, key, actor, digest, revision, own_revision, joining, at_most, counted, event, place)
            left join conversations c on c.app = i.app and c.conversation = i.conversation
            left join participations p on p.app = i.app and p.conversation = i.conversation and p.user_id = i.actor
            left join entries e on e.key = i.key and e.conversation is not distinct from c.number
            left join fences f on f.app = i.app and f.conversation = i.conversation and f.key = i.key and f.actor = i.actor
        ), numbered as (
            select j.*, j.head + count(*) filter (where j.verdict = 0) over (partition by j.number order by j.place) as sequence
            from judged j
        ), inserted as (
            insert into entries (conversation, sequence, at, key, actor, digest, counted, event)
            select number, sequence, now, key, actor, digest, counted, event from numbered where verdict = 0 and sequence <= $18
        ), advanced as (
            update conversations c set head = n.sequence, last_at = n.now, changed = pg_current_xact_id()::text::bigint
            from (
                select number, max(sequence) as sequence, max(now) as now from numbered
                where verdict = 0 and sequence <= $18 group by number
            ) n
            where c.number = n.number
        )
        select place, case when verdict = 0 and sequence > $18 then 6 else verdict end,
            coalesce(earlier, sequence), coalesce(earlier_at, now), earlier_actor, earlier_digest, earlier_event
        from numbered
        """;

    public static async ValueTask<AppendVerdict[]> RunAsync(
        NpgsqlConnection connection, IReadOnlyList<AppendRow> rows, IReadOnlyCollection<ConversationKey> alsoLock, DateTimeOffset now, CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(LockCommand([.. rows.Select(row => row.Key).Concat(alsoLock).Distinct()]));
        if (rows.Count > 0) batch.BatchCommands.Add(AppendCommand(rows, now));

        var verdicts = new AppendVerdict[rows.Count];
        await using var reader = await batch.ExecuteReaderAsync(cancel);
        if (rows.Count == 0 || !await reader.NextResultAsync(cancel)) return verdicts;
        while (await reader.ReadAsync(cancel))
        {
            var result = (AppendResult)reader.GetInt32(1);
            verdicts[reader.GetInt64(0) - 1] = result switch
            {
                AppendResult.Recorded => new AppendVerdict(result, reader.Sequence(2), reader.Time(3)),
                AppendResult.Duplicate => new AppendVerdict(result, reader.Sequence(2), reader.Time(3), Earlier(reader)),
                _ => new AppendVerdict(result),
            };
        }

        return verdicts;
    }

    private static RecordedEntry Earlier(NpgsqlDataReader row) =>
        new(row.Sequence(2), row.Time(3), row.User(4), row.IsDBNull(5) ? null : row.Bytes(5), row.Bytes(6));

    private static NpgsqlBatchCommand LockCommand(ConversationKey[] keys) => new(Lock)
    {
        Parameters =
        {
            Array(NpgsqlDbType.Integer, keys.Select(key => key.App.Number)),
            Array(NpgsqlDbType.Uuid, keys.Select(key => key.Conversation.Value)),
        },
    };

    private static NpgsqlBatchCommand AppendCommand(IReadOnlyList<AppendRow> rows, DateTimeOffset now)
    {
        var others = rows
            .SelectMany((row, index) => row.Involved.Where(one => one.User != row.Actor).Select(one => (Place: index + 1L, row.Key, one.User, one.Revision)))
            .ToArray();
        return new NpgsqlBatchCommand(Append)
        {
            Parameters =
            {
                Array(NpgsqlDbType.Integer, rows.Select(row => row.Key.App.Number)),
                Array(NpgsqlDbType.Uuid, rows.Select(row => row.Key.Conversation.Value)),
                Array(NpgsqlDbType.Uuid, rows.Select(row => row.Command)),
                Array(NpgsqlDbType.Text, rows.Select(row => row.Actor.Value)),
                Array(NpgsqlDbType.Bytea, rows.Select(row => row.Digest)),
                Array(NpgsqlDbType.Bigint, rows.Select(row => row.Revision)),
                Array(NpgsqlDbType.Bigint, rows.Select(row => row.Involved.First(one => one.User == row.Actor).Revision)),
                Array(NpgsqlDbType.Integer, rows.Select(row => row.Joining)),
                Array(NpgsqlDbType.Integer, rows.Select(row => row.AtMost)),
                Array(NpgsqlDbType.Integer, rows.Select(row => row.Counted)),
                Array(NpgsqlDbType.Bytea, rows.Select(row => row.Event)),
                Array(NpgsqlDbType.Bigint, others.Select(one => one.Place)),
                Array(NpgsqlDbType.Integer, others.Select(one => one.Key.App.Number)),
                Array(NpgsqlDbType.Uuid, others.Select(one => one.Key.Conversation.Value)),
                Array(NpgsqlDbType.Text, others.Select(one => one.User.Value)),
                Array(NpgsqlDbType.Bigint, others.Select(one => one.Revision)),
                new NpgsqlParameter<long> { TypedValue = now.ToUnixTimeMilliseconds() },
                new NpgsqlParameter<long> { TypedValue = Sequence.MaxValue },
            },
        };
    }

    private static NpgsqlParameter<T[]> Array<T>(NpgsqlDbType type, IEnumerable<T> values) =>
        new() { TypedValue = [.. values], NpgsqlDbType = NpgsqlDbType.Array | type };
}
