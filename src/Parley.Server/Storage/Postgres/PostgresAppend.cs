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

    private const string Append = """
        with items as (
            select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) with ordinality
                as i (app, conversation, key, actor, digest, revision, joining, at_most, counted, event, place)
        ), stale as (
            select distinct v.place
            from unnest($11, $12, $13) as v (place, user_id, revision)
            join items i on i.place = v.place
            left join participations p on p.app = i.app and p.conversation = i.conversation and p.user_id = v.user_id
            where coalesce(p.revision, 0) <> v.revision
        ), judged as (
            select i.*, c.head, c.last_at, e.sequence as earlier,
                case when c.conversation is null then 5
                     when e.key is not null then 1
                     when c.revision <> i.revision or s.place is not null then 3
                     when c.participants + i.joining > i.at_most then 4
                     when f.key is not null then 2
                     else 0 end as verdict
            from items i
            left join conversations c on c.app = i.app and c.conversation = i.conversation
            left join entries e on e.app = i.app and e.conversation = i.conversation and e.key = i.key
            left join fences f on f.app = i.app and f.conversation = i.conversation and f.key = i.key and f.actor = i.actor
            left join stale s on s.place = i.place
        ), numbered as (
            select j.*, j.head + row_number() over (partition by j.app, j.conversation order by j.place) as sequence, greatest(j.last_at, $14) as at
            from judged j where j.verdict = 0
        ), recorded as (
            select * from numbered where sequence <= $15
        ), inserted as (
            insert into entries (app, conversation, sequence, at, key, actor, digest, counted, event)
            select app, conversation, sequence, at, key, actor, digest, counted, event from recorded
        ), advanced as (
            update conversations c set head = n.sequence, last_at = n.at, changed = pg_current_xact_id()::text::bigint
            from (select app, conversation, max(sequence) as sequence, max(at) as at from recorded group by app, conversation) n
            where c.app = n.app and c.conversation = n.conversation
        )
        select j.place, case when j.verdict = 0 and n.place is null then 6 else j.verdict end,
            coalesce(n.sequence, e.sequence), coalesce(n.at, e.at), e.actor, e.digest, e.event
        from judged j
        left join recorded n on n.place = j.place
        left join entries e on j.verdict = 1 and e.app = j.app and e.conversation = j.conversation and e.key = j.key
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
        var involved = rows.SelectMany((row, index) => row.Involved.Select(user => (Place: index + 1L, user.User, user.Revision))).ToArray();
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
                Array(NpgsqlDbType.Integer, rows.Select(row => row.Joining)),
                Array(NpgsqlDbType.Integer, rows.Select(row => row.AtMost)),
                Array(NpgsqlDbType.Integer, rows.Select(row => row.Counted)),
                Array(NpgsqlDbType.Bytea, rows.Select(row => row.Event)),
                Array(NpgsqlDbType.Bigint, involved.Select(user => user.Place)),
                Array(NpgsqlDbType.Text, involved.Select(user => user.User.Value)),
                Array(NpgsqlDbType.Bigint, involved.Select(user => user.Revision)),
                new NpgsqlParameter<long> { TypedValue = now.ToUnixTimeMilliseconds() },
                new NpgsqlParameter<long> { TypedValue = Sequence.MaxValue },
            },
        };
    }

    private static NpgsqlParameter<T[]> Array<T>(NpgsqlDbType type, IEnumerable<T> values) =>
        new() { TypedValue = [.. values], NpgsqlDbType = NpgsqlDbType.Array | type };
}
