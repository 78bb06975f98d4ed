using Npgsql;
using NpgsqlTypes;

namespace Parley.Storage.Postgres;

/// <summary>The append on PostgreSQL, in two round trips: lock and look, then write what may be recorded.</summary>
/// <remarks>
/// The first statement locks the conversations in the order of their ids and returns them as they are then. Only the snapshots of those after it see what others
/// committed while it waited. What is looked up is looked up once for each conversation and participant of the batch, not for each row: under load
/// there are ten rows to one of these. Lists are joined to tables by index and never to each other: a prepared plan guesses that
/// there are ten rows, and would compare every row with every other.
/// </remarks>
internal static class PostgresAppend
{
    private const string Lock = """
        select app, conversation, number, revision, head, last_at, participants, tail
        from conversations where (app, conversation) in (select * from unnest($1, $2)) order by app, conversation for update
        """;

    /// <remarks>After <see cref="UserBuckets.Share"/>, which holds them as <see cref="UserLock.Involve"/> says: a suspension waits for what its user is appending, and everything later finds it.</remarks>
    private const string Actors = """
        select app, user_id, revision from users where (app, user_id) in (select * from unnest($1, $2))
        """;

    private const string Involved = """
        select i.place, coalesce(p.revision, 0), exists (select 1 from fences f where f.app = i.app and f.conversation = i.conversation)
        from unnest($1, $2, $3) with ordinality as i (app, conversation, user_id, place)
        left join participations p on p.app = i.app and p.conversation = i.conversation and p.user_id = i.user_id
        """;

    /// <remarks>The conversation is asked for in a way that no index serves: entries are to be found by their keys (<see cref="Session.Same"/>).</remarks>
    internal const string Earlier = """
        select e.conversation, e.key, e.sequence, e.at, e.actor, e.digest, e.event
        from entries e where e.key = any($1) and (select c.conversation from conversations c where c.number = e.conversation) = any($2)
        """;

    private const string Changed = """
        select conversation, sequence, version, recalled from message_changes where (conversation, sequence) in (select * from unnest($1, $2))
        """;

    private const string Fenced = """
        select i.place
        from unnest($1, $2, $3, $4) with ordinality as i (app, conversation, key, actor, place)
        join fences f on f.app = i.app and f.conversation = i.conversation and f.key = i.key and f.actor = i.actor
        """;

    private const string Write = """
        with inserted as (
            insert into entries (conversation, sequence, at, key, actor, digest, counted, event, kinds)
            select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $12)
        )
        update conversations c set head = n.head, last_at = n.last_at, changed = pg_current_xact_id()::text::bigint
        from unnest($9, $10, $11) as n (number, head, last_at) where c.number = n.number
        """;

    public static async ValueTask<AppendVerdict[]> RunAsync(
        NpgsqlConnection connection, IReadOnlyList<AppendRow> rows, IReadOnlyCollection<ConversationKey> alsoLock, DateTimeOffset now, CancellationToken cancel)
    {
        var ground = await LookAsync(connection, rows, alsoLock, cancel);
        if (rows.Count == 0) return [];
        if (rows.Any(row => row.Target is not null)) await AddChangedAsync(connection, rows, ground, cancel);
        if (ground.AnyFence) await AddFencedAsync(connection, rows, ground, cancel);
        var verdicts = ground.Judge(rows, now);
        if (verdicts.Any(verdict => verdict.Result == AppendResult.Recorded)) await WriteAsync(connection, rows, verdicts, ground, cancel);
        return verdicts;
    }

    private static async ValueTask<AppendGround> LookAsync(
        NpgsqlConnection connection, IReadOnlyList<AppendRow> rows, IReadOnlyCollection<ConversationKey> alsoLock, CancellationToken cancel)
    {
        var ground = new AppendGround();
        ConversationKey[] conversations = [.. rows.Select(row => row.Key).Concat(alsoLock).Distinct()];
        ParticipationKey[] involved = [.. rows.SelectMany(row => row.Involved.Select(one => new ParticipationKey(row.Key, one.User))).Distinct()];
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Command(Lock,
            Array(NpgsqlDbType.Integer, conversations, key => key.App.Number),
            Array(NpgsqlDbType.Uuid, conversations, key => key.Conversation.Value)));
        if (rows.Count > 0)
        {
            UserKey[] actors = [.. rows.Select(row => row.ActorKey).Distinct()];
            batch.BatchCommands.Add(Command(UserBuckets.Share, new NpgsqlParameter { Value = UserBuckets.Of(actors), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Integer }));
            batch.BatchCommands.Add(Command(Actors,
                Array(NpgsqlDbType.Integer, actors, one => one.App.Number),
                Array(NpgsqlDbType.Text, actors, one => one.User.Value)));
            batch.BatchCommands.Add(Command(Involved,
                Array(NpgsqlDbType.Integer, involved, one => one.Conversation.App.Number),
                Array(NpgsqlDbType.Uuid, involved, one => one.Conversation.Conversation.Value),
                Array(NpgsqlDbType.Text, involved, one => one.User.Value)));
            batch.BatchCommands.Add(Command(Earlier,
                Array(NpgsqlDbType.Uuid, rows, row => row.Command),
                Array(NpgsqlDbType.Uuid, conversations, key => key.Conversation.Value)));
        }

#if PLANTED_BUGS
        PlantedBugs.CountWithoutLock(batch);
#endif
        await using var reader = await batch.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            var key = new ConversationKey(new AppId(reader.GetInt32(0)), new ConversationId(reader.GetGuid(1)));
            ground.Add(key, new AppendGround.Conversation(
                reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4), reader.GetInt64(5), reader.GetInt32(6), reader.GetInt64(7)));
        }

        if (!await reader.NextResultAsync(cancel)) return ground;
        await reader.NextResultAsync(cancel);
        while (await reader.ReadAsync(cancel)) ground.Add(new UserKey(new AppId(reader.GetInt32(0)), reader.User(1)), revision: reader.GetInt64(2));
        await reader.NextResultAsync(cancel);
        while (await reader.ReadAsync(cancel)) ground.Add(involved[reader.GetInt64(0) - 1], revision: reader.GetInt64(1), anyFence: reader.GetBoolean(2));
        await reader.NextResultAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            ground.Add(reader.GetInt64(0), reader.GetGuid(1), new RecordedEntry(
                reader.Sequence(2), reader.Time(3), reader.User(4), reader.IsDBNull(5) ? null : reader.Bytes(5), reader.Bytes(6)));
        }

        return ground;
    }

    /// <summary>After the locks were taken, and so of their time. Few change messages.</summary>
    private static async ValueTask AddChangedAsync(NpgsqlConnection connection, IReadOnlyList<AppendRow> rows, AppendGround ground, CancellationToken cancel)
    {
        var targets = rows.Where(row => row.Target is not null && ground.Has(row.Key)).ToArray();
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Command(Changed,
            Array(NpgsqlDbType.Bigint, targets, row => ground.NumberOf(row.Key)),
            Array(NpgsqlDbType.Bigint, targets, row => row.Target!.Sequence)));
        await using var reader = await batch.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel)) ground.AddChanged(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt32(2), isRecalled: reader.GetInt32(3) != 0);
    }

    private static async ValueTask AddFencedAsync(NpgsqlConnection connection, IReadOnlyList<AppendRow> rows, AppendGround ground, CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Command(Fenced,
            Array(NpgsqlDbType.Integer, rows, row => row.Key.App.Number),
            Array(NpgsqlDbType.Uuid, rows, row => row.Key.Conversation.Value),
            Array(NpgsqlDbType.Uuid, rows, row => row.Command),
            Array(NpgsqlDbType.Text, rows, row => row.Actor.Value)));
        await using var reader = await batch.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel)) ground.AddFenced((int)reader.GetInt64(0) - 1);
    }

    private static async ValueTask WriteAsync(
        NpgsqlConnection connection, IReadOnlyList<AppendRow> rows, AppendVerdict[] verdicts, AppendGround ground, CancellationToken cancel)
    {
        var recorded = Enumerable.Range(0, rows.Count).Where(index => verdicts[index].Result == AppendResult.Recorded).ToArray();
        var advanced = ground.Advanced;
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Command(Write,
            Array(NpgsqlDbType.Bigint, recorded, index => ground.NumberOf(rows[index].Key)),
            Array(NpgsqlDbType.Bigint, recorded, index => verdicts[index].Sequence.Value),
            Array(NpgsqlDbType.Bigint, recorded, index => verdicts[index].At.ToUnixTimeMilliseconds()),
            Array(NpgsqlDbType.Uuid, recorded, index => rows[index].Command),
            Array(NpgsqlDbType.Text, recorded, index => rows[index].Actor.Value),
            Array(NpgsqlDbType.Bytea, recorded, index => rows[index].Digest),
            Array(NpgsqlDbType.Integer, recorded, index => rows[index].Counted),
            Array(NpgsqlDbType.Bytea, recorded, index => rows[index].Event),
            Array(NpgsqlDbType.Bigint, advanced, one => one.Number),
            Array(NpgsqlDbType.Bigint, advanced, one => one.Head),
            Array(NpgsqlDbType.Bigint, advanced, one => one.LastAt),
            Array(NpgsqlDbType.Integer, recorded, index => rows[index].Kinds)));
        await batch.ExecuteNonQueryAsync(cancel);
    }

    private static NpgsqlBatchCommand Command(string sql, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters) command.Parameters.Add(parameter);
        return command;
    }

    private static NpgsqlParameter<T[]> Array<TRow, T>(NpgsqlDbType type, IReadOnlyList<TRow> rows, Func<TRow, T> value)
    {
        var values = new T[rows.Count];
        for (var index = 0; index < values.Length; index++) values[index] = value(rows[index]);
        return new NpgsqlParameter<T[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | type };
    }
}
